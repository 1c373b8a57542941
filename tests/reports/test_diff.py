"""What changed between two runs: nothing that got worse may hide among the rest."""

from __future__ import annotations

from typing import Any

import pytest

from reports.diff import diff, render
from reports.results import Results

from .made_up import context, met, planned, run, unmet

A, B = "compute.ready[neu/orders/api]", "dns.record[public/orders/api]"


def sorts(old: Results, new: Results) -> dict[str, list[str]]:
    difference = diff(old, new)
    found = {
        "broken": [each.new.id for each in difference.broken],
        "fixed": [each.new.id for each in difference.fixed],
        "changed": [each.new.id for each in difference.changed],
        "appeared": [each.id for each in difference.appeared],
        "gone": [each.id for each in difference.gone],
    }
    return {name: ids for name, ids in found.items() if ids}


@pytest.mark.parametrize(
    ("old", "new", "sort"),
    [
        ("met", "unmet", "broken"),
        ("met", "unproven", "broken"),
        ("unproven", "unmet", "broken"),
        ("elsewhere", "unmet", "broken"),
        ("undeclared", "unmet", "broken"),
        ("unmet", "met", "fixed"),
        ("unproven", "met", "fixed"),
        ("unmet", "unproven", "changed"),
        ("unmet", "undeclared", "changed"),
        ("unmet", "elsewhere", "changed"),
        ("met", "elsewhere", "changed"),
    ],
)
def test_every_way_to_change(old: str, new: str, sort: str) -> None:
    before, after = run({A: old, B: "met"}), run({A: new, B: "met"})
    assert sorts(before, after) == {sort: [A]}
    assert diff(before, after).worse is (sort == "broken" or (old, new) == ("met", "elsewhere"))


def test_what_is_in_one_run_only() -> None:
    assert sorts(run({A: "met"}), run({B: "unmet"})) == {"appeared": [B], "gone": [A]}
    assert diff(run({A: "met"}), run({A: "met", B: "unmet"})).worse


def test_a_warning_that_became_a_blocker_is_worse() -> None:
    assert sorts(run({A: "unmet"}, "warning"), run({A: "unmet"})) == {"broken": [A]}


def test_the_same_twice_is_no_difference() -> None:
    results = run({A: "unmet", B: "met"})
    assert sorts(results, results) == {}
    assert not diff(results, results).worse
    assert render(diff(results, results)).endswith("nothing changed")


def test_a_verdict_may_be_worse_by_itself() -> None:
    assert diff(run({A: "met"}), run({A: "met"}, stopped="interrupted")).worse


def told(message: str, **values: Any) -> Results:
    from reports.assembling import assemble

    plan = [planned(A), planned(B)]
    return assemble(context(plan, **values), {A: unmet(plan[0], message), B: met(plan[1])})


def test_it_reads_worst_first() -> None:
    new = told("2 of 4 are ready", configuration_sha256="1" * 64, run="later")
    assert render(diff(run({A: "met", B: "unmet"}), new)).splitlines() == [
        "prod pre-cutover 20261205T221004Z-prod-pre-cutover: NO-GO",
        "prod pre-cutover later: NO-GO: 1 blocker is unmet in compute (neu)",
        "what is declared has changed between them",
        "",
        "newly unmet or unproven (1)",
        f"  {A} met -> unmet: 2 of 4 are ready",
        "",
        "fixed (1)",
        f"  {B} unmet -> met: api in neu expects 812Mi of 1Gi, declared headroom is 25%",
    ]
    assert "2 of 4 are ready (was: 3 of 4 are ready)" in render(diff(told("3 of 4 are ready"), new))
