"""The pytest hooks that turn what happens to items into results, documents, a board and the exit code."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from . import hooks, item_reports
from .recorder import Recorder

RECORDER = "gonogo-recorder"


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare what the planning side has to tell."""
    pluginmanager.add_hookspecs(hooks)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Record on the controller, or in the one process there is; workers only report."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config), RECORDER)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Decide the state where the exception still is one, and let nothing but the safe sentence leave this process."""
    report = yield
    planned = item_reports.planned(item.user_properties)
    return report if planned is None else item_reports.told(item, call, report, planned)


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
    """Our words instead of pytest's, and quiet letters."""
    return item_reports.status(report)


def pytest_gonogo_reporter(config: pytest.Config) -> item_reports.Reporter:
    """What makes the reports of items that are judged in a row."""
    return item_reports.Reporter(config)
