"""Checks about the run: what they are handed, and that none of them can turn green by not being judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.results import Results
from reports.run_level import conclude

from .made_up import SOURCES, context, met, planned, unmet, waiver

ITEM = planned("messaging.dead_letters[neu/orders/in]")


def concluded(
    tmp_path: Path, body: str, identity: str = "gate.late[global/platform/run]", key: str = "", **values: Any
) -> Results:
    """Judge one run-level check, whose signature and body are given, beside an item that is unmet."""
    file = tmp_path / "test_late.py"
    file.write_text(f"import pytest\n{body}\n")
    late = planned(identity, level="run", file=str(file), function="test_late", key=key, evidence=[])
    return conclude(context([late, ITEM], sources=SOURCES, **values), {ITEM["id"]: unmet(ITEM)})


def state(tmp_path: Path, body: str, **values: Any) -> tuple[str, str]:
    result = concluded(tmp_path, body, **values).results[0]
    return result.state, result.message


def test_it_is_handed_what_the_others_came_to(tmp_path: Path) -> None:
    body = "def test_late(results, sources, instant, phase, policy, decision, cutover):\n    "
    told = "f'{results[0].state} {len(sources)} {instant:%H:%M} {phase} {policy.warnings} {decision.evidence_max_age}'"
    found = state(tmp_path, f"{body}assert False, {told} + f' {{cutover.to_site}}'")
    assert found == ("unmet", "unmet 4 22:10 pre-cutover report 30m neu")


def test_durations_can_be_counted_with(tmp_path: Path) -> None:
    body = "def test_late(decision, sources):\n    assert decision.evidence_max_age.total_seconds() == 1800"
    assert state(tmp_path, body)[0] == "met"


def test_what_is_not_declared_is_none(tmp_path: Path) -> None:
    body = "def test_late(decision, policy, cutover, sources):\n    assert decision.owner is policy.vantages is None"
    body += "\n    assert cutover.closes is None"
    assert state(tmp_path, body, decision={}, policy={}, cutover=None)[0] == "met"


@pytest.mark.parametrize(
    "body",
    [
        "def test_late(results):\n    raise KeyError('x')",
        "def test_late(results):\n    pytest.skip('no')",
        "def test_late(nothing_like_it):\n    pass",
        "def test_late(instant):\n    pass",
        "def test_other(results):\n    pass",
        "assert False\ndef test_late(results):\n    pass",
        "def test_late(:",
        "raise SystemExit(0)",
        "def test_late(waiver):\n    pass",
    ],
)
def test_one_that_cannot_judge_is_unproven(tmp_path: Path, body: str) -> None:
    assert state(tmp_path, body)[0] == "unproven"


def test_a_file_that_is_gone_is_unproven(tmp_path: Path) -> None:
    late = planned("gate.late[global/-]", level="run", file=str(tmp_path / "gone.py"), function="test_late")
    assert conclude(context([late]), {}).results[0].state == "unproven"


def test_sources_alone_are_judged_in_a_narrowed_run_too(tmp_path: Path) -> None:
    assert state(tmp_path, "def test_late(sources):\n    assert 0, 'old'", narrowed_by="-m gate") == ("unmet", "old")


@pytest.mark.parametrize("argument", ["results", "waiver"])
def test_the_others_are_not_judged_where_they_are_not_whole(tmp_path: Path, argument: str) -> None:
    found = concluded(tmp_path, f"def test_late({argument}):\n    assert 0", narrowed_by="-m gate")
    assert found.results[0].state == "undeclared"
    assert found.results[0].undeclared_by == "narrowed"
    assert "narrowed by -m gate" in found.results[0].message


def test_a_waiver_knows_what_became_of_it(tmp_path: Path) -> None:
    counts = "{len(waiver.matched)} {len(waiver.forgiven)}"
    told = f"f'{{waiver}} {{waiver.approved_by}} {{waiver.state}} {counts} {{waiver.expires:%d}}'"
    found = concluded(
        tmp_path,
        f"def test_late(waiver):\n    assert 0, {told}",
        "gate.late[global/platform/CHG0048290]",
        waivers=[waiver("messaging.dead_letters[neu/*]")],
    )
    assert found.results[0].message == "waiver CHG0048290 sre-lead valid 1 1 07"


@pytest.mark.parametrize(("key", "reason"), [("waivers[1]", "second"), ("waivers[0]", "first"), ("", "first")])
def test_waivers_of_one_ticket_are_told_apart(tmp_path: Path, key: str, reason: str) -> None:
    found = concluded(
        tmp_path,
        "def test_late(waiver):\n    assert 0, waiver.reason",
        "gate.late[global/platform/CHG0048290]",
        key,
        waivers=[waiver("a.b", reason="first"), waiver("a.b", reason="second")],
    )
    assert found.results[0].message == reason


def test_what_it_judges_may_be_waived_in_its_turn(tmp_path: Path) -> None:
    waivers = [waiver("gate.late"), waiver("messaging.dead_letters")]
    assert concluded(tmp_path, "def test_late(sources):\n    assert 0", waivers=waivers).verdict.word == "CONDITIONAL"


def test_it_says_its_sentence_without_credentials(tmp_path: Path) -> None:
    file = tmp_path / "test_late.py"
    file.write_text("def test_late(sources):\n    assert 0, 'key hunter2'\n")
    late = planned("gate.late[global/-]", level="run", file=str(file), function="test_late")
    found = conclude(context([late], sources=SOURCES), {}, lambda text: text.replace("hunter2", "<redacted>"))
    assert found.results[0].message == "key <redacted>"


def test_without_any_nothing_changes() -> None:
    assert conclude(context([ITEM]), {ITEM["id"]: met(ITEM)}).verdict.word == "GO"
