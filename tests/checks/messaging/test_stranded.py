from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Looked
from fixtures.rungs import climb
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import arm, id_of, one, sites
from tests.checks.messaging.counted import ago, bus, counted, declared, gone, kept, peeked, unseen

STRANDED = load("messaging/test_stranded.py")
LEFT = "orders/orders-in of sb-weu holds what was left behind in weu, while neu does the work: "


def judge(
    folder: Path, *documents: Any, seen: Any = None, looked: Looked | None = None, **of_queue: Any
) -> dict[str, Any]:
    found = declared(folder, **of_queue)
    roles = sites(found, "post-cutover")
    return {
        "consumed": one(found, "queue", "weu"),
        "arm": arm(found, *documents, place="weu", looked=looked),
        "bus": seen or bus(site="weu"),
        "site": roles["weu"],
        "sites": roles,
        "climb": climb,
    }


def test_an_empty_queue_is_met(tmp_path: Path) -> None:
    looked = Looked()
    STRANDED.test_stranded(**judge(tmp_path, counted("weu"), looked=looked))
    assert looked.count == 1


def test_dead_letters_are_not_what_is_left_behind(tmp_path: Path) -> None:
    STRANDED.test_stranded(**judge(tmp_path, counted("weu", dead=40)))


def test_a_queue_that_was_drained_in_between_is_met(tmp_path: Path) -> None:
    STRANDED.test_stranded(**judge(tmp_path, counted("weu", active=(3, 0))))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"active": 12}, "12 messages waiting"),
        ({"active": (4, 9)}, "9 messages waiting, growing by 5 in 5 s"),
        ({"scheduled": 1}, "1 message scheduled"),
        ({"transfer": 2}, "2 messages under way to another entity"),
    ],
)
def test_what_is_counted_is_told(tmp_path: Path, counts: Any, said: str) -> None:
    assert unmet(STRANDED.test_stranded, **judge(tmp_path, counted("weu", **counts))) == f"{LEFT}{said}."


def test_what_only_peeking_shows_is_told(tmp_path: Path) -> None:
    deferred = bus(peeked(peeked=2), site="weu")
    told = unmet(STRANDED.test_stranded, **judge(tmp_path, counted("weu"), seen=deferred))
    assert told == f"{LEFT}peeking shows 2 messages, deferred or scheduled."
    late = bus(peeked(ago(0), bounded=True), site="weu")
    told = unmet(STRANDED.test_stranded, **judge(tmp_path, counted("weu"), seen=late))
    assert "peeking shows at least 1 message, the oldest enqueued at" in told


@pytest.mark.parametrize(
    ("documents", "seen", "said"),
    [
        ([], None, "does not exist in weu: what it held nobody knows"),
        (kept([counted("weu")], 0, countDetails=None), None, "the namespace reports no counts"),
        ([counted("weu", scheduled=None)], None, "ARM does not say how many scheduled messages"),
        ([counted("weu")], unseen("weu"), "no right to listen"),
        ([counted("weu")], gone("weu"), "sb-weu knows no orders/orders-in"),
    ],
)
def test_what_nobody_knows_is_unproven(tmp_path: Path, documents: Any, seen: Any, said: str) -> None:
    assert said in unproven(STRANDED.test_stranded, **judge(tmp_path, *documents, seen=seen))


def test_what_one_rung_shows_is_told_although_the_other_is_unknown(tmp_path: Path) -> None:
    told = unmet(STRANDED.test_stranded, **judge(tmp_path, counted("weu", active=3), seen=unseen("weu")))
    assert told == f"{LEFT}3 messages waiting."
    uncounted = kept([counted("weu")], 0, countDetails=None)
    told = unmet(STRANDED.test_stranded, **judge(tmp_path, *uncounted, seen=bus(peeked(ago(60)), site="weu")))
    assert "peeking shows 1 message" in told


def test_one_bus_for_both_sites_is_no_bus_that_was_left(tmp_path: Path) -> None:
    shared = id_of("neu", "Microsoft.ServiceBus/namespaces", "sb-shared")
    looked = Looked()
    document = counted("neu", bus="sb-shared", active=40)
    STRANDED.test_stranded(**judge(tmp_path, document, seen=unseen("weu"), bus=shared, looked=looked))
    assert looked.count == 1
