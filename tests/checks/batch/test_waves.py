from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fixtures.environment.waves import Wave, waves
from fixtures.evidence import Looked
from tests.checks.batch.made_up import CUTOVER, ago, run, scheduled
from tests.checks.evidence import NOW, job, kubernetes, load, role, unmet, unproven

check = load("batch/test_waves.py")
ACTIVE = role(active=True)
BEFORE = NOW - timedelta(minutes=1)  # the window is about to open
LATER = NOW + timedelta(minutes=60)


def numbered(number: int, *jobs: Any) -> Wave:
    return next(wave for wave in waves(jobs) if wave.number == number)


def judge(
    *objects: Any, wave: Any = None, now: Any = BEFORE, started: Any = None, looked: Any = None
) -> dict[str, Any]:
    declared = wave or numbered(2, job("sweep", wave=1, lastSuccess="1h"), job(wave=2), job("free"))

    def since(window: timedelta) -> datetime:
        return max(now - window, started) if started else now - window

    return {
        "wave": declared,
        "kubernetes": kubernetes(*objects, looked=looked),
        "arm_here": {},
        "site": ACTIVE,
        "cutover": CUTOVER,
        "since": since,
        "now": now,
    }


def test_waves_are_those_of_one_service_and_site() -> None:
    jobs = [job("a", wave=1), job("b", wave=3), job("c", wave=1), job("d"), job("e", site="weu", wave=1)]
    found = list(waves([*jobs, job("f", backfill={"from": "2026-12-05T21:00:00Z"})]))
    assert [
        (wave.site, wave.id, [each.name for each in wave.jobs], [each.name for each in wave.earlier]) for wave in found
    ] == [
        ("neu", "wave-0", ["f"], []),
        ("neu", "wave-1", ["a", "c"], []),
        ("neu", "wave-3", ["b"], ["a", "c"]),
        ("weu", "wave-1", ["e"], []),
    ]
    assert len({wave.key for wave in found if wave.site == "neu"}) == 3
    assert [str(wave) for wave in found[:2]] == ["orders", "wave 1 of orders"]
    assert found[0].owner == "team-orders"


def test_a_later_wave_after_the_earlier_has_succeeded_is_met() -> None:
    looked = Looked()
    check.test_waves(
        **judge(scheduled("sweep", status={"lastSuccessfulTime": ago(minutes=5)}), scheduled(), looked=looked)
    )
    assert looked.count == 2
    check.test_waves(
        **judge(scheduled("sweep"), run("by-hand", "Complete", of="sweep", completionTime=ago(minutes=9)), scheduled())
    )


def test_a_later_wave_that_is_live_too_early_is_told() -> None:
    early = [scheduled("sweep", status={"lastSuccessfulTime": ago(hours=3)}), scheduled()]
    assert unmet(check.test_waves, **judge(*early)) == (
        "wave 2 of orders in neu is not resumed as declared: CronJob orders/settlement is live, but CronJob "
        "orders/sweep of wave 1 last succeeded at 2026-12-05 18:00 UTC, not since 2026-12-05 19:59 UTC."
    )
    check.test_waves(**judge(early[0], scheduled(suspend=True)))


def test_the_move_begins_with_the_window_or_when_it_was_started() -> None:
    objects = [scheduled("sweep", status={"lastSuccessfulTime": ago(minutes=-10)}), scheduled()]
    check.test_waves(**judge(*objects, now=LATER))
    said = unmet(check.test_waves, **judge(*objects, now=LATER, started=NOW + timedelta(minutes=20)))
    assert "not since 2026-12-05 21:20 UTC" in said


def test_a_wave_that_runs_elsewhere_holds_nothing_back() -> None:
    declared = numbered(2, job("sweep", wave=1, runsOn="from"), job(wave=2))
    check.test_waves(**judge(scheduled(), wave=declared))


def test_a_backfill_needs_a_success_since_then() -> None:
    declared = numbered(0, job(backfill={"from": "2026-12-05T12:00:00Z"}))
    old = scheduled(status={"lastSuccessfulTime": ago(hours=20)})
    assert unmet(check.test_waves, **judge(old, wave=declared)) == (
        "orders in neu is not resumed as declared: the backfill of CronJob orders/settlement from 2026-12-05 12:00 UTC "
        "is not covered, it last succeeded at 2026-12-05 01:00 UTC."
    )
    check.test_waves(**judge(old, run("again", "Complete", completionTime=ago(hours=1)), wave=declared))
    ahead = numbered(0, job(backfill={"from": "2026-12-06T12:00:00Z"}))
    check.test_waves(**judge(old, wave=ahead))


def test_what_is_missing_or_absurd_proves_nothing() -> None:
    assert "CronJob orders/settlement does not exist" in unproven(check.test_waves, **judge())
    assert "CronJob orders/sweep does not exist" in unproven(check.test_waves, **judge(scheduled()))
    for at in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)):
        odd = scheduled("sweep", status={"lastSuccessfulTime": at.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")})
        assert "status.lastSuccessfulTime" in unproven(check.test_waves, **judge(odd, scheduled()))
