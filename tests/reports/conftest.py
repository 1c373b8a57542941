"""A tiny gate around the reports: each of its tests carries its plan in a marker."""

from __future__ import annotations

import json

import pytest

from reports import board, html, junit, recorder, summary, terminal
from reports.results import Results, read_results

IMPORTED = (board, html, junit, recorder, summary, terminal)
"""Loaded before the runs in this process, which forget what they import themselves: rich cannot be loaded twice."""

GATE = """
import json
from pathlib import Path
import pytest

pytest_plugins = ["reports.plugin"]


def plan(item):
    marker = item.get_closest_marker("check")
    name = item.originalname.removeprefix("test_")
    return {
        "id": f"compute.{name}[neu/orders/api]", "check": f"compute.{name}", "layer": "compute", "place": "neu",
        "sites": ["neu"], "service": "orders", "resource": "api", "owner": "team-orders",
        "severity": marker.kwargs.get("severity", "blocker"),
        "title": "A title.", "remedy": "A remedy.", "rationale": "",
        "evidence": [["neu", "kubernetes"]], "undeclared": marker.kwargs.get("undeclared"), "undeclared_by": "phase",
        "level": marker.kwargs.get("level", "item"), "environment": "prod", "file": str(item.path),
        "function": item.originalname, "nodeid": item.nodeid,
    }


def pytest_configure(config):
    config.addinivalue_line("markers", "check: one check")


def pytest_collection_finish(session):
    plans = []
    for item in session.items:
        if item.get_closest_marker("check"):
            plans.append(plan(item))
            item.user_properties.append(("gonogo.planned", json.dumps(plans[-1])))
    Path(session.config.rootpath, "plan.json").write_text(json.dumps(plans))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    carried = dict(item.user_properties).get("gonogo.planned")
    undeclared = carried and json.loads(carried)["undeclared"]
    if undeclared or (carried and json.loads(carried)["level"] == "run"):
        pytest.skip(undeclared or "judged last")


def pytest_gonogo_observed(item):
    return {"looked_at": getattr(item.module, "LOOKED_AT", 3), "severity": None}


def pytest_gonogo_redact(text):
    return text.replace("hunter2", "<redacted:password>")


def pytest_gonogo_context(config):
    root = Path(config.rootpath)
    path = root / "plan.json"
    plans = json.loads(path.read_text()) if path.exists() else []
    context = {
        "run": "r1", "folder": str(root / "run"), "suite": "1.0.0", "environment": "prod", "sandbox": False,
        "phase": "pre-cutover", "vantage": None, "change": None, "started": "2026-12-05T22:10:04Z",
        "instant": "2026-12-05T22:10:04Z", "configuration_sha256": "0" * 64, "narrowed_by": None, "replay_of": None,
        "layers": ["compute"], "plan": plans,
    }
    context.update(json.loads((root / "context.json").read_text()) if (root / "context.json").exists() else {})
    return [context]
"""

OPTIONS = ["-p", "no:cacheprovider", "--tb=short", "--no-summary"]


class Gate:
    """Runs checks under pytest, in this process or in one of their own as a pipeline would."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.path = pytester.path
        pytester.makeconftest(GATE)

    def run(self, source: str, *options: str, apart: bool = False, **files: str) -> pytest.RunResult:
        """Judge ``source``, a check file, and more of them by name."""
        header = "import pytest, os\ncheck = pytest.mark.check\n"
        self._pytester.makepyfile(test_first=header + source, **{name: header + text for name, text in files.items()})
        start = self._pytester.runpytest_subprocess if apart else self._pytester.runpytest_inprocess
        return start(*OPTIONS, *options)

    def context(self, **values: object) -> None:
        """Change the context of the runs that follow."""
        (self.path / "context.json").write_text(json.dumps(values))

    def results(self) -> Results:
        """What the last run came to."""
        return read_results(self.path / "run")

    def states(self) -> dict[str, str]:
        """The state of every check of the last run."""
        return {each.check.partition(".")[2]: each.state for each in self.results().results}


@pytest.fixture
def gate(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Gate:
    """A gate in an empty folder that finds the reports under test."""
    monkeypatch.setenv("PYTHONPATH", str(request.config.rootpath.parent))
    monkeypatch.setenv("NO_COLOR", "1")
    return Gate(pytester)
