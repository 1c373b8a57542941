"""pytest's reports of planned items: what they carry across processes, and how little of it pytest itself may show."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

import msgspec
import pytest

from .recording import DEFERRED, outcome

PLANNED = "gonogo.planned"
OUTCOME = "gonogo.outcome"
#: Where a report that never leaves this process holds its outcome.
CARRIED = "gonogo_outcome"

_PYTEST_OUTCOME: dict[str, Any] = {
    "met": "passed",
    DEFERRED: "passed",
    "unmet": "failed",
    "unproven": "failed",
    "elsewhere": "skipped",
    "undeclared": "skipped",
}
_LETTERS = {
    "met": (".", {"green": True}),
    "unmet": ("x", {"red": True}),
    "unproven": ("?", {"red": True}),
    "elsewhere": ("~", {"yellow": True}),
    "undeclared": ("-", {}),
}


def planned(properties: Iterable[tuple[str, object]]) -> dict[str, Any] | None:
    """The planned item that an item or report carries, or None for one that nobody planned."""
    return _carried(properties, PLANNED)


def recorded(report: pytest.TestReport) -> dict[str, Any] | None:
    """The outcome that a report carries, or None: it came from a worker that died, or has nothing to say."""
    own: dict[str, Any] | None = report.__dict__.get(CARRIED)
    if own is not None:
        return own
    return _carried(getattr(report, "user_properties", ()), OUTCOME)


def told(
    item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport, plan: dict[str, Any]
) -> pytest.TestReport:
    """The report with the outcome as JSON text, without what pytest would print: locals, values, captured output."""
    report.sections = []
    report.user_properties = [each for each in item.user_properties if each[0] == PLANNED]
    if hasattr(report, "wasxfail"):
        del report.wasxfail
    raised = call.excinfo.value if call.excinfo else None
    if raised is None and call.when != "call":
        report.outcome, report.longrepr = "passed", None
        return report
    found = _outcome(item, call, raised, plan)
    report.user_properties.append((OUTCOME, msgspec.json.encode(found).decode()))
    report.outcome = _PYTEST_OUTCOME[found["state"]]
    report.longrepr = _shown(report, found)
    return report


class Reporter:
    """Makes the report of one judgement after the other, as ``told`` would, without pytest's longer way to one."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def __call__(
        self,
        *,
        planned: dict[str, Any],
        raised: BaseException | None,
        when: Literal["setup", "call"],
        looked_at: int,
        severity: str | None,
        seconds: float,
        nodeid: str,
        location: tuple[str, int | None, str],
    ) -> pytest.TestReport:
        """The report, with the outcome as a Python object: it stays in this process."""
        found = outcome(planned, raised, when, looked_at, severity, seconds * 1000, self._redacted)
        report = pytest.TestReport(
            nodeid=nodeid,
            location=location,
            keywords={},
            outcome=_PYTEST_OUTCOME[found["state"]],
            longrepr=None,
            when=when,
            duration=seconds,
        )
        report.longrepr = _shown(report, found)
        report.__dict__[CARRIED] = found
        return report

    def _redacted(self, text: str) -> str:
        return (self._config.hook.pytest_gonogo_redact(text=text) or text) if text else text


def status(report: pytest.TestReport) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
    """Category, letter and word for pytest's own progress, or None where the report is not ours."""
    found = recorded(report)
    if found is None:
        return ("", "", "") if report.passed and planned(getattr(report, "user_properties", ())) else None
    if found["state"] == DEFERRED:
        return "", "", ""
    letter, colour = _LETTERS[found["state"]]
    return found["state"], letter, (found["state"].upper(), colour)


def _outcome(
    item: pytest.Item, call: pytest.CallInfo[None], raised: BaseException | None, plan: dict[str, Any]
) -> dict[str, Any]:
    observed = item.config.hook.pytest_gonogo_observed(item=item) or {}

    def redact(text: str) -> str:
        return (item.config.hook.pytest_gonogo_redact(text=text) or text) if text else text

    looked_at = int(observed.get("looked_at") or 0)
    return outcome(plan, raised, call.when, looked_at, observed.get("severity"), call.duration * 1000, redact)


def _shown(report: pytest.TestReport, found: dict[str, Any]) -> Any:
    if report.outcome == "passed":
        return None
    if report.outcome == "failed":
        return found["message"]
    path, line, _ = report.location
    return path, line or 0, f"Skipped: {found['message']}"


def _carried(properties: Iterable[tuple[str, object]], key: str) -> dict[str, Any] | None:
    for name, value in properties:
        if name == key and isinstance(value, str):
            return _read(value)
    return None


@lru_cache(maxsize=8)
def _read(text: str) -> dict[str, Any]:
    """What is carried, for all who ask in turn; nobody changes it."""
    carried: dict[str, Any] = msgspec.json.decode(text)
    return carried
