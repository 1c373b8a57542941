"""The canary: one message to the declared queue and back, with --allow-writes and never without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

pytest.importorskip("proton", reason="the sandbox's AMQP peer is not installed")

from fixtures.environment import Environment
from fixtures.evidence import EvidenceMissing, SourceFailed
from fixtures.sandbox.bus import Bus
from fixtures.sandbox.bus_broker import Store
from fixtures.sources.bus.canary import LIVES, OTHERS
from tests.bus.conftest import Place

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

QUEUE = "gonogo-canary"
WRITES = {"ATTACH-SENDER", "ATTACH-RECEIVER", "SEND", "RECEIVE", "SETTLE"}


def store(here: Place, path: str = QUEUE) -> Store:
    """What the broker of the sandbox holds."""
    server = next(each for each in here.sandbox._servers if isinstance(each, Bus))
    found = server._known["sb-prod-weu"].broker.store(path)
    assert found is not None
    return found


def world(*messages: Any, **more: Any) -> dict[str, Any]:
    return {"queues": {QUEUE: {"messages": list(messages)}, "orders-in": {"messages": [{"count": 3}]}}, **more}


def test_the_message_comes_back_and_is_gone(place: Callable[..., Place]) -> None:
    here = place(world())
    (canary,) = here.subjects("canary")
    trip = here.view(here.ask(canary, allow_writes=True)).trip(canary)
    assert (trip.sent, trip.received, trip.removed, trip.error) == (True, True, True, None)
    assert trip.seconds is not None
    assert 0 < trip.seconds < 5
    assert store(here).messages == {}
    assert [each.path for each in here.sandbox.requests if each.method in WRITES] == [QUEUE] * 5


def test_without_the_flag_nothing_is_sent(place: Callable[..., Place]) -> None:
    here = place(world())
    (canary,) = here.subjects("canary")
    answer = here.ask(*here.subjects("canary", "queue"))
    assert not here.asked() & WRITES
    with pytest.raises(EvidenceMissing, match="needs --allow-writes"):
        here.view(answer).trip(canary)


def test_only_the_declared_queue_is_written_to(place: Callable[..., Place]) -> None:
    here = place(world())
    here.ask(*here.subjects("canary", "queue", "consumer"), allow_writes=True)
    assert {each.path for each in here.sandbox.requests if each.method in WRITES} == {QUEUE}
    assert len(store(here, "orders-in").messages) == 3


def test_no_other_message_is_taken_or_harmed(place: Callable[..., Place]) -> None:
    other = {"body": "somebody's", "id": "m-1", "correlationId": "gonogo-of-another-run", "deliveryCount": 9}
    here = place(world(other, {"body": "without any id"}))
    (canary,) = here.subjects("canary")
    assert here.view(here.ask(canary, allow_writes=True)).trip(canary).removed
    one, two = store(here).messages.values()
    assert (one.body, one.delivery_count, one.lock) == ("somebody's", 9, None)
    assert (two.body, two.delivery_count, two.lock) == ("without any id", 0, None)
    assert store(here, f"{QUEUE}/$DeadLetterQueue").messages == {}


def test_a_queue_that_is_in_use_gets_no_canary(place: Callable[..., Place]) -> None:
    here = place(world({"count": OTHERS + 1}))
    with pytest.raises(SourceFailed, match=f"no canary message was sent: {QUEUE} holds more than {OTHERS} messages"):
        here.ask(*here.subjects("canary"), allow_writes=True)
    assert not here.asked() & WRITES


def test_a_services_own_queue_gets_no_canary(place: Callable[..., Place], declared: Environment) -> None:
    here = place(world())
    (canary,) = here.subjects("canary")
    with pytest.raises(SourceFailed, match="Orders-In is a declared queue of a service"):
        here.ask(canary.model_copy(update={"queue": "Orders-In"}), allow_writes=True)
    assert here.asked() == set()


def test_a_message_that_does_not_come_back_dies_by_itself(place: Callable[..., Place]) -> None:
    here = place(world())
    (canary,) = here.subjects("canary")
    store(here).take = lambda session=None: None  # type: ignore[method-assign]
    trip = here.view(here.ask(canary, allow_writes=True, seconds=7)).trip(canary)
    assert (trip.sent, trip.received, trip.removed) == (True, False, False)
    assert trip.seconds is not None
    assert trip.seconds > 1
    (left,) = store(here).messages.values()
    assert left.lives == LIVES == timedelta(minutes=2)


ILL = {
    "no-right-to-send": ({"at": "attach", "do": "refuse", "entity": QUEUE, "after": 2}, "denied", "Data Sender"),
    "refused": ({"at": "send", "do": "refuse", "condition": "amqp:resource-limit-exceeded"}, "throttled", None),
    "dropped": ({"at": "send", "do": "drop"}, "unreachable", None),
    "token": ({"at": "token", "do": "refuse"}, "denied", "Data Sender"),
}


@pytest.mark.parametrize(("rule", "kind", "role"), ILL.values(), ids=ILL)
def test_what_keeps_a_canary_from_flying_is_told(
    place: Callable[..., Place], rule: dict[str, Any], kind: str, role: str | None
) -> None:
    here = place(world(behaviour=[rule]))
    with pytest.raises(SourceFailed) as caught:
        here.ask(*here.subjects("canary"), allow_writes=True)
    error = caught.value.error
    assert error.kind == kind, error
    assert (role or "") in (error.missing_permission or "")
    assert len([each for each in here.sandbox.requests if each.method == "SEND"]) <= 1


def test_a_canary_queue_that_is_not_there_is_told(place: Callable[..., Place]) -> None:
    here = place({"queues": {}})
    with pytest.raises(SourceFailed, match=f"there is no queue {QUEUE} in sb-prod-weu"):
        here.ask(*here.subjects("canary"), allow_writes=True)
