"""Quantities: exact, and written back as they were read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fixtures.environment.units import Duration, Percentage, Size, Slack
from fixtures.environment.workloads import Memory

number = st.integers(0, 10**6)
decimals = st.sampled_from(["", ".5", ".25", ".125", ".1"])


@pytest.mark.parametrize("text", ["30m", "500ms", "7d", "26h", "60s", "1.5h", "0.5s", "90m", "1440m"])
def test_durations_are_written_as_they_were_read(text: str) -> None:
    assert str(Duration.parse(text)) == text
    assert f"{Duration.parse(text)}" == text
    assert repr(Duration.parse(text)) == f"Duration('{text}')"


@pytest.mark.parametrize("text", ["780Mi", "1.5Gi", "500M", "64Ki", "2Ti", "12B", "1k"])
def test_sizes_are_written_as_they_were_read(text: str) -> None:
    assert f"{Size.parse(text)}" == str(Size.parse(text)) == text


@pytest.mark.parametrize("text", ["25%", "0.5%", "0%", "100%", "12.50%"])
def test_percentages_are_written_as_they_were_read(text: str) -> None:
    assert f"{Percentage.parse(text)}" == str(Percentage.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "30",
        "",
        "m",
        "-5m",
        "+5m",
        "1h30m",
        "30 m",
        "30M",
        "30min",
        "1e3s",
        "٣m",
        "05m",
        "1.s",
        ".5s",
        "99999999999999d",
    ],
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be|is longer"):
        Duration.parse(text)


@pytest.mark.parametrize("text", ["780", "780mi", "-1Mi", "1MiB", "780 Mi", "0.3Ki", "0x1Mi", ""])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        Size.parse(text)


@pytest.mark.parametrize("text", ["25", "0.25", "-1%", "25 %", "%", "1e1%", ""])
def test_what_is_no_percentage(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be a percentage with its sign, such as 25% or 0\.5%"):
        Percentage.parse(text)


def test_units_of_kubernetes_quantities_differ() -> None:
    assert Size.parse("1Mi") == 1024 * 1024
    assert Size.parse("1M") == 1000 * 1000
    assert Size.parse("1.5Gi") == 1536 * 1024 * 1024


@given(
    st.builds("{}{}{}".format, number, decimals, st.sampled_from(["ms", "s", "m", "h"]))
    | st.builds("{}{}d".format, st.integers(0, 36_000), decimals)
)
def test_any_duration_round_trips(text: str) -> None:
    duration = Duration.parse(text)
    assert str(duration) == text
    assert Duration.parse(str(Duration.of(duration))) == duration


@given(st.timedeltas(timedelta(0), timedelta(days=10_000)), st.timedeltas(timedelta(0), timedelta(days=10_000)))
def test_durations_calculate_as_timedeltas(one: timedelta, other: timedelta) -> None:
    left, right = Duration.of(one), Duration.of(other)
    for mine, plain in (
        (left + right, one + other),
        (left + other, one + other),
        (one + right, one + other),
        (left - right, one - other),
        (left * 3, one * 3),
        (3 * left, one * 3),
        (-left, -one),
    ):
        assert mine == plain
        assert isinstance(mine, Duration)
    assert sum([left, right], Duration()) == one + other
    assert Duration.parse(str(left)) == one
    assert (left < right) == (one < other)


def test_sums_are_written_in_the_largest_unit_that_divides_them() -> None:
    assert str(Duration.parse("10m") + Duration.parse("5m") + Duration.parse("45m")) == "1h"
    assert str(Duration.parse("24h") * 7) == "7d"
    assert str(Duration.parse("1s") - Duration.parse("1ms")) == "999ms"
    assert str(Duration.parse("1m") - Duration.parse("90s")) == "-30s"
    assert str(Duration()) == "0ms"
    assert datetime(2026, 1, 1, tzinfo=UTC) + Duration.parse("26h") == datetime(2026, 1, 2, 2, tzinfo=UTC)


@given(st.integers(0, 1 << 50), st.integers(0, 1 << 50))
def test_sizes_calculate_as_whole_bytes(one: int, other: int) -> None:
    left, right = Size(one), Size(other)
    for mine, plain in (
        (left + right, one + other),
        (one + right, one + other),
        (left - right, one - other),
        (left * 2, one * 2),
    ):
        assert mine == plain
        assert isinstance(mine, Size)
    assert Size.parse(str(left)) == one


def test_sizes_are_exact_and_rounded_only_for_people() -> None:
    assert str(Size(1536 * 1024 * 1024)) == "1.5Gi"
    assert str(Size(781 * 1024 * 1024 + 1)) == "818937857B"
    assert Size(781 * 1024 * 1024 + 1).rounded() == "781Mi"
    assert Size(1000).rounded() == "1000B"
    assert str(Size(512) - Size(1024)) == "-512B"


@given(st.decimals(0, 100, places=3), st.integers(0, 1 << 40))
def test_percentages_are_exact(points: Decimal, whole: int) -> None:
    percentage = Percentage(points)
    assert percentage.of(whole) + percentage.left_of(whole) == whole
    assert Percentage.parse(str(percentage)) == percentage
    assert hash(Percentage.parse(str(percentage))) == hash(percentage)


def test_a_fifth_is_left_of_four_fifths() -> None:
    assert not 1 - 0.8 >= 0.2
    assert Percentage.parse("80%").left_of(1) >= Percentage.parse("20%").of(1)
    assert Percentage(100) - Percentage.parse("80%") == Percentage.parse("20%")
    assert Percentage.parse("25%").fraction == Fraction(1, 4)
    assert str(Percentage(Decimal("12.500"))) == "12.5%"
    assert Percentage.parse("25%") < Percentage.parse("25.1%")
    assert Percentage.parse("25%") != 25


@given(st.decimals(0, Decimal("99.99"), places=2), st.integers(0, 1 << 45))
def test_usable_memory_never_touches_the_headroom(points: Decimal, limit: int) -> None:
    memory = Memory(headroom=Percentage(points))
    usable = memory.usable(limit)
    assert limit - usable >= memory.headroom.of(limit)
    assert limit - (usable + 1) < memory.headroom.of(limit)


def test_usable_memory() -> None:
    memory = Memory.model_validate({"headroom": "25%", "peak": {"api": "780Mi"}})
    assert str(memory.usable(1024**3)) == "768Mi"
    assert memory.window == Duration.parse("7d")
    assert memory.peak_of("api") == Size.parse("780Mi")
    assert memory.peak_of("envoy") is None


def test_no_span_is_longer_than_a_hundred_years() -> None:
    assert Duration.parse("36525d").days == 36_525
    with pytest.raises(ValueError, match="longer than 100 years"):
        Duration.parse("36525.1d")


def test_a_slack_may_be_nothing() -> None:
    assert Slack.parse("0s") == timedelta(0)
    assert TypeAdapter(Slack).validate_python("0m") == timedelta(0)
    with pytest.raises(ValidationError, match="must be more than zero"):
        TypeAdapter(Duration).validate_python("0m")
