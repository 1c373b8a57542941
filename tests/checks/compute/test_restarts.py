from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    NOW,
    container,
    deployment,
    instant,
    kubernetes,
    load,
    pod,
    role,
    since,
    unmet,
    unproven,
    workload,
)

check = load("compute/test_restarts.py")
HOUR, DAY, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=30)
ONCE = {"max": 0, "window": "24h"}


def judge(*objects, restarts=ONCE, **values):
    declared = workload(restarts=restarts) if restarts else workload()
    view = kubernetes(*objects, **values)
    return {"workload": declared, "kubernetes": view, "site": role(), "since": since, "now": NOW}


def status(count, *, last=None, up=None, waiting=None, reason="Error", code=1, up_before=None):
    """A container's status after so many restarts: ended last, up again since."""
    ended = {"reason": reason, "exitCode": code, "finishedAt": instant(last) if last else None}
    if up_before:
        ended["startedAt"] = instant(up_before)
    running = {"running": {"startedAt": instant(up)}} if up else {}
    state = {"waiting": {"reason": waiting}} if waiting else running
    return {"restartCount": count, "state": state, **({"lastState": {"terminated": ended}} if last else {})}


def old(name="api-1", created=NOW - MONTH, **statuses):
    return pod(name, statuses={"api": status(**statuses)}, creationTimestamp=instant(created))


def test_a_pod_that_never_restarted_is_fine():
    looked = Looked()
    check.test_restarts(**judge(deployment(), pod(), looked=looked))
    assert looked.count == 2  # the workload and its container


def test_a_restart_within_the_window_is_told_with_its_end():
    fell = old(count=1, last=NOW - HOUR, up=NOW - HOUR)
    assert unmet(check.test_restarts, **judge(deployment(), old("api-0", count=0), fell)) == (
        "Deployment orders/api in neu does not hold: api in pod api-1 restarted once since 2026-12-04 21:00:00Z, "
        "at most 0 within 24h are declared (1 restarts in all, it last ended at 2026-12-05 20:00:00Z with Error, "
        "exit code 1)."
    )


@pytest.mark.parametrize("restarts", [ONCE, None, {"max": 100, "window": "1h"}])
def test_a_crash_loop_is_one_whatever_is_declared(restarts):
    proxy = container("proxy", restartPolicy="Always")
    looping = status(14, last=NOW - timedelta(minutes=4), waiting="CrashLoopBackOff", code=137)
    said = unmet(
        check.test_restarts,
        **judge(deployment(), pod("api-1", init=[proxy], statuses={"proxy": looping}), restarts=restarts),
    )
    assert said == (
        "Deployment orders/api in neu does not hold: sidecar proxy in pod api-1 is in a crash loop (14 restarts in "
        "all, it last ended at 2026-12-05 20:56:00Z with Error, exit code 137)."
    )


def test_a_loop_between_two_ends_is_known_by_its_pace_where_no_number_is_declared():
    just = old(count=6, last=NOW - timedelta(minutes=2), up=NOW - timedelta(minutes=1))
    assert "crash loop (6 restarts" in unmet(check.test_restarts, **judge(deployment(), just, restarts=None))


@pytest.mark.parametrize(
    "innocent",
    [
        old(count=4, last=NOW - DAY - HOUR, up=NOW - DAY - HOUR),
        old(count=4, up=NOW - DAY - HOUR),  # its end is forgotten, yet it has been up for longer than the window
        old(count=0),
    ],
)
def test_what_lies_before_the_window_is_innocent(innocent):
    check.test_restarts(**judge(deployment(), innocent))


@pytest.mark.parametrize(
    ("restarts", "innocent"),
    [
        (None, old(count=6, last=NOW - HOUR, up=NOW - HOUR)),
        (None, old(count=2, last=NOW - timedelta(minutes=2), up=NOW - timedelta(minutes=2))),
        ({"max": 3, "window": "24h"}, old(count=3, last=NOW - timedelta(minutes=2), up=NOW)),
    ],
)
def test_what_is_declared_or_settled_is_innocent(restarts, innocent):
    check.test_restarts(**judge(deployment(), innocent, restarts=restarts))


def test_of_a_young_pod_every_restart_counts():
    young = old(created=NOW - HOUR, count=5, last=NOW - HOUR / 2, up=NOW - HOUR / 2)
    assert "restarted 5 times since" in unmet(
        check.test_restarts, **judge(deployment(), young, restarts={"max": 4, "window": "24h"})
    )


def test_an_instance_that_was_itself_a_restart_makes_two():
    fell = old(count=9, last=NOW - HOUR, up=NOW - HOUR, up_before=NOW - 2 * HOUR)
    assert "restarted at least 2 times since" in unmet(
        check.test_restarts, **judge(deployment(), fell, restarts={"max": 1, "window": "24h"})
    )


def test_how_many_of_an_old_pods_restarts_lie_in_the_window_may_be_unknown():
    assert unproven(
        check.test_restarts,
        **judge(deployment(), old(count=9, last=NOW - HOUR, up=NOW - HOUR), restarts={"max": 3, "window": "24h"}),
    ) == (
        "Deployment orders/api in neu cannot be judged: the status does not tell how many restarts lie within the "
        "last 24h, at most 3 are declared: api in pod api-1 (9 restarts in all, it last ended at 2026-12-05 20:00:00Z "
        "with Error, exit code 1)."
    )


@pytest.mark.parametrize(
    ("statuses", "says"),
    [
        ({"count": 2}, "does not tell how many"),
        ({"count": 2, "up": datetime(9999, 1, 1, tzinfo=UTC)}, "startedAt 9999"),
        ({"count": -1}, "restartCount"),
        ({"count": None}, "restart count"),
    ],
)
def test_what_the_status_does_not_tell_is_unproven(statuses, says):
    assert says in unproven(check.test_restarts, **judge(deployment(), old(**statuses)))


def test_a_workload_without_pods_by_its_own_wish_is_fine():
    check.test_restarts(**judge(deployment(replicas=0)))


def test_a_workload_that_does_not_exist_is_unproven():
    assert "does not exist" in unproven(check.test_restarts, **judge(pod()))


def test_pods_that_may_not_be_listed_are_unproven():
    assert "pods" in unproven(check.test_restarts, **judge(deployment(), denied=["pods"]))
