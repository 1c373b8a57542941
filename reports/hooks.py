"""What the reports ask of whoever plans and runs the checks: plain JSON, so that neither side imports the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.hookspec(firstresult=True)
def pytest_gonogo_context(config: pytest.Config) -> list[dict[str, Any]] | None:
    """Return one context per environment: the run, its plan and its sources; asked once, after the last item."""


@pytest.hookspec(firstresult=True)
def pytest_gonogo_redact(text: str) -> str | None:
    """Return ``text`` with everything that looks like a credential replaced."""


@pytest.hookspec(firstresult=True)
def pytest_gonogo_observed(item: pytest.Item) -> dict[str, Any] | None:
    """Return ``{"looked_at": n, "severity": s | None}``: what was looked at, and the severity it was raised to."""


@pytest.hookspec(firstresult=True)
def pytest_gonogo_reporter(config: pytest.Config) -> Callable[..., pytest.TestReport] | None:
    """Return what makes the reports of items that are judged in a row: see ``item_reports.Reporter``."""
