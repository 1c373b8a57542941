from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from fixtures.evidence import Answer, Deadline, Looked, Question, Record, utc_now
from fixtures.sandbox import start
from fixtures.sandbox.landscape import Sandbox
from fixtures.sources import logs
from fixtures.sources.logs.views import LogsView
from tests.sandbox import azure_world, worlds
from tests.sandbox.azure_world import GROUP

CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-weu"
PING = {"columns": ["ok"], "rows": [[1]]}
TABLES = ("ContainerLogV2", "KubePodInventory")


class Thing(SimpleNamespace):
    """A declared thing as far as the source looks at it."""

    def is_kind(self, kind: str) -> bool:
        return kind == self.kind


def workspace(name: str = "log-weu", site: str | None = "weu", **said: Any) -> Any:
    values = {"tables": TABLES, "delay": timedelta(minutes=10), **said}
    return Thing(kind="workspace", name=name, site=site, **values)


def namespace(name: str = "orders", site: str = "weu") -> Any:
    return Thing(kind="namespace", name=name, site=site, workspace=f"log-{site}")


def environment(**azure: Any) -> Any:
    """Two sites, each with a cluster and a workspace."""
    declared = azure_world.environment(**azure)
    for name, site in declared.sites.items():
        site.cluster.name, site.cluster.resource_group = f"aks-{name}", None
    return declared


def filled(*rows: Sequence[Any]) -> dict[str, Any]:
    """An answer to the query of ingestion: (table, cluster, last, rows) each."""
    return {"columns": ["Table", "ClusterId", "Last", "Rows"], "rows": [list(row) for row in rows]}


HEALTHY = {
    "ping": PING,
    "ingestion": filled(
        ("ContainerLogV2", CLUSTER.lower(), "@now-2m", 900), ("KubePodInventory", CLUSTER.upper(), "@now-1m", 40)
    ),
    "namespace-logs": {
        "columns": ["ClusterId", "Namespace", "Last", "Rows"],
        "rows": [[CLUSTER.lower(), "orders", "@now-4m", 70]],
    },
}


class Asked:
    """What the source answers in a served world, and what a check would see of it."""

    def __init__(self, sandbox: Sandbox, declared: Any, subjects: Sequence[Any], seconds: float) -> None:
        self.sandbox, self._environment = sandbox, declared
        self.answer: Answer = logs.ask(
            Question(
                place="weu",
                environment=declared,
                subjects=tuple(subjects),
                deadline=Deadline(seconds),
                routes=sandbox.routes,
            )
        )
        self.looked = Looked()

    @property
    def queries(self) -> int:
        """How many queries the sandbox saw."""
        return sum(request.source == "logs" for request in self.sandbox.requests)

    @property
    def view(self) -> LogsView:
        """From the record, as in a replay."""
        data = msgspec.Raw(msgspec.json.encode(self.answer.data))
        now = utc_now()
        record = Record(source="logs", place="weu", asked_at=now, observed_at=now, duration_ms=1, data=data)
        return LogsView(record, self.looked, self._environment)


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., Asked]]:
    """Ask about workspaces and namespaces in a world of these answers; every sandbox is stopped afterwards."""
    started: list[Sandbox] = []

    def asking(
        answers: Mapping[str, Any], *subjects: Any, documents: Sequence[Any] = (), seconds: float = 10.0, **azure: Any
    ) -> Asked:
        files = {"arm/base.yaml": azure_world.resources(*documents), "logs/log-weu.yaml": {**HEALTHY, **answers}}
        declared = environment(**azure)
        root = worlds.write(tmp_path / f"world-{len(started)}", files)
        started.append(start(root, declared, "pre-cutover", (), None, tmp_path / "work"))
        return Asked(started[-1], declared, subjects or (workspace(),), seconds)

    yield asking
    for sandbox in started:
        sandbox.stop()
