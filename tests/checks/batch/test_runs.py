from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.batch.made_up import ago, run, scheduled
from tests.checks.evidence import NOW, job, kubernetes, load, role, since, unmet, unproven

check = load("batch/test_runs.py")
ACTIVE = role(active=True)
SETTLED, MOVED = (role("weu", target=True),), (role("weu"),)


def success(
    *objects: Any, others: Any = SETTLED, started: Any = None, looked: Any = None, **declared: Any
) -> dict[str, Any]:
    counted = since if started is None else lambda window: max(NOW - window, started)
    return {
        "job": job(**{"lastSuccess": "76h", **declared}),
        "kubernetes": kubernetes(*objects, looked=looked),
        "site": ACTIVE,
        "other_sites": others,
        "since": counted,
        "now": NOW,
    }


def stuck(*objects: Any, **declared: Any) -> dict[str, Any]:
    return {"job": job(**declared), "kubernetes": kubernetes(*objects), "site": ACTIVE, "now": NOW}


def test_a_success_within_the_bound_is_met() -> None:
    looked = Looked()
    check.test_last_success(**success(scheduled(status={"lastSuccessfulTime": ago(hours=75)}), looked=looked))
    assert looked.count == 1
    check.test_last_success(**success(scheduled(), run("by-hand", "Complete", completionTime=ago(hours=2))))


def test_runs_that_fail_are_told_with_their_reason() -> None:
    broken = scheduled(status={"lastSuccessfulTime": ago(hours=99), "lastScheduleTime": ago(hours=27)})
    failed = run("settlement-9", "Failed", "BackoffLimitExceeded", startTime=ago(hours=27))
    for others in (SETTLED, MOVED):
        assert unmet(check.test_last_success, **success(broken, failed, others=others)) == (
            "CronJob orders/settlement in neu last succeeded 2026-12-01 18:00 UTC (4 days ago), declared is within "
            "76h: it ran 2026-12-04 18:00 UTC (27 h ago) without success (BackoffLimitExceeded)."
        )


def test_a_tick_that_started_nothing_is_told_where_the_site_is_active_all_along() -> None:
    idle = scheduled(status={"lastSuccessfulTime": ago(hours=99), "lastScheduleTime": ago(hours=99)})
    assert unmet(check.test_last_success, **success(idle)) == (
        "CronJob orders/settlement in neu last succeeded 2026-12-01 18:00 UTC (4 days ago), declared is within 76h: "
        "it was due 2026-12-04 18:00 CET (28 h ago) and did not start."
    )
    check.test_last_success(**success(idle, others=MOVED))
    twins = (role("weu", active=True),)
    assert "did not start" in unmet(check.test_last_success, **success(idle, others=twins))


def test_a_job_without_a_tick_since_the_switch_has_not_failed() -> None:
    new = scheduled(schedule="*/10 * * * *")
    check.test_last_success(**success(new, others=MOVED))
    check.test_last_success(**success(new, others=MOVED, started=NOW - timedelta(minutes=4)))
    said = unmet(check.test_last_success, **success(new, others=MOVED, started=NOW - timedelta(hours=1)))
    assert "last succeeded never" in said
    assert "did not start" in said
    check.test_last_success(**success(scheduled(created=ago(minutes=3))))


def test_a_first_run_under_way_has_not_failed_yet() -> None:
    status = {"lastScheduleTime": ago(minutes=20), "active": [{"name": "settlement-1"}]}
    first = (scheduled(schedule="*/30 * * * *", status=status), run(startTime=ago(minutes=20), active=1))
    check.test_last_success(**success(*first, others=MOVED))
    assert "it has run since" in unmet(check.test_last_success, **success(*first))


def test_a_job_that_does_not_run_here_or_is_suspended_is_no_matter_of_its_runs() -> None:
    old = scheduled(status={"lastSuccessfulTime": ago(days=50), "lastScheduleTime": ago(days=50)})
    check.test_last_success(**success(old, runsOn="nowhere"))
    check.test_last_success(**success({**old, "spec": {**old["spec"], "suspend": True}}))


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-12-05T10:00:00"])
@pytest.mark.parametrize("field", ["lastSuccessfulTime", "lastScheduleTime"])
def test_an_instant_that_cannot_be_proves_nothing(field: str, at: str) -> None:
    assert f"status.{field}" in unproven(check.test_last_success, **success(scheduled(status={field: at})))


def test_without_the_cron_job_nothing_is_proven() -> None:
    assert "does not exist in neu" in unproven(check.test_last_success, **success())
    assert "does not exist in neu" in unproven(check.test_not_stuck, **stuck())


def test_a_schedule_that_nobody_can_read_proves_nothing() -> None:
    for odd in ({"schedule": "every night"}, {"timeZone": "Mars/Base"}):
        assert "cannot be read" in (said := unproven(check.test_last_success, **success(scheduled(**odd)))) or (
            "does not exist" in said
        )


def test_a_run_beyond_its_bound_is_stuck() -> None:
    long = run(startTime=ago(hours=5), active=1)
    assert unmet(check.test_not_stuck, **stuck(scheduled(), long, maxRuntime="2h")) == (
        "CronJob orders/settlement in neu is stuck: Job orders/settlement-1 is unfinished since "
        "2026-12-05 16:00 UTC (5 h ago), declared is at most 2h."
    )


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (
            run(startTime=ago(hours=3)),
            "(180 min ago), without a pod, declared is at most 10m, and Forbid has held back 17",
        ),
        (
            run(created=ago(hours=4), spec={"suspend": True}),
            "(4 h ago), suspended, declared is at most 10m, and Forbid",
        ),
        (run(startTime=ago(days=9), active=1), "and Forbid has held back 100 runs or more since 2026-11-26"),
    ],
)
def test_what_forbid_holds_back_is_told(held: Any, said: str) -> None:
    often = scheduled(schedule="*/10 * * * *", concurrencyPolicy="Forbid")
    assert said in unmet(check.test_not_stuck, **stuck(often, held, maxRuntime="10m"))


def test_without_a_bound_a_run_is_stuck_once_it_holds_back_another() -> None:
    often = scheduled(schedule="*/10 * * * *", concurrencyPolicy="Forbid")
    assert "has held back 1 run since" in unmet(check.test_not_stuck, **stuck(often, run(startTime=ago(minutes=16))))
    check.test_not_stuck(**stuck(often, run(startTime=ago(minutes=6))))
    check.test_not_stuck(**stuck(scheduled(schedule="*/10 * * * *"), run(startTime=ago(hours=6), active=1)))


def test_runs_within_their_bound_and_finished_ones_are_innocent() -> None:
    often = scheduled(schedule="*/10 * * * *", concurrencyPolicy="Forbid")
    check.test_not_stuck(**stuck(often, run(startTime=ago(minutes=25), active=1), maxRuntime="30m"))
    ended = [run("a", "Failed", startTime=ago(days=3)), run("b", "Complete", startTime=ago(days=2))]
    check.test_not_stuck(**stuck(often, *ended, maxRuntime="1m"))
    check.test_not_stuck(**stuck(often, run(of="export", startTime=ago(days=3)), maxRuntime="1m"))


def test_a_run_that_does_not_say_since_when_proves_nothing() -> None:
    assert "neither status.startTime nor" in unproven(
        check.test_not_stuck, **stuck(scheduled(), run(), maxRuntime="1h")
    )
    future = run(startTime="9999-01-01T00:00:00Z")
    assert "status.startTime 9999" in unproven(check.test_not_stuck, **stuck(scheduled(), future, maxRuntime="1h"))
