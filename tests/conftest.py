"""Prints the fault matrix below the summary, wherever its tests ran: the controller of xdist reads this file too."""

import pytest

from tests.faults.table import lines, rows_of


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the faults that were tried."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    table = list(lines(rows_of(reports)))
    if table:
        terminalreporter.section("fault matrix")
        terminalreporter.write_line("\n".join(table))
