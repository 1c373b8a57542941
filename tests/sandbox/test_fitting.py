"""However YAML writes a value, the services serve what was meant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.sandbox.blob_entries import Account, read_account
from fixtures.sandbox.bus_world import Namespace, read_namespace
from fixtures.sandbox.world import read_file

NOW = datetime(2026, 12, 5, 21, 0, tzinfo=UTC)


def account(tmp_path: Path, text: str) -> Account:
    file = tmp_path / "stweu.yaml"
    file.write_text(text, "utf-8")
    return read_account("stweu", read_file("blob/stweu.yaml", file), NOW)


def namespace(tmp_path: Path, text: str) -> Namespace:
    file = tmp_path / "sb-weu.yaml"
    file.write_text(text, "utf-8")
    return read_namespace(read_file("bus/sb-weu.yaml", file), NOW)


def blob(tmp_path: Path, said: str) -> Any:
    found = account(tmp_path, f"containers: {{c: {{blobs: [{{name: a, {said}}}]}}}}").containers["c"].get("a")
    assert found is not None
    return found


def test_numbers_are_texts_where_texts_are_meant(tmp_path: Path) -> None:
    assert blob(tmp_path, "metadata: {sequencenumber: 40613, last: true}").metadata == {
        "sequencenumber": "40613",
        "last": "true",
    }
    [partition] = namespace(tmp_path, "eventHubs: {t: {partitions: [{id: 0, last: '7'}]}}").event_hubs["t"].partitions
    assert (partition.id, partition.last) == ("0", 7)
    [message] = namespace(tmp_path, "queues: {q: {messages: [{id: 7, session: 9}]}}").queues["q"].messages
    assert (message.id, message.session) == ("7", "9")


def test_a_key_with_nothing_after_it_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    assert account(tmp_path, "containers: {c: , d: {blobs: }}").containers["c"].container.blobs == ()
    assert blob(tmp_path, "lease: , metadata: ").lease.state == "available"
    assert namespace(tmp_path, "queues: {q: {messages: }}").queues["q"].messages == ()
    hubs = namespace(tmp_path, "eventHubs: {t: {partitions: [{id: '0', empty: true, lastEnqueued: null}]}}").event_hubs
    assert hubs["t"].partitions[0].last_enqueued is None


def test_words_are_known_in_any_case_and_of_samples_the_first_is_taken(tmp_path: Path) -> None:
    [message] = namespace(tmp_path, "queues: {q: {messages: [{state: DeadLettered}]}}").queues["q"].messages
    assert message.state == "deadlettered"
    [partition] = (
        namespace(tmp_path, "eventHubs: {t: {partitions: [{id: '0', last: {'@samples': [5, 9]}}]}}")
        .event_hubs["t"]
        .partitions
    )
    assert partition.last == 5


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("{state: leased, status: locked}", ("leased", "locked", "fixed")),
        ("{state: Leased}", ("leased", "locked", "fixed")),
        ("{status: locked}", ("leased", "locked", "fixed")),
        ("{state: leased, status: locked, duration: infinite}", ("leased", "locked", "infinite")),
        ("{state: leased, status: unlocked}", ("leased", "unlocked", "fixed")),
        ("{state: expired}", ("expired", "unlocked", None)),
        ("{}", ("available", "unlocked", None)),
    ],
)
def test_a_lease_that_is_held_has_a_status_and_a_duration(tmp_path: Path, said: str, meant: Any) -> None:
    lease = blob(tmp_path, f"lease: {said}").lease
    assert (lease.state, lease.status, lease.duration) == meant


def test_an_instant_of_another_api_is_written_as_this_one_does(tmp_path: Path) -> None:
    for said in ("'2026-11-01T00:00:00Z'", "2026-11-01T00:00:00Z"):
        assert blob(tmp_path, f"lastModified: {said}").last_modified == "Sun, 01 Nov 2026 00:00:00 GMT"
