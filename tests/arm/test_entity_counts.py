from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from tests.checks.managed import arm, declaring, id_of, one, resource

WORKER = {"name": "worker", "kind": "Deployment", "replicas": {"active": 1, "passive": 0}}
QUEUE, SUBSCRIPTION = "Microsoft.ServiceBus/namespaces/queues", "Microsoft.ServiceBus/namespaces/topics/subscriptions"


def told(active: Any, **more: Any) -> dict[str, Any]:
    return {"status": "Active", "countDetails": {"activeMessageCount": active}, **more}


def test_a_queue_is_sampled_twice(tmp_path: Path) -> None:
    found = declaring(tmp_path, workloads=[WORKER], queues=[{"name": "in", "bus": "sb-<site>", "consumer": "worker"}])
    document = resource(
        "neu",
        QUEUE,
        "sb-neu",
        "in",
        lockDuration="PT5M",
        requiresSession=False,
        accessedAt="2026-11-02T10:15:45.5Z",
        **told({"@samples": [7, 9]}),
    )
    view = arm(found, document, place="neu")
    for kind in ("queue", "consumer"):
        counts = view.entity_counts(one(found, kind, "neu"))
        assert (counts.first.active, counts.second.active, counts.apart) == (7, 9, timedelta(seconds=5))
        assert (counts.status, counts.lock_duration, counts.requires_session) == ("Active", timedelta(minutes=5), False)
        assert counts.accessed_at is not None
        assert (str(counts), counts.shared) == ("in of sb-neu", ())
        with pytest.raises(EvidenceMissing, match="ARM does not say how many dead letters in of sb-neu holds"):
            _ = counts.second.dead_letter


def test_what_is_not_told_is_missed_only_where_it_is_asked_for(tmp_path: Path) -> None:
    found = declaring(tmp_path, queues=[{"name": "in", "bus": "sb-<site>", "forwardTo": "out"}])
    counts = arm(found, resource("neu", QUEUE, "sb-neu", "in", status="Active"), place="neu").entity_counts(
        one(found, "queue", "neu")
    )
    assert (counts.status, counts.accessed_at) == ("Active", None)
    for missing in ("lock_duration", "requires_session"):
        with pytest.raises(EvidenceMissing, match="ARM does not say"):
            getattr(counts, missing)
    for count in ("active", "dead_letter", "scheduled", "transfer", "transfer_dead_letter"):
        with pytest.raises(EvidenceMissing, match="reports no counts of in of sb-neu, as one does that is throttled"):
            getattr(counts.first, count)


def test_a_slash_in_a_name_is_a_tilde(tmp_path: Path) -> None:
    subscription = {"name": "billing", "topic": "sales/orders", "bus": "sb-<site>", "forwardTo": "out"}
    found = declaring(tmp_path, subscriptions=[subscription])
    document = resource("weu", SUBSCRIPTION, "sb-weu", "sales~orders", "billing", **told(3))
    counts = arm(found, document, place="weu").entity_counts(one(found, "subscription", "weu"))
    assert (counts.second.active, str(counts)) == (3, "sales/orders/billing of sb-weu")


def test_an_entity_that_is_not_there(tmp_path: Path) -> None:
    found = declaring(tmp_path, queues=[{"name": "in", "bus": "sb-<site>", "forwardTo": "out"}])
    assert arm(found, place="neu").entity_counts(one(found, "queue", "neu")) is None


def test_an_event_hub_has_no_counts(tmp_path: Path) -> None:
    hub = {"name": "telemetry", "bus": "eh-<site>", "consumer": "worker"}
    found = declaring(tmp_path, workloads=[WORKER], eventHubs=[hub])
    with pytest.raises(EvidenceMissing, match="is no queue and no subscription"):
        arm(found, place="neu").entity_counts(one(found, "consumer", "neu"))


def test_one_namespace_of_both_sites(tmp_path: Path) -> None:
    bus = id_of("neu", "Microsoft.ServiceBus/namespaces", "sb-one")
    found = declaring(tmp_path, queues=[{"name": "in", "bus": bus, "forwardTo": "out"}])
    document = resource("neu", QUEUE, "sb-one", "in", **told(1))
    assert arm(found, document, place="weu").entity_counts(one(found, "queue", "weu")).shared == ("neu",)
