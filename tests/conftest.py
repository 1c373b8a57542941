"""For all tests: properties are tried on the same examples each time; the fault matrix is printed at the end."""

import pytest
from hypothesis import settings

from tests.faults.table import lines, rows_of

# No merge must fail by chance; `make test ARGS=--hypothesis-profile=exploring` looks for new examples.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.register_profile("exploring", deadline=None, print_blob=True)
settings.load_profile("repeatable")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the faults that were tried; the controller of xdist prints it as well."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    table = list(lines(rows_of(reports)))
    if table:
        terminalreporter.section("fault matrix")
        terminalreporter.write_line("\n".join(table))
