from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.evidence import EvidenceMissing
from fixtures.sources.arm.objects.factories import Recurrence
from fixtures.sources.arm.recurring import days_of

START, END = date(2026, 12, 5), date(2028, 1, 10)
DAYS = ["Monday", "tuesday", "Sunday", "Caturday"]
SCHEDULES = st.fixed_dictionaries(
    {},
    optional={
        "weekDays": st.lists(st.sampled_from(DAYS)),
        "monthDays": st.lists(st.integers(-40, 40)),
        "monthlyOccurrences": st.lists(
            st.fixed_dictionaries({"day": st.sampled_from(DAYS)}, optional={"occurrence": st.integers(-6, 6)})
        ),
    },
)
INSTANTS = st.one_of(
    st.datetimes().map(lambda at: at.isoformat()),
    st.sampled_from(["", "soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "2026-02-30"]),
)
FREQUENCIES = st.sampled_from(["Minute", "hour", "Day", "Week", "Month", "Year", "NotSpecified", ""])
RECURRENCES = st.fixed_dictionaries(
    {},
    optional={
        "frequency": FREQUENCIES,
        "interval": st.one_of(st.integers(-2, 60), st.integers()),
        "startTime": INSTANTS,
        "endTime": INSTANTS,
        "schedule": SCHEDULES,
    },
)


def recurrence(**said: Any) -> Recurrence:
    return msgspec.convert(said, Recurrence)


@given(RECURRENCES)
def test_any_recurrence_has_days_within_bounds_or_says_why_not(said: dict[str, Any]) -> None:
    try:
        found = list(days_of(recurrence(**{k: v for k, v in said.items() if v is not None}), "it", START, END))
    except (EvidenceMissing, msgspec.ValidationError):
        return
    assert found == sorted(set(found))
    assert all(START <= day <= END for day in found)


@given(st.integers(1, 200), st.integers(0, 500))
def test_hours_are_due_on_the_days_that_one_of_their_instants_falls_on(hours: int, before: int) -> None:
    begun = date(2026, 12, 5) - timedelta(days=before)
    said = recurrence(frequency="Hour", interval=hours, startTime=f"{begun}T05:30:00Z")
    due = {(timedelta(hours=5.5) + number * timedelta(hours=hours)).days for number in range(20_000 // hours)}
    found = list(days_of(said, "it", START, START + timedelta(days=30)))
    assert {(day - begun).days for day in found} == {each for each in due if before <= each <= before + 30}


@pytest.mark.parametrize("written", ["2026-12-31T23:30:00Z", "2026-12-31T23:30:00", "2026-12-31T23:30:00+05:00"])
def test_an_instant_is_taken_as_it_is_written(written: str) -> None:
    assert next(days_of(recurrence(frequency="Day", interval=1, startTime=written), "it", START, END)) == date(
        2026, 12, 31
    )
