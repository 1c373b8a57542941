"""The verdict: each rule broken on purpose, alone and together with what would hide it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from reports.verdict import EXITS, worst_exit

from .made_up import run, waiver

A, B = "compute.ready[neu/orders/api]", "dns.record[public/orders/api]"


def word(states: dict[str, str] | None = None, **values: Any) -> tuple[str, int]:
    verdict = run(states or {A: "met", B: "met"}, **values).verdict
    return verdict.word, verdict.exit


def test_all_met_is_a_go() -> None:
    assert word() == ("GO", 0)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("unmet", ("NO-GO", 1)),
        ("unproven", ("INCOMPLETE", 11)),
        ("elsewhere", ("PARTIAL", 12)),
        ("undeclared", ("GO", 0)),
        ("unheard of", ("INCOMPLETE", 11)),
    ],
)
def test_one_blocker_decides(state: str, expected: tuple[str, int]) -> None:
    assert word({A: "met", B: "met", "dns.ttl[public/orders/api]": state}) == expected


@pytest.mark.parametrize(("state", "expected"), [("unmet", "GO"), ("unproven", "GO")])
def test_warnings_are_only_shown(state: str, expected: str) -> None:
    results = run({A: "met", "compute.late[neu/orders/api]": state}, severity="warning")
    assert results.verdict.word == expected
    assert results.verdict.sentence == "1 of 2 checks are met, 1 warning"


@pytest.mark.parametrize("state", ["unmet", "unproven"])
def test_warnings_decide_where_the_policy_says_so(state: str) -> None:
    states = {A: "met", "compute.late[neu/orders/api]": state}
    results = run(states, severity="warning", policy={"warnings": "decide"})
    assert (results.verdict.word, results.verdict.exit) == ("CONDITIONAL", 10)


def test_the_policy_changes_a_severity_and_it_shows() -> None:
    results = run({A: "unmet", B: "met"}, policy={"severity": {"compute.ready": "warning"}})
    assert results.verdict.word == "GO"
    assert (results.results[0].severity, results.results[0].severity_declared) == ("warning", "blocker")
    assert results.severities == {"compute.ready": "warning"}


@pytest.mark.parametrize(
    "plan",
    [{}, {A: "undeclared"}, {A: "elsewhere"}, {A: "unproven"}],
    ids=["empty", "undeclared", "elsewhere", "unproven"],
)
@pytest.mark.parametrize(
    "bounds", [{}, {"narrowed_by": "-k x"}, {"accept_partial": True}, {"replay_of": "r0"}], ids=str
)
def test_nothing_judged_is_incomplete(plan: dict[str, str], bounds: dict[str, Any]) -> None:
    verdict = run(plan, **bounds).verdict
    assert (verdict.word, verdict.exit) == ("INCOMPLETE", 11)


@pytest.mark.parametrize("bound", [{"narrowed_by": "-m dns"}, {"vantages_missing": ["neu"]}], ids=str)
def test_less_than_the_whole_is_partial_at_best(bound: dict[str, Any]) -> None:
    assert word(**bound) == ("PARTIAL", 12)
    assert word(**bound, accept_partial=True) == ("PARTIAL", 0)
    assert word({A: "unmet"}, **bound, accept_partial=True) == ("NO-GO", 1)
    assert word({A: "met", B: "unproven"}, **bound, accept_partial=True) == ("INCOMPLETE", 11)


def test_accepting_a_part_does_not_accept_what_a_human_must_decide() -> None:
    bound = {"narrowed_by": "-m dns", "accept_partial": True, "waivers": [waiver("compute.ready")]}
    assert word({A: "unmet", B: "met"}, **bound) == ("PARTIAL", 10)


def test_accepting_a_part_does_not_make_a_replay_green() -> None:
    assert word(narrowed_by="-m dns", accept_partial=True, replay_of="r0") == ("PARTIAL", 12)


@pytest.mark.parametrize("states", [{A: "met"}, {A: "unmet"}, {A: "unproven"}, {A: "met", B: "elsewhere"}], ids=str)
def test_a_replay_keeps_its_word_and_never_leaves_with_0(states: dict[str, str]) -> None:
    once, again = run(states).verdict, run(states, replay_of="r0").verdict
    assert again.word == once.word
    assert again.exit == worst_exit([once.exit, 12])
    assert again.sentence.startswith(f"REPLAY {once.word}: ")


def test_a_waived_replay_is_no_better_than_partial() -> None:
    assert word({A: "unmet", B: "met"}, waivers=[waiver("compute.ready")], replay_of="r0") == ("CONDITIONAL", 12)


def test_the_sandbox_says_so() -> None:
    verdict = run({A: "met"}, sandbox=True).verdict
    assert (verdict.title, verdict.sentence) == ("SANDBOX GO", "SANDBOX GO: 1 of 1 check is met")


@pytest.mark.parametrize(
    "bound", [{"stopped": "interrupted"}, {"collection_errors": [{"file": "a.py", "message": "SyntaxError"}]}], ids=str
)
def test_what_was_not_finished_is_incomplete(bound: dict[str, Any]) -> None:
    assert word(**bound) == ("INCOMPLETE", 11)
    assert word(**bound, narrowed_by="-k x", accept_partial=True) == ("INCOMPLETE", 11)
    assert word({A: "unmet"}, **bound) == ("NO-GO", 1)


def test_a_lost_site_is_conditional_at_best() -> None:
    assert word(site_lost=["weu"]) == ("CONDITIONAL", 10)


def test_a_layer_that_nobody_declared_for_is_incomplete() -> None:
    assert word(layers=["compute", "dns", "messaging"]) == ("INCOMPLETE", 11)
    assert word(layers=["compute", "dns", "messaging"], not_applicable={"messaging": "no bus"}) == ("GO", 0)
    assert word(layers=["compute", "dns", "messaging"], narrowed_by="-m dns") == ("PARTIAL", 12)


def test_a_layer_that_is_declared_for_but_not_judged_is_incomplete() -> None:
    """Its warnings could not be proven: no blocker says so, yet nobody looked at the whole layer."""
    results = run({"dns.record[public/orders/api]": "unproven"}, severity="warning")
    assert results.layers["dns"].word == "INCOMPLETE"


def test_a_layer_that_has_nothing_to_say_in_this_phase_is_fine() -> None:
    by_phase = {A: "met", "batch.stopped[neu/-]": "undeclared"}
    results = run(by_phase)
    assert results.layers["batch"].word == "INCOMPLETE"
    from reports.assembling import assemble

    from .made_up import context, met, planned

    plan = [planned(A), planned("batch.stopped[neu/-]", undeclared="not in this phase", undeclared_by="phase")]
    results = assemble(context(plan), {A: met(plan[0])})
    assert (results.verdict.word, results.layers["batch"].word) == ("GO", "-")


def test_the_worst_wins_whatever_else_there_is() -> None:
    ranked = ["unmet", "unproven", "elsewhere", "met"]
    words = {"unmet": "NO-GO", "unproven": "INCOMPLETE", "elsewhere": "PARTIAL", "met": "GO"}
    for states in itertools.product(ranked, repeat=3):
        plan = {A: "met", **{f"compute.c{index}[neu/orders/api]": state for index, state in enumerate(states)}}
        assert run(plan).verdict.word == words[min(states, key=ranked.index)]


def test_the_sentence_names_layers_and_places() -> None:
    plan = {
        "messaging.dead_letters[neu/orders/in]": "unmet",
        "messaging.backlog[neu/orders/in]": "unmet",
        B: "unproven",
        A: "met",
    }
    assert run(plan).verdict.sentence == (
        "2 blockers are unmet in messaging (neu); 1 blocker could not be proven in dns (public)"
    )
    several = {**plan, B: "unmet"}
    assert run(several).verdict.sentence == "3 blockers are unmet: 2 in messaging (neu), 1 in dns (public)"


def test_the_worst_exit_of_several() -> None:
    assert worst_exit([0, 10, 12, 11, 1]) == 1
    assert worst_exit([0, 10, 12, 11]) == 11
    assert worst_exit([0, 10, 12]) == 12
    assert worst_exit([0, 10]) == 10
    assert worst_exit([0, 0]) == 0
    assert sorted(EXITS.values()) == [0, 1, 10, 11, 12]
