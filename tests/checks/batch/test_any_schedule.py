"""Whatever schedule, time zone and ages a CronJob has: a check judges it, or says which field it cannot read."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.environment.waves import waves
from fixtures.evidence import EvidenceMissing
from tests.checks.batch.made_up import CUTOVER, run, scheduled
from tests.checks.evidence import NOW, instant, job, kubernetes, load, role, since

RUNS, WINDOW, WAVES = (load(f"batch/test_{name}.py") for name in ("runs", "window", "waves"))
SCHEDULED, DOUBLE = (load(f"batch/test_{name}.py") for name in ("scheduled", "no_double_schedule"))

FIELD = st.one_of(
    st.just("*"),
    st.sampled_from(["*/7", "1-5", "0,6", "L", "?", "99", "-1", "MON", "sun-tue", "5/0", ""]),
    st.integers(0, 31).map(str),
)
SCHEDULES = st.one_of(
    st.tuples(FIELD, FIELD, FIELD, FIELD, FIELD).map(" ".join),
    st.sampled_from(
        ["@daily", "@hourly", "@every 5m", "TZ=Europe/Oslo 0 3 * * *", "CRON_TZ=No/Where 0 3 * * *", "0 0 30 2 *"]
    ),
    st.text(max_size=12),
)
ZONES = st.sampled_from([None, "Europe/Amsterdam", "Etc/UTC", "America/St_Johns", "Mars/Base", "../etc", "", "Local"])
INSTANTS = st.one_of(
    st.none(),
    st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]),
    st.integers(-90 * 86400, 600).map(lambda seconds: instant(NOW + timedelta(seconds=seconds))),
)
SPANS = st.sampled_from(["1ms", "90s", "15m", "26h", "400d"])


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_job_is_judged_or_named(data: st.DataObject) -> None:
    at = lambda: data.draw(INSTANTS)  # noqa: E731
    status = {key: value for key in ("lastScheduleTime", "lastSuccessfulTime") if (value := at())}
    spec = {
        "schedule": data.draw(SCHEDULES),
        "timeZone": data.draw(ZONES),
        "suspend": data.draw(st.sampled_from([None, True, False])),
        "startingDeadlineSeconds": data.draw(st.one_of(st.none(), st.integers(-(2**40), 2**40))),
        "concurrencyPolicy": data.draw(st.sampled_from([None, "Allow", "Forbid", "Replace"])),
    }
    times = {key: value for key in ("startTime", "completionTime") if (value := at())}
    ended = data.draw(st.sampled_from([None, "Complete", "Failed", "Suspended"]))
    evidence = kubernetes(scheduled(created=at(), status=status, **spec), run(ended=ended, **times))
    declared = job(lastSuccess=data.draw(SPANS), maxRuntime=data.draw(SPANS), wave=data.draw(st.integers(1, 2)))
    site, other = role(active=True), role("weu", target=data.draw(st.booleans()))
    one = {"job": declared, "kubernetes": evidence, "site": site}
    judged(RUNS.test_last_success, **one, other_sites=(other,), since=since, now=NOW)
    judged(RUNS.test_not_stuck, **one, now=NOW)
    judged(SCHEDULED.test_scheduled, **one)
    judged(WINDOW.test_window, **one, cutover=CUTOVER, now=NOW)
    judged(WINDOW.test_resume_safety, **one, cutover=CUTOVER, now=NOW)
    wave = next(waves([declared]))
    found = {"wave": wave, "kubernetes": evidence, "arm_here": {}, "site": site, "cutover": CUTOVER}
    judged(WAVES.test_waves, **found, since=since, now=NOW)
    pair = {
        "schedule_by_site": {"neu": declared, "weu": declared},
        "kubernetes_of_sites": {"neu": evidence, "weu": evidence},
        "arm_of_sites": {},
    }
    judged(DOUBLE.test_no_double_schedule, **pair, sites={"neu": site, "weu": other}, now=NOW)


def judged(check: Any, **arguments: Any) -> None:
    """Met, unmet or unproven; nothing else may be raised."""
    with suppress(AssertionError, LookupError, EvidenceMissing):
        check(**arguments)


@settings(max_examples=60, deadline=None)
@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    days=st.integers(0, 3000),
    zone=st.sampled_from(["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Etc/UTC"]),
)
def test_a_daily_tick_comes_once_a_day_at_its_own_wall_clock(minute: int, hour: int, days: int, zone: str) -> None:
    view = kubernetes(scheduled(schedule=f"{minute} {hour} * * *", timeZone=zone))
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=days)
    found = list(view.ticks(next(view.cron_jobs()), start, start + timedelta(days=7)))
    assert 6 <= len(found) <= 8
    assert all(start < tick <= start + timedelta(days=7) for tick in found)
    local = [tick.astimezone(ZoneInfo(zone)) for tick in found]
    assert [tick.date() for tick in local] == sorted({tick.date() for tick in local})
    on_time = [tick for tick in local if (tick.hour, tick.minute) == (hour, minute)]
    assert len(local) - len(on_time) <= 1, "only the clock change of spring moves a tick"


@settings(max_examples=40, deadline=None)
@given(back=st.integers(0, 400 * 1440), deadline=st.one_of(st.none(), st.integers(0, 40 * 86400)))
def test_the_latest_missed_tick_is_the_latest_of_all_ticks(back: int, deadline: int | None) -> None:
    view = kubernetes(scheduled(schedule="17 4 * * 1,3"))
    cron_job, moment = next(view.cron_jobs()), NOW - timedelta(minutes=back)
    span = None if deadline is None else timedelta(seconds=deadline)
    every = list(view.ticks(cron_job, moment - timedelta(days=41), moment))
    wanted = [tick for tick in every if span is None or tick > moment - span]
    assert WINDOW.latest_tick(cron_job, view, moment, span) == (wanted[-1] if wanted else None)
