from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.batch.made_up import CUTOVER, WINDOW, ago, scheduled
from tests.checks.evidence import NOW, job, kubernetes, load, role, unmet, unproven

check = load("batch/test_window.py")
ACTIVE, TARGET = role("weu", active=True), role(target=True)


def judge(cron_job: Any, site: Any = TARGET, now: Any = NOW, looked: Any = None, **declared: Any) -> dict[str, Any]:
    objects = [cron_job] if cron_job else []
    evidence = kubernetes(*objects, looked=looked)
    return {"job": job(**declared), "kubernetes": evidence, "site": site, "cutover": CUTOVER, "now": now}


def test_a_job_due_in_the_window_is_told_on_both_sites() -> None:
    late = {"schedule": "30 23 * * *"}
    for site, suspend in ((ACTIVE, False), (TARGET, True)):
        assert unmet(check.test_window, **judge(scheduled(suspend=suspend, **late), site)) == (
            f"CronJob orders/settlement in {site} (30 23 * * *, Europe/Amsterdam) is due once between the opening of "
            "the window (2026-12-05 21:00 UTC) and the point of no return (2026-12-06 00:30 UTC), first "
            "2026-12-05 23:30 CET; inWindow is not declared."
        )


@pytest.mark.parametrize(
    ("schedule", "said"),
    [("* * * * *", "is due 100 times or more"), ("*/30 * * * *", "is due 8 times"), ("0 22 5 12 *", "is due once")],
)
def test_how_often_it_is_due(schedule: str, said: str) -> None:
    early = NOW - timedelta(hours=2)
    assert said in unmet(check.test_window, **judge(scheduled(schedule=schedule), ACTIVE, now=early))


def test_before_after_and_past_the_window_are_innocent() -> None:
    looked = Looked()
    check.test_window(**judge(scheduled(), ACTIVE, looked=looked))
    assert looked.count == 1
    for schedule in ("59 21 * * *", "31 1 * * *"):
        check.test_window(**judge(scheduled(schedule=schedule), ACTIVE))
    check.test_window(**judge(scheduled(schedule="* * * * *"), ACTIVE, now=WINDOW.closes))
    check.test_window(**judge(scheduled(schedule="15 22 * * *"), ACTIVE, now=WINDOW.opens + timedelta(minutes=20)))


def test_what_is_declared_to_run_runs_nowhere_or_is_suspended_is_innocent() -> None:
    busy = scheduled(schedule="* * * * *")
    check.test_window(**judge(busy, ACTIVE, inWindow=True))
    check.test_window(**judge(busy, runsOn="nowhere"))
    check.test_window(**judge(busy, runsOn="from"))
    check.test_window(**judge(scheduled(schedule="* * * * *", suspend=True), ACTIVE))


def test_a_job_that_is_not_there_proves_nothing() -> None:
    for each in (check.test_window, check.test_resume_safety):
        assert "does not exist in neu" in unproven(each, **judge(None))


def test_a_run_missed_long_ago_would_start_at_once() -> None:
    assert unmet(check.test_resume_safety, **judge(scheduled(suspend=True))) == (
        "CronJob orders/settlement in neu, resumed at 2026-12-05 21:00 UTC, would at once start its run of "
        "2026-12-04 18:00 CET (0 18 * * 1-5, no startingDeadlineSeconds); inWindow is not declared."
    )


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"startingDeadlineSeconds": 200_000}, "run of 2026-12-04 18:00 CET"),
        ({"schedule": "0 3 29 2 *"}, None),
        ({"schedule": "0 3 1 1 *"}, "run of 2026-01-01 03:00 CET"),
        ({"schedule": "0 * * * *", "timeZone": None}, None),
        ({"startingDeadlineSeconds": 10**12}, "startingDeadlineSeconds 34560000"),
    ],
)
def test_how_late_a_missed_run_may_start(spec: dict[str, Any], said: str | None) -> None:
    judged = judge(scheduled(suspend=True, created="2020-01-01T00:00:00Z", **spec))
    if said is None:
        check.test_resume_safety(**judged)
    else:
        assert said in unmet(check.test_resume_safety, **judged)


def test_an_hourly_job_is_unsafe_in_the_middle_of_the_hour_only() -> None:
    hourly = scheduled(suspend=True, schedule="0 * * * *", timeZone=None)
    middle = NOW + timedelta(minutes=31)
    assert "run of 2026-12-05 21:00 UTC" in unmet(check.test_resume_safety, **judge(hourly, now=middle))
    for minutes in (5, 50):
        check.test_resume_safety(**judge(hourly, now=NOW + timedelta(minutes=minutes)))


def test_what_would_not_be_made_up_for_is_innocent() -> None:
    safe: list[dict[str, Any]] = [
        {"startingDeadlineSeconds": 300},
        {"startingDeadlineSeconds": 0},
        {"schedule": "*/20 * * * *"},
        {"created": "2026-12-05T08:00:00Z"},
        {"status": {"lastScheduleTime": "2026-12-04T17:00:00Z"}},
        {"suspend": False},
    ]
    for spec in safe:
        check.test_resume_safety(**judge(scheduled(**{"suspend": True, **spec})))
    for declared in ({"inWindow": True}, {"runsOn": "nowhere"}, {"runsOn": "from"}):
        check.test_resume_safety(**judge(scheduled(suspend=True), **declared))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"startingDeadlineSeconds": -1}, "spec.startingDeadlineSeconds -1"),
        ({"status": {"lastScheduleTime": "9999-01-01T00:00:00Z"}}, "status.lastScheduleTime 9999"),
        ({"created": "0001-01-01T00:00:00Z"}, "metadata.creationTimestamp 0001"),
    ],
)
def test_absurd_fields_prove_nothing(changed: dict[str, Any], said: str) -> None:
    assert said in unproven(check.test_resume_safety, **judge(scheduled(**{"suspend": True, **changed})))
    ageless = scheduled(suspend=True)
    del ageless["metadata"]["creationTimestamp"]
    assert "neither status.lastScheduleTime nor" in unproven(check.test_resume_safety, **judge(ageless))


def test_the_clock_change_in_spring_is_seen_in_the_job_s_own_zone() -> None:
    spring = datetime(2027, 3, 28, 12, 0, tzinfo=UTC)
    said = unmet(
        check.test_resume_safety, **judge(scheduled(suspend=True, schedule="30 5 * * *", created=ago()), now=spring)
    )
    assert "run of 2027-03-28 05:30 CEST" in said
