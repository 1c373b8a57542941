"""Every document of a run folder, each a pure function of ``results.json``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from .results import Results, encode


def _report(results: Results) -> bytes:
    from .html import render

    return render(results)


def _summary(results: Results) -> bytes:
    from .summary import render

    return render(results)


def _junit(results: Results) -> bytes:
    from .junit import render

    return render(results)


RENDERERS: dict[str, Callable[[Results], bytes]] = {
    "results.json": encode,
    "junit.xml": _junit,
    "summary.md": _summary,
    "report.html": _report,
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


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever reads half of it; what stood there before stays if it fails. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        draft.chmod(0o644)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
