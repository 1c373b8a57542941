from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.sandbox.instants import kubernetes_instant, resolve, span, ticks
from fixtures.sandbox.samples import has_samples, sample

NOW = datetime(2026, 12, 5, 21, 30, 15, 250, tzinfo=UTC)


def written(value, tick=None):
    return resolve(value, NOW, kubernetes_instant, tick)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("@now", "2026-12-05T21:30:15Z"),
        ("@now-10m", "2026-12-05T21:20:15Z"),
        ("@now+3h", "2026-12-06T00:30:15Z"),
        ("@now-26h", "2026-12-04T19:30:15Z"),
        ("@now-1h30m", "2026-12-05T20:00:15Z"),
        ("@now-90d", "2026-09-06T21:30:15Z"),
    ],
)
def test_now_is_written_as_the_api_writes_it(text, instant):
    assert written({"startTime": text})["startTime"] == instant


def test_micro_times_have_microseconds():
    assert written({"renewTime": "@now-1s"}) == {"renewTime": "2026-12-05T21:30:14.000250Z"}


def test_only_whole_strings_stand_for_an_instant():
    value = {"a": ["see @now-10m", "@nowhere", "@node", "x@now", "@ticket-5"]}
    assert written(value) == value


@pytest.mark.parametrize("text", ["@now-10", "@now - 10m", "@now-10x", "@tick-", "@tick-a", "@tick 0"])
def test_what_is_meant_as_an_instant_and_is_none(text):
    with pytest.raises(ValueError, match="is no instant"):
        written(text, ticks("* * * * *", None, NOW))


def test_ticks_follow_the_schedule_in_its_time_zone():
    tick = ticks("0 18 * * 1-5", "Europe/Amsterdam", NOW)
    assert written(["@tick-0", "@tick-1", "@tick-5", "@tick-0+20m"], tick) == [
        "2026-12-04T17:00:00Z",
        "2026-12-03T17:00:00Z",
        "2026-11-27T17:00:00Z",
        "2026-12-04T17:20:00Z",
    ]


def test_a_tick_without_time_zone_is_utc():
    assert ticks("@hourly", None, NOW)(0) == datetime(2026, 12, 5, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "zone", "said"),
    [
        ("61 * * * *", None, "cannot be read"),
        ("0 0 30 2 *", None, "cannot be read"),
        ("0 * * * *", "Mars/Base", "is unknown"),
    ],
)
def test_schedules_that_have_no_tick(schedule, zone, said):
    with pytest.raises(ValueError, match=said):
        ticks(schedule, zone, NOW)(0)


def test_a_tick_without_a_schedule():
    with pytest.raises(ValueError, match="stands in no CronJob"):
        written("@tick-0")


def test_spans():
    assert span("500ms") == timedelta(milliseconds=500)
    assert span("-3h") == timedelta(hours=-3)
    for wrong in ("", "3", "h", "3 h", "3y"):
        with pytest.raises(ValueError, match="no duration"):
            span(wrong)


def test_samples_are_answered_in_turn_and_then_stay():
    value = {"a": [{"b": {"@samples": [120, 540]}}]}
    assert has_samples(value)
    assert not has_samples({"a": [{"b": [1]}]})
    assert [sample(value, times)["a"][0]["b"] for times in range(4)] == [120, 540, 540, 540]


@pytest.mark.parametrize("wrong", [{"@samples": []}, {"@samples": 5}, {"@samples": [1], "x": 2}])
def test_samples_that_are_none(wrong):
    with pytest.raises(ValueError, match="needs a list"):
        sample(wrong, 0)
