"""What every document tells, and in which order: selections of the results, and facts put into words."""

from __future__ import annotations

import re
import shlex
from collections import Counter, defaultdict
from datetime import datetime

import msgspec

from .results import STATES, CheckText, Result, Results, Waiver
from .verdict import plural
from .waivers import item_of

ICONS = {"GO": "✔", "CONDITIONAL": "◆", "NO-GO": "✖", "INCOMPLETE": "?", "PARTIAL": "◐", "WARNING": "!", "-": "·"}
"""A shape for each word, so that nobody depends on colour."""

STATE_ICONS = {"met": "✔", "unmet": "✖", "unproven": "?", "waived": "◆", "undeclared": "·", "elsewhere": "◐"}

_WORST_FIRST = ("unmet", "unproven", "waived", "elsewhere", "met", "undeclared")
_SELECTABLE = re.compile(r"[\w:+\-.\[\]\\/]+")


class Group(msgspec.Struct, kw_only=True, frozen=True):
    """Results that say the same: one dead source leaves forty items unproven, and is one fact."""

    message: str
    missing_permission: str | None
    results: list[Result]

    @property
    def size(self) -> int:
        """How many results."""
        return len(self.results)

    @property
    def owners(self) -> list[str]:
        """Who owns them, each once."""
        return sorted({each.owner or "nobody" for each in self.results})


class CheckGroup(msgspec.Struct, kw_only=True, frozen=True):
    """One check with its results, the worst first, equals in the order of the plan."""

    check: str
    text: CheckText
    results: list[Result]
    counts: dict[str, int]

    @property
    def remarkable(self) -> bool:
        """Whether somebody will want to see the single results at once."""
        return any(self.counts.get(state) for state in ("unmet", "unproven", "waived"))


def by_layer(results: Results) -> dict[str, list[CheckGroup]]:
    """Every result, by layer and check; layers without a result are left out."""
    groups: dict[str, dict[str, list[Result]]] = {layer: {} for layer in results.layers}
    for each in results.results:
        groups.setdefault(each.layer, {}).setdefault(each.check, []).append(each)
    return {
        layer: [_check_group(results, check, group) for check, group in checks.items()]
        for layer, checks in groups.items()
        if checks
    }


def _check_group(results: Results, check: str, group: list[Result]) -> CheckGroup:
    found = Counter(each.state for each in group)
    return CheckGroup(
        check=check,
        text=results.checks.get(check) or CheckText(title=group[0].title, remedy=group[0].remedy),
        results=sorted(group, key=lambda each: _WORST_FIRST.index(each.state)),
        counts={state: found[state] for state in STATES if found[state]},
    )


def blockers(results: Results) -> list[Result]:
    """The unmet blockers."""
    return [each for each in results.results if each.state == "unmet" and each.severity == "blocker"]


def unproven(results: Results) -> list[Group]:
    """The blockers that could not be proven, by what kept them from it; the widest gap first."""
    groups: dict[tuple[str, str | None], list[Result]] = defaultdict(list)
    for each in results.results:
        if each.state == "unproven" and each.severity == "blocker":
            groups[each.message, each.missing_permission].append(each)
    told = [
        Group(message=message, missing_permission=lacks, results=group) for (message, lacks), group in groups.items()
    ]
    return sorted(told, key=lambda group: -len(group.results))


def warnings(results: Results) -> list[Result]:
    """Warnings that are unmet or could not be proven; the waived are told with their waiver."""
    return [each for each in results.results if each.severity == "warning" and each.state in {"unmet", "unproven"}]


def waived(results: Results, waiver: Waiver) -> list[Result]:
    """The results that a waiver forgave."""
    return [
        each
        for each in results.results
        if each.state == "waived"
        and each.waiver
        and each.waiver.ticket == waiver.ticket
        and each.waiver.owner == waiver.owner
    ]


