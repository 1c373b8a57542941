"""consumer_bound by what the pods, their configuration and their scaler say; the broker holds nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.environment.consumers import consumers
from fixtures.evidence import Looked
from tests.checks.evidence import kubernetes, load, metadata, role, unmet, unproven, workload
from tests.checks.messaging.made_up import (
    ELSEWHERE,
    ENV,
    HERE,
    HOST,
    KEDA,
    THERE,
    alias,
    consumer,
    drift,
    event_hub,
    placed,
    queue,
    scaled,
    subscription,
    worker,
    worker_pod,
)
from tests.checks.messaging.made_up_broker import broker, flow

bound = load("messaging/test_consumer_bound.py").test_consumer_bound
PODS = (worker_pod("worker-1"), worker_pod("worker-2"))
PLAIN = workload("worker")


def judge(*objects: Any, of: Any = None, **view: Any) -> dict[str, Any]:
    held = kubernetes(*objects, **view)
    return {
        "consumer": of or consumer(),
        "kubernetes": held,
        "site": role(active=True),
        "drift": drift(),
        **broker(),
    }


def test_a_consumer_that_stands_ready_is_met() -> None:
    looked = Looked()
    bound(**judge(worker(), *PODS, scaled(), looked=looked))
    assert looked.count > 3


def test_a_pod_at_the_other_site_s_bus_is_told_with_its_variable() -> None:
    old = worker_pod("worker-2", {**ENV, "SERVICEBUS_FQNS": ELSEWHERE})
    assert unmet(bound, **judge(worker(), PODS[0], old, scaled())) == (
        "queue orders/orders-in in neu is not consumed by Deployment orders/worker as declared: configuration: "
        "SERVICEBUS_FQNS of pod worker-2 names sb-weu.servicebus.windows.net, not sb-neu. The other rungs: audit logs: "
        "not known (log-neu holds no runtime audit logs of sb-neu); completions: not known (Azure Monitor holds no "
        "points of CompleteMessage of sb-neu between 20:51 and 20:57, and that is not 0); counts: 0 messages, 0 5 s "
        "later; oldest message: not known (nobody may peek); waiting: not known (Azure Monitor holds no points of "
        "CompleteMessage of sb-neu between 20:51 and 20:57, and that is not 0); pods: 2 of 2 ready; scaler: "
        "ScaledObject orders/worker is ready."
    )


@pytest.mark.parametrize(
    "env",
    [
        {"SERVICEBUS_NAMESPACE": THERE, "QUEUE_NAME": "orders-in"},
        {"BUS": f"Endpoint=sb://{ELSEWHERE.upper()}/;EntityPath=orders-in"},
        {**ENV, "SECOND_BUS": ELSEWHERE},
        {"BUS": "sb-old.servicebus.windows.net", "QUEUE_NAME": "orders-in"},
    ],
)
def test_however_the_wrong_bus_is_written(env: Any) -> None:
    assert f"not {HERE}" in unmet(bound, **judge(worker(env), worker_pod(env=env), scaled()))


@pytest.mark.parametrize(
    "env",
    [
        {"BUS": f"sb://{HOST.upper()}/ORDERS-IN"},
        {"NS": HERE, "QUEUE_NAME": "orders-in", "OTHER": "sb-billing.servicebus.windows.net"},
        {"BUS": "sb-orders.servicebus.windows.net", "QUEUE_NAME": "orders-in"},
        {"BUS": f"{HERE}.privatelink.servicebus.windows.net", "QUEUE_SIZE": "20", "AZURE_SUBSCRIPTION_ID": "7c1e"},
    ],
)
def test_however_the_right_bus_is_written(env: Any) -> None:
    of = consumer(workload("worker", scaler="keda"), None, alias())
    bound(**judge(worker(env), worker_pod(env=env), scaled(), of=of))


@pytest.mark.parametrize("key", ["QUEUE_NAME", "queueName", "QUEUE", "ServiceBus__QueueName"])
def test_another_queue_is_told_whatever_the_scaler_watches(key: str) -> None:
    env = {"BUS": HOST, key: "orders-in-v1"}
    said = unmet(bound, **judge(worker(env), worker_pod(env=env), scaled()))
    assert f"{key} of pod worker-1 names the queue orders-in-v1, not orders-in" in said


@pytest.mark.parametrize(
    ("of", "env"),
    [
        (subscription(), {"BUS": HOST, "TOPIC": "order-events", "SUBSCRIPTION_NAME": "billing"}),
        (event_hub(), {"BUS": HOST, "PATH": "telemetry/ConsumerGroups/indexer"}),
        (event_hub("$Default"), {"BUS": f"{HOST}/telemetry"}),
    ],
)
def test_subscriptions_and_hubs_are_named_by_each_of_their_parts(of: Any, env: dict[str, str]) -> None:
    bound(**judge(worker(env), *[worker_pod(env=env)], of=consumer(PLAIN, of)))
    less = dict(list(env.items())[:1]) if len(env) > 1 else {"BUS": HOST}
    said = unproven(bound, **judge(worker(less), worker_pod(env=less), of=consumer(PLAIN, of)))
    assert "names no" in said


def test_what_stands_in_a_secret_proves_nothing() -> None:
    env = [{"name": "BUS", "valueFrom": {"secretKeyRef": {"name": "orders-sb", "key": "conn"}}}]
    said = unproven(bound, **judge(worker(env), worker_pod(env=env), scaled()))
    assert said.startswith(
        "Whether queue orders/orders-in in neu is consumed by Deployment orders/worker is not known: configuration "
        "would have told."
    )
    assert "pod worker-1 names no bus (it may stand in BUS (secretKeyRef orders-sb/conn), which are not read)" in said
    beside = [*env, {"name": "HUB", "value": "nh-push.servicebus.windows.net"}]
    assert "names no bus" in unproven(bound, **judge(worker(beside), worker_pod(env=beside), scaled()))


def test_pods_that_are_not_ready_or_of_an_older_revision_are_told() -> None:
    tired = [worker_pod("worker-1", ready=False), worker_pod("worker-2", ready=False)]
    said = unmet(bound, **judge(worker(), *tired, scaled()))
    assert "none of its 2 pods is ready, 2 are wanted" in said
    said = unmet(bound, **judge(worker(updatedReplicas=1), *PODS, scaled()))
    assert "only 1 of 2 pods are of the newest revision" in said
    said = unmet(bound, **judge(worker(observedGeneration=2), *PODS, scaled()))
    assert "has not seen the newest generation" in said


def test_a_pod_that_ends_or_has_ended_is_no_matter() -> None:
    wrong = {"BUS": ELSEWHERE}
    gone = worker_pod("worker-8", wrong, deletionTimestamp="2026-12-05T20:00:00Z")
    bound(**judge(worker(), *PODS, gone, worker_pod("worker-9", wrong, phase="Failed"), scaled()))


def test_scaled_to_zero_is_met_only_under_a_scaler_that_sees_nothing() -> None:
    rests = worker(replicas=0)
    bound(**judge(rests, scaled(Active="False")))
    said = unmet(bound, **judge(rests, scaled()))
    assert "is scaled to zero although ScaledObject orders/worker sees messages (Active)" in said
    said = unmet(bound, **judge(rests, of=consumer(PLAIN)))
    assert "Deployment orders/worker is scaled to zero, and no scaler wakes it" in said
    assert "no condition Active" in unproven(bound, **judge(rests, scaled(Active=None)))


def test_only_keda_wakes_what_is_scaled_to_zero_and_need_not_be_declared_for_it() -> None:
    rests, by_hpa = worker(replicas=0), consumer(workload("worker", scaler="hpa"))
    for of in (by_hpa, consumer(PLAIN)):
        assert "and no scaler wakes it" in unmet(bound, **judge(rests, of=of))
        paused = scaled(marks={"autoscaling.keda.sh/paused-replicas": "0"}, Active="False")
        assert "and no scaler wakes it" in unmet(bound, **judge(rests, paused, of=of))
        bound(**judge(rests, scaled(Active="False"), of=of))


def test_a_template_at_another_bus_is_told_beside_pods_that_are_at_this_one() -> None:
    changed = worker({**ENV, "SERVICEBUS_FQNS": ELSEWHERE})
    said = unmet(bound, **judge(changed, *PODS, scaled()))
    assert (
        "template: SERVICEBUS_FQNS of the template of Deployment orders/worker names sb-weu.servicebus.windows.net, "
        "not sb-neu." in said
    )
    assert "configuration: names sb-neu and orders-in" in said
    taken = {"flowing": flow(12, 12, 12)}
    assert "somebody else" not in unmet(bound, **judge(changed, *PODS, scaled()) | broker(**taken))


def test_what_is_wrong_is_told_even_where_another_rung_cannot_be_climbed() -> None:
    tired = worker_pod(ready=False)
    assert "none of its 1 pods" in unmet(bound, **judge(worker(), tired, denied=["scaledobjects"]))
    assert "scaledobjects" in unproven(bound, **judge(worker(), *PODS, denied=["scaledobjects"]))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (scaled(marks={"autoscaling.keda.sh/paused": "yes"}), "ScaledObject orders/worker is paused"),
        (scaled(Ready="False"), "ScaledObject orders/worker is not ready"),
        (scaled(Fallback="True"), "ScaledObject orders/worker runs on its fallback"),
        (
            scaled(health={"s0": {"status": "Failing", "numberOfFailures": 7}}),
            "ScaledObject orders/worker fails to read s0 (7 times)",
        ),
    ],
)
def test_a_scaler_that_would_not_scale_is_told(broken: Any, said: str) -> None:
    assert f"scaler: {said}" in unmet(bound, **judge(worker(), *PODS, broken))


def test_without_a_scaled_object_or_the_workload() -> None:
    assert "no ScaledObject scales Deployment orders/worker" in unmet(bound, **judge(worker(), *PODS))
    assert "Deployment orders/worker does not exist in neu" in unproven(bound, **judge())


FILE = {
    "kind": "ConfigMap",
    "metadata": metadata("worker-settings"),
    "data": {"settings.json": json.dumps({"bus": HOST, "queues": {"input": "orders-in"}})},
}


def read_with(env: dict[str, str]) -> list[Any]:
    """The worker and a pod of it, with these variables and a mounted file that names bus and queue."""
    deployed, running = worker(env, replicas=1), worker_pod(env=env)
    for spec in (deployed["spec"]["template"]["spec"], running["spec"]):
        spec["volumes"] = [{"name": "settings", "configMap": {"name": "worker-settings"}}]
        spec["containers"][0]["volumeMounts"] = [{"name": "settings", "mountPath": "/etc/worker"}]
    return [deployed, running, FILE, scaled()]


def test_a_variable_that_names_another_queue_is_told_whatever_stands_deep_in_a_file() -> None:
    said = unmet(bound, **judge(*read_with({"QUEUE_NAME": "orders-old"})))
    assert "QUEUE_NAME of pod worker-1 names the queue orders-old, not orders-in" in said
    for env in ({}, {"RETRY_QUEUE": "orders-retry"}, {"QUEUE_NAME": "orders-in"}, {"QUEUE": HOST}):
        bound(**judge(*read_with(env)))


def test_a_workload_may_take_from_two_queues() -> None:
    other = placed(queue("returns"))
    of = next(each for each in consumers([KEDA, placed(queue()), other]) if each.entity.name == "orders-in")
    bound(**judge(*read_with({"QUEUE_NAME": "returns"}), of=of))
