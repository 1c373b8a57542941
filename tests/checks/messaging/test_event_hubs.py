from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.blob.topics.checkpoints import Checkpoint, Ownership, Progress
from fixtures.sources.bus.facts import Partition
from tests.checks.evidence import NOW, load

HUBS = load("messaging/test_event_hubs.py")
UNDER = "eh-neu.servicebus.windows.net/telemetry/reader/"


class Declared(SimpleNamespace):
    def __str__(self) -> str:
        return "event hub s/telemetry/reader"


def hub(**changed: Any) -> Any:
    said = {"bus": "eh-neu", "checkpoints": "stneu/checkpoints", "lag": 100, "start_after_move": "latest"}
    return Declared(service="s", name="telemetry", group="reader", consumer="reader", **{**said, **changed})


def site(**changed: Any) -> Any:
    return Declared(**{"active": True, "target": False, **changed})


def partition(id_: str = "0", **changed: Any) -> Partition:
    return Partition(**{"id": id_, "beginning": 500, "last": 1000, "empty": False, **changed})


def checkpoint(id_: str = "0", sequence: int | None = 990, age: float = 20) -> Checkpoint:
    return Checkpoint(partition=id_, sequence=sequence, modified=NOW - timedelta(seconds=age))


def ownership(id_: str = "0", owner: str = "a", age: float | None = 8, **changed: Any) -> Ownership:
    modified = None if age is None else NOW - timedelta(seconds=age)
    return Ownership(**{"partition": id_, "owner": owner, "under": UNDER, "modified": modified, **changed})


def progress(checkpoints: Any = None, ownerships: Any = None, **changed: Any) -> Progress:
    return Progress(
        place="stneu/checkpoints",
        hosts=("eh-neu.servicebus.windows.net",),
        checkpoints=(checkpoint(),) if checkpoints is None else tuple(checkpoints),
        ownerships=(ownership(),) if ownerships is None else tuple(ownerships),
        **changed,
    )


def sources(found: Progress | None, partitions: Any = None) -> tuple[Any, Any]:
    told = (partition(),) if partitions is None else partitions
    return SimpleNamespace(checkpoints=lambda _: found), SimpleNamespace(partitions=lambda _: told)


def lag(found: Progress | None, partitions: Any = None, declared: Any = None, scaler: str | None = None) -> None:
    blob, bus = sources(found, partitions)
    workloads = (SimpleNamespace(service="s", name="reader", scaler=scaler),)
    HUBS.test_event_hub_lag(declared or hub(), blob, bus, NOW, "neu", lambda _: workloads)


def checkpoints(found: Progress | None, partitions: Any = None, declared: Any = None, where: Any = None) -> None:
    blob, bus = sources(found, partitions)
    HUBS.test_checkpoints(declared or hub(), blob, bus, NOW, where or site())


def said(judge: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        judge(*args, **more)
    return str(caught.value).partition("\n")[0]


def test_a_hub_that_is_read_and_owned_is_enough() -> None:
    lag(progress())
    checkpoints(progress())


def test_of_many_partitions_the_first_are_told() -> None:
    many = [str(number) for number in range(32)]
    found = progress([checkpoint(id_, 700) for id_ in many], [ownership(id_) for id_ in many])
    told = said(lag, found, tuple(partition(id_) for id_ in many))
    assert "partition 9 is 300 events behind; 22 more; declared" in told
    idle = progress([checkpoint(id_) for id_ in many], [ownership(id_, owner="") for id_ in many])
    assert "nobody who is alive owns partitions 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 22 more" in said(
        lag, idle, tuple(partition(id_) for id_ in many)
    )


def test_all_partitions_that_lag_are_told_and_by_how_much() -> None:
    found = progress([checkpoint("0", 700), checkpoint("1", 899)], [ownership("0"), ownership("1")])
    both = (partition("0"), partition("1"))
    assert said(lag, found, both) == (
        "Event hub telemetry (group reader) in neu: partition 0 is 300 events behind; "
        "partition 1 is 101 events behind; declared is a lag of 100 at most and one live owner each."
    )


def test_a_partition_without_a_live_owner_beside_one_with() -> None:
    found = progress([checkpoint("0"), checkpoint("1")], [ownership("0"), ownership("1", age=2400)])
    assert "nobody who is alive owns partition 1 (last renewed " in said(lag, found, (partition("0"), partition("1")))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ownership(owner="a"), ownership(owner="b", held=True, age=9000)),
        (ownership(owner="a"), ownership(owner="a", under="eh-alias.servicebus.windows.net/telemetry/reader/")),
    ],
    ids=["an old host beside a new one", "under the name and under an alias"],
)
def test_a_partition_that_is_owned_twice(first: Ownership, second: Ownership) -> None:
    assert "partition 0 is owned 2 times, under" in said(lag, progress(ownerships=[first, second]))


@pytest.mark.parametrize("over", [ownership(owner=""), ownership(held=False), ownership(age=400)])
def test_what_was_let_go_with_events_waiting(over: Ownership) -> None:
    assert "nobody who is alive owns partition 0" in said(lag, progress(ownerships=[over]), scaler="keda")


