from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import container, deployment, kubernetes, load, role, unmet, unproven, workload
from tests.checks.messaging.made_up import ENV, THERE, consumer, drift, scaled, trigger, worker, worker_pod

check = load("messaging/test_single_home.py")
QUIET = scaled(Active="False")
WARM = workload("worker", scaler="keda", replicas={"active": 3, "passive": 1})


def judge(*objects: Any, of: Any = None, looked: Any = None, **view: Any) -> dict[str, Any]:
    evidence = kubernetes(*objects, looked=looked, **view)
    return {"consumer": of or consumer(), "kubernetes": evidence, "site": role(), "drift": drift()}


def test_nobody_at_home_is_met() -> None:
    looked = Looked()
    check.test_single_home(**judge(worker(replicas=0), QUIET, looked=looked))
    assert looked.count > 1
    check.test_single_home(**judge(worker(replicas=0), scaled(marks={"autoscaling.keda.sh/paused-replicas": "0"})))
    check.test_single_home(**judge(worker(replicas=0), of=consumer(workload("worker"))))


def test_as_many_as_declared_are_met() -> None:
    warm = worker(replicas=1)
    check.test_single_home(**judge(warm, worker_pod(), scaled(minimum=1), of=consumer(WARM)))
    said = unmet(check.test_single_home, **judge(worker(replicas=2), scaled(minimum=2), of=consumer(WARM)))
    assert said == (
        "queue orders/orders-in has a second home in neu, which is passive: Deployment orders/worker wants 2 replicas, "
        "declared is 1; ScaledObject orders/worker keeps at least 2 replicas, declared is 1."
    )


def test_pods_that_have_not_ended_are_told() -> None:
    hanging = worker_pod("worker-9", deletionTimestamp="2026-12-05T20:00:00Z")
    said = unmet(check.test_single_home, **judge(worker(replicas=0), hanging, QUIET))
    assert "1 of its pods are still there (worker-9, terminating)" in said
    ended = [worker_pod("worker-7", phase="Failed"), worker_pod("worker-8", phase="Succeeded")]
    check.test_single_home(**judge(worker(replicas=0), *ended, QUIET))


@pytest.mark.parametrize(
    ("awake", "said"),
    [
        (scaled(), "ScaledObject orders/worker sees messages (Active) and is about to wake it"),
        (scaled(minimum=2, Active="False"), "ScaledObject orders/worker keeps at least 2 replicas, declared is 0"),
        (
            scaled(trigger(THERE), Active="False"),
            "ScaledObject orders/worker is not paused and watches orders-in of sb-weu",
        ),
    ],
)
def test_a_scaler_about_to_wake_it_is_told_unless_it_is_paused(awake: Any, said: str) -> None:
    assert said in unmet(check.test_single_home, **judge(worker(replicas=0), awake))
    paused = {**awake, "metadata": {**awake["metadata"], "annotations": {"autoscaling.keda.sh/paused": "true"}}}
    check.test_single_home(**judge(worker(replicas=0), paused))


def test_a_copy_of_the_program_on_this_queue_is_told() -> None:
    def copy(image: str, env: Any = None, replicas: int = 1) -> Any:
        return deployment("worker-debug", {**container("worker", env=env or ENV), "image": image}, replicas=replicas)

    old = copy("mirror.example:5000/worker:0.9")
    assert "Deployment orders/worker-debug runs the same program on it with 1 replicas" in unmet(
        check.test_single_home, **judge(worker(replicas=0), old, QUIET)
    )
    innocents = [
        copy("acr.example/worker:1", replicas=0),
        copy("acr.example/api:1"),
        copy("acr.example/worker:1", {**ENV, "QUEUE_NAME": "orders-retry"}),
    ]
    for other in innocents:
        check.test_single_home(**judge(worker(replicas=0), other, QUIET))


def test_what_cannot_be_looked_at_proves_nothing() -> None:
    assert "does not exist in neu" in unproven(check.test_single_home, **judge())
    rests = worker(replicas=0)
    assert "no condition Active" in unproven(check.test_single_home, **judge(rests, scaled(Active=None)))
    assert "scaledobjects" in unproven(check.test_single_home, **judge(rests, denied=["scaledobjects"]))
    bare = consumer(workload("worker", replicas=None))
    assert "declares no replicas" in unproven(check.test_single_home, **judge(rests, QUIET, of=bare))
    assert "wants 3" in unmet(check.test_single_home, **judge(worker(replicas=3), denied=["scaledobjects", "pods"]))
