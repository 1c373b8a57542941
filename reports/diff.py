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

    ``broken`` was met, waived or not judged and is unmet or unproven now, or has become a blocker; ``fixed`` the other way
    round; ``changed`` says something else than before; ``appeared`` and ``gone`` are in one run only.
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
        words = [WORST_FIRST.index(each.verdict.word) for each in (self.new, self.old)]
        return bool(self.broken) or appeared or words[0] < words[1]


def diff(old: Results, new: Results) -> Difference:
    """Compare by id, in the order of the new run."""
    before = {each.id: each for each in old.results}
    after = {each.id: each for each in new.results}
    both = [Change(old=before[identity], new=each) for identity, each in after.items() if identity in before]
    moved = [each for each in both if _said(each.old) != _said(each.new)]
    return Difference(
        old=old,
        new=new,
        broken=[each for each in moved if _rank(each.new) > _rank(each.old) and each.new.state in BAD],
        fixed=[each for each in moved if each.old.state in BAD and each.new.state not in BAD],
        changed=[each for each in moved if not _moved_across(each)],
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


def _moved_across(change: Change) -> bool:
    fixed = change.old.state in BAD and change.new.state not in BAD
    return fixed or (_rank(change.new) > _rank(change.old) and change.new.state in BAD)


def _rank(result: Result) -> int:
    """How bad: nothing wrong, wrong with a warning, wrong with a blocker; unmet and unproven are told apart by words."""
    if result.state not in BAD:
        return 0
    return 2 if result.severity == "blocker" else 1


def _said(result: Result) -> tuple[str, str, str]:
    return result.state, result.severity, result.message


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
    states = change.old.state if change.old.state == change.new.state else f"{change.old.state} -> {change.new.state}"
    severity = "" if change.old.severity == change.new.severity else f", {change.old.severity} -> {change.new.severity}"
    said = change.new.message or change.old.message
    was = f" (was: {change.old.message})" if change.new.message and change.old.message != change.new.message else ""
    return f"{change.new.id} {states}{severity}: {said}{was if change.old.message else ''}"


def _single(result: Result) -> str:
    return f"{result.id} {result.state}" + (f": {result.message}" if result.message else "")
