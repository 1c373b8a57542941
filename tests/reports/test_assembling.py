"""Plan and outcomes become results: one for each planned item, in the order of the plan, whatever was heard."""

from __future__ import annotations

from typing import Any

import pytest

from reports.assembling import assemble
from reports.recording import outcome

from .made_up import SOURCES, Missing, context, met, planned, unproven

A, B = planned("compute.ready[neu/orders/api]"), planned("dns.record[public/orders/api]")


def test_what_was_planned_and_never_heard_of_is_unproven() -> None:
    results = assemble(context([A, B]), {A["id"]: met(A)})
    assert [(each.id, each.state) for each in results.results] == [(A["id"], "met"), (B["id"], "unproven")]
    assert results.results[1].message == "it was planned, but nothing was heard of it"
    assert results.verdict.word == "INCOMPLETE"


def test_a_deferred_outcome_is_none_yet() -> None:
    assert assemble(context([A]), {A["id"]: {**met(A), "state": "deferred"}}).results[0].state == "unproven"


def test_an_outcome_that_nobody_planned_is_no_result() -> None:
    assert [each.id for each in assemble(context([A]), {B["id"]: met(B)}).results] == [A["id"]]


@pytest.mark.parametrize("state", ["passed", "", None, "GO", "MET"])
def test_an_unknown_state_is_refused(state: str | None) -> None:
    with pytest.raises(ValueError, match=r"state|Expected"):
        assemble(context([A]), {A["id"]: {**met(A), "state": state}})


def test_the_order_is_the_plan_s() -> None:
    heard = {B["id"]: met(B), A["id"]: met(A)}
    assert [each.id for each in assemble(context([B, A]), heard).results] == [B["id"], A["id"]]


def test_instants_are_told_in_utc_and_need_their_offset() -> None:
    results = assemble(context([A], instant="2026-12-05T23:10:04+01:00"), {})
    assert results.instant.isoformat() == "2026-12-05T22:10:04+00:00"
    with pytest.raises(ValueError, match="offset"):
        assemble(context([A], instant="2026-12-05T23:10:04"), {})


def test_the_permission_that_a_source_lacks_is_told_with_the_item() -> None:
    lacks = {"kind": "denied", "message": "403", "missing_permission": "list pods in namespace orders"}
    source = {**SOURCES[1], "error": lacks}
    results = assemble(context([A], sources=[source]), {A["id"]: unproven(A)})
    assert results.results[0].missing_permission == "list pods in namespace orders"
    assert assemble(context([A], sources=[source]), {A["id"]: met(A)}).results[0].missing_permission is None


def test_what_a_check_raised_its_severity_to_counts_unless_the_policy_says_otherwise() -> None:
    late = planned("dns.ttl[public/orders/api]", severity="warning")
    raised = {late["id"]: {**met(late), "state": "unmet", "severity": "blocker"}}
    assert assemble(context([late]), raised).verdict.word == "NO-GO"
    calmed = assemble(context([late], policy={"severity": {"dns.ttl": "warning"}}), raised)
    assert (calmed.results[0].severity, calmed.results[0].severity_declared) == ("warning", "blocker")


@pytest.mark.parametrize("narrowed", ["-m dns", ["-m dns", "--site neu"]])
def test_what_narrowed_the_run_may_be_one_or_several(narrowed: Any) -> None:
    assert "-m dns" in (assemble(context([A], narrowed_by=narrowed), {}).narrowed_by or "")


def test_evidence_is_dated_by_its_source() -> None:
    results = assemble(context([A], sources=SOURCES), {A["id"]: met(A)})
    assert results.results[0].evidence[0].observed_at is not None
    assert [(each.place, each.source) for each in results.results[0].evidence] == [("neu", "kubernetes")]


@pytest.mark.parametrize(("sandbox", "state", "word"), [(True, "undeclared", "GO"), (False, "unproven", "INCOMPLETE")])
def test_only_a_sandbox_may_leave_out_what_it_cannot_serve(sandbox: bool, state: str, word: str) -> None:
    unserved = outcome(B, Missing("the sandbox has no AMQP peer here", "unserved"), "call", 0, None, 0.2)
    results = assemble(context([A, B], sandbox=sandbox), {A["id"]: met(A), B["id"]: unserved})
    assert (results.results[1].state, results.verdict.word) == (state, word)
