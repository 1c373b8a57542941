from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import config_map, container, deployment, kubernetes, load, role, unmet, unproven, workload
from tests.checks.messaging.made_up import (
    ELSEWHERE,
    ENV,
    HERE,
    HOST,
    THERE,
    account,
    alias,
    consumer,
    drift,
    event_hub,
    scaled,
    subscription,
    trigger,
    worker,
    worker_pod,
)

check = load("messaging/test_consumers.py")
ACTIVE, TARGET = role(active=True), role(target=True)
PODS = (worker_pod("worker-1"), worker_pod("worker-2"))
PLAIN = workload("worker")


def judge(*objects: Any, of: Any = None, site: Any = ACTIVE, allowed: Any = (), **view: Any) -> dict[str, Any]:
    known = drift(*allowed)
    return {"consumer": of or consumer(), "kubernetes": kubernetes(*objects, **view), "site": site, "drift": known}


def test_a_consumer_that_stands_ready_is_met() -> None:
    looked = Looked()
    check.test_consumer_bound(**judge(worker(), *PODS, scaled(), looked=looked))
    assert looked.count > 3
    check.test_scaler(**judge(worker(), scaled()))
    check.test_consumer_ready(**judge(worker(replicas=0, account="orders-worker"), scaled(), account(client=None)))


