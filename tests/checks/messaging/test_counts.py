from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.arguments import attempt
from fixtures.evidence import Looked
from fixtures.rungs import climb
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import arm, line, metrics, one, sites
from tests.checks.messaging.counted import (
    SUBSCRIPTION,
    ago,
    bus,
    counted,
    dead,
    declared,
    gone,
    kept,
    peeked,
    unseen,
)

COUNTS = load("messaging/test_counts.py")
BOUNDS = {"active": 500, "deadLetter": 3, "age": "2m"}


def judge(
    folder: Path,
    *documents: Any,
    seen: Any = None,
    backlog: Any = BOUNDS,
    looked: Looked | None = None,
    max_processing: str | None = None,
) -> dict[str, Any]:
    said = {"backlog": backlog, "maxProcessing": max_processing}
    found = declared(folder, **{key: value for key, value in said.items() if value})
    return {
        "consumed": one(found, "queue", "neu"),
        "arm": arm(found, *documents, place="neu", looked=looked),
        "bus": seen or bus(),
        "site": sites(found)["neu"],
        "climb": climb,
    }


def judge_dead(folder: Path, *documents: Any, before: Any = (), **told: Any) -> dict[str, Any]:
    """``before`` are the values of the metric, minute by minute."""
    found = judge(folder, *documents, **told)
    lines = [line(*before, EntityName="ORDERS-IN")] if before else []
    measured = metrics(
        declared(folder, backlog=BOUNDS), documents, {("sb-neu", "DeadletteredMessages"): lines}, place="neu"
    )
    return {**found, "metrics": measured, "attempt": attempt}


def test_a_short_queue_of_young_messages_is_met(tmp_path: Path) -> None:
    looked = Looked()
    COUNTS.test_backlog(**judge(tmp_path, counted(active=(480, 500)), seen=bus(peeked(ago(90))), looked=looked))
    COUNTS.test_backlog(**judge(tmp_path, counted()))
    assert looked.count == 1


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((120, 540), "540 messages wait (growing by 420 in 5 s), at most 500 are declared"),
        ((900, 700), "700 messages wait (falling by 200 in 5 s), at most 500 are declared"),
        (501, "501 messages wait (steady over 5 s), at most 500 are declared"),
    ],
)
def test_a_long_queue_is_told_with_its_trend(tmp_path: Path, counts: Any, said: str) -> None:
    told = unmet(COUNTS.test_backlog, **judge(tmp_path, counted(active=counts)))
    assert told == f"orders/orders-in of sb-neu in neu is behind: {said}."


def test_an_old_message_is_told_however_short_the_queue_is(tmp_path: Path) -> None:
    told = unmet(COUNTS.test_backlog, **judge(tmp_path, counted(active=1), seen=bus(peeked(ago(1500)))))
    assert "the oldest message waits since" in told
    assert told.endswith("UTC, at most 2m are declared, and 1m to hold it.")


def test_what_a_handler_holds_is_not_late(tmp_path: Path) -> None:
    COUNTS.test_backlog(**judge(tmp_path, counted(active=1), seen=bus(peeked(ago(170)))))
    found = judge(tmp_path, counted(active=1), seen=bus(peeked(ago(900))), max_processing="15m")
    COUNTS.test_backlog(**found)
    late = judge(tmp_path, counted(active=1), seen=bus(peeked(ago(1030))), max_processing="15m")
    assert "and 15m to hold it" in unmet(COUNTS.test_backlog, **late)
    unlocked = kept([counted(active=1)], 0, lockDuration=None)
    said = unproven(COUNTS.test_backlog, **judge(tmp_path, *unlocked, seen=bus(peeked(ago(900)))))
    assert said == "ARM does not say the lock duration of orders-in of sb-neu"


def test_only_what_is_declared_is_judged(tmp_path: Path) -> None:
    COUNTS.test_backlog(**judge(tmp_path, counted(active=9000), backlog={"age": "2m"}))
    COUNTS.test_backlog(**judge(tmp_path, counted(active=9), seen=unseen(), backlog={"active": 10}))


def test_what_is_wrong_on_one_rung_is_told_although_the_other_is_unknown(tmp_path: Path) -> None:
    assert "900 messages wait" in unmet(COUNTS.test_backlog, **judge(tmp_path, counted(active=900), seen=unseen()))
    uncounted = kept([counted()], 0, countDetails=None)
    told = unmet(COUNTS.test_backlog, **judge(tmp_path, *uncounted, seen=bus(peeked(ago(900)))))
    assert "the oldest message waits since" in told


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (unseen(), "the messages of sb-neu/orders-in could not be looked at: no right to listen"),
        (gone(), "sb-neu knows no orders/orders-in"),
        (bus(peeked(bounded=True, peeked=2000)), "The first 2000 messages of orders/orders-in of sb-neu are deferred"),
        (bus(peeked(ago(-3600))), "which is to come"),
    ],
)
def test_an_unknown_age_is_unproven(tmp_path: Path, seen: Any, said: str) -> None:
    assert said in unproven(COUNTS.test_backlog, **judge(tmp_path, counted(active=3), seen=seen))


