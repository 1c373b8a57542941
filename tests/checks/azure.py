"""Made-up answers of Azure Resource Manager, seen through the real view: a topic asks, and finds what a test names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from fixtures.environment import Environment, load
from fixtures.evidence import Looked, Record, SourceError
from fixtures.sources.arm.answers import Answers
from fixtures.sources.arm.facts import Answered, ArmEvidence, Request
from fixtures.sources.arm.views import ArmView
from tests.checks.evidence import NOW

SUBSCRIPTION = "7c1e4b52-0d3f-4a86-b9e2-6f5a1d8c3e94"
Body = dict[str, Any]


def group(site: str = "neu") -> str:
    """The id of a site's resource group."""
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-{site}"


def resource(kind: str, name: str, site: str = "neu", **more: Any) -> Body:
    """A resource in a site's group; what has no place of its own is one of its properties."""
    top = {key: more.pop(key) for key in ("location", "sku", "tags") if key in more}
    provider, *types = kind.split("/")
    path = "".join(f"/{each}/{part}" for each, part in zip(types, name.split("/"), strict=True))
    id_ = f"{group(site)}/providers/{provider}{path}"
    return {"id": id_, "name": name.rpartition("/")[2], "type": kind, **top, "properties": more}


def environment(tmp_path: Path, services: Mapping[str, Any], **more: Any) -> Environment:
    """An environment of weu and neu, with what these services declare."""
    window = {
        "opens": "2026-12-05T22:00:00+01:00",
        "pointOfNoReturn": "2026-12-06T01:30:00+01:00",
        "closes": "2026-12-06T04:00:00+01:00",
    }
    sites = {
        site: {"location": place, "tokens": [site, place], "networks": [network], "cluster": _cluster(site)}
        for site, place, network in (
            ("weu", "westeurope", "10.40.0.0/16"),
            ("neu", "northeurope", "10.60.0.0/16"),
        )
    }
    document = {
        "apiVersion": "gonogo/v1",
        "environment": "made-up",
        "change": "CHG1",
        "cutover": {"from": "weu", "to": "neu", "window": window, "objectives": {"rto": "30m", "rpo": "5m"}},
        "decision": {"owner": "o", "approvers": ["a"], "evidenceMaxAge": "30m"},
        "azure": {"subscription": SUBSCRIPTION, "resourceGroup": "rg-<site>"},
        "sites": sites,
        "resolvers": {"public": {"servers": ["192.0.2.53"]}},
        "services": {name: {"owner": f"team-{name}", "namespace": name, **each} for name, each in services.items()},
        "platform": {"owner": "team-platform"},
        "policy": {"warnings": "report", "secrets": "skip"},
        **more,
    }
    path = tmp_path / "made-up.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return load(path, {})


def declared(found: Environment, kind: str, site: str = "neu") -> Any:
    """The first declared thing of a kind for a site."""
    return next(each for each in found.declared(kind) if each.site == site)


class Made(Answers):
    """ARM with these resources alone: by id, and lists by what stands directly under a path.

    Paths with a ``failing`` part answer nothing. Role assignments are those of whoever is asked for, the generic
    list holds everything with a location.
    """

    def __init__(self, found: Environment, bodies: Mapping[str, Body], failing: Mapping[str, SourceError]) -> None:
        super().__init__(found)
        self._bodies, self._failing = bodies, failing
        self.answers: dict[str, Answered] = {}

    def answered(self, request: Request) -> Answered:
        """The answer, remembered."""
        answer = self._answer(request)
        self.answers[request.key] = answer
        return answer

    def _answer(self, request: Request) -> Answered:
        path = request.path.lower()
        for part, error in self._failing.items():
            if part.lower() in path:
                return Answered(status=403, error=error)
        if not request.listed:
            body = self._bodies.get(path)
            return Answered(status=404) if body is None else Answered(body=_raw(body))
        return Answered(body=_raw(self._listed(path, request.filter or "")))

    def _listed(self, path: str, wanted: str) -> list[Body]:
        if path.endswith("/resources"):
            return [
                {key: value for key, value in body.items() if key != "properties"}
                for body in self._bodies.values()
                if "location" in body and "/providers/" in body["id"]
            ]
        if path.endswith("/roleassignments"):
            return [
                body
                for id_, body in self._bodies.items()
                if "/roleassignments/" in id_ and body["properties"].get("principalId", "?") in wanted
            ]
        kind = path.partition("/providers/")[2] if "resourcegroups" not in path else None
        return [
            body
            for id_, body in self._bodies.items()
            if id_.rpartition("/")[0] == path or (kind and body.get("type", "").lower() == kind)
        ]


def arm(
    topic: str,
    about: Any,
    found: Environment,
    *bodies: Body,
    failing: Mapping[str, str] | None = None,
    looked: Looked | None = None,
) -> ArmView:
    """The view of a check after a topic was asked about what is declared; ``failing`` maps parts of paths to rights."""
    from fixtures.azure.topical import quietly
    from fixtures.sources.arm.topics import topics

    errors = {
        part: SourceError(kind="denied", message=f"ARM refuses {part}", missing_permission=right)
        for part, right in (failing or {}).items()
    }
    made = Made(found, {body["id"].lower(): body for body in bodies}, errors)
    quietly(lambda found, thing: found.read(made, thing), topics()[topic], about)
    record = Record(
        source="arm",
        place=about.site or "global",
        asked_at=NOW,
        observed_at=NOW,
        duration_ms=1,
        data=msgspec.Raw(msgspec.json.encode(ArmEvidence(answers=made.answers))),
    )
    return ArmView(record, looked or Looked(), found)


def _cluster(site: str) -> Body:
    return {"name": f"aks-{site}", "context": f"aks-{site}", "uid": "0b5c"}


def _raw(body: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(body))
