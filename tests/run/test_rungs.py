"""The argument ``climb``: what is wrong on one rung is told, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.rungs import climb


def unseen(*before: str) -> Iterator[str]:
    yield from before
    raise EvidenceMissing("denied", "nobody may look")


def never() -> Iterator[str]:
    raise AssertionError("asked for although nothing is wrong")


def test_where_nothing_is_wrong_nothing_is_told() -> None:
    climb("The queue is ill")
    climb("The queue is ill", list, tuple, beside=never)


def test_all_that_is_wrong_is_told_once_and_what_may_explain_it() -> None:
    with pytest.raises(AssertionError) as caught:
        climb("The queue is ill", lambda: ["full", "old"], lambda: ["full"], beside=lambda: ["it is throttled"])
    assert str(caught.value) == "The queue is ill: full; old; it is throttled."


@pytest.mark.parametrize("found", [(lambda: ["full"], unseen), (unseen, lambda: ["full"]), (lambda: unseen("full"),)])
def test_what_is_wrong_is_told_though_a_rung_could_not_be_looked_at(found: tuple) -> None:
    with pytest.raises(AssertionError, match=r"The queue is ill: full\."):
        climb("The queue is ill", *found)


def test_what_is_wrong_is_told_though_nobody_can_explain_it() -> None:
    with pytest.raises(AssertionError, match=r"The queue is ill: full; perhaps\."):
        climb("The queue is ill", lambda: ["full"], beside=lambda: unseen("perhaps"))


@pytest.mark.parametrize("found", [(list, unseen), (unseen, list)])
def test_where_a_rung_could_not_be_looked_at_nothing_is_met(found: tuple) -> None:
    with pytest.raises(EvidenceMissing, match="nobody may look"):
        climb("The queue is ill", *found)


def test_a_mistake_in_a_rung_is_no_evidence() -> None:
    with pytest.raises(ZeroDivisionError):
        climb("The queue is ill", list, lambda: [str(1 / 0)])


def test_of_many_the_first_ten_are_told() -> None:
    with pytest.raises(AssertionError, match=r"; 9; 2 more\.$"):
        climb("The queue is ill", lambda: map(str, range(12)))
