from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import config_map, container, deployment, kubernetes, load, role, unmet, unproven, workload
from tests.checks.messaging.made_up import (
    ELSEWHERE,
    ENV,
    HOST,
    THERE,
    account,
    consumer,
    drift,
    scaled,
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
    check.test_scaler(**judge(worker(), scaled(), looked=looked))
    assert looked.count > 1
    check.test_consumer_ready(**judge(worker(replicas=0, account="orders-worker"), scaled(), account(client=None)))


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


@pytest.mark.parametrize("each", ["test_scaler", "test_consumer_ready"])
def test_without_the_workload_nothing_is_proven(each: str) -> None:
    assert "Deployment orders/worker does not exist in neu" in unproven(getattr(check, each), **judge())
