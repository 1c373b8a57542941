"""``results.json``: the versioned record of a run, from which every document and the exit code are derived."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

SCHEMA: Literal["gonogo.results/v1"] = "gonogo.results/v1"

State = Literal["met", "unmet", "unproven", "waived", "undeclared", "elsewhere"]
Severity = Literal["blocker", "warning"]
Word = Literal["GO", "CONDITIONAL", "NO-GO", "INCOMPLETE", "PARTIAL"]
LayerWord = Literal["GO", "CONDITIONAL", "NO-GO", "INCOMPLETE", "PARTIAL", "-"]

STATES: tuple[State, ...] = ("met", "unmet", "unproven", "waived", "undeclared", "elsewhere")


class Evidence(msgspec.Struct, kw_only=True, frozen=True):
    """Which record a result was judged on."""

    place: str
    source: str
    observed_at: datetime | None = None


class Waiver(msgspec.Struct, kw_only=True, frozen=True):
    """A dated, owned, approved exception, and what became of it in this run.

    ``state`` is ``expired`` at and after ``expires``, ``other-phase`` where it does not hold in this phase, else
    ``valid``; ``matches`` counts the results it names, ``forgives`` those it made waived.
    """

    ticket: str
    reason: str
    owner: str
    approved_by: str
    expires: datetime | None
    checks: list[str]
    phases: list[str] | None = None
    risk: str | None = None
    state: Literal["valid", "expired", "other-phase"]
    matches: int = 0
    forgives: int = 0


class Forgiven(msgspec.Struct, kw_only=True, frozen=True):
    """The waiver of one result; an expired one forgives nothing and is named so that it can be renewed or ended."""

    ticket: str
    owner: str
    expires: datetime | None
    expired: bool


class Result(msgspec.Struct, kw_only=True, frozen=True):
    """What was decided about one planned item."""

    id: str
    check: str
    layer: str
    place: str
    service: str
    resource: str
    owner: str | None = None
    severity: Severity
    severity_declared: Severity
    state: State
    title: str
    message: str
    remedy: str
    looked_at: int
    duration_ms: float
    waiver: Forgiven | None = None
    undeclared_by: str | None = None
    missing_permission: str | None = None
    evidence: list[Evidence] = []


class SourceFailure(msgspec.Struct, kw_only=True, frozen=True):
    """Why a source, or a part of it, could not be looked at."""

    kind: str
    message: str
    missing_permission: str | None = None


class Source(msgspec.Struct, kw_only=True, frozen=True):
    """How one place's evidence was had."""

    place: str
    source: str
    state: Literal["complete", "partial", "failed", "elsewhere", "unserved"]
    duration_ms: float = 0
    requests: int = 0
    error: SourceFailure | None = None
    asked_at: datetime | None = None
    observed_at: datetime | None = None


class Layer(msgspec.Struct, kw_only=True, frozen=True):
    """A layer's results counted, and its own word; ``-`` where it was not asked, with the reason."""

    met: int = 0
    unmet: int = 0
    unproven: int = 0
    waived: int = 0
    undeclared: int = 0
    elsewhere: int = 0
    word: LayerWord
    reason: str | None = None


class Site(msgspec.Struct, kw_only=True, frozen=True):
    """A site and its role in this phase."""

    name: str
    kind: str = "aks"
    location: str | None = None
    active: bool = False
    routed: bool = False
    target: bool = False


class Cutover(msgspec.Struct, kw_only=True, frozen=True):
    """From where to where, and until when one may still turn back."""

    from_site: str | None = None
    to_site: str | None = None
    opens: datetime | None = None
    point_of_no_return: datetime | None = None
    closes: datetime | None = None


class Decision(msgspec.Struct, kw_only=True, frozen=True):
    """Who decides."""

    owner: str | None = None
    approvers: list[str] = []
    evidence_max_age: str | None = None


class CollectionError(msgspec.Struct, kw_only=True, frozen=True):
    """A file whose checks could not be had."""

    file: str
    message: str


class CheckText(msgspec.Struct, kw_only=True, frozen=True):
    """What a check says of itself."""

    title: str
    rationale: str = ""
    remedy: str = ""


class Reason(msgspec.Struct, kw_only=True, frozen=True):
    """One sentence part of why, and the word it leads to."""

    word: Word
    text: str


class Verdict(msgspec.Struct, kw_only=True, frozen=True):
    """The answer. ``title`` is the word as it is to be shown, with SANDBOX or REPLAY before it."""

    word: Word
    exit: int
    title: str
    sentence: str
    reasons: list[Reason] = []


class Results(msgspec.Struct, kw_only=True, frozen=True):
    """A whole run."""

    schema: Literal["gonogo.results/v1"] = SCHEMA
    run: str
    suite: str
    environment: str
    sandbox: bool
    phase: str
    vantage: str | None
    change: str | None
    started: datetime
    counted_from: datetime | None = None
    ended: datetime
    instant: datetime
    configuration_sha256: str
    narrowed_by: str | None
    replay_of: str | None
    site_lost: list[str] = []
    stopped: str | None = None
    accept_partial: bool = False
    command: list[str] = []
    verdict: Verdict
    counts: dict[State, int]
    warnings: int
    layers: dict[str, Layer]
    results: list[Result]
    sources: list[Source] = []
    waivers: list[Waiver] = []
    checks: dict[str, CheckText] = {}
    sites: list[Site] = []
    cutover: Cutover | None = None
    decision: Decision | None = None
    secrets: str | None = None
    severities: dict[str, Severity] = {}
    unheeded: list[str] = []
    not_applicable: dict[str, str] = {}
    vantages_missing: list[str] = []
    collection_errors: list[CollectionError] = []


def encode(results: Results) -> bytes:
    """The bytes of ``results.json``, indented for people and diffs."""
    return msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n"


def decode(data: bytes) -> Results:
    """Read ``results.json``. Raises msgspec.ValidationError when it is none."""
    return msgspec.json.decode(data, type=Results)


def read_results(path: Path) -> Results:
    """Read the results of a run folder, or a ``results.json`` itself. Raises OSError, msgspec.DecodeError."""
    return decode((path / "results.json" if path.is_dir() else path).read_bytes())
