"""``report.html``: the whole run in one file that needs no network, and no scripts to be read."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from . import roll_call, telling
from .plain import spaced
from .results import Results

HERE = Path(__file__).parent


def render(results: Results) -> bytes:
    """The report. Everything from the run is escaped; the script and style may run only because their hashes say so."""
    template, style, script = _parts()
    age: Any = spaced(results.decision.evidence_max_age) if results.decision else None
    page = template.render(
        results=results,
        called=roll_call.call(results),
        layers=telling.by_layer(results),
        tell=telling,
        why=telling.why(results),
        stale_after=int(age.total_seconds()) if isinstance(age, timedelta) else None,
        style=Markup(style),  # noqa: S704  # files of this package
        script=Markup(script),  # noqa: S704
        policy=_policy(style, script),
    )
    return page.encode()


@cache
def _parts() -> tuple[Template, str, str]:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return environment.get_template("report.html.j2"), style, script


def _policy(style: str, script: str) -> str:
    """Nothing is loaded from anywhere, and no script runs but the one of this file."""
    allowed = f"style-src {_hash(style)}; script-src {_hash(script)}"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
