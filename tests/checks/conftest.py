"""The checks' own marker, which the gate's plugin would register."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Know the marker."""
    config.addinivalue_line("markers", "check: a judgement of gonogo")
