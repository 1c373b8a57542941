"""The roll call: every layer at every place, in the order in which people ask for them."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from .results import Results, Word

CellWord = Literal[Word, "WARNING", "-"]


class Cell(msgspec.Struct, kw_only=True, frozen=True):
    """One layer at one place: items by state, those of them that can block, and what is shown as a warning.

    The word ``WARNING`` is a GO that says something.
    """

    word: CellWord
    counts: dict[str, int]
    blocking: dict[str, int] = {}
    warnings: int = 0

    @property
    def judged(self) -> int:
        """How many items had to be judged here."""
        return sum(number for state, number in self.counts.items() if state != "undeclared")

    def brief(self) -> str:
        """``43``, ``x1 of 43``, ``x1 ?2 !3 of 9``: nothing but the number where all are met."""
        marks = [f"{mark}{self.blocking[state]}" for state, mark in MARKS.items() if self.blocking.get(state)]
        if not self.judged:
            return "-"
        if self.warnings:
            marks.append(f"!{self.warnings}")
        return f"{' '.join(marks)} of {self.judged}" if marks else str(self.judged)

    def words(self) -> str:
        """``1 unmet, 2 unproven of 9``, for where there is room; the number alone where all are met."""
        said = [f"{self.blocking[state]} {state}" for state in MARKS if self.blocking.get(state)]
        said += [f"{self.warnings} {'warning' if self.warnings == 1 else 'warnings'}"] if self.warnings else []
        return f"{', '.join(said)} of {self.judged}" if said else str(self.judged)


MARKS = {"unmet": "x", "unproven": "?", "waived": "w", "elsewhere": "~"}
LEGEND = "x unmet  ? not proven  w waived  ! warning  ~ only from another vantage  - nothing to judge"
NOTHING = Cell(word="-", counts={})


class RollCall(msgspec.Struct, kw_only=True, frozen=True):
    """``cells[layer, place]``; a pair that is not there has nothing to judge."""

    layers: list[str]
    places: list[str]
    cells: dict[tuple[str, str], Cell]

    def cell(self, layer: str, place: str) -> Cell:
        """The cell, also where nothing was planned."""
        return self.cells.get((layer, place), NOTHING)


def call(results: Results) -> RollCall:
    """The matrix of a run: sites first, from before to, then what spans sites, then global, then resolvers."""
    states: dict[tuple[str, str], Counter[str]] = {}
    blocking: dict[tuple[str, str], Counter[str]] = {}
    spoken: Counter[tuple[str, str]] = Counter()
    for each in results.results:
        key = each.layer, each.place
        states.setdefault(key, Counter())[each.state] += 1
        if each.severity == "blocker" or each.state == "elsewhere":
            blocking.setdefault(key, Counter())[each.state] += 1
        elif each.state in {"unmet", "unproven", "waived"}:
            spoken[key] += 1
    return RollCall(
        layers=list(results.layers),
        places=_places(results),
        cells={key: _cell(counts, blocking.get(key, Counter()), spoken[key]) for key, counts in states.items()},
    )


def _cell(counts: Counter[str], blocking: Counter[str], warnings: int) -> Cell:
    return Cell(word=_word(blocking, counts, warnings), counts=counts, blocking=blocking, warnings=warnings)


def _places(results: Results) -> list[str]:
    sites = [site.name for site in results.sites]
    found = dict.fromkeys(each.place for each in results.results if each.state != "undeclared")
    spans = [place for place in found if "+" in place]
    last = [place for place in found if place not in sites and place not in spans and place != "global"]
    return [place for place in [*sites, *spans, "global", *last] if place in found]


def _word(blocking: Counter[str], counts: Counter[str], warnings: int) -> CellWord:
    if "unmet" in blocking:
        return "NO-GO"
    if "unproven" in blocking:
        return "INCOMPLETE"
    if counts["elsewhere"]:
        return "PARTIAL"
    if "waived" in blocking:
        return "CONDITIONAL"
    if warnings:
        return "WARNING"
    return "GO" if counts["met"] else "-"
