from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.blob.topics.host_lock import Hosts, Lock
from tests.checks.evidence import load

check = load("storage/test_listener_host.py")


class Trigger(SimpleNamespace):
    def __str__(self) -> str:
        return "orders/exports-host"


def judge(hosts: Hosts) -> None:
    view = SimpleNamespace(host_lock=lambda _: hosts)
    check.test_listener_host(Trigger(host="exports"), view, "neu")


def hosts(**said: Any) -> Hosts:
    lock = Lock(**{"host": "exports", "state": "leased", "status": "locked", "duration": "fixed", **said})
    return Hosts(account="stneu", there=True, lock=lock)


def message(found: Hosts) -> str:
    with pytest.raises(AssertionError) as caught:
        judge(found)
    return str(caught.value).partition("\n")[0]


def test_a_host_that_holds_its_lock_is_enough() -> None:
    judge(hosts())
    judge(hosts(instance="3c1e"))


def test_a_lock_that_nobody_holds() -> None:
    assert message(hosts(state="expired", status="unlocked", instance="3c1e")) == (
        "Host exports of orders/exports-host in neu does not run: its lock in stneu is expired (unlocked), not leased, "
        "last held by instance 3c1e."
    )
    assert "is breaking (locked), not leased." in message(hosts(state="breaking"))


def test_a_lease_without_end_is_no_host_s() -> None:
    assert "its lock in stneu has a lease without end" in message(hosts(duration="infinite"))


def test_a_host_that_never_ran() -> None:
    assert message(Hosts(account="stneu", there=False)) == (
        "Host exports of orders/exports-host in neu never ran: storage account stneu has no container "
        "azure-webjobs-hosts."
    )
    others = tuple(f"host-{number}" for number in range(7))
    assert message(Hosts(account="stneu", there=True, others=others)).endswith(
        "no blob locks/exports/host, it has locks of host-0, host-1, host-2, host-3, host-4 and 2 more."
    )


@pytest.mark.parametrize("absent", ["state", "status", "duration"])
def test_what_is_not_told_is_unproven(absent: str) -> None:
    with pytest.raises((LookupError, EvidenceMissing)):
        judge(hosts(**{absent: None}))
