from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing, Looked
from fixtures.rungs import climb
from fixtures.sources.arm.topics.consumer_identity import Receiver
from fixtures.sources.arm.topics.consumer_network import Way
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


def ready(*, arm: Any = None, **told: Any) -> None:
    """consumer_ready, with what ARM says; nothing where the environment declares no subscription."""
    check.test_consumer_ready(arm_here={} if arm is None else {"neu": arm}, **told)


ACTIVE, TARGET = role(active=True), role(target=True)
PODS = (worker_pod("worker-1"), worker_pod("worker-2"))
PLAIN = workload("worker")


def judge(*objects: Any, of: Any = None, site: Any = ACTIVE, allowed: Any = (), **view: Any) -> dict[str, Any]:
    return {
        "consumer": of or consumer(),
        "kubernetes": kubernetes(*objects, **view),
        "site": site,
        "drift": drift(*allowed),
        "climb": climb,
    }


def test_a_consumer_that_stands_ready_is_met() -> None:
    looked = Looked()
    check.test_scaler(**judge(worker(), scaled(), looked=looked))
    assert looked.count > 1
    ready(**judge(worker(replicas=0, account="orders-worker"), scaled(), account(client=None)))


def test_a_config_map_is_told_where_it_stands_and_may_be_allowed_to_drift() -> None:
    env = [{"name": "QUEUE_NAME", "value": "orders-in"}, {"name": "BUS", "value": HOST}]
    spec = {"envFrom": [{"configMapRef": {"name": "orders-config"}}]}
    made = deployment("worker", container("worker", env=env, **spec), replicas=0)
    objects = [made, config_map("orders-config", STANDBY=ELSEWHERE), scaled()]
    assert unmet(ready, **judge(*objects, account("default", None))) == (
        "queue orders/orders-in in neu could not be consumed by Deployment orders/worker: "
        "configmap/orders/orders-config STANDBY of the template of Deployment orders/worker names "
        "sb-weu.servicebus.windows.net, not sb-neu."
    )
    allowed = ["configmap/orders/orders-config"]
    ready(**judge(*objects, account("default", None), allowed=allowed))


def test_a_mounted_file_counts_as_configuration() -> None:
    made = deployment(
        "worker", container("worker", volumeMounts=[{"name": "files", "mountPath": "/etc/worker"}]), replicas=0
    )
    made["spec"]["template"]["spec"]["volumes"] = [{"name": "files", "configMap": {"name": "worker-files"}}]
    text = f'{{"bus": {{"host": "{HOST}", "queue": "orders-in"}}}}'
    of = consumer(PLAIN)
    objects = [made, account("default", None)]
    ready(**judge(*objects, config_map("worker-files", **{"app.json": text}), of=of))
    wrong = config_map("worker-files", **{"app.json": text.replace("orders-in", "orders-old")})
    assert (
        "configmap/orders/worker-files app.json:bus.queue of the template of Deployment orders/worker names the queue "
        "orders-old, not orders-in"
    ) in unmet(ready, **judge(*objects, wrong, of=of))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (scaled(marks={"autoscaling.keda.sh/paused": "yes"}), "ScaledObject orders/worker is paused"),
        (scaled(marks={"autoscaling.keda.sh/paused-replicas": "2"}), "ScaledObject orders/worker is paused"),
        (
            scaled(marks={"autoscaling.keda.sh/paused-scale-out": "true"}),
            "ScaledObject orders/worker may not scale out",
        ),
        (scaled(Ready="False"), "ScaledObject orders/worker is not ready (no reason given)"),
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
    assert said in unmet(ready, **judge(*objects, site=TARGET))


def test_the_account_that_every_namespace_has_need_not_be_listed() -> None:
    ready(**judge(worker(replicas=0), scaled(), site=TARGET))


def test_an_identity_in_both_places_or_in_a_variable_is_fine() -> None:
    labels = {"azure.workload.identity/use": "true"}
    ready(**judge(worker(labels=labels, account="orders-worker"), *PODS, account(), scaled()))
    named = worker({**ENV, "AZURE_CLIENT_ID": "b2a1"}, labels=labels, account="orders-worker")
    ready(**judge(named, *PODS, account(client=None), scaled()))


def test_the_next_pods_of_the_target_count_beside_those_that_run() -> None:
    wrong = worker({**ENV, "SERVICEBUS_FQNS": ELSEWHERE}, account="orders-worker")
    said = unmet(ready, **judge(wrong, *PODS, account(client=None), scaled(), site=TARGET))
    assert "SERVICEBUS_FQNS of the template of Deployment orders/worker names sb-weu" in said


@pytest.mark.parametrize("each", ["test_scaler", "test_consumer_ready"])
def test_without_the_workload_nothing_is_proven(each: str) -> None:
    assert "Deployment orders/worker does not exist in neu" in unproven(
        getattr(check, each) if each == "test_scaler" else ready, **judge()
    )


def azure(
    *receivers: Receiver, approved: bool = True, public: str | None = None, way: Any = ..., trust: Any = None
) -> Any:
    """What ARM says about the identities of the service and the way to its bus."""
    led = Way(name="sb-neu", approved=approved, public=public) if way is ... else way
    return SimpleNamespace(consumer_identity=trust or (lambda _: receivers), consumer_network=lambda _: led, site="neu")


def receiver(name: str = "id-orders", account: str = "orders-worker", **told: Any) -> Receiver:
    """An identity that is believed and may receive."""
    held = {"exists": True, "issuer": "https://issuer.neu/", "trusted": True, "permitted": True, **told}
    return Receiver(name=name, service_account=account, entity="orders-in of sb-neu", **held)


def rested(arm: Any) -> dict[str, Any]:
    """A stand-by at zero whose pods would run as orders-worker."""
    labels = {"azure.workload.identity/use": "true"}
    return {**judge(worker(replicas=0, labels=labels, account="orders-worker"), scaled(), account()), "arm": arm}


@pytest.mark.parametrize(
    "arm",
    [
        azure(receiver()),
        azure(receiver(), approved=False, public="Enabled"),
        azure(receiver(), approved=False),
        azure(receiver(account="orders-api", trusted=False, permitted=False)),
        azure(),
    ],
)
def test_who_would_be_let_in_is_ready(arm: Any) -> None:
    ready(**rested(arm))


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (
            azure(receiver(trusted=False)),
            "does not trust this cluster's tokens of orders-worker (its issuer is https://issuer.neu/)",
        ),
        (
            azure(receiver(permitted=False)),
            "the identity id-orders holds no role that lets it receive from orders-in of",
        ),
        (azure(receiver(exists=False)), "the identity id-orders of its service account orders-worker does not exist"),
        (
            azure(receiver(), approved=False, public="Disabled"),
            "sb-neu is closed to the public, and no approved private endpoint of this site leads to it",
        ),
        (azure(receiver(), way=None), "its bus sb-neu does not exist"),
    ],
)
def test_who_would_not_be_let_in_is_told(arm: Any, said: str) -> None:
    assert said in unmet(ready, **rested(arm))


def test_what_is_wrong_beside_evidence_that_is_missing_is_told_first() -> None:
    def denied(_: Any) -> Any:
        raise EvidenceMissing("denied", "ARM refuses role assignments")

    assert unproven(ready, **rested(azure(trust=denied))) == "ARM refuses role assignments"
    shut = azure(trust=denied, approved=False, public="disabled")
    assert "closed to the public" in unmet(ready, **rested(shut))
