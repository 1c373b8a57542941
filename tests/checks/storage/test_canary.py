from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.blob.facts import Trip
from tests.checks.evidence import load

CANARY = load("storage/test_canary.py")
DECLARED = SimpleNamespace(
    container="gonogo-canary", account="stneu", events="sb-neu/queues/gonogo-canary-events", within="30s"
)


def judge(**trip: Any) -> None:
    told = Trip(**{"blob": "gonogo-1", "written": True, "raised": True, "removed": True, "seconds": 0.4, **trip})
    CANARY.test_canary(DECLARED, SimpleNamespace(trip=lambda canary: told), "neu")


def test_an_event_that_arrives_is_enough() -> None:
    judge()


def test_an_event_that_does_not_arrive_is_told() -> None:
    with pytest.raises(AssertionError) as caught:
        judge(raised=False, seconds=30.1)
    assert str(caught.value).partition("\n")[0] == (
        "In neu a canary blob was written to gonogo-canary of stneu, and no event of it came to "
        "sb-neu/queues/gonogo-canary-events within 30s."
    )


def test_a_blob_that_cannot_be_deleted_is_told() -> None:
    with pytest.raises(
        AssertionError, match="In neu the canary blob gonogo-1 in gonogo-canary of stneu raised its event and"
    ):
        judge(removed=False)


def test_what_could_not_be_tried_is_unproven() -> None:
    def trip(_: Any) -> Any:
        raise EvidenceMissing("denied", "no right to write")

    with pytest.raises(EvidenceMissing):
        CANARY.test_canary(DECLARED, SimpleNamespace(trip=trip), "neu")
