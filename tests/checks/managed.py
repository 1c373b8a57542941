"""Made-up answers of ARM: documents as GET returns them, asked by the real topics and seen through the real view."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import yaml

from fixtures.environment import Environment, load
from fixtures.evidence import EvidenceMissing, Looked, Record, SourceError
from fixtures.roles import Role, roles_of
from fixtures.sandbox.samples import sample
from fixtures.sources.arm.answers import Answers, known
from fixtures.sources.arm.facts import Answered, ArmEvidence, Request
from fixtures.sources.arm.topics import topics
from fixtures.sources.arm.views import ArmView
from fixtures.sources.metrics.facts import UNSETTLED, Line, Measured, MetricsEvidence, Wanted
from fixtures.sources.metrics.topics import topics as metric_topics
from fixtures.sources.metrics.views import MetricsView
from tests.checks.evidence import NOW

Document = dict[str, Any]

SUBSCRIPTION = "/subscriptions/7c1e4b52-0d3f-4a86-b9e2-6f5a1d8c3e94"


def declaring(
    folder: Path, *, mode: str = "active-passive", logs_to: Mapping[str, str] | None = None, **lists: Any
) -> Environment:
    """An environment with two AKS sites and one service, orders, that declares these lists.

    ``logs_to`` are the workspaces of the sites.
    """
    document = {
        "apiVersion": "gonogo/v1",
        "environment": "made-up",
        "cutover": {
            "from": "weu",
            "to": "neu",
            "window": {
                "opens": "2026-12-05T22:00:00+01:00",
                "pointOfNoReturn": "2026-12-06T01:30:00+01:00",
                "closes": "2026-12-06T04:00:00+01:00",
            },
            "objectives": {"rto": "30m", "rpo": "5m"},
        },
        "decision": {"owner": "release", "approvers": ["cab"], "evidenceMaxAge": "30m"},
        "azure": {"subscription": SUBSCRIPTION.rpartition("/")[2], "resourceGroup": "rg-<site>"},
        "sites": {
            "weu": _site("weu", "westeurope", "10.40.0.0/16"),
            "neu": _site("neu", "northeurope", "10.60.0.0/16"),
        },
        "services": {"orders": {"owner": "team-orders", "namespace": "orders", "mode": mode, **lists}},
    }
    for site, workspace in (logs_to or {}).items():
        document["sites"][site]["workspace"] = workspace  # type: ignore[index]
    file = folder / "made-up.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return load(file)


def _site(name: str, location: str, network: str) -> Document:
    return {
        "location": location,
        "tokens": [name, location],
        "networks": [network],
        "cluster": {"name": f"aks-{name}", "context": f"aks-{name}"},
    }


def one(environment: Environment, kind: str, site: str | None = None) -> Any:
    """The one declared thing of a kind, of a site."""
    (found,) = (each for each in environment.declared(kind) if each.site == site)
    return found


def sites(environment: Environment, phase: str = "pre-cutover") -> Mapping[str, Role]:
    """The roles of the sites for the service."""
    return roles_of(environment, phase, "orders")


def id_of(site: str, kind: str, *names: str) -> str:
    """An id in the site's resource group."""
    provider, *types = kind.split("/")
    pairs = "".join(f"/{type_}/{name}" for type_, name in zip(types, names, strict=True))
    return f"{SUBSCRIPTION}/resourceGroups/rg-{site}/providers/{provider}{pairs}"


def resource(site: str, kind: str, *names: str, **properties: Any) -> Document:
    """A resource of a site; None leaves a property out."""
    kept = {key: value for key, value in properties.items() if value is not None}
    location = {"weu": "West Europe", "neu": "North Europe"}[site]
    id_ = id_of(site, kind, *names)
    return {"id": id_, "name": names[-1], "type": kind, "location": location, "properties": kept}


