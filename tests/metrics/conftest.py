from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from fixtures.evidence import Answer, Deadline, Looked, Question, Record, utc_now
from fixtures.sandbox import start
from fixtures.sandbox.landscape import Sandbox
from fixtures.sources import metrics
from fixtures.sources.metrics.views import MetricsView
from tests.sandbox import azure_world, worlds
from tests.sandbox.azure_world import BUS

QUIET = timedelta(0)


class Queue(SimpleNamespace):
    """A declared queue as far as the source looks at it."""

    def is_kind(self, kind: str) -> bool:
        return kind == "queue"


def queue(name: str = "orders-in", bus: str = "sb-weu", site: str = "weu") -> Any:
    return Queue(name=name, bus=bus, site=site)


def entry(metric: str = "CompleteMessage", name: str = "orders-in", **said: Any) -> dict[str, Any]:
    """A metric of the world; 4 in each minute unless its points are said."""
    points = {"@now-60m..@now": 4}
    return {"resource": BUS, "metric": metric, "dimensions": {"EntityName": name}, "points": points, **said}


def every(name: str = "orders-in", **said: Any) -> list[dict[str, Any]]:
    """All metrics of the topic for a queue."""
    return [entry(metric, name, **said) for metric in ("IncomingMessages", "CompleteMessage", "OutgoingMessages")]


class Asked:
    """What the source answers in a served world, and what a check would see of it."""

    def __init__(self, sandbox: Sandbox, environment: Any, subjects: Sequence[Any], seconds: float) -> None:
        self.sandbox, self._environment = sandbox, environment
        question = Question(
            place="weu",
            environment=environment,
            subjects=tuple(subjects),
            deadline=Deadline(seconds),
            routes=sandbox.routes,
        )
        self.answer: Answer = metrics.ask(question)
        self.looked = Looked()

    @property
    def paths(self) -> list[str]:
        """The requests that the sandbox saw."""
        return [request.path for request in self.sandbox.requests]

    @property
    def view(self) -> MetricsView:
        """From the record, as in a replay."""
        data = msgspec.Raw(msgspec.json.encode(self.answer.data))
        now = utc_now()
        record = Record(source="metrics", place="weu", asked_at=now, observed_at=now, duration_ms=1, data=data)
        return MetricsView(record, self.looked, self._environment)


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., Asked]]:
    """Ask about queues in a world of these metrics; every sandbox is stopped afterwards."""
    started: list[Sandbox] = []

    def asking(
        entries: Sequence[Any], *subjects: Any, documents: Sequence[Any] = (), seconds: float = 10.0, **azure: Any
    ) -> Asked:
        files = {"arm/base.yaml": azure_world.resources(*documents), "metrics.yaml": list(entries)}
        environment = azure_world.environment(**azure)
        root = worlds.write(tmp_path / f"world-{len(started)}", files)
        started.append(start(root, environment, "pre-cutover", (), None, tmp_path / "work"))
        return Asked(started[-1], environment, subjects or (queue(),), seconds)

    yield asking
    for sandbox in started:
        sandbox.stop()
