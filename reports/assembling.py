"""Plan and outcomes become results: every planned item has one, whatever happened to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from . import layers, verdict, waivers
from .escaping import clean, one_line
from .judged import Judge, Outcomes
from .results import STATES, CheckText, CollectionError, Results
from .results import Result as ResultOf


def assemble(context: Mapping[str, Any], outcomes: Outcomes) -> Results:
    """The results of one environment.

    Args:
        context: the run as ``pytest_gonogo_context`` describes it.
        outcomes: by the id of the planned item, as ``recording.outcome`` returns them.

    Raises:
        msgspec.ValidationError: the context is not what it should be.

    """
    return summed(context, Judge(context).results(context["plan"], outcomes))


def summed(context: Mapping[str, Any], judged: Sequence[ResultOf]) -> Results:
    """The same, where each planned item has its result already."""
    instant = waivers.instant_of(context["instant"])
    if instant is None:
        raise ValueError(f"the run's instant carries no offset: {context['instant']!r}")
    severities = (context.get("policy") or {}).get("severity") or {}
    declared = [waivers.read(plain, context["phase"], instant) for plain in clean(context.get("waivers") or [])]
    judged, declared = waivers.apply(judged, declared)
    narrowed_by = _text(context.get("narrowed_by"))
    not_applicable = clean(context.get("not_applicable") or {})
    standing = _standing(context, narrowed_by)
    unread = [error.file for error in standing.collection_errors]
    known = clean(context.get("layers") or [])
    counted = layers.count(judged, known, not_applicable, unread, narrowed=bool(narrowed_by))
    plain = clean({key: value for key, value in context.items() if key not in {"plan", "waivers", "layers"}})
    rest = _convert(
        plain
        | {
            "narrowed_by": narrowed_by,
            "started": _utc(context["started"]),
            "counted_from": _utc(context.get("counted_from")),
            "ended": _utc(context.get("ended") or context["started"]),
            "instant": _utc(instant),
            "site_lost": standing.site_lost,
            "stopped": standing.stopped,
            "accept_partial": standing.accept_partial,
            "vantages_missing": standing.vantages_missing,
            "collection_errors": standing.collection_errors,
            "verdict": verdict.decide(judged, counted, standing),
            "counts": _counts(judged),
            "warnings": len(verdict.warnings(judged)),
            "layers": counted,
            "waivers": declared,
            "checks": _checks(context["plan"]),
            "not_applicable": not_applicable,
            "cutover": _cutover(plain.get("cutover")),
            "decision": _decision(plain.get("decision")),
            "secrets": (plain.get("policy") or {}).get("secrets"),
            "severities": clean(severities),
            "unheeded": clean(context.get("unheeded") or []),
        }
    )
    return msgspec.structs.replace(rest, results=judged)


def _convert(values: dict[str, Any]) -> Results:
    """All but the results of the items, which are structs already, and many."""
    known = {field.encode_name for field in msgspec.structs.fields(Results)} - {"schema", "results"}
    builtin = msgspec.to_builtins(
        {key: value for key, value in values.items() if key in known}, builtin_types=(datetime,)
    )
    return msgspec.convert(builtin | {"results": []}, Results)


def _standing(context: Mapping[str, Any], narrowed_by: str | None) -> verdict.Standing:
    policy = context.get("policy") or {}
    return verdict.Standing(
        sandbox=bool(context.get("sandbox")),
        narrowed_by=narrowed_by,
        replay_of=_text(context.get("replay_of")),
        site_lost=clean(context.get("site_lost") or []),
        vantages_missing=clean(context.get("vantages_missing") or []),
        collection_errors=msgspec.convert(clean(context.get("collection_errors") or []), list[CollectionError]),
        stopped=_text(context.get("stopped")),
        warnings_decide=policy.get("warnings") == "decide",
        accept_partial=bool(context.get("accept_partial")),
    )


def _checks(plan: Sequence[Mapping[str, Any]]) -> dict[str, CheckText]:
    texts: dict[str, CheckText] = {}
    for planned in plan:
        if planned["check"] not in texts:
            said = {key: one_line(str(planned.get(key) or "")) for key in ("title", "rationale", "remedy")}
            texts[planned["check"]] = CheckText(**said)
    return texts


def _counts(judged: Sequence[ResultOf]) -> dict[str, int]:
    found = Counter(result.state for result in judged)
    return {state: found[state] for state in STATES}


def _cutover(plain: dict[str, Any] | None) -> dict[str, Any] | None:
    if not plain:
        return None
    window = plain.get("window") or {}
    turn = window.get("pointOfNoReturn") or window.get("point_of_no_return")
    return {
        "from_site": plain.get("from") or plain.get("from_site"),
        "to_site": plain.get("to") or plain.get("to_site"),
        "opens": _utc(window.get("opens")),
        "point_of_no_return": _utc(turn),
        "closes": _utc(window.get("closes")),
    }


def _decision(plain: dict[str, Any] | None) -> dict[str, Any] | None:
    if not plain:
        return None
    age = plain.get("evidenceMaxAge") or plain.get("evidence_max_age")
    return {"owner": plain.get("owner"), "approvers": plain.get("approvers") or [], "evidence_max_age": _text(age)}


def _utc(value: object) -> datetime | None:
    instant = waivers.instant_of(value)
    return instant.astimezone(UTC) if instant else None


def _text(value: object) -> str | None:
    """One line of text, from text or a list of texts; None where there is nothing to say."""
    if not value:
        return None
    return one_line(", ".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value))
