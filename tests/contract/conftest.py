"""One set of tests for each protocol: it passes against the sandbox, and against the real thing where there is one."""

from __future__ import annotations

import pytest

from tests.contract.peers import Peer, peers
from tests.dns.conftest import ask as ask_names
from tests.web.conftest import ask as ask_web
from tests.web.conftest import authority

__all__ = ["ask_names", "ask_web", "authority", "must_be_here"]


def must_be_here(peer: Peer) -> None:
    """Skip where a peer is absent, and say why."""
    if peer.absent:
        pytest.skip(str(peer))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which peers there were, and why the others were not."""
    terminalreporter.section("peers of the contract tests")
    for peer in peers():
        terminalreporter.write_line(str(peer))
