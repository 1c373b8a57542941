"""What changed between two runs of one environment."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from . import telling
from .results import Result, Results
from .verdict import WORST_FIRST

BAD = {"unmet", "unproven"}


class Change(msgspec.Struct, kw_only=True, frozen=True):
    """One item in both runs."""

    old: Result
    new: Result


class Difference(msgspec.Struct, kw_only=True, frozen=True):
    """Every item is in one list at most; one that is the same in both runs is in none.

    ``broken`` is worse than before: newly unmet or unproven, unmet where it was unproven, a blocker where it was a
    warning. ``fixed`` was unmet or unproven and is met: what is waived or no longer judged is only ``changed``.
    """

    old: Results
    new: Results
    broken: list[Change]
    fixed: list[Change]
    changed: list[Change]
    appeared: list[Result]
    gone: list[Result]

    @property
    def worse(self) -> bool:
        """Whether something broke, appeared broken, or the verdict is a worse one."""
        appeared = any(each.state in BAD for each in self.appeared)
        return bool(self.broken) or appeared or _place(self.new) < _place(self.old)


def diff(old: Results, new: Results) -> Difference:
    """Compare by id, in the order of the new run."""
    before = {each.id: each for each in old.results}
    after = {each.id: each for each in new.results}
    sorts: dict[str, list[Change]] = {"broken": [], "fixed": [], "changed": [], "same": []}
    for identity, each in after.items():
        if identity in before:
            sorts[_sort(before[identity], each)].append(Change(old=before[identity], new=each))
    return Difference(
        old=old,
        new=new,
        broken=sorts["broken"],
        fixed=sorts["fixed"],
        changed=sorts["changed"],
        appeared=[each for identity, each in after.items() if identity not in before],
        gone=[each for identity, each in before.items() if identity not in after],
    )


def render(difference: Difference) -> str:
    """The difference as plain text, worst first."""
    old, new = difference.old, difference.new
    lines = [f"{old.environment} {old.phase} {old.run}: {old.verdict.title}"]
    lines.append(f"{new.environment} {new.phase} {new.run}: {new.verdict.title}: {telling.why(new)}")
    lines += _notes(old, new)
    lines += _section("newly unmet or unproven", [_change(each) for each in difference.broken])
    lines += _section("fixed", [_change(each) for each in difference.fixed])
    lines += _section("changed", [_change(each) for each in difference.changed])
    lines += _section("new", [_single(each) for each in difference.appeared])
    lines += _section("gone", [_single(each) for each in difference.gone])
    if len(lines) == 2:
        lines.append("nothing changed")
    return "\n".join(lines)


def _sort(old: Result, new: Result) -> str:
    if (old.state, old.severity, old.message) == (new.state, new.severity, new.message):
        return "same"
    if _badness(new) > _badness(old):
        return "broken"
    return "fixed" if old.state in BAD and new.state == "met" else "changed"


def _badness(result: Result) -> int:
    if result.state not in BAD:
        return 0
    return (2 if result.severity == "blocker" else 0) + (2 if result.state == "unmet" else 1)


def _place(results: Results) -> int:
    return WORST_FIRST.index(results.verdict.word)


def _notes(old: Results, new: Results) -> list[str]:
    notes = []
    if (old.environment, old.phase) != (new.environment, new.phase):
        notes.append("these are runs of different environments or phases: a difference may be meant")
    if old.configuration_sha256 != new.configuration_sha256:
        notes.append("what is declared has changed between them")
    notes += [f"{each.run} was narrowed by {each.narrowed_by}" for each in (old, new) if each.narrowed_by]
    return notes


def _section(title: str, entries: Sequence[str]) -> list[str]:
    return ["", f"{title} ({len(entries)})", *(f"  {entry}" for entry in entries)] if entries else []


def _change(change: Change) -> str:
    old, new = change.old, change.new
    states = new.state if old.state == new.state else f"{old.state} -> {new.state}"
    severities = "" if old.severity == new.severity else f", {old.severity} -> {new.severity}"
    was = f" (was: {old.message})" if old.message and new.message and old.message != new.message else ""
    return f"{new.id} {states}{severities}: {new.message or old.message}{was}"


def _single(result: Result) -> str:
    return f"{result.id} {result.state}" + (f": {result.message}" if result.message else "")
