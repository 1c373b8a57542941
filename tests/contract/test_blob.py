"""What every Blob storage keeps to, as far as the blob source relies on it: the sandbox always, Azurite where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fixtures.sources.blob import accounts as asking
from fixtures.sources.blob.canary import _put, _remove
from tests.contract import blob
from tests.contract.blob import ACCOUNT, Served

CHECKPOINT = "eh-weu.servicebus.windows.net/telemetry/$default/checkpoint/0"
ODD = "pos/a b+c%20é~(1).csv"
HELD = {"state": "leased", "status": "locked", "duration": "infinite"}
CONTAINERS: dict[str, Any] = {
    "landing": {
        "blobs": [{"name": name, "content": "12345"} for name in ("pos/1.csv", "pos/2.csv", "pos/3.csv", ODD, "zoo")]
    },
    "checkpoints": {"blobs": [{"name": CHECKPOINT, "metadata": {"Offset": "42", "owner": "somebody"}}]},
    "leases": {
        "blobs": [
            {"name": "held", "content": '{"owner": "a", "token": "not to be told"}', "lease": HELD},
            {"name": "empty"},
            {"name": "odd", "content": "<xml/>"},
        ]
    },
    "nothing": {},
}


class Lease(msgspec.Struct):
    owner: str


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Served]]:
    """Started when it is first wanted."""
    with blob.once(tmp_path_factory.mktemp("azurite")) as wanted:
        yield wanted


@pytest.fixture(params=["sandbox", "azurite"])
def served(request: pytest.FixtureRequest, azurite: Callable[[], Served], tmp_path: Path) -> Iterator[Served]:
    """A peer that holds the containers above and nothing else."""
    if request.param == "azurite":
        yield blob.laid(azurite(), CONTAINERS)
        return
    with blob.sandbox(CONTAINERS, tmp_path) as peer:
        yield peer


def test_all_containers_are_named(served: Served) -> None:
    with served.reader() as reader:
        assert reader.containers(ACCOUNT) == set(CONTAINERS)


def test_blobs_come_in_the_order_of_their_names_with_what_is_known_of_them(served: Served) -> None:
    with served.reader() as reader:
        listing = reader.blobs(ACCOUNT, "landing", "pos/")
    assert listing is not None
    assert [each.name for each in listing.blobs] == ["pos/1.csv", "pos/2.csv", "pos/3.csv", ODD]
    first = listing.blobs[0]
    assert (first.size, first.lease_state, first.lease_status) == (5, "available", "unlocked")
    assert first.last_modified is not None
    assert first.last_modified.tzinfo is not None
    assert listing.bounded is False


def test_a_blob_that_was_written_just_now_is_as_old_as_that(served: Served) -> None:
    with served.client() as client:
        client.get_blob_client("nothing", "new").upload_blob(b"x")
    with served.reader() as reader:
        (new,) = reader.blobs(ACCOUNT, "nothing").blobs  # type: ignore[union-attr]
    assert abs(datetime.now(UTC) - new.last_modified) < timedelta(minutes=1)


def test_a_listing_has_pages_and_an_end(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAGE", 2)
    with served.reader() as reader:
        whole, cut = reader.blobs(ACCOUNT, "landing"), reader.blobs(ACCOUNT, "landing", most=3)
    assert whole is not None
    assert cut is not None
    assert (len(whole.blobs), whole.bounded) == (5, False)
    assert (len(cut.blobs), cut.bounded) == (3, True)


def test_nothing_under_a_prefix_is_an_empty_listing_and_no_container_is_none(served: Served) -> None:
    with served.reader() as reader:
        empty, absent = reader.blobs(ACCOUNT, "landing", "pos/9"), reader.blobs(ACCOUNT, "gone")
    assert empty is not None
    assert (empty.blobs, empty.bounded, absent) == ((), False, None)


def test_a_level_has_its_blobs_and_its_folders_and_pages_too(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAGE", 1)
    with served.reader() as reader:
        top, below = reader.level(ACCOUNT, "landing"), reader.level(ACCOUNT, "landing", "pos/")
        assert reader.level(ACCOUNT, "gone") is None
    assert top is not None
    assert below is not None
    assert (top.folders, [each.name for each in top.blobs], top.bounded) == (("pos/",), ["zoo"], False)
    assert (below.folders, len(below.blobs)) == ((), 4)


def test_metadata_is_told_whatever_the_case_of_its_keys(served: Served) -> None:
    with served.reader() as reader:
        (checkpoint,) = reader.blobs(ACCOUNT, "checkpoints", "eh-weu", keep=("offset",)).blobs  # type: ignore[union-attr]
    assert (checkpoint.name, checkpoint.metadata) == (CHECKPOINT, {"offset": "42"})


def test_a_lease_is_seen_in_the_listing(served: Served) -> None:
    with served.reader() as reader:
        listing = reader.blobs(ACCOUNT, "leases")
    assert listing is not None
    states = {each.name: (each.lease_state, each.lease_status) for each in listing.blobs}
    assert states["held"] == ("leased", "locked")
    assert states["empty"] == ("available", "unlocked")


def test_a_document_is_read_though_somebody_holds_a_lease_on_it(served: Served) -> None:
    with served.reader() as reader:
        found = reader.content(ACCOUNT, "leases", "held", Lease)
        assert found is not None
        assert found.owner == "a"
        assert reader.content(ACCOUNT, "leases", "gone", Lease) is None
        for name in ("empty", "odd"):
            with pytest.raises(Exception, match="holds no"):
                reader.content(ACCOUNT, "leases", name, Lease)


def test_a_canary_blob_is_written_once_and_deleted_once(served: Served) -> None:
    accounts = served.accounts()
    name = "gonogo-canary/é 1"
    put, remove = partial(_put, "nothing", name), partial(_remove, "nothing", name)
    try:
        assert [accounts.exchange(ACCOUNT, call, name).status for call in (put, put, remove, remove)] == [
            201,
            409,
            202,
            404,
        ]
        assert accounts.exchange(ACCOUNT, partial(_put, "gone", name), name).status == 404
    finally:
        accounts.close()


def test_a_canary_blob_that_somebody_leased_stays(served: Served) -> None:
    accounts = served.accounts()
    try:
        status = accounts.exchange(ACCOUNT, partial(_remove, "leases", "held"), "held").status
    finally:
        accounts.close()
    assert status == 412


def test_the_services_clock_is_told(served: Served) -> None:
    accounts = served.accounts()
    try:
        accounts.ask(asking.Request(account=ACCOUNT))
        assert accounts.clock_offset is not None
        assert abs(accounts.clock_offset) < timedelta(minutes=1)
    finally:
        accounts.close()
