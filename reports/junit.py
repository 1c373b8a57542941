"""``junit.xml``: one case per item, for pipelines that show tests."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

from . import telling
from .escaping import xml
from .results import Result, Results


def render(results: Results) -> bytes:
    """The document. What fails it is what the verdict counts: unmet blockers are failures, unproven blockers errors.

    Warnings, waived, undeclared and elsewhere are skipped with their reason, which test tabs show; a warning must not
    turn a GO red. An INCOMPLETE run has one more case that says why, since no item may.
    """
    suite = ET.Element(
        "testsuite",
        name=xml(f"gonogo {results.environment} {results.phase}"),
        timestamp=results.started.isoformat(timespec="seconds"),
        hostname=xml(results.vantage or "unnamed vantage"),
        time=f"{(results.ended - results.started).total_seconds():.3f}",
    )
    _verdict_case(suite, results)
    for each in results.results:
        _case(suite, each)
    for name in ("failure", "error", "skipped"):
        suite.set(
            {"failure": "failures", "error": "errors"}.get(name, name), str(len(suite.findall(f"testcase/{name}")))
        )
    suite.set("tests", str(len(suite)))
    root = ET.Element("testsuites", name="gonogo")
    root.append(suite)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _case(suite: ET.Element, result: Result) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        name=xml(f"{result.check} [{telling.item(result)}]"),
        classname=xml(f"gonogo.{result.layer}"),
        time=f"{result.duration_ms / 1000:.6f}",
    )
    if result.owner:
        case.set("owner", xml(result.owner))
    told = _TOLD.get((result.state, result.severity))
    if told is None:
        return
    element, message = told[0], xml(told[1](result))
    detail = ET.SubElement(case, element, message=message)
    if element != "skipped":
        detail.set("type", result.state)
        detail.text = xml("\n".join(_lines(result)))


def _verdict_case(suite: ET.Element, results: Results) -> None:
    """What no single item says: a run that ended early, a file that could not be read, a layer that was not judged."""
    if any(reason.word == "INCOMPLETE" for reason in results.verdict.reasons):
        case = ET.SubElement(suite, "testcase", name="verdict", classname="gonogo", time="0")
        ET.SubElement(case, "error", message=xml(results.verdict.sentence), type=results.verdict.word)


def _lines(result: Result) -> list[str]:
    return [
        line
        for line in (
            result.title,
            result.message,
            result.remedy,
            f"{result.severity}, owned by {result.owner or 'nobody'}",
        )
        if line
    ]


def _waived(result: Result) -> str:
    return f"WAIVED by {result.waiver.ticket if result.waiver else '?'}: {result.message}"


_TOLD: dict[tuple[str, str], tuple[str, Callable[[Result], str]]] = {
    ("unmet", "blocker"): ("failure", lambda result: result.message),
    ("unproven", "blocker"): ("error", lambda result: f"NOT PROVEN: {result.message}"),
    ("unmet", "warning"): ("skipped", lambda result: f"WARNING: {result.message}"),
    ("unproven", "warning"): ("skipped", lambda result: f"WARNING, NOT PROVEN: {result.message}"),
    **{("waived", severity): ("skipped", _waived) for severity in ("blocker", "warning")},
    **{
        ("undeclared", severity): ("skipped", lambda result: f"UNDECLARED: {result.message}")
        for severity in ("blocker", "warning")
    },
    **{
        ("elsewhere", severity): ("skipped", lambda result: f"ELSEWHERE: {result.message}")
        for severity in ("blocker", "warning")
    },
}
