"""For all tests: they can be interrupted, properties are tried on the same examples, the fault matrix is printed."""

import signal

import pytest
from hypothesis import settings

from tests.faults.table import lines, rows_of

# No merge must fail by chance; `make test ARGS=--hypothesis-profile=exploring` looks for new examples.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.register_profile("exploring", deadline=None, print_blob=True)
settings.load_profile("repeatable")

# A job that a shell starts in the background ignores SIGINT, and so would all that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the faults that were tried; the controller of xdist prints it as well."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    table = list(lines(rows_of(reports)))
    if table:
        terminalreporter.section("fault matrix")
        terminalreporter.write_line("\n".join(table))
