from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from fixtures.environment import Environment, load
from fixtures.evidence import Answer, Around, Deadline, Looked, Question, Record
from fixtures.sandbox import start
from fixtures.sandbox.landscape import Sandbox
from fixtures.sources import bus
from fixtures.sources.bus.views import BusView
from tests.sandbox import worlds

BUS, HUBS = "sb-prod-weu", "eh-prod-weu"
DECLARED = Path(__file__).parent / "environment.yaml"


@pytest.fixture(scope="session")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Two queues, a subscription, an event hub and a canary, on each of two sites."""
    document = yaml.safe_load(DECLARED.read_text("utf-8"))
    file = tmp_path_factory.mktemp("declared") / "prod.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return load(file)


class Place:
    """A sandbox with the namespaces of one site, and the source to ask about it."""

    def __init__(self, environment: Environment, sandbox: Sandbox) -> None:
        self.environment, self.sandbox = environment, sandbox

    def subjects(self, *kinds: str) -> tuple[Any, ...]:
        return tuple(each for kind in kinds for each in self.environment.declared(kind) if each.site == "weu")

    def one(self, kind: str, name: str) -> Any:
        return next(each for each in self.subjects(kind) if each.name == name)

    def ask(self, *subjects: Any, seconds: float = 30.0, allow_writes: bool = False) -> Answer:
        return bus.ask(
            Question(
                place="weu",
                environment=self.environment,
                subjects=subjects,
                deadline=Deadline(seconds),
                routes=self.sandbox.routes,
                allow_writes=allow_writes,
            )
        )

    def view(self, answer: Answer, looked: Looked | None = None) -> BusView:
        now = datetime.now(UTC)
        data = msgspec.Raw(msgspec.json.encode(answer.data))
        record = Record(source="bus", place="weu", asked_at=now, observed_at=now, duration_ms=1, data=data)
        around = Around(environment=self.environment, now=now, phase="pre-cutover")
        return bus.view(record, looked or Looked(), around)

    def asked(self) -> set[str]:
        """What the namespaces were asked."""
        return {asked.method for asked in self.sandbox.requests if asked.source == "bus"}


@pytest.fixture
def place(declared: Environment, tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """A place whose namespaces hold this; ``namespaces`` are Service Bus' and Event Hubs'."""
    started: list[Sandbox] = []

    def serving(service: Mapping[str, Any] | None = None, hubs: Mapping[str, Any] | None = None) -> Place:
        said = {BUS: service, HUBS: hubs}
        files = {f"bus/{name}.yaml": document for name, document in said.items() if document is not None}
        root = worlds.write(tmp_path / "world", files)
        (root / "bus").mkdir(parents=True, exist_ok=True)
        started.append(start(root, declared, "pre-cutover", (), None, tmp_path / "work"))
        return Place(declared, started[-1])

    yield serving
    for sandbox in started:
        sandbox.stop()
    gc.collect()  # a client whose connection failed leaves its socket to it
