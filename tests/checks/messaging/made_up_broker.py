"""Made-up evidence of a broker: what ARM counts, Azure Monitor measured, audit logs name and peeking shows."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from fixtures.arguments import attempt
from fixtures.evidence import EvidenceMissing, SourceError
from fixtures.sources.arm.objects.messages import CountDetails, EntityProperties
from fixtures.sources.arm.topics.entity_counts import Counts, EntityCounts
from fixtures.sources.bus.facts import Entity, Waiting
from fixtures.sources.bus.views import Peeked
from fixtures.sources.logs.topics.bus_audit import Audit, Client
from fixtures.sources.metrics.series import Point, Series
from fixtures.sources.metrics.topics.completions import Completions
from tests.checks.evidence import NOW

UNTIL = NOW - timedelta(minutes=3)


def missing(message: str = "nobody answered", kind: Any = "denied") -> Any:
    """A look at evidence that is not there."""

    def look(*_: Any) -> Any:
        raise EvidenceMissing(kind, message)

    return look


def counts(
    first: int | None = 0,
    second: int | None = None,
    *,
    status: str = "Active",
    lock: Any = 60,
    given_up: int = 0,
    lives: timedelta | None = None,
) -> EntityCounts:
    """Two samples of a queue's counts, five seconds apart; None is what a throttled namespace tells."""

    def sample(count: int | None, dead: int) -> Counts:
        details = None if count is None else CountDetails(active_message_count=count, dead_letter_message_count=dead)
        duration = None if lock is None else timedelta(seconds=lock)
        seen = EntityProperties(
            status=status, lock_duration=duration, count_details=details, default_message_time_to_live=lives
        )
        return Counts(of="orders-in of sb-neu", seen=seen)

    later = first if second is None else second
    name = "orders-in of sb-neu"
    return EntityCounts(
        name=name, first=sample(first, 2), second=sample(later, 2 + given_up), apart=timedelta(seconds=5)
    )


def series(*values: float | None) -> Series:
    """A value for each minute, the last of them a minute before the window ends."""
    since = UNTIL - timedelta(minutes=len(values) or 15)
    points = tuple(Point(since + timedelta(minutes=number), value) for number, value in enumerate(values))
    return Series(name="CompleteMessage", resource="sb-neu", points=points, since=since, until=UNTIL)


def flow(completed: Any = (), incoming: Any = (), outgoing: Any = (), *, topic: str | None = None) -> Completions:
    """Fifteen minutes, each given by one value for all of them or by its minutes."""
    told = [series(*(each if isinstance(each, tuple) else (each,) * 15)) for each in (incoming, completed, outgoing)]
    return Completions(*told, entity=topic or "orders-in", shared=topic is not None)


def client(address: str = "10.60.4.21", site: str | None = "neu", ago: int = 4) -> Client:
    """Who received, minutes ago."""
    return Client(address=address, site=site, count=9, last=NOW - timedelta(minutes=ago))


def audit(*received: Client, refused: tuple[Client, ...] = (), written: bool = True) -> Audit:
    """What a workspace holds of the entity."""
    return Audit(workspace="log-neu", entity="orders-in of sb-neu", written=written, received=received, refused=refused)


def peeked(oldest: timedelta | None = None, *, bounded: bool = False, error: SourceError | None = None) -> Peeked:
    """A queue whose oldest message was enqueued so long ago; without one it is empty."""
    at = None if oldest is None else NOW - oldest
    seen = Waiting(peeked=int(at is not None), active=int(at is not None), bounded=bounded, oldest_enqueued=at)
    seen.error = error
    return Peeked("sb-neu/orders-in", Entity(waiting=seen), NOW)


def broker(
    held: Any = None,
    flowing: Any = None,
    heard: Any = None,
    seen: Any = None,
    waiting: Any = None,
    stored: Any = None,
) -> dict[str, Any]:
    """The arguments of a check that are about the broker of neu: an idle one, unless a test says otherwise.

    A function stands for a look that raises, False for a source that is not declared, None for what tells nothing.
    """

    def view(**topics: Any) -> dict[str, Any]:
        if any(told is False for told in topics.values()):
            return {}
        looks = {name: told if callable(told) else (lambda _, told=told: told) for name, told in topics.items()}
        return {"neu": SimpleNamespace(**looks)}

    nothing = flow()
    return {
        "arm_here": view(entity_counts=counts() if held is None else held),
        "metrics_here": view(
            completions=nothing if flowing is None else flowing,
            waiting=nothing.completed if waiting is None else waiting,
        ),
        "logs_here": view(bus_audit=audit(written=False) if heard is None else heard),
        "bus_here": view(entity=missing("nobody may peek") if seen is None else seen),
        "blob_here": view(checkpoints=missing("no such container") if stored is None else stored),
        "azure_now": NOW,
        "attempt": attempt,
    }
