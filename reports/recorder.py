"""Follows a run on the controller, and ends it: results, documents, board, exit code."""

from __future__ import annotations

import sys
import traceback
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from . import documents, item_reports, terminal
from .escaping import one_line
from .recording import unproven, worst
from .results import Results
from .run_level import conclude
from .verdict import EXITS, worst_exit

REPLACED = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}
"""pytest's exit codes that say nothing of their own; any other is never masked."""

DIED = "the process that was judging it died"
INCOMPLETE = EXITS["INCOMPLETE"]


class Recorder:
    """Remembers outcomes by environment and id, and everything that makes a run less than whole."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._outcomes: dict[tuple[str | None, str], list[dict[str, Any]]] = defaultdict(list)
        self._died: set[str] = set()
        self._errors: dict[str, str] = {}
        self._unplanned: dict[str, str] = {}
        self._stopped: str | None = None
        self._judged_anyway = False
        self._judging = False
        self._concluded: list[tuple[Results, Path]] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Remember that items were to be judged at all, unlike for ``--collect-only`` or ``--fixtures``."""
        self._judging = not self._config.option.collectonly

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a phase of an item said; a report without its outcome is one of a worker that died."""
        found = item_reports.recorded(report)
        if found is not None:
            self._outcomes[found.get("environment"), found["id"]].append(found)
        elif report.when not in {"setup", "call", "teardown"}:
            self._died.add(str(report.nodeid))
        elif not report.passed and item_reports.planned(report.user_properties) is None:
            self._unplanned[str(report.nodeid)] = "it was not planned, and did not pass"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that does not import, or skips itself, takes its checks out of sight: that is never silent."""
        if not report.passed:
            self._errors.setdefault(str(report.nodeid) or "the collection", _last_line(report))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember why the run ends early."""
        said = one_line(str(excinfo.value))
        unread = isinstance(excinfo.value, pytest.Session.Interrupted) and said.endswith("during collection")
        self._judged_anyway = unread or said.startswith("stopping after")  # pytest's or xdist's own, for -x
        if not unread:
            self._stopped = said or "interrupted from the keyboard"

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that pytest or a plugin failed."""
        self._stopped = one_line(f"internal error: {excinfo.exconly()}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge what there is, write it down, and let the exit code say the verdict; a failure here is no verdict."""
        try:
            self._finish(session)
        finally:
            _leave_in_order(sys.exception())

    def _finish(self, session: pytest.Session) -> None:
        if self._config.option.collectonly or not (self._judging or self._errors or self._stopped):
            return
        if session.shouldstop or session.shouldfail:
            self._stopped = self._stopped or one_line(str(session.shouldfail or session.shouldstop))
        contexts: list[dict[str, Any]] = self._config.hook.pytest_gonogo_context(config=self._config) or []
        self._concluded = [(self._conclude(context), Path(context["folder"])) for context in contexts]
        written = [_write(results, folder) for results, folder in self._concluded]
        self._set_exit(session, all_written=all(written))

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Print the boards last: the verdict is what stays on the screen."""
        for results, folder in self._concluded:
            terminal.show(self._config, results, folder)

    def _set_exit(self, session: pytest.Session, *, all_written: bool) -> None:
        replaced = session.exitstatus in REPLACED or (
            self._judged_anyway and session.exitstatus == pytest.ExitCode.INTERRUPTED
        )
        if replaced:
            session.exitstatus = worst_exit([results.verdict.exit for results, _ in self._concluded] or [INCOMPLETE])
        if not all_written:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def _conclude(self, context: dict[str, Any]) -> Results:
        known = {(each["file"], each["message"]) for each in context.get("collection_errors") or []}
        files = {file for file, _ in known}
        mine = {(file, text) for file, text in {**self._errors, **self._unplanned}.items() if file not in files}
        whole = {
            **context,
            "ended": context.get("ended") or datetime.now(UTC).isoformat(),
            "stopped": context.get("stopped") or self._stopped,
            "collection_errors": [{"file": file, "message": text} for file, text in sorted(known | mine)],
        }
        return conclude(whole, self._heard(context), self._redact)

    def _heard(self, context: dict[str, Any]) -> dict[str, dict[str, Any]]:
        heard = {}
        for planned in context["plan"]:
            said = list(self._outcomes.get((planned.get("environment"), planned["id"]), []))
            if planned.get("nodeid") in self._died:
                said.append(unproven(planned, DIED))
            if said:
                heard[planned["id"]] = worst(said)
        return heard

    def _redact(self, text: str) -> str:
        return self._config.hook.pytest_gonogo_redact(text=text) or text


def _leave_in_order(failure: BaseException | None) -> None:
    """What pytest would let through here would end the process with 1, which says NO-GO."""
    if isinstance(failure, KeyboardInterrupt):
        pytest.exit("interrupted while the results were written", returncode=pytest.ExitCode.INTERRUPTED)
    if failure is not None:
        traceback.print_exception(failure)
        pytest.exit("internal error: there is no verdict", returncode=pytest.ExitCode.INTERNAL_ERROR)


def _last_line(report: pytest.CollectReport) -> str:
    """The exception's own line of a collect report, whose form depends on what went wrong."""
    text = str(report.longrepr[-1]) if isinstance(report.longrepr, tuple) else report.longreprtext
    lines = [line for line in text.splitlines() if line.strip()]
    return one_line(lines[-1].removeprefix("E ").strip()) if lines else "it could not be read"


def _write(results: Results, folder: Path) -> bool:
    failures = documents.write_all(results, folder)
    for name, why in failures.items():
        sys.stderr.write(f"gonogo: {name} could not be written: {why}\n")
    return "results.json" not in failures