def test_a_pod_at_the_other_site_s_bus_is_told_with_its_variable() -> None:
    old = worker_pod("worker-2", {**ENV, "SERVICEBUS_FQNS": ELSEWHERE})
    assert unmet(check.test_consumer_bound, **judge(worker(), PODS[0], old, scaled())) == (
        "queue orders/orders-in in neu is not consumed by Deployment orders/worker as declared: "
        "SERVICEBUS_FQNS of pod worker-2 names sb-weu.servicebus.windows.net, not sb-neu."
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
    assert f"not {HERE}" in unmet(check.test_consumer_bound, **judge(worker(env), worker_pod(env=env), scaled()))


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
    check.test_consumer_bound(**judge(worker(env), worker_pod(env=env), scaled(), of=of))


def test_a_config_map_is_told_where_it_stands_and_may_be_allowed_to_drift() -> None:
    env = [{"name": "QUEUE_NAME", "value": "orders-in"}, {"name": "BUS", "value": HOST}]
    spec = {"envFrom": [{"configMapRef": {"name": "orders-config"}}]}
    made = deployment("worker", container("worker", env=env, **spec), replicas=0)
    objects = [made, config_map("orders-config", STANDBY=ELSEWHERE), scaled()]
    assert unmet(check.test_consumer_ready, **judge(*objects, account("default", None))) == (
        "queue orders/orders-in in neu could not be consumed by Deployment orders/worker: "
        "configmap/orders/orders-config STANDBY of the template of Deployment orders/worker names "
        "sb-weu.servicebus.windows.net, not sb-neu."
    )
    allowed = ["configmap/orders/orders-config"]
    check.test_consumer_ready(**judge(*objects, account("default", None), allowed=allowed))


def test_a_mounted_file_counts_as_configuration() -> None:
    made = deployment(
        "worker", container("worker", volumeMounts=[{"name": "files", "mountPath": "/etc/worker"}]), replicas=0
    )
    made["spec"]["template"]["spec"]["volumes"] = [{"name": "files", "configMap": {"name": "worker-files"}}]
    text = f'{{"bus": {{"host": "{HOST}", "queue": "orders-in"}}}}'
    of = consumer(PLAIN)
    objects = [made, account("default", None)]
    check.test_consumer_ready(**judge(*objects, config_map("worker-files", **{"app.json": text}), of=of))
    wrong = config_map("worker-files", **{"app.json": text.replace("orders-in", "orders-old")})
    assert (
        "configmap/orders/worker-files app.json:bus.queue of the template of Deployment orders/worker names the queue "
        "orders-old, not orders-in"
    ) in unmet(check.test_consumer_ready, **judge(*objects, wrong, of=of))


@pytest.mark.parametrize("key", ["QUEUE_NAME", "queueName", "QUEUE", "ServiceBus__QueueName"])
def test_another_queue_is_told_whatever_the_scaler_watches(key: str) -> None:
    env = {"BUS": HOST, key: "orders-in-v1"}
    said = unmet(check.test_consumer_bound, **judge(worker(env), worker_pod(env=env), scaled()))
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
    check.test_consumer_bound(**judge(worker(env), *[worker_pod(env=env)], of=consumer(PLAIN, of)))
    less = dict(list(env.items())[:1]) if len(env) > 1 else {"BUS": HOST}
    said = unproven(check.test_consumer_bound, **judge(worker(less), worker_pod(env=less), of=consumer(PLAIN, of)))
    assert "names no" in said


def test_what_stands_in_a_secret_proves_nothing() -> None:
    env = [{"name": "BUS", "valueFrom": {"secretKeyRef": {"name": "orders-sb", "key": "conn"}}}]
    said = unproven(check.test_consumer_bound, **judge(worker(env), worker_pod(env=env), scaled()))
    assert said == (
        "queue orders/orders-in cannot be seen in the configuration: pod worker-1 names no bus (it may stand in BUS "
        "(secretKeyRef orders-sb/conn), which are not read)."
    )
    beside = [*env, {"name": "HUB", "value": "nh-push.servicebus.windows.net"}]
    assert "names no bus" in unproven(
        check.test_consumer_bound, **judge(worker(beside), worker_pod(env=beside), scaled())
    )


def test_pods_that_are_not_ready_or_of_an_older_revision_are_told() -> None:
    tired = [worker_pod("worker-1", ready=False), worker_pod("worker-2", ready=False)]
    said = unmet(check.test_consumer_bound, **judge(worker(), *tired, scaled()))
    assert "none of its 2 pods is ready, 2 are wanted" in said
    said = unmet(check.test_consumer_bound, **judge(worker(updatedReplicas=1), *PODS, scaled()))
    assert "only 1 of 2 pods are of the newest revision" in said
    said = unmet(check.test_consumer_bound, **judge(worker(observedGeneration=2), *PODS, scaled()))
    assert "has not seen the newest generation" in said


def test_a_pod_that_ends_or_has_ended_is_no_matter() -> None:
    wrong = {"BUS": ELSEWHERE}
    gone = worker_pod("worker-8", wrong, deletionTimestamp="2026-12-05T20:00:00Z")
    check.test_consumer_bound(**judge(worker(), *PODS, gone, worker_pod("worker-9", wrong, phase="Failed"), scaled()))


def test_scaled_to_zero_is_met_only_under_a_scaler_that_sees_nothing() -> None:
    rests = worker(replicas=0)
    check.test_consumer_bound(**judge(rests, scaled(Active="False")))
    said = unmet(check.test_consumer_bound, **judge(rests, scaled()))
    assert "is scaled to zero although ScaledObject orders/worker sees messages (Active)" in said
    said = unmet(check.test_consumer_bound, **judge(rests, of=consumer(PLAIN)))
    assert "Deployment orders/worker is scaled to zero, and no scaler wakes it" in said
    assert "no condition Active" in unproven(check.test_consumer_bound, **judge(rests, scaled(Active=None)))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (scaled(marks={"autoscaling.keda.sh/paused": "yes"}), "ScaledObject orders/worker is paused"),
        (scaled(marks={"autoscaling.keda.sh/paused-replicas": "2"}), "ScaledObject orders/worker is paused"),
        (
            scaled(marks={"autoscaling.keda.sh/paused-scale-out": "true"}),
            "ScaledObject orders/worker may not scale out",
        ),
        (scaled(Ready="False"), "ScaledObject orders/worker is not ready (no reason given: )"),
        (scaled(Fallback="True"), "ScaledObject orders/worker runs on its fallback"),
        (scaled(health={"s0": {"status": "Failing", "numberOfFailures": 7}}), "fails to read s0 (7 times)"),
        (scaled(trigger(THERE)), "a trigger of ScaledObject orders/worker watches orders-in of sb-weu, not of sb-neu"),
        (scaled(trigger("sb-old")), "watches orders-in of sb-old, not of sb-neu"),
        (scaled(trigger(), trigger(THERE, "retry")), "watches retry of sb-weu, not of sb-neu"),
        (scaled(trigger(queue="invoices-.*", useRegex="true")), "no trigger of ScaledObject orders/worker watches"),
        (scaled(trigger(queue="orders-in-old")), "no trigger of ScaledObject orders/worker watches orders-in, so"),
    ],
)
def test_what_may_be_wrong_with_a_scaler(broken: Any, said: str) -> None:
    told = unmet(check.test_scaler, **judge(worker(), broken))
    assert told.startswith("queue orders/orders-in in neu is not scaled as declared: ")
    assert said in told
    assert said in unmet(check.test_consumer_bound, **judge(worker(), *PODS, broken))