def waiver_state(waiver: Waiver, instant: datetime) -> str:
    """``expires in 2 days``, ``EXPIRED 3 hours ago``, ``not in this phase``, ``matches nothing``."""
    if waiver.state == "expired":
        return f"EXPIRED {span(instant, waiver.expires)} ago" if waiver.expires else "EXPIRED: it has no end"
    if waiver.state == "other-phase":
        return "not in this phase"
    left = f"expires in {span(waiver.expires, instant)}" if waiver.expires else ""
    return left if waiver.matches else f"{left}, matches nothing"


def coverage(results: Results) -> str:
    """``290 of 297 items judged``: what was met or unmet, of all that had to be."""
    counts = results.counts
    judged = counts["met"] + counts["unmet"] + counts["waived"]
    return f"{judged} of {plural(judged + counts['unproven'] + counts['elsewhere'], 'item')} judged"


def notes(results: Results) -> list[str]:
    """What bounds the verdict and would otherwise be easy to forget."""
    told = []
    if results.replay_of:
        told.append(f"A replay of {results.replay_of}: judged again, nothing was asked.")
    if results.stopped:
        told.append(f"The run was stopped: {results.stopped}.")
    told += [f"{error.file} could not be read: {error.message}" for error in results.collection_errors]
    if results.narrowed_by:
        told.append(f"Narrowed by {results.narrowed_by}: what was not selected was not judged.")
    if results.site_lost:
        told.append(f"Told as lost: {', '.join(results.site_lost)}. What needed it was not judged.")
    if results.vantages_missing:
        told.append(f"Not judged from: {', '.join(results.vantages_missing)}.")
    told += [
        f"Severity of {check} is changed to {severity} by the environment's policy."
        for check, severity in results.severities.items()
    ]
    told += [each if each.endswith("?") else f"{each}." for each in results.unheeded]
    if results.secrets == "skip":
        told.append("Secrets were not looked at (policy.secrets: skip).")
    unserved = sum(each.undeclared_by == "sandbox" for each in results.results)
    reasons = {each.error.message for each in results.sources if each.state == "unserved" and each.error}
    told += [f"Not judged on this machine ({plural(unserved, 'item')}): {why}." for why in sorted(reasons)]
    return told


def excused(results: Results) -> list[tuple[str, list[str]]]:
    """Why layers are not applicable, each reason once, with its layers."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for layer, reason in results.not_applicable.items():
        reasons[reason].append(layer)
    return list(reasons.items())


def no_return(results: Results) -> str | None:
    """How far the point of no return is, by the run's instant."""
    turn = results.cutover.point_of_no_return if results.cutover else None
    if turn is None:
        return None
    away = span(turn, results.instant)
    return f"point of no return in {away}" if turn > results.instant else f"point of no return passed {away} ago"


def rerun(result: Result, results: Results) -> str:
    """The command that judges this item, or where its name cannot be selected its check, again."""
    check = result.check.partition(".")[2]
    exact = f"{check}[{item_of(result.id)}]"
    wanted = exact if _SELECTABLE.fullmatch(exact) else check
    judged = results.command or ["--env", results.environment, "--phase", results.phase]
    return shlex.join(["pytest", *judged, "-k", wanted])


def item(result: Result) -> str:
    """What an item is about: ``neu/orders/api``."""
    return item_of(result.id) or result.place


def span(later: datetime, earlier: datetime) -> str:
    """How long it is between two instants, in whichever order, as people say it: ``2 h 19 min``, ``3 days``."""
    seconds = abs((later - earlier).total_seconds())
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return plural(minutes // (24 * 60), "day")


def stamp(instant: datetime | None) -> str:
    """An instant for people: ``2026-12-05 22:10:04 UTC``."""
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC" if instant else "-"


def why(results: Results) -> str:
    """The sentence, without the word that stands before it for a sandbox or a replay."""
    return results.verdict.sentence.removeprefix(f"{results.verdict.title}: ")
