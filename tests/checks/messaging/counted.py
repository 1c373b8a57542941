"""A made-up queue and subscription of both sites: what ARM counts of them, and what peeking at them shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from fixtures.environment import Environment
from fixtures.evidence import Looked, Record, SourceError
from fixtures.sources.bus.facts import BusEvidence, Dead, DeadLetter, Entity, Waiting, key_of
from fixtures.sources.bus.views import BusView
from tests.checks.evidence import NOW
from tests.checks.managed import Document, declaring, resource

QUEUE = "Microsoft.ServiceBus/namespaces/queues"
SUBSCRIPTION = "Microsoft.ServiceBus/namespaces/topics/subscriptions"
SORTS = {
    "active": "activeMessageCount",
    "dead": "deadLetterMessageCount",
    "scheduled": "scheduledMessageCount",
    "transfer": "transferMessageCount",
}
#: A count, or what the first and the second sample say; None where it is left out.
Sampled = int | tuple[int, int] | None


def declared(folder: Path, *, bus: str = "sb-<site>", **of_queue: Any) -> Environment:
    """The queue orders-in and the subscription billing, consumed by the worker; keywords are fields of the queue."""
    worker = {"name": "worker", "kind": "Deployment", "replicas": {"active": 2, "passive": 0}}
    queue = {"name": "orders-in", "bus": bus, "consumer": "worker", **of_queue}
    billing = {"name": "billing", "topic": "order-events", "bus": bus, "consumer": "worker"}
    return declaring(folder, workloads=[worker], queues=[queue], subscriptions=[billing])


def counted(site: str = "neu", *, kind: str = QUEUE, bus: str | None = None, **counts: Sampled) -> Document:
    """What ARM says of the queue (or the subscription), 0 of what is not named."""
    names = ("orders-in",) if kind == QUEUE else ("order-events", "billing")
    details = {SORTS[sort]: sampled(counts.get(sort, 0)) for sort in SORTS if counts.get(sort, 0) is not None}
    return resource(site, kind, bus or f"sb-{site}", *names, status="Active", lockDuration="PT1M", countDetails=details)


def sampled(count: Sampled) -> Any:
    """As a world writes it."""
    return {"@samples": list(count)} if isinstance(count, tuple) else count


def ago(seconds: float) -> Any:
    """An instant before that of the test."""
    return NOW - timedelta(seconds=seconds)


def peeked(
    *waiting: Any, bounded: bool = False, error: SourceError | None = None, peeked: int | None = None
) -> Waiting:
    """Messages that wait, by when they were enqueued."""
    return Waiting(
        peeked=len(waiting) if peeked is None else peeked,
        active=len(waiting),
        bounded=bounded,
        oldest_enqueued=min(waiting, default=None),
        error=error,
    )


def dead(*letters: tuple[str | None, str | None]) -> Dead:
    """Dead letters by reason and description."""
    newest = (DeadLetter(sequence=9 - at, reason=why, description=words) for at, (why, words) in enumerate(letters))
    return Dead(peeked=len(letters), newest=tuple(newest))


def bus(
    waiting: Waiting | None = None, dead: Dead | None = None, *, site: str = "neu", looked: Looked | None = None
) -> BusView:
    """What peeking at the queue of a site shows."""
    entity = Entity(waiting=waiting or Waiting(), dead=dead or Dead())
    return viewed({key_of(f"sb-{site}", "orders-in"): entity}, site, looked)


def gone(site: str = "neu") -> BusView:
    """A namespace that knows no such queue."""
    return viewed({key_of(f"sb-{site}", "orders-in"): Entity(exists=False)}, site)


def unseen(site: str = "neu") -> BusView:
    """A namespace that lets nobody peek."""
    error = SourceError(
        kind="denied", message="no right to listen", missing_permission="Azure Service Bus Data Receiver"
    )
    return viewed(
        {key_of(f"sb-{site}", "orders-in"): Entity(waiting=Waiting(error=error), dead=Dead(error=error))}, site
    )


def viewed(entities: dict[str, Entity], site: str, looked: Looked | None = None) -> BusView:
    """The view of a check."""
    data = msgspec.Raw(msgspec.json.encode(BusEvidence(entities=entities)))
    record = Record(source="bus", place=site, asked_at=NOW, observed_at=NOW, duration_ms=1, data=data)
    return BusView(record, looked or Looked(), None)  # type: ignore[arg-type]


def kept(documents: Sequence[Document], at: int, **properties: Any) -> list[Document]:
    """The same documents, with one's properties changed; None leaves one out."""
    changed = [dict(each) for each in documents]
    told = {**changed[at]["properties"], **properties}
    changed[at]["properties"] = {key: value for key, value in told.items() if value is not None}
    return changed
