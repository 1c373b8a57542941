"""The board on the terminal that pytest writes to."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest

from .results import Results

LOG_WIDTH = 140
"""Columns where nobody says how many there are: a pipeline's log."""


def show(config: pytest.Config, results: Results, folder: Path) -> None:
    """Print the board of one environment, in colour where pytest would use it; nothing under ``-p no:terminal``."""
    if not config.pluginmanager.has_plugin("terminalreporter"):
        return
    from rich.console import Console

    from . import board

    writer = config.get_terminal_writer()
    width = LOG_WIDTH if not writer.hasmarkup and "COLUMNS" not in os.environ else writer.fullwidth
    text = StringIO()
    console = Console(
        file=text,
        width=width,
        color_system="standard" if writer.hasmarkup else None,
        force_terminal=writer.hasmarkup,
        legacy_windows=False,
    )
    board.render(results, console, folder)
    writer.line()
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    writer.write("\n".join(lines) + "\n", flush=True)