class Documents(Answers):
    """ARM as far as these documents go; what begins with a denied path is refused."""

    def __init__(self, environment: Environment, documents: Iterable[Document], denied: Sequence[str]) -> None:
        super().__init__(environment)
        self._documents = {each["id"].lower(): each for each in documents}
        self._denied = tuple(each.lower() for each in denied)
        self.answers: dict[str, Answered] = {}

    def answered(self, request: Request) -> Answered:
        """Answered and kept, as the reader does."""
        return known(self.answers.setdefault(request.key, self._answer(request)))

    def _answer(self, request: Request) -> Answered:
        path = request.path.lower()
        if path.startswith(self._denied):
            error = SourceError(kind="denied", message=f"ARM refuses {request.path}", missing_permission="Reader")
            return Answered(status=403, error=error)
        if request.listed:
            held = [each for id_, each in self._documents.items() if id_.rpartition("/")[0] == path]
            return Answered(body=msgspec.Raw(msgspec.json.encode(held)))
        found = self._documents.get(path)
        if found is None:
            return Answered(status=404)
        body = msgspec.Raw(msgspec.json.encode(sample(found, int(request.again))))
        return Answered(body=body, after=5.0 if request.again else None)


def arm(
    environment: Environment,
    *documents: Document,
    place: str = "global",
    denied: Sequence[str] = (),
    looked: Looked | None = None,
) -> ArmView:
    """What a check sees of ARM at a place: topics ask about what is declared there and read the record."""
    asked = Documents(environment, documents, denied)
    for topic, declared in _asked(topics(), environment, place):
        _ask(topic, asked, declared)
    data = msgspec.Raw(msgspec.json.encode(ArmEvidence(answers=asked.answers)))
    record = Record(source="arm", place=place, asked_at=NOW, observed_at=NOW, duration_ms=1, data=data)
    return ArmView(record, looked or Looked(), environment)


def _ask(topic: Any, asked: Documents, declared: Any) -> None:
    try:
        topic.read(asked, declared)
    except (EvidenceMissing, LookupError, TypeError, ValueError):
        return


def metrics(
    environment: Environment,
    documents: Sequence[Document],
    lines: Mapping[tuple[str, str], Measured | Sequence[Line]],
    *,
    place: str = "global",
) -> MetricsView:
    """What a check sees of Azure Monitor at a place; ``lines`` by the name of the resource and of the metric.

    Of what is not named there no line is known. A Measured stands for itself.
    """
    asked = Documents(environment, documents, ())
    known = {(resource.casefold(), metric): held for (resource, metric), held in lines.items()}
    measured: dict[str, Measured] = {}
    for topic, declared in _asked(metric_topics(), environment, place):
        for wanted in _wanted(topic, asked, declared):
            for metric in wanted.names:
                held = known.get((wanted.resources[0].rpartition("/")[2].casefold(), metric), ())
                measured[wanted.key(metric)] = held if isinstance(held, Measured) else _measured(wanted, held)
    data = msgspec.Raw(msgspec.json.encode(MetricsEvidence(measured=measured, arm=asked.answers)))
    record = Record(source="metrics", place=place, asked_at=NOW, observed_at=NOW, duration_ms=1, data=data)
    return MetricsView(record, Looked(), environment)


def line(*values: float | None, until: datetime = NOW - UNSETTLED, **dimensions: str) -> Line:
    """A value a minute, the last of them a minute before the window ends."""
    first = until - timedelta(minutes=len(values))
    points = [(first + timedelta(minutes=number), value) for number, value in enumerate(values)]
    return Line(dimensions={name.lower(): value for name, value in dimensions.items()}, points=points)


def _measured(wanted: Wanted, lines: Sequence[Line]) -> Measured:
    unit = "MilliSeconds" if "ReplicationLatency" in wanted.names else "Seconds"
    until = NOW - UNSETTLED
    return Measured(
        resource=wanted.resources[0], unit=unit, since=until - wanted.window, until=until, lines=list(lines)
    )


def _wanted(topic: Any, asked: Documents, declared: Any) -> Iterator[Wanted]:
    try:
        yield from topic.wanted(asked, declared)
    except EvidenceMissing:
        return


def _asked(topics: Mapping[str, Any], environment: Environment, place: str) -> Iterator[tuple[Any, Any]]:
    for topic in topics.values():
        for kind in topic.KINDS:
            yield from ((topic, each) for each in environment.declared(kind) if each.place == place)
