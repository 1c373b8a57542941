"""The documents: as people and pipelines will see them, and with whatever a hostile landscape puts into them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from reports import board, documents, html, junit, summary
from reports.results import Results, decode, encode, read_results

from . import made_up
from .made_up import context, planned, run, unmet, waiver

GOLDEN = Path(__file__).parent / "golden"

SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"{SCRIPT}\x1b[31m##vso[task.complete]\u202e::error::x\x00|`*_[a](http://evil)]]>\ud800&amp;'\""


def small() -> Results:
    """One item of every state, a source that failed, and a waiver."""
    plan = [
        planned("compute.memory_headroom[neu/orders/api]"),
        planned("compute.replicas_ready[neu/orders/api]"),
        planned("networking.reachable[neu/orders/api]"),
        planned("messaging.dead_letters[neu/orders/orders-in]"),
        planned("dns.ttl[public/orders/api.contoso.example]", severity="warning", evidence=[["public", "dns"]]),
        planned("dns.record[public/orders/api.contoso.example]", evidence=[["public", "dns"]]),
        planned("batch.scheduled[weu+neu/orders/settlement]"),
        planned("batch.stopped[neu/-]", undeclared="not in pre-cutover", undeclared_by="phase"),
        planned("networking.http[weu/orders/api]"),
    ]
    heard = {
        0: made_up.unmet(plan[0], "api in pod api-7f9c in neu expects 812Mi of 1Gi, declared headroom is 25%"),
        1: made_up.met(plan[1]),
        2: made_up.unproven(plan[2], "neu: services could not be listed: 403", "list services in namespace orders"),
        3: made_up.unmet(plan[3], "queue orders-in in neu holds 3 dead letters, declared at most 0"),
        4: made_up.unmet(plan[4], "api.contoso.example has a TTL of 300 s, declared at most 60 s"),
        5: made_up.met(plan[5]),
        6: made_up.met(plan[6]),
        8: made_up.elsewhere(plan[8]),
    }
    return made_up.assemble(
        context(
            plan,
            layers=[*dict.fromkeys(each["layer"] for each in plan), "smoke"],
            not_applicable={"smoke": "its checks come later"},
            sources=made_up.SOURCES,
            waivers=[
                waiver("messaging.dead_letters[neu/*]"),
                waiver("dns.ttl", ticket="OLD", expires="2026-12-01T00:00:00Z"),
            ],
        ),
        {plan[index]["id"]: outcome for index, outcome in heard.items()},
    )


def hostile() -> Results:
    """Every text of a run is hostile."""
    item = planned(
        f"compute.ready[neu/orders/{HOSTILE}]", title=HOSTILE, remedy=HOSTILE, owner=HOSTILE, rationale=HOSTILE
    )
    late = planned("dns.ttl[public/orders/x]", severity="warning")
    lost = planned("dns.record[public/orders/x]")
    error = {"kind": "denied", "message": HOSTILE, "missing_permission": HOSTILE}
    return made_up.assemble(
        context(
            [item, late, lost],
            environment=HOSTILE,
            change=HOSTILE,
            vantage=HOSTILE,
            narrowed_by=HOSTILE,
            stopped=HOSTILE,
            layers=["compute", HOSTILE],
            not_applicable={HOSTILE: HOSTILE},
            decision={"owner": HOSTILE, "approvers": [HOSTILE]},
            waivers=[waiver("dns.ttl", ticket=HOSTILE, reason=HOSTILE, owner=HOSTILE, approvedBy=HOSTILE)],
            sources=[{**made_up.SOURCES[0], "error": error, "state": "failed"}],
            collection_errors=[{"file": HOSTILE, "message": HOSTILE}],
        ),
        {
            item["id"]: unmet(item, HOSTILE),
            late["id"]: unmet(late, HOSTILE),
            lost["id"]: made_up.unproven(lost, HOSTILE, HOSTILE),
        },
    )


def on_board(results: Results, width: int = 80, colour: str | None = None) -> str:
    text = StringIO()
    console = Console(file=text, width=width, color_system=colour, force_terminal=colour is not None)  # type: ignore[arg-type]
    board.render(results, console, Path("runs/x"))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("no-go.board-80.txt", lambda: on_board(small())),
        ("no-go.board-200.txt", lambda: on_board(small(), 200)),
        ("no-go.summary.md", lambda: summary.render(small()).decode()),
        ("no-go.junit.xml", lambda: junit.render(small()).decode().replace("><", ">\n<")),
        ("go.board-80.txt", lambda: on_board(run({"compute.ready[neu/orders/api]": "met"}))),
        (
            "sandbox-go.summary.md",
            lambda: summary.render(run({"compute.ready[neu/orders/api]": "met"}, sandbox=True)).decode(),
        ),
        ("hostile.board-80.txt", lambda: on_board(hostile())),
        ("hostile.summary.md", lambda: summary.render(hostile()).decode()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_golden_document(name: str, document: object, request: pytest.FixtureRequest) -> None:
    """Written anew where the file is missing: delete it, run, and read what has changed."""
    assert callable(document)
    golden = GOLDEN / name
    if not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(document(), encoding="utf-8")
        pytest.fail(f"{name} was written; read it before it is committed")
    assert document() == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("results", [small, hostile, made_up.go, made_up.no_go])
def test_the_board_keeps_to_its_width(width: int, results: object) -> None:
    assert callable(results)
    for line in on_board(results(), width).splitlines():
        assert len(line) <= width or line.startswith(("report ", "    $ ")), line


def test_the_board_is_plain_without_colour() -> None:
    shown = on_board(small())
    assert shown.isascii()
    assert "\x1b" not in shown
    assert "\x1b[" in on_board(small(), colour="standard")


@pytest.mark.parametrize("name", list(documents.RENDERERS))
def test_nothing_hostile_comes_alive(name: str) -> None:
    written = documents.RENDERERS[name](hostile()).decode("utf-8")
    for token in ("\x1b", "\x00", "\u202e", "##vso[", "::error"):
        assert token not in written
    if name != "results.json":
        assert SCRIPT not in written


def test_nothing_hostile_comes_alive_on_the_board() -> None:
    for colour in (None, "standard"):
        shown = re.sub(r"\x1b\[[0-9;]*m", "", on_board(hostile(), 10_000, colour))
        for token in ("\x1b", "\x00", "\u202e", "##vso[", "::error"):
            assert token not in shown
        assert SCRIPT in shown  # told, as text


class Tags(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize("results", [small, hostile, made_up.go, made_up.no_go])
def test_the_report_needs_nothing_from_anywhere(results: object) -> None:
    assert callable(results)
    seen = Tags(html.render(results()).decode()).seen
    tags = [tag for tag, _ in seen]
    assert tags.count("script") == tags.count("style") == 1
    assert not {"img", "link", "iframe", "object", "base"} & set(tags)
    for _, attributes in seen:
        assert not {"src", "style", "action"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")


def test_only_the_report_s_own_script_may_run() -> None:
    policy = next(
        attributes["content"] or ""
        for tag, attributes in Tags(html.render(small()).decode()).seen
        if tag == "meta" and "http-equiv" in attributes
    )
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_every_link_of_the_report_leads_somewhere() -> None:
    from urllib.parse import unquote

    for results in (small(), made_up.no_go(), hostile()):
        seen = Tags(html.render(results).decode()).seen
        anchors = {attributes.get("id") for _, attributes in seen}
        assert not [link for _, a in seen if (link := a.get("href")) and unquote(link[1:]) not in anchors]


def test_the_report_of_many_items_stays_small() -> None:
    services = {f"service-{number}": ["api", "worker", "outbox"] for number in range(18)}
    results = made_up.go(services)
    assert len(results.results) > 1_500
    assert len(html.render(results)) < 500_000


def test_junit_agrees_with_the_verdict() -> None:
    suite = ET.fromstring(junit.render(small()))[0]
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["10", "1", "2", "4"]
    assert suite.get("hostname") == "weu"
    case = suite.find("testcase[failure]")
    assert case is not None
    assert case.get("name") == "compute.memory_headroom [neu/orders/api]"
    assert case.get("owner") == "team-orders"


@pytest.mark.parametrize("bound", [{"stopped": "interrupted"}, {"layers": ["compute", "dns"]}], ids=str)
def test_junit_is_red_where_no_item_says_why(bound: dict[str, object]) -> None:
    results = run({"compute.ready[neu/orders/api]": "met"}, **bound)
    suite = ET.fromstring(junit.render(results))[0]
    assert suite.get("errors") == "1"
    assert suite[0].get("name") == "verdict"


@pytest.mark.parametrize("limit", [2_500, 4_000, 10_000])
def test_the_summary_keeps_the_verdict_under_every_limit(limit: int) -> None:
    written = summary.render(made_up.no_go(), limit)
    assert len(written) <= limit
    assert written.startswith("# ✖ NO-GO\n".encode())
    assert (b"Left out for size" in written) == (limit < 10_000)


def test_the_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    for results in (small(), hostile(), made_up.no_go()):
        assert decode(encode(results)) == results
        assert documents.write_all(results, tmp_path) == {}
        assert read_results(tmp_path) == read_results(tmp_path / "results.json") == results


def test_a_document_that_cannot_be_written_leaves_the_old_one_and_the_others(tmp_path: Path) -> None:
    (tmp_path / "summary.md").mkdir()
    assert list(documents.write_all(small(), tmp_path)) == ["summary.md"]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["junit.xml", "report.html", "results.json", "summary.md"]


def test_ten_thousand_results_are_rendered_in_every_document() -> None:
    services = {f"service-{number}": [f"workload-{each}" for each in range(25)] for number in range(20)}
    results = made_up.go(services)
    assert len(results.results) > 10_000
    for name, render in documents.RENDERERS.items():
        assert render(results), name
