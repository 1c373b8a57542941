"""The verdict: one pure function over what was decided. Worst reason wins, by rule, never by score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from .layers import UNREAD
from .results import CollectionError, Layer, Reason, Result, Verdict, Word

EXITS: dict[Word, int] = {"GO": 0, "NO-GO": 1, "CONDITIONAL": 10, "INCOMPLETE": 11, "PARTIAL": 12}
WORST_FIRST: tuple[Word, ...] = ("NO-GO", "INCOMPLETE", "PARTIAL", "CONDITIONAL", "GO")
_EXITS_WORST_FIRST = tuple(EXITS[word] for word in WORST_FIRST)
_MOST_GROUPS = 5


class Standing(msgspec.Struct, kw_only=True, frozen=True):
    """What bounds a verdict besides the results themselves."""

    sandbox: bool = False
    narrowed_by: str | None = None
    replay_of: str | None = None
    site_lost: list[str] = []
    vantages_missing: list[str] = []
    collection_errors: list[CollectionError] = []
    stopped: str | None = None
    warnings_decide: bool = False
    accept_partial: bool = False


def decide(results: Sequence[Result], layers: Mapping[str, Layer], standing: Standing) -> Verdict:
    """GO only if nothing speaks against it, and something was judged."""
    reasons = sorted(
        [
            *_no_go(results),
            *_incomplete(results, layers, standing),
            *_partial(results, standing),
            *_conditional(results, standing),
        ],
        key=lambda reason: WORST_FIRST.index(reason.word),
    )
    word: Word = reasons[0].word if reasons else "GO"
    title = " ".join([*(["REPLAY"] if standing.replay_of else []), *(["SANDBOX"] if standing.sandbox else []), word])
    told = [reason.text for reason in reasons]
    if word in {"GO", "PARTIAL"}:
        told.append(("as far as it goes, " if reasons else "") + _how_many_met(results))
    text = "; ".join(told)
    named = standing.replay_of or standing.sandbox
    return Verdict(
        word=word,
        exit=_exit(word, reasons, standing),
        title=title,
        sentence=f"{title}: {text}" if named else text,
        reasons=reasons,
    )


def worst_exit(exits: Iterable[int]) -> int:
    """The exit code of several verdicts; one that is no verdict's, such as an interruption, comes before all."""
    return min(exits, key=lambda code: _EXITS_WORST_FIRST.index(code) if code in _EXITS_WORST_FIRST else -1)


def warnings(results: Iterable[Result]) -> list[Result]:
    """What is shown as a warning: a warning that is not met, could not be proven, or is waived."""
    return [each for each in results if each.severity == "warning" and each.state in {"unmet", "unproven", "waived"}]


def plural(number: int, noun: str) -> str:
    """``1 check``, ``2 checks``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _exit(word: Word, reasons: list[Reason], standing: Standing) -> int:
    code = EXITS[word]
    if word == "PARTIAL" and standing.accept_partial:
        code = EXITS["CONDITIONAL"] if any(reason.word == "CONDITIONAL" for reason in reasons) else 0
    return worst_exit([code, EXITS["PARTIAL"]]) if standing.replay_of else code


def _no_go(results: Sequence[Result]) -> list[Reason]:
    unmet = _blockers(results, "unmet")
    if not unmet:
        return []
    verb = "is" if len(unmet) == 1 else "are"
    return [Reason(word="NO-GO", text=f"{plural(len(unmet), 'blocker')} {verb} unmet{_in_layers(unmet)}")]


def _incomplete(results: Sequence[Result], layers: Mapping[str, Layer], standing: Standing) -> list[Reason]:
    texts = []
    unproven = _blockers(results, "unproven")
    if unproven:
        texts.append(f"{plural(len(unproven), 'blocker')} could not be proven{_in_layers(unproven)}")
    if standing.stopped:
        texts.append(f"the run was stopped: {standing.stopped}")
    if standing.collection_errors:
        files = _listed([error.file for error in standing.collection_errors])
        texts.append(f"{plural(len(standing.collection_errors), 'file')} of checks could not be read: {files}")
    if not any(result.state in {"met", "unmet", "waived"} for result in results):
        texts.append("nothing was judged")
    gaps: dict[str, list[str]] = defaultdict(list)
    for name, layer in layers.items():
        if layer.word == "INCOMPLETE" and layer.reason and not layer.reason.endswith(UNREAD):
            gaps[layer.reason].append(name)
    texts += [f"{_listed(names)}: {reason}" for reason, names in gaps.items()]
    return [Reason(word="INCOMPLETE", text=text) for text in texts]


def _partial(results: Sequence[Result], standing: Standing) -> list[Reason]:
    texts = []
    if standing.narrowed_by:
        texts.append(f"the run was narrowed by {standing.narrowed_by}")
    elsewhere = [result for result in results if result.state == "elsewhere"]
    if elsewhere:
        texts.append(f"{plural(len(elsewhere), 'item')} can only be judged from another vantage{_in_layers(elsewhere)}")
    if standing.vantages_missing:
        missing = standing.vantages_missing
        texts.append(f"nothing was judged from {'vantage' if len(missing) == 1 else 'vantages'} {_listed(missing)}")
    return [Reason(word="PARTIAL", text=text) for text in texts]


def _conditional(results: Sequence[Result], standing: Standing) -> list[Reason]:
    texts = []
    waived = _blockers(results, "waived")
    if waived:
        verb = "is" if len(waived) == 1 else "are"
        texts.append(f"{plural(len(waived), 'blocker')} {verb} waived{_in_layers(waived)}")
    if standing.site_lost:
        texts.append(f"{_listed(standing.site_lost)} {'is' if len(standing.site_lost) == 1 else 'are'} told as lost")
    shown = warnings(results)
    if shown and standing.warnings_decide:
        texts.append(f"{plural(len(shown), 'warning')}, and warnings decide{_in_layers(shown)}")
    return [Reason(word="CONDITIONAL", text=text) for text in texts]


def _how_many_met(results: Sequence[Result]) -> str:
    met = sum(result.state == "met" for result in results)
    judged = sum(result.state in {"met", "unmet", "unproven", "waived"} for result in results)
    shown = len(warnings(results))
    return f"{met} of {plural(judged, 'check')} {'is' if judged == 1 else 'are'} met" + (
        f", {plural(shown, 'warning')}" if shown else ""
    )


def _blockers(results: Iterable[Result], state: str) -> list[Result]:
    return [each for each in results if each.state == state and each.severity == "blocker"]


def _in_layers(results: Sequence[Result]) -> str:
    """`` in messaging (neu)``, or ``: 2 in messaging (neu), 1 in dns (public)`` where there are several."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.layer].append(result)
    if len(groups) == 1:
        return f" in {_with_places(*next(iter(groups.items())))}"
    largest: Callable[[tuple[str, list[Result]]], int] = lambda group: -len(group[1])  # noqa: E731
    told = sorted(groups.items(), key=largest)
    parts = [f"{len(group)} in {_with_places(layer, group)}" for layer, group in told[:_MOST_GROUPS]]
    rest = sum(len(group) for _, group in told[_MOST_GROUPS:])
    return ": " + ", ".join(
        [*parts, *([f"{rest} in {plural(len(told) - _MOST_GROUPS, 'other layer')}"] if rest else [])]
    )


def _with_places(layer: str, results: Sequence[Result]) -> str:
    return f"{layer} ({_listed(list(dict.fromkeys(result.place for result in results)))})"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_GROUPS])
    return shown if len(names) <= _MOST_GROUPS else f"{shown} and {len(names) - _MOST_GROUPS} more"
