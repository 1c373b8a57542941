"""Checks about the run itself: called on the controller, after all others, with what the others came to."""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import msgspec
import pytest

from . import waivers
from .assembling import summed
from .judged import Judge
from .plain import spaced
from .recording import outcome, unproven
from .results import Cutover, Result, Results

_INDEX = re.compile(r"\[(\d+)\]$")

WHOLE_RUN_ONLY = {"waiver", "results"}
"""Arguments that mean nothing in a narrowed run: what was not selected cannot be told from what does not exist."""


def conclude(
    context: Mapping[str, Any],
    outcomes: Mapping[str, Mapping[str, Any]],
    redact: Callable[[str], str] = lambda text: text,
) -> Results:
    """Sum up the results, judge the run-level items over them, and sum up again with what those came to."""
    judge, results, late = Judge(context), [], {}
    for at, each in enumerate(context["plan"]):
        results.append(judge.result(each, outcomes.get(each["id"])))
        if each.get("level") == "run":
            late[at] = each
    judged = {at: each for at, each in late.items() if not each.get("undeclared")}
    if judged:
        about = _About(context, summed(context, [each for at, each in enumerate(results) if at not in late]))
        for at, each in judged.items():
            results[at] = judge.result(each, _judge(each, about, redact))
    return summed(context, results)


class _About:
    """What a run-level check may ask for by name."""

    def __init__(self, context: Mapping[str, Any], results: Results) -> None:
        self.narrowed_by = results.narrowed_by
        self._context = context
        self._results = results
        self._waivers = [
            _Waiver(plain, waiver, results.results)
            for plain, waiver in zip(context.get("waivers") or [], results.waivers, strict=True)
        ]
        self._asked_of: Counter[str] = Counter()

    def arguments(self, planned: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
        return {name: self._argument(planned, name) for name in names}

    def looked_at(self, names: Sequence[str]) -> int:
        """How many things were handed over: a run-level check that is handed nothing proves nothing."""
        sizes = {"waiver": 1, "results": len(self._results.results), "sources": len(self._results.sources)}
        return sum(sizes.get(name, 0) for name in names)

    def _argument(self, planned: Mapping[str, Any], name: str) -> Any:
        if name == "waiver":
            return self._waiver(planned)
        plain = {"decision": self._context.get("decision"), "policy": self._context.get("policy")}
        if name in plain:
            return spaced(plain[name] or {})
        if name == "cutover":
            return self._results.cutover or Cutover()
        return getattr(self._results, name)

    def _waiver(self, planned: Mapping[str, Any]) -> _Waiver:
        """By index where the planner says it, else by ticket: the nth item of a ticket is its nth waiver."""
        index = _INDEX.search(str(planned.get("key") or ""))
        if index:
            return self._waivers[int(index.group(1))]
        ticket = str(planned["resource"])
        nth = self._asked_of[ticket]
        self._asked_of[ticket] += 1
        return [each for each in self._waivers if each.ticket == ticket][nth]


class _Waiver(SimpleNamespace):
    """A waiver as the environment file has it, in snake_case, with what it came to in this run.

    ``state`` is valid, expired or other-phase; ``matched`` are the results it names, ``forgiven`` those it made waived.
    """

    def __init__(self, plain: Mapping[str, Any], waiver: Any, results: Sequence[Result]) -> None:
        matched = [
            each
            for each in results
            if any(waivers.names(pattern, each.check, waivers.item_of(each.id)) for pattern in waiver.checks)
        ]
        forgiven = [
            each for each in matched if each.waiver and each.waiver.ticket == waiver.ticket and each.state == "waived"
        ]
        said = msgspec.structs.asdict(waiver)
        super().__init__(**{**vars(spaced(plain)), **said, "matched": matched, "forgiven": forgiven})

    def __str__(self) -> str:
        return f"waiver {self.ticket}"


def _judge(planned: dict[str, Any], about: _About, redact: Callable[[str], str]) -> dict[str, Any]:
    item = {**planned, "level": "item"}
    had = _call(lambda: _function(planned), "setup")
    if had.excinfo is not None:
        return outcome(item, had.excinfo.value, "setup", 0, None, had.duration * 1000, redact)
    check: Callable[..., None] = had.result
    names = list(inspect.signature(check).parameters)
    if about.narrowed_by and WHOLE_RUN_ONLY & set(names):
        return _narrowed(item, about.narrowed_by)
    asked = _call(lambda: about.arguments(planned, names), "setup")
    if asked.excinfo is not None:
        return outcome(item, asked.excinfo.value, "setup", 0, None, asked.duration * 1000, redact)
    call = _call(lambda: check(**asked.result), "call")
    raised = call.excinfo.value if call.excinfo else None
    return outcome(item, raised, "call", about.looked_at(names), None, call.duration * 1000, redact)


def _call(function: Callable[[], Any], when: Literal["setup", "call"]) -> pytest.CallInfo[Any]:
    """Whatever a check does, the run ends with a verdict; only an interruption goes through."""
    return pytest.CallInfo.from_call(function, when, reraise=(KeyboardInterrupt, pytest.exit.Exception))


def _narrowed(planned: dict[str, Any], narrowed_by: str) -> dict[str, Any]:
    reason = f"only a whole run can be judged by this, and this one was narrowed by {narrowed_by}"
    return {**unproven(planned, reason), "state": "undeclared", "undeclared_by": "narrowed"}


def _function(planned: Mapping[str, Any]) -> Callable[..., None]:
    """The check, by file and name, and without pytest's assertion rewriting: the message is then the sentence alone."""
    path = Path(planned["file"])
    spec = importlib.util.spec_from_file_location(f"gonogo_run_level_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    check: Callable[..., None] = getattr(module, planned["function"])
    return check
