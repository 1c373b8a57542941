"""Judges a run in process: the same planning, arguments, states and verdict as under pytest, without its machinery."""

import importlib
import inspect
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from fixtures.arguments import Judging, arguments_of
from fixtures.check import Check, read_check
from fixtures.context import context_of
from fixtures.discovery import SHIPPED, layers_of
from fixtures.planning import Item, plan
from fixtures.redaction import redact
from fixtures.run import Run
from reports.recording import outcome
from reports.results import Results
from reports.run_level import conclude


@cache
def shipped_checks() -> tuple[Check, ...]:
    """Every shipped check."""
    return tuple(check for file in sorted(SHIPPED.glob("*/test_*.py")) for check in _checks_in(file))


def plan_all(run: Run, checks: Sequence[Check] | None = None) -> list[tuple[Check, Item]]:
    """The whole plan of a run."""
    return [(check, item) for check in checks or shipped_checks() for item in plan(check, run.scope)]


def judge(run: Run, planned: Sequence[tuple[Check, Item]]) -> Results:
    """The results of a run whose evidence is gathered."""
    return concluded(run, planned, outcomes_of(run, planned))


def outcomes_of(run: Run, planned: Iterable[tuple[Check, Item]]) -> dict[str, dict[str, Any]]:
    """What each item comes to, by its id; run-level checks are judged when the results are concluded."""
    return {
        item.planned.id: _judge(run, check, item, msgspec.to_builtins(item.planned))
        for check, item in planned
        if not item.planned.undeclared and item.planned.level != "run"
    }


def concluded(run: Run, planned: Iterable[tuple[Check, Item]], outcomes: Mapping[str, Mapping[str, Any]]) -> Results:
    """The results of a run whose items are judged."""
    listed = [item.planned for _, item in planned]
    return conclude(context_of(run, listed, layers=list(layers_of([SHIPPED])), suite="test"), outcomes, redact)


def _judge(run: Run, check: Check, item: Item, plain: dict[str, Any]) -> dict[str, Any]:
    judging, raised, when = Judging(run, item), None, "setup"
    try:
        arguments = arguments_of(judging, check.arguments)
        when = "call"
        check.function(**arguments)
    except BaseException as error:  # as pytest does: whatever a check raises is its outcome
        if isinstance(error, KeyboardInterrupt):
            raise
        raised = error
    return outcome(plain, raised, when, judging.looked.count, judging.severity, 0.0, redact)


def _checks_in(file: Path) -> Iterable[Check]:
    module = importlib.import_module(f"checks.{file.parent.name}.{file.stem}")
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("test_"):
            yield read_check(function, function.pytestmark, file)  # type: ignore[attr-defined]
