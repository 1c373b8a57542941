from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.bus.facts import Trip
from tests.checks.evidence import load

CANARY = load("messaging/test_canary.py")
DECLARED = SimpleNamespace(queue="gonogo-canary", bus="sb-neu")


def judge(**trip: Any) -> None:
    told = Trip(**{"correlation": "gonogo-1", "sent": True, "received": True, "removed": True, "seconds": 0.4, **trip})
    CANARY.test_canary(DECLARED, SimpleNamespace(trip=lambda canary: told), "neu")


def test_a_message_that_comes_back_is_enough() -> None:
    judge()


def test_a_message_that_does_not_come_back_is_told() -> None:
    with pytest.raises(AssertionError) as caught:
        judge(received=False, removed=False, seconds=10.02)
    assert str(caught.value).partition("\n")[0] == (
        "In neu the canary message to gonogo-canary of sb-neu was sent and did not come back within 10 s."
    )


def test_a_message_that_cannot_be_completed_is_told() -> None:
    with pytest.raises(AssertionError, match=r"came back after 0\.4 s and could not be completed"):
        judge(removed=False)


def test_what_could_not_be_tried_is_unproven() -> None:
    def trip(_: Any) -> Any:
        raise EvidenceMissing("denied", "no right to send")

    with pytest.raises(EvidenceMissing):
        CANARY.test_canary(DECLARED, SimpleNamespace(trip=trip), "neu")
