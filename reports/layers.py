"""Each layer's results counted, and whether the layer was judged at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from .results import Layer, LayerWord, Result, State

NOTHING_DECLARED = "nothing is declared for it, and notApplicable does not name it"
UNREAD = "could not be read"
NOTHING_JUDGED = "it is declared for, but nothing in it was met or unmet"


def count(
    results: Sequence[Result],
    known: Sequence[str],
    not_applicable: Mapping[str, str],
    unread: Sequence[str] = (),
    *,
    narrowed: bool,
) -> dict[str, Layer]:
    """Every known layer in order, then the ones that only the results know; ``unread`` are files that were not."""
    of_layer: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        of_layer[result.layer].append(result)
    order = dict.fromkeys([*known, *of_layer])
    blind = {PurePath(file).parent.name: f"{file} {UNREAD}" for file in unread}
    return {
        name: _layer(of_layer.get(name, []), not_applicable.get(name), blind.get(name), narrowed=narrowed)
        for name in order
    }


def _layer(results: list[Result], excused: str | None, blind: str | None, *, narrowed: bool) -> Layer:
    states = Counter(result.state for result in results)
    blocking = {result.state for result in results if result.severity == "blocker"}
    gap = blind or (None if excused or narrowed or "unproven" in blocking else _gap(results, states))
    word = _word(states, blocking, gap)
    reason = gap or (excused or _why_not_asked(results) if word == "-" else None)
    return Layer(
        met=states["met"],
        unmet=states["unmet"],
        unproven=states["unproven"],
        waived=states["waived"],
        undeclared=states["undeclared"],
        elsewhere=states["elsewhere"],
        word=word,
        reason=reason,
    )


def _word(states: Counter[State], blocking: set[State], gap: str | None) -> LayerWord:
    if "unmet" in blocking:
        return "NO-GO"
    if "unproven" in blocking or gap:
        return "INCOMPLETE"
    if states["elsewhere"]:
        return "PARTIAL"
    if "waived" in blocking:
        return "CONDITIONAL"
    return "GO" if states["met"] + states["unmet"] + states["waived"] else "-"


def _gap(results: list[Result], states: Counter[State]) -> str | None:
    """Why a layer that must be judged was not, or None.

    A layer whose every item is undeclared, some of them only by phase, role or loss of a site, has been declared for
    and has nothing to say in this phase; one that is wholly elsewhere is PARTIAL, which says more.
    """
    if states["met"] + states["unmet"] + states["waived"]:
        return None
    if all(_undeclared_by_declaration(result) for result in results):
        return NOTHING_DECLARED
    return NOTHING_JUDGED if states["unproven"] else None


def _undeclared_by_declaration(result: Result) -> bool:
    return result.state == "undeclared" and result.undeclared_by in {None, "declaration"}


def _why_not_asked(results: list[Result]) -> str:
    by = sorted({result.undeclared_by or "declaration" for result in results})
    return f"nothing to judge here, by {' and '.join(by)}" if by else "not selected"
