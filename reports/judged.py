"""One planned item and what was heard of it become one result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from .escaping import clean, one_line
from .recording import DEFERRED, unproven
from .results import Evidence, Result, Severity, State

NEVER_REPORTED = "it was planned, but nothing was heard of it"

Outcomes = Mapping[str, Mapping[str, Any]]


class _Words(msgspec.Struct):
    state: State
    severity: Severity
    severity_declared: Severity


class Judge:
    """Knows of one run what its results have in common, so that each thing is read once and not for every item."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        sources = context.get("sources") or []
        self._observed: dict[tuple[str, str], Mapping[str, Any]] = {
            (each["place"], each["source"]): each for each in sources
        }
        self._sandbox = bool(context.get("sandbox"))
        self._severities: Mapping[str, Any] = (context.get("policy") or {}).get("severity") or {}
        self._evidence: dict[tuple[tuple[str, str], ...], list[Evidence]] = {}
        self._words: set[tuple[str, str, str]] = set()

    def results(self, plan: Iterable[Mapping[str, Any]], outcomes: Outcomes) -> list[Result]:
        """A result for each planned item, in the order of the plan. Raises msgspec.ValidationError."""
        return [self.result(each, outcomes.get(each["id"])) for each in plan]

    def result(self, planned: Mapping[str, Any], outcome: Mapping[str, Any] | None) -> Result:
        """What was decided about one item; without a word of it, it is unproven. Raises msgspec.ValidationError."""
        if outcome is None or outcome["state"] == DEFERRED:
            outcome = _unheard(planned)
        if outcome.get("undeclared_by") == "sandbox" and not self._sandbox:
            outcome = {**outcome, "state": "unproven"}  # in life nothing is left out that is declared
        state, declared = outcome["state"], outcome.get("severity") or planned["severity"]
        severity = self._severities.get(planned["check"]) or declared
        self._check(state, severity, declared)
        permission = outcome.get("missing_permission") or self._permission(state, planned)
        return Result(
            id=one_line(planned["id"]),
            check=one_line(planned["check"]),
            layer=one_line(planned["layer"]),
            place=one_line(planned["place"]),
            service=one_line(planned.get("service") or "-"),
            resource=one_line(planned.get("resource") or "-"),
            owner=clean(planned.get("owner")),
            severity=severity,
            severity_declared=declared,
            state=state,
            title=one_line(planned["title"]),
            message=one_line(outcome.get("message") or ""),
            remedy=one_line(planned.get("remedy") or ""),
            looked_at=outcome.get("looked_at") or 0,
            duration_ms=outcome.get("duration_ms") or 0.0,
            undeclared_by=_undeclared_by(planned, outcome) if state == "undeclared" else None,
            missing_permission=clean(permission),
            evidence=self._evidence_of(planned.get("evidence") or ()),
        )

    def _check(self, state: str, severity: str, declared: str) -> None:
        """Refuse words that the documents do not know; each combination is looked up once."""
        words = (state, severity, declared)
        if words not in self._words:
            msgspec.convert(dict(zip(_Words.__struct_fields__, words, strict=True)), _Words)
            self._words.add(words)

    def _evidence_of(self, asked: Sequence[Sequence[str]]) -> list[Evidence]:
        key = tuple((place, source) for place, source in asked)
        if key not in self._evidence:
            told = [{"place": place, "source": source, "observed_at": self._at(place, source)} for place, source in key]
            self._evidence[key] = msgspec.convert(clean(told), list[Evidence])
        return self._evidence[key]

    def _at(self, place: str, source: str) -> Any:
        return (self._observed.get((place, source)) or {}).get("observed_at")

    def _permission(self, state: str, planned: Mapping[str, Any]) -> str | None:
        """The permission that a source lacked, where that is why an item is unproven."""
        if state != "unproven":
            return None
        for place, source in planned.get("evidence") or ():
            error = (self._observed.get((place, source)) or {}).get("error") or {}
            if error.get("missing_permission"):
                return str(error["missing_permission"])
        return None


def _undeclared_by(planned: Mapping[str, Any], outcome: Mapping[str, Any]) -> str | None:
    said: str | None = clean(outcome.get("undeclared_by") or planned.get("undeclared_by"))
    return said


def _unheard(planned: Mapping[str, Any]) -> Mapping[str, Any]:
    if planned.get("undeclared"):
        return unproven(dict(planned), str(planned["undeclared"])) | {"state": "undeclared"}
    return unproven(dict(planned), NEVER_REPORTED)
