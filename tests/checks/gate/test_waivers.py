from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.checks.evidence import NOW, load, unmet

check = load("gate/test_waivers.py")
WINDOW = SimpleNamespace(closes=NOW + timedelta(hours=6))


def waiver(*checks, expires=timedelta(days=2), phases=("pre-cutover",)):
    return SimpleNamespace(
        checks=list(checks) or ["messaging.dead_letters[neu/orders/orders-in]"],
        phases=phases,
        expires=NOW + expires,
        ticket="CHG1",
        owner="ana",
    )


def result(id_="messaging.dead_letters[neu/orders/orders-in]", state="waived"):
    return SimpleNamespace(id=id_, check=id_.partition("[")[0], state=state)


def judge(waived, *results, window=WINDOW, phase="pre-cutover"):
    return {"waiver": waived, "results": list(results), "instant": NOW, "cutover": window, "phase": phase}


@pytest.mark.parametrize(
    "pattern",
    [
        "messaging.dead_letters",
        "messaging.dead_letters[neu/orders/orders-in]",
        "messaging.dead_letters[*]",
        "messaging.dead_letters[neu/*/orders-in]",
    ],
)
def test_a_waiver_in_force_and_in_use_is_fine(pattern):
    met = result("messaging.dead_letters[weu/orders/orders-in]", "met")
    check.test_waivers(**judge(waiver(pattern), result(), met))


@pytest.mark.parametrize("state", ["unproven", "unmet"])
def test_what_is_not_met_again_still_needs_its_waiver(state):
    check.test_waivers(**judge(waiver(), result(state=state)))


def test_what_is_not_judged_in_this_phase_says_nothing():
    check.test_waivers(**judge(waiver(), result(state="undeclared")))


def test_a_waiver_for_another_phase_is_left_alone():
    gone = waiver("messaging.nothing", expires=-timedelta(days=1), phases=("post-cutover",))
    check.test_waivers(**judge(gone, result()))


def test_an_expired_waiver_is_told_with_its_end():
    assert unmet(check.test_waivers, **judge(waiver(expires=timedelta(0)), result())) == (
        "Waiver CHG1 of ana expired at 2026-12-05 21:00Z, so what it forgave counts again."
    )


def test_a_waiver_that_ends_before_the_window_closes_is_told():
    assert unmet(check.test_waivers, **judge(waiver(expires=timedelta(hours=5)), result())) == (
        "Waiver CHG1 of ana expires at 2026-12-06 02:00Z, before the cutover window closes at 2026-12-06 03:00Z."
    )


def test_a_window_that_has_closed_alarms_nobody():
    closed = SimpleNamespace(closes=NOW - timedelta(days=1))
    check.test_waivers(**judge(waiver(expires=timedelta(hours=5)), result(), window=closed))
    check.test_waivers(**judge(waiver(expires=timedelta(hours=5)), result(), window=SimpleNamespace(closes=None)))


@pytest.mark.parametrize(
    "pattern",
    [
        "messaging.dead_letter",
        "messaging.*",
        "messaging.dead_letters[neu/orders/orders]",
        "messaging.dead_letters[neu/orders/orders.in]",
    ],
)
def test_a_pattern_that_matches_nothing_is_told(pattern):
    assert unmet(check.test_waivers, **judge(waiver(pattern), result())) == (
        f"Waiver CHG1 of ana names {pattern}, which is no item of this run."
    )


def test_each_pattern_is_judged_and_all_that_is_wrong_is_told():
    several = waiver("messaging.dead_letters", "compute.no_leak", expires=-timedelta(hours=1))
    met = [result(state="met"), result("messaging.dead_letters[weu/orders/orders-in]", "undeclared")]
    assert unmet(check.test_waivers, **judge(several, *met)) == (
        "Waiver CHG1 of ana expired at 2026-12-05 20:00Z, so what it forgave counts again; "
        "it names messaging.dead_letters, which is met again; it names compute.no_leak, which is no item of this run."
    )
