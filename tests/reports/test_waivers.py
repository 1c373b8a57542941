"""Waivers: what they name, when they hold, and what they can never forgive."""

from __future__ import annotations

from typing import Any

import pytest

from reports.waivers import names

from .made_up import run, waiver

A = "messaging.dead_letters[neu/orders/orders-in]"
OTHER = "compute.ready[neu/orders/api]"


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("messaging.dead_letters", True),
        ("messaging.dead_letters[neu/orders/orders-in]", True),
        ("messaging.dead_letters[neu/*]", True),
        ("messaging.dead_letters[*/orders-in]", True),
        ("messaging.dead_letters[*]", True),
        ("messaging.dead_letters[neu/orders/orders-*n]", True),
        ("messaging.dead_letters[neu/orders/orders]", False),
        ("messaging.dead_letters[weu/*]", False),
        ("messaging.dead_letters[neu.orders/orders-in]", False),
        ("messaging.dead_letters[neu/orders/orders-in", False),
        ("messaging.dead_letters[]", False),
        ("messaging.dead", False),
        ("messaging.*", False),
        ("*", False),
        ("*[*]", False),
        ("messaging.dead_lett?rs", False),
        ("messaging", False),
        ("", False),
    ],
)
def test_what_a_pattern_names(pattern: str, *, named: bool) -> None:
    assert names(pattern, "messaging.dead_letters", "neu/orders/orders-in") is named


def judged(state: str, severity: str = "blocker", **values: Any) -> tuple[str, str]:
    results = run({A: state, OTHER: "met"}, severity, waivers=[waiver("messaging.dead_letters[neu/*]", **values)])
    return results.results[0].state, results.verdict.word


def test_an_unmet_blocker_is_waived_and_a_human_decides() -> None:
    assert judged("unmet") == ("waived", "CONDITIONAL")


def test_a_waived_warning_stays_a_go() -> None:
    assert judged("unmet", "warning") == ("waived", "GO")


@pytest.mark.parametrize("state", ["unproven", "never reported", "elsewhere", "met", "undeclared"])
def test_nothing_but_an_unmet_judgement_is_forgiven(state: str) -> None:
    assert judged(state)[0] != "waived"


@pytest.mark.parametrize(
    ("expires", "state"),
    [
        ("2026-12-05T22:10:05Z", "waived"),
        ("2026-12-05T22:10:04Z", "unmet"),  # the instant of the run
        ("2026-12-05T23:10:05+01:00", "waived"),
        ("2026-12-05T23:10:04+01:00", "unmet"),
        ("2027-01-01T00:00:00", "unmet"),  # no offset, so no instant
        ("soon", "unmet"),
        (None, "unmet"),
    ],
)
def test_a_waiver_ends_at_an_instant(expires: str | None, state: str) -> None:
    assert judged("unmet", expires=expires)[0] == state


def test_an_expired_waiver_is_named() -> None:
    results = run({A: "unmet"}, waivers=[waiver("messaging.dead_letters", expires="2026-12-01T00:00:00Z")])
    assert results.results[0].message.endswith(" (waiver CHG0048290 expired on 2026-12-01 00:00 UTC)")
    assert results.results[0].waiver is not None
    assert results.results[0].waiver.expired
    assert results.waivers[0].state == "expired"


def test_a_waiver_holds_in_its_phases_only() -> None:
    assert judged("unmet", phases=["pre-cutover"])[0] == "waived"
    assert judged("unmet", phases=["post-cutover"])[0] == "unmet"
    assert judged("unmet", phases=[])[0] == "unmet"


def test_a_valid_waiver_forgives_beside_an_expired_one() -> None:
    late = waiver("messaging.dead_letters", expires="2026-12-01T00:00:00Z", ticket="OLD")
    results = run({A: "unmet"}, waivers=[late, waiver("messaging.dead_letters")])
    assert results.results[0].waiver is not None
    assert results.results[0].waiver.ticket == "CHG0048290"
    assert [each.forgives for each in results.waivers] == [0, 1]
    assert [each.matches for each in results.waivers] == [1, 1]
