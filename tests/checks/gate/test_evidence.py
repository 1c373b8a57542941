from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from fixtures.environment.units import Duration
from reports.results import Source
from tests.checks.evidence import NOW, load, unmet, unproven

check = load("gate/test_evidence.py")
DECISION = SimpleNamespace(evidence_max_age=Duration.parse("30m"))


def source(minutes, place="neu", source="kubernetes", state="complete"):
    observed = None if minutes is None else NOW - timedelta(minutes=minutes)
    return Source(place=place, source=source, state=state, observed_at=observed)


def judge(*sources, decision=DECISION):
    return {"sources": list(sources), "instant": NOW, "decision": decision}


def test_evidence_up_to_the_declared_age_is_fresh():
    check.test_evidence_age(**judge(source(0), source(30), source(-1)))


def test_older_evidence_is_named_oldest_first():
    sources = [source(47), source(5, "weu"), source(185, "public", "dns", "partial")]
    assert unmet(check.test_evidence_age, **judge(*sources)) == (
        "Evidence may be 30 min old at 2026-12-05 21:00Z, but this was observed earlier: "
        "dns of public 3 h 5 min before, kubernetes of neu 47 min before."
    )


def test_short_ages_are_told_in_seconds():
    decision = SimpleNamespace(evidence_max_age=Duration.parse("1ms"))
    assert unmet(check.test_evidence_age, **judge(source(0.5), decision=decision)) == (
        "Evidence may be 0.001 s old at 2026-12-05 21:00Z, but this was observed earlier: "
        "kubernetes of neu 30 s before."
    )


def test_a_source_that_failed_has_no_age():
    check.test_evidence_age(**judge(source(1), source(90, state="failed"), source(None, state="elsewhere")))


def test_half_an_hour_counts_where_no_age_is_declared():
    decision = SimpleNamespace(evidence_max_age=None)
    assert "may be 30 min old" in unmet(check.test_evidence_age, **judge(source(31), decision=decision))


def test_a_run_in_which_nothing_answered_proves_nothing():
    assert unproven(check.test_evidence_age, **judge(source(1, state="failed"))) == (
        "No source has answered in this run, so there is no evidence whose age could be told."
    )
