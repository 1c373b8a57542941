"""The DNS source, asked about servers that a test starts."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from fixtures.evidence import Around, Deadline, Looked, Question, Record, Routes, utc_now
from fixtures.sources import dns as source

from .serving import Reply, Serving, listening


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[str, Serving]]]:
    """``serve(zone, reply)`` starts a server and hands out its ``ip:port`` and itself."""
    with contextlib.ExitStack() as stack:

        def start(
            zone: dict[tuple[str, str], list[str]] | None = None, reply: Reply | None = None
        ) -> tuple[str, Serving]:
            serving = Serving(zone or {}, reply)
            return stack.enter_context(listening(serving)), serving

        yield start


@pytest.fixture
def ask() -> Callable[..., Any]:
    """``ask(hosts, servers)`` asks through the source; hands out the view, the record and what was looked at."""

    def asked(
        hosts: list[str],
        servers: list[str],
        seconds: float = 3.0,
        vantage: str | None = None,
        resolver_vantage: str | None = None,
        routes: Routes | None = None,
    ) -> Any:
        resolver = SimpleNamespace(servers=tuple(servers), vantage=resolver_vantage)
        question = Question(
            place="public",
            environment=SimpleNamespace(resolvers={"public": resolver}),
            subjects=tuple(SimpleNamespace(host=host, resolvers=("public",)) for host in hosts),
            deadline=Deadline(seconds),
            routes=routes or Routes(),
            vantage=vantage,
        )
        answer = source.ask(question)
        record = Record(
            source="dns",
            place="public",
            asked_at=utc_now(),
            observed_at=utc_now(),
            duration_ms=1,
            data=msgspec.Raw(msgspec.json.encode(answer.data)),
            error=answer.error,
        )
        looked = Looked()
        around = Around(environment=question.environment, now=utc_now(), phase="pre-cutover")
        return SimpleNamespace(names=source.view(record, looked, around), answer=answer, record=record, looked=looked)

    return asked


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
