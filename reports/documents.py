"""Every document of a run folder, each a pure function of ``results.json``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import junit
from .results import Results, encode, write_whole

RENDERERS: dict[str, Callable[[Results], bytes]] = {
    "results.json": encode,
    "junit.xml": junit.render,
}
"""File name to renderer, the record itself first: where the disk fills up, it is the last thing to go without."""


def write_all(results: Results, folder: Path) -> dict[str, str]:
    """Write every document that can be written; those that cannot, by name, with the reason."""
    failures = {}
    for name, render in RENDERERS.items():
        try:
            write_whole(folder / name, render(results))
        except OSError as error:
            failures[name] = error.strerror or str(error)
    return failures