def test_messages_without_an_instant_are_unproven(tmp_path: Path) -> None:
    waiting = peeked(ago(10))
    waiting.oldest_enqueued = None
    said = unproven(COUNTS.test_backlog, **judge(tmp_path, counted(active=1), seen=bus(waiting)))
    assert said == "The messages of orders/orders-in of sb-neu do not say when they were enqueued."


@pytest.mark.parametrize(("check", "judge"), [(COUNTS.test_backlog, judge), (COUNTS.test_dead_letters, judge_dead)])
@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ([], "orders/orders-in of sb-neu does not exist in neu"),
        (kept([counted()], 0, countDetails=None), "the namespace reports no counts of orders-in of sb-neu"),
        ([counted(active=None, dead=None)], "ARM does not say how many"),
        ([counted(active=-1, dead=-1)], "holds -1"),
        (kept([counted()], 0, countDetails="many"), "countDetails"),
    ],
)
def test_counts_that_are_not_told_are_no_zero(
    tmp_path: Path, check: Any, judge: Any, documents: Any, said: str
) -> None:
    assert said in unproven(check, **judge(tmp_path, *documents))


def test_a_constant_declared_number_of_dead_letters_is_met(tmp_path: Path) -> None:
    looked = Looked()
    COUNTS.test_dead_letters(**judge_dead(tmp_path, counted(dead=3), seen=unseen(), looked=looked))
    assert looked.count == 1
    COUNTS.test_dead_letters(**judge_dead(tmp_path, counted(dead=40), backlog=None))
    COUNTS.test_dead_letters(**judge_dead(tmp_path, counted(dead=(3, 1))))


def test_more_dead_letters_than_declared_are_told_with_their_reasons(tmp_path: Path) -> None:
    letters = dead(
        ("MaxDeliveryCountExceeded", "Message could not be consumed after 10 delivery attempts."),
        ("MaxDeliveryCountExceeded", "Message could not be consumed after 10 delivery attempts."),
        ("InvalidOrder", None),
        (None, None),
    )
    told = unmet(COUNTS.test_dead_letters, **judge_dead(tmp_path, counted(dead=4), seen=bus(None, letters)))
    assert told == (
        "orders/orders-in of sb-neu in neu gives messages up: 4 dead letters (steady over 5 s), at most 3 are "
        "declared; the newest 4: 2 times MaxDeliveryCountExceeded (Message could not be consumed after 10 delivery "
        "attempts.), "
        "1 times InvalidOrder, 1 times a dead letter without a reason."
    )


def test_dead_letters_that_become_more_are_told_also_below_the_bound(tmp_path: Path) -> None:
    told = unmet(COUNTS.test_dead_letters, **judge_dead(tmp_path, counted(dead=(1, 2))))
    assert told.endswith(
        "gives messages up: 2 dead letters, growing by 1 in 5 s; at most 3 are declared, and none may be added."
    )
    assert "growing by 1" in unmet(
        COUNTS.test_dead_letters, **judge_dead(tmp_path, counted(dead=(40, 41)), backlog=None)
    )


def test_slow_growth_shows_in_the_metric(tmp_path: Path) -> None:
    said = unmet(COUNTS.test_dead_letters, **judge_dead(tmp_path, counted(dead=3), before=(None, 1, 1, 2, 3)))
    assert "gives messages up: 3 dead letters, 2 more than at " in said
    said = unmet(COUNTS.test_dead_letters, **judge_dead(tmp_path, counted(dead=9), before=(1, 5)))
    assert "9 dead letters (8 more than at " in said
    COUNTS.test_dead_letters(**judge_dead(tmp_path, counted(dead=(3, 2)), before=(0, 3)))
    for before in ((3, 3, 3), (7, 5, 3), (None, None)):
        COUNTS.test_dead_letters(**judge_dead(tmp_path, counted(dead=3), before=before))


def test_dead_letters_that_nobody_may_peek_at_are_told_all_the_same(tmp_path: Path) -> None:
    told = unmet(COUNTS.test_dead_letters, **judge_dead(tmp_path, counted(dead=9), seen=unseen()))
    assert told.endswith("9 dead letters (steady over 5 s), at most 3 are declared; why, nobody could peek.")


def test_a_subscription_has_counts_of_its_own(tmp_path: Path) -> None:
    found = declared(tmp_path)
    view = arm(found, counted(dead=(9, 9)), counted(kind=SUBSCRIPTION, dead=(0, 2)), place="neu")
    told = unmet(
        COUNTS.test_dead_letters,
        consumed=one(found, "subscription", "neu"),
        arm=view,
        bus=unseen(),
        metrics=None,
        site=sites(found)["neu"],
        attempt=attempt,
        climb=climb,
    )
    assert told.startswith("orders/order-events/billing of sb-neu in neu gives messages up: 2 dead letters, growing")
