from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from tests.checks.azure import declared, environment
from tests.checks.logged import logs, refused, table

COLUMNS = "NamespaceName EntityName ActivityName ClientIp AuthId NetworkType Status Count Last"
AT, LATER = "2026-12-05T20:50:00Z", "2026-12-05T20:55:00Z"
SERVICES = {
    "orders": {
        "workloads": [{"name": "worker", "kind": "Deployment", "replicas": {"active": 2, "passive": 0}}],
        "queues": [{"name": "orders-in", "bus": "sb-<site>", "consumer": "worker"}],
        "subscriptions": [{"name": "billing", "topic": "order-events", "bus": "sb-<site>", "consumer": "worker"}],
    }
}


def row(entity: str = "orders-in", address: str = "10.60.4.21", **told: Any) -> list[Any]:
    said = {"bus": "sb-neu", "activity": "PeekLockMessage", "status": "Success", "count": 9, "last": AT, **told}
    return [
        said["bus"],
        entity,
        said["activity"],
        address,
        "b2a1",
        "Private",
        said["status"],
        said["count"],
        said["last"],
    ]


def heard(tmp_path: Any, *rows: Any, of: int = 0, place: str = "neu", site: str = "neu") -> Any:
    found = environment(tmp_path, SERVICES)
    found.site("neu").__dict__["workspace"] = "log-neu"
    consumer = [each for each in found.declared("consumer") if each.site == site][of]
    return logs("bus_audit", consumer, found, {"bus-audit": table(COLUMNS, *rows)}, place=place).bus_audit(consumer)


def test_clients_are_told_by_address_with_the_site_they_come_from(tmp_path: Any) -> None:
    told = heard(
        tmp_path,
        row(),
        row(activity="ReceiveMessage", last=LATER),
        row(address="10.40.4.2:51044"),
        row(address="20.1.2.3"),
        row(address="::ffff:10.40.4.9"),
        row(address="someone"),
    )
    assert told.written
    assert [(str(each), each.count) for each in told.received] == [
        ("10.60.4.21 (neu)", 18),
        ("10.40.4.2:51044 (weu)", 9),
        ("20.1.2.3 (of no declared site)", 9),
        ("::ffff:10.40.4.9 (weu)", 9),
        ("someone (of no declared site)", 9),
    ]


def test_sending_refusals_other_entities_and_other_namespaces_are_no_receiving(tmp_path: Any) -> None:
    told = heard(
        tmp_path,
        row(activity="SendMessage"),
        row("orders-in-old"),
        row(bus="sb-weu"),
        row(status="Failure", address="10.60.4.9"),
    )
    assert not told.received
    assert [str(each) for each in told.refused] == ["10.60.4.9 (neu)"]


@pytest.mark.parametrize("name", ["order-events/Subscriptions/billing", "Order-Events|billing", "order-events:billing"])
def test_a_subscription_is_named_in_several_ways(tmp_path: Any, name: str) -> None:
    assert heard(tmp_path, row(name), of=1).received
    assert not heard(tmp_path, row("order-events"), of=1).received


def test_at_another_site_it_is_about_that_site_s_bus(tmp_path: Any) -> None:
    told = heard(tmp_path, row(address="10.40.4.2"), site="weu", place="neu")
    assert (told.entity, [each.site for each in told.received]) == ("orders-in of sb-neu", ["weu"])


def test_no_row_of_the_namespace_is_said_to_be_none(tmp_path: Any) -> None:
    assert not heard(tmp_path, row(bus="sb-else")).written
    assert not heard(tmp_path).written


def test_a_refusal_is_missing_evidence(tmp_path: Any) -> None:
    found = environment(tmp_path, SERVICES)
    consumer = declared(found, "consumer")
    with pytest.raises(EvidenceMissing, match="declares no workspace"):
        logs("bus_audit", consumer, found, {"bus-audit": refused()}).bus_audit(consumer)
