from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.blob.answers import Answers
from fixtures.sources.blob.facts import Answered, Entry, Request
from fixtures.sources.blob.topics import host_lock

HOST = SimpleNamespace(account="stneu", host="Exports", is_kind=lambda kind: kind in ("listener", "blob_trigger"))


class Made(Answers):
    """An account whose hosts have these locks; None where it has no container for them."""

    def __init__(self, blobs: list[Entry] | None, *, bounded: bool = False) -> None:
        self._blobs, self._bounded = blobs, bounded

    def answered(self, request: Request) -> Answered:
        assert (request.container, request.prefix, request.keep) == (
            "azure-webjobs-hosts",
            "locks/",
            ("functioninstance",),
        )
        return Answered(absent=True) if self._blobs is None else Answered(entries=self._blobs, bounded=self._bounded)


def lock(name: str = "locks/exports/host", **said: Any) -> Entry:
    lease = {"lease_state": "leased", "lease_status": "locked", "lease_duration": "fixed", **said}
    metadata = {"functioninstance": "3c1e"}
    return Entry(name=name, last_modified=datetime(2026, 12, 1, tzinfo=UTC), metadata=metadata, **lease)


def test_a_host_that_holds_its_lock() -> None:
    found = host_lock.read(Made([lock()]), HOST)
    assert (found.there, found.lock.held, found.lock.duration, found.lock.instance) == (True, True, "fixed", "3c1e")


@pytest.mark.parametrize(
    ("state", "status"),
    [("expired", "unlocked"), ("available", "unlocked"), ("breaking", "locked"), ("broken", "unlocked")],
)
def test_one_that_does_not(state: str, status: str) -> None:
    assert not host_lock.read(Made([lock(lease_state=state, lease_status=status)]), HOST).lock.held


@pytest.mark.parametrize("absent", ["lease_state", "lease_status"])
def test_a_lease_that_is_not_told_is_unproven(absent: str) -> None:
    found = host_lock.read(Made([lock(**{absent: None})]), HOST)
    with pytest.raises(EvidenceMissing, match="whether the lock of exports is leased"):
        assert found.lock.held


def test_other_hosts_and_the_locks_of_functions_are_no_host() -> None:
    names = ["locks/exports/Collect.Listener", "locks/exports-old/host", "locks/host", "locks/a/b/host"]
    found = host_lock.read(Made([lock(name) for name in names]), HOST)
    assert (found.lock, found.others) == (None, ("exports-old",))


def test_no_container_and_no_host() -> None:
    assert host_lock.read(Made(None), HOST).there is False
    assert host_lock.read(Made([]), HOST).lock is None
    queue = SimpleNamespace(is_kind=lambda kind: kind == "event_subscription")
    assert host_lock.read(Made(None), queue) is None


def test_a_listing_that_was_cut_short_never_says_that_there_is_none() -> None:
    with pytest.raises(EvidenceMissing, match="too many to read"):
        host_lock.read(Made([lock("locks/a/host")], bounded=True), HOST)
    assert host_lock.read(Made([lock()], bounded=True), HOST).lock.held
