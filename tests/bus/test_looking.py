"""What is made of peeked messages: few peeks, however many messages there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.sources.bus.looking import PAGE, PEEKS, TOLD, dead, waiting

START = datetime(2026, 12, 5, 21, 0, tzinfo=UTC)


class Entity:
    """Answers peeks as the broker does, and counts them."""

    def __init__(self, *messages: Any) -> None:
        self.messages = {message.sequence_number: message for message in messages}
        self.peeks = 0

    def peek(self, start: int, count: int) -> list[Any]:
        self.peeks += 1
        return [self.messages[number] for number in sorted(self.messages) if number >= start][:count]


def message(number: Any, state: int = 0, enqueued: datetime | None = None, **more: Any) -> Any:
    return SimpleNamespace(
        **{
            "sequence_number": number,
            "enqueued_time_utc": enqueued or START + timedelta(seconds=number),
            "state": state,
            "dead_letter_reason": "MaxDeliveryCountExceeded",
            "dead_letter_error_description": "the broker's words",
            **more,
        }
    )


def test_an_empty_entity_has_no_oldest_message() -> None:
    found = waiting(Entity().peek)
    assert (found.peeked, found.active, found.oldest_enqueued, found.bounded) == (0, 0, None, False)


def test_the_oldest_active_message_counts_not_a_deferred_or_scheduled_one() -> None:
    found = waiting(Entity(message(1, state=1), message(2, state=2), message(3), message(4)).peek)
    assert (found.peeked, found.active, found.oldest_enqueued) == (4, 2, START + timedelta(seconds=3))


def test_the_oldest_is_told_by_its_instant_where_numbers_are_in_no_order() -> None:
    old = message(7, enqueued=START - timedelta(hours=1))
    assert waiting(Entity(message(1), old, message(9)).peek).oldest_enqueued == old.enqueued_time_utc


def test_pages_of_deferred_messages_are_skipped() -> None:
    deferred = [message(number, state=1) for number in range(1, 3 * PAGE)]
    found = waiting(Entity(*deferred, message(1000)).peek)
    assert (found.active, found.oldest_enqueued) == (1, START + timedelta(seconds=1000))


def test_looking_ends_by_itself_where_nothing_but_deferred_messages_waits() -> None:
    entity = Entity(*(message(number, state=1) for number in range(1, PAGE * PEEKS * 2)))
    found = waiting(entity.peek)
    assert (found.active, found.oldest_enqueued, found.bounded) == (0, None, True)
    assert entity.peeks == PEEKS


def test_more_than_a_page_is_said_to_be_bounded() -> None:
    entity = Entity(*(message(number) for number in range(1, 1000)))
    found = waiting(entity.peek)
    assert (found.peeked, found.bounded, found.oldest_enqueued) == (PAGE, True, START + timedelta(seconds=1))
    assert entity.peeks == 1


def test_the_newest_dead_letters_come_first() -> None:
    found = dead(Entity(message(4), message(9), message(5)).peek)
    assert [letter.sequence for letter in found.newest] == [9, 5, 4]
    assert (found.peeked, found.bounded) == (3, False)


@given(
    st.lists(st.integers(1, 2**40), min_size=1, max_size=400, unique=True)
    | st.integers(1, 3000).map(lambda n: range(1, n))
)
def test_the_newest_dead_letters_are_found_in_few_peeks(numbers: Any) -> None:
    entity = Entity(*(message(number, enqueued=START) for number in numbers))
    found = dead(entity.peek)
    assert entity.peeks <= PEEKS
    assert len(found.newest) <= TOLD
    assert found.bounded or {letter.sequence for letter in found.newest} == set(numbers)
    assert [letter.sequence for letter in found.newest] == sorted(
        (each.sequence for each in found.newest), reverse=True
    )


@pytest.mark.parametrize("count", [PAGE - 1, PAGE, PAGE + 1, 100_000])
def test_among_numbers_without_gaps_the_very_newest_is_found(count: int) -> None:
    entity = Entity()
    entity.peek = lambda start, amount: [message(n) for n in range(start, min(start + amount, count + 1))]  # type: ignore[method-assign]
    assert dead(entity.peek).newest[0].sequence == count


def test_the_words_of_an_application_are_not_told() -> None:
    letter = message(1, dead_letter_reason="NoSuchOrder", dead_letter_error_description="order of Jane Doe, card 4111")
    (found,) = dead(Entity(letter).peek).newest
    assert (found.reason, found.description) == ("NoSuchOrder", None)


def test_the_words_of_the_broker_are_told() -> None:
    (found,) = dead(Entity(message(1)).peek).newest
    assert found.description == "the broker's words"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (None, None),
        ("two\r\nlines\x1b[31m and a bell\x07", "two lines [31m and a bell"),
        ("x" * 10_000, "x" * 120),
        (b"\xff\xfe bytes", "\ufffd\ufffd bytes"),
        (17, "17"),
        ("", ""),
    ],
)
def test_a_reason_is_one_short_line_whatever_it_is(said: Any, told: str | None) -> None:
    assert dead(Entity(message(1, dead_letter_reason=said)).peek).newest[0].reason == told


def test_a_message_without_a_number_is_no_answer() -> None:
    with pytest.raises(ValueError, match="no sequence number"):
        dead(lambda start, count: [message(None, enqueued=START)])