def test_a_consumer_that_sleeps_with_everything_read_is_let_be() -> None:
    lag(progress([checkpoint(sequence=1000, age=9000)], [ownership(owner="")]), scaler="keda")
    assert "nobody who is alive owns partition 0" in said(
        lag, progress([checkpoint(sequence=1000)], [ownership(owner="")])
    )


def test_a_lease_that_is_held_stands_whatever_its_age() -> None:
    lag(progress(ownerships=[ownership(age=90_000, held=True)]))


def test_a_reader_without_ownerships_is_known_by_its_checkpoints() -> None:
    lag(progress(ownerships=[]))
    with pytest.raises(LookupError, match="no checkpoint moves for partition 0 with events to read"):
        lag(progress([checkpoint(age=4000)], []))
    lag(progress([checkpoint(sequence=1000, age=4000)], []))


def test_a_partition_that_holds_nothing_lags_behind_nothing() -> None:
    lag(progress([]), (partition(beginning=1001, empty=True),))


@pytest.mark.parametrize(
    "known",
    [
        (progress([]), (partition(),)),
        (progress([checkpoint(sequence=None)]), (partition(),)),
        (progress(), (partition(last=None),)),
        (progress(), (partition(empty=None),)),
        (progress(ownerships=[ownership(age=None)]), (partition(),)),
        (progress(), None),
        (None, (partition(),)),
    ],
    ids=["no checkpoint", "no number", "no last", "not said to be empty", "no age", "no hub", "no container"],
)
def test_what_is_not_known_is_unproven(known: tuple[Any, Any]) -> None:
    found, partitions = known
    blob, bus = sources(found)
    bus.partitions = lambda _: partitions
    with pytest.raises(LookupError):
        HUBS.test_event_hub_lag(hub(), blob, bus, NOW, "neu", lambda _: ())


def test_a_hub_without_declared_checkpoints_is_unproven() -> None:
    with pytest.raises(LookupError, match="declares no checkpoints"):
        lag(progress(), declared=hub(checkpoints=None))


def test_a_checkpoint_beyond_the_newest_event_is_of_another_hub() -> None:
    assert "the checkpoint of partition 0 is 81229, the hub's newest event is 1000: it is of another hub" in said(
        checkpoints, progress([checkpoint(sequence=81229)])
    )
    assert "is 1001," in said(checkpoints, progress([checkpoint(sequence=1001, age=4000)]))


def test_a_fresh_checkpoint_may_be_ahead_of_what_the_hub_said_a_moment_before() -> None:
    checkpoints(progress([checkpoint(sequence=1080, age=1)]))
    lag(progress([checkpoint(sequence=1080, age=1)]))


def test_a_checkpoint_before_the_oldest_event() -> None:
    checkpoints(progress([checkpoint(sequence=499)]))
    assert "is 498, the hub's oldest event is 500: what lay between is gone" in said(
        checkpoints, progress([checkpoint(sequence=498)])
    )


def test_an_empty_partition_has_nothing_that_could_be_missed() -> None:
    checkpoints(progress([checkpoint(sequence=900)]), (partition(beginning=1001, empty=True),))


@pytest.mark.parametrize("where", [site(active=False, target=True), site(active=True, target=True)])
def test_a_target_needs_to_know_where_it_starts(where: Any) -> None:
    assert "startAfterMove" in said(checkpoints, progress(), declared=hub(start_after_move=None), where=where)
    checkpoints(progress([], []), where=where)


def test_an_active_site_needs_it_for_partitions_without_checkpoint() -> None:
    checkpoints(progress(), declared=hub(start_after_move=None))
    assert "no checkpoint for partition 0, and where reading starts" in said(
        checkpoints, progress([]), declared=hub(start_after_move=None)
    )


def test_checkpoints_under_the_name_of_another_namespace_are_told() -> None:
    assert "holds checkpoints for eh-weu.servicebus.windows.net, none for this hub" in said(
        checkpoints, progress([], [], elsewhere=("eh-weu.servicebus.windows.net",))
    )


def test_a_container_that_does_not_exist_is_told() -> None:
    assert "there is no container stneu/checkpoints" in said(checkpoints, None)


def test_an_offset_alone_cannot_be_compared() -> None:
    with pytest.raises(LookupError, match="no sequence number to compare for partition 0"):
        checkpoints(progress([checkpoint(sequence=None)]))


@pytest.mark.parametrize("changed", [{"last": None}, {"beginning": None}, {"empty": None}])
def test_a_partition_that_tells_no_range_is_unproven(changed: Any) -> None:
    with pytest.raises(LookupError, match="does not say what partition 0 holds"):
        checkpoints(progress(), (partition(**changed),))


def test_a_partition_that_could_not_be_read_is_unproven() -> None:
    def partitions(_: Any) -> Any:
        raise EvidenceMissing("timeout", "partition 3 did not answer")

    blob, bus = sources(progress())
    bus.partitions = partitions
    with pytest.raises(EvidenceMissing):
        HUBS.test_checkpoints(hub(), blob, bus, NOW, site())
