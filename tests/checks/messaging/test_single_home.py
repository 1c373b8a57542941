from __future__ import annotations

from typing import Any

import pytest

from fixtures.arguments import attempt
from fixtures.evidence import Looked
from fixtures.rungs import climb
from tests.checks.evidence import container, deployment, kubernetes, load, pod, role, since, unmet, unproven, workload
from tests.checks.messaging.made_up import (
    ENV,
    KEDA,
    THERE,
    consumer,
    drift,
    placed,
    queue,
    scaled,
    subscription,
    trigger,
    worker,
    worker_pod,
)
from tests.checks.messaging.made_up_broker import audit, broker, client, counts, flow, missing

check = load("messaging/test_single_home.py")
QUIET = scaled(Active="False")
WARM = workload("worker", scaler="keda", replicas={"active": 3, "passive": 1})


def judge(*objects: Any, of: Any = None, looked: Any = None, told: Any = None, **view: Any) -> dict[str, Any]:
    evidence = kubernetes(*objects, looked=looked, **view)
    held = broker(**(told or {}))
    return {
        "consumer": of or consumer(),
        "kubernetes": evidence,
        "site": role(),
        "drift": drift(),
        "arm_here": held["arm_here"],
        "metrics_here": held["metrics_here"],
        "logs_of_sites": held["logs_here"],
        "since": since,
        "attempt": attempt,
        "climb": climb,
    }


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


def test_a_copy_without_the_sidecars_or_with_one_more_is_told() -> None:
    main, proxy = container("worker", env=ENV), container("envoy", env={})
    both, alone = deployment("worker", main, proxy, replicas=0), deployment("worker", main, replicas=0)
    for own, copy in ((both, deployment("debug", main)), (alone, deployment("debug", main, proxy))):
        said = unmet(check.test_single_home, **judge(own, copy, QUIET))
        assert "Deployment orders/debug runs the same program on it" in said


def test_a_pod_that_no_workload_made_is_told_where_it_runs_the_program_on_this_queue() -> None:
    def by_hand(env: Any = None, phase: str = "Running", **more: Any) -> Any:
        return pod("debug", {**container("worker", env=env or ENV), **more}, app="debug", phase=phase)

    said = unmet(check.test_single_home, **judge(worker(replicas=0), by_hand(), QUIET))
    assert "pod debug, which no workload made, runs the same program on it" in said
    innocents = [
        by_hand(phase="Succeeded"),
        by_hand({**ENV, "QUEUE_NAME": "orders-retry"}),
        by_hand(command=["sleep", "infinity"]),
        by_hand(image="acr.example/api:1"),
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


RESTS = (worker(replicas=0), QUIET)
NOBODY = {"held": missing(), "flowing": missing(), "heard": missing()}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"held": counts(40, 31)}, "somebody takes messages from orders-in of sb-neu in neu: 40, 5 s later 31"),
        (
            {"flowing": flow((0,) * 13 + (2, 3))},
            "somebody completed 5 messages of sb-neu in neu in the last known minutes",
        ),
        (
            {"flowing": flow(0, outgoing=(0,) * 13 + (2, 3))},
            "somebody was handed 5 messages of sb-neu in neu in the last known minutes",
        ),
        ({"heard": audit(client())}, "10.60.4.21 (neu) received from orders-in of sb-neu in neu at 20:56 UTC"),
    ],
)
def test_whoever_takes_messages_is_told_though_no_pod_is_there(told: Any, said: str) -> None:
    assert said in unmet(check.test_single_home, **judge(*RESTS, told=told))


@pytest.mark.parametrize(
    "told",
    [
        {"held": counts(40, 40)},
        {"held": counts(40, 55)},
        {"held": counts(40, 31, given_up=9)},
        {"held": lambda _: None},
        {"flowing": flow((9,) * 13 + (0, 0))},
        {"flowing": flow((9,) * 13 + (None, None))},
        {"flowing": flow(9, topic="order-events")},
        {"heard": audit(client(ago=8))},
        {"heard": audit(client("10.40.4.2", "weu"))},
        NOBODY,
    ],
)
def test_what_was_before_the_move_or_is_somebody_else_s_is_no_alarm(told: Any) -> None:
    of = consumer(KEDA, subscription()) if "order-events" in str(told.get("flowing")) else None
    check.test_single_home(**judge(*RESTS, of=of, told=told))


@pytest.mark.parametrize("told", [{"flowing": flow((9,) * 8 + (0,) * 7)}, {"heard": audit(client(ago=12))}])
def test_a_target_was_passive_all_along_so_that_no_move_excuses_it(told: Any) -> None:
    at_the_target = judge(*RESTS, told=told) | {"site": role(target=True)}
    assert "has a second home in neu" in unmet(check.test_single_home, **at_the_target)
    check.test_single_home(**judge(*RESTS, told=told))


def test_one_bus_for_both_sites_is_emptied_by_the_active_one() -> None:
    shared = consumer(KEDA, placed(queue(bus=THERE)))
    check.test_single_home(**judge(*RESTS, of=shared, told={"held": counts(40, 31), "flowing": flow(9)}))


def test_pods_that_stand_by_need_a_witness() -> None:
    stands_by = judge(worker(replicas=1), worker_pod(), scaled(minimum=1), of=consumer(WARM), told=NOBODY)
    said = unproven(check.test_single_home, **stands_by)
    assert said.startswith("1 pods of Deployment orders/worker stand by in neu, and whether they consume queue")
    assert "counts, completions or audit logs would have told: nobody answered." in said