@pytest.mark.parametrize(
    "fine",
    [
        scaled(marks={"autoscaling.keda.sh/paused": "false"}),
        scaled(Active="False", health={}),
        scaled(marks={"autoscaling.keda.sh/paused-scale-in": "true"}),
        scaled(trigger(HOST.upper(), "ORDERS-IN")),
        scaled(trigger("sb-billing", "invoices"), trigger()),
        scaled(trigger(queue="orders-retry"), minimum=1),
        scaled({"type": "cpu", "metadata": {"value": "60"}}),
        scaled(trigger(None, connectionFromEnv="SERVICEBUS_FQNS")),
        scaled(trigger(queue="^orders-.*$", useRegex="true")),
    ],
)
def test_what_may_look_wrong_with_a_scaler_and_is_not(fine: Any) -> None:
    check.test_scaler(**judge(worker(), fine))


def test_without_a_scaled_object_nothing_scales() -> None:
    assert "no ScaledObject scales Deployment orders/worker." in unmet(check.test_scaler, **judge(worker()))
    check.test_scaler(**judge(worker(), of=consumer(PLAIN)))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (scaled(Ready=None), "no condition Ready"),
        ({**scaled(), "spec": {"scaleTargetRef": {"name": "worker"}, "triggers": None}}, "spec.triggers"),
        (
            {**scaled(), "spec": {"scaleTargetRef": {"name": "worker"}, "triggers": [{"type": 3}]}},
            "spec.triggers[0].type",
        ),
        (scaled({"type": "azure-servicebus"}), "spec.triggers[0].metadata"),
        (scaled(trigger(queueName=7)), "spec.triggers[0].metadata.queueName"),
        (scaled(trigger(queue="else"), minimum=-1), "spec.minReplicaCount"),
        (scaled(health="fine"), "status.health"),
        (scaled(trigger(None)), "takes its bus from its authentication, which cannot be read"),
        (scaled(trigger(None, connectionFromEnv="SECRET")), "from the connection SECRET, which cannot be read"),
    ],
)
def test_a_scaler_that_cannot_be_read_proves_nothing(broken: Any, said: str) -> None:
    assert said in unproven(check.test_scaler, **judge(worker(), broken))


def test_what_is_wrong_is_told_even_where_another_rung_cannot_be_climbed() -> None:
    tired = worker_pod(ready=False)
    assert "none of its 1 pods" in unmet(check.test_consumer_bound, **judge(worker(), tired, denied=["scaledobjects"]))
    assert "scaledobjects" in unproven(check.test_consumer_bound, **judge(worker(), *PODS, denied=["scaledobjects"]))


@pytest.mark.parametrize(
    ("template", "accounts", "said"),
    [
        ({"account": "orders-worker"}, [], "its service account orders-worker does not exist"),
        ({}, [], "its service account default does not exist"),
        (
            {"account": "orders-worker", "labels": {"azure.workload.identity/use": "true"}},
            [account(client=None)],
            "its service account orders-worker has no annotation azure.workload.identity/client-id",
        ),
        ({"account": "orders-worker"}, [account()], "its template lacks the label azure.workload.identity/use"),
        (
            {"account": "orders-worker", "labels": {"azure.workload.identity/use": "True"}},
            [account()],
            "its template lacks the label azure.workload.identity/use",
        ),
    ],
)
def test_a_consumer_without_an_identity_could_not_bind(template: Any, accounts: Any, said: str) -> None:
    objects = [worker(replicas=0, **template), *accounts, scaled()]
    assert said in unmet(check.test_consumer_ready, **judge(*objects, site=TARGET))


def test_an_identity_in_both_places_or_in_a_variable_is_fine() -> None:
    labels = {"azure.workload.identity/use": "true"}
    check.test_consumer_ready(**judge(worker(labels=labels, account="orders-worker"), *PODS, account(), scaled()))
    named = worker({**ENV, "AZURE_CLIENT_ID": "b2a1"}, labels=labels, account="orders-worker")
    check.test_consumer_ready(**judge(named, *PODS, account(client=None), scaled()))


def test_the_next_pods_of_the_target_count_beside_those_that_run() -> None:
    wrong = worker({**ENV, "SERVICEBUS_FQNS": ELSEWHERE}, account="orders-worker")
    said = unmet(check.test_consumer_ready, **judge(wrong, *PODS, account(client=None), scaled(), site=TARGET))
    assert "SERVICEBUS_FQNS of the template of Deployment orders/worker names sb-weu" in said


@pytest.mark.parametrize("each", ["test_scaler", "test_consumer_bound", "test_consumer_ready"])
def test_without_the_workload_nothing_is_proven(each: str) -> None:
    assert "Deployment orders/worker does not exist in neu" in unproven(getattr(check, each), **judge())
