from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from fixtures.evidence import EvidenceMissing, SourceError
from fixtures.sources.metrics.facts import Line, Measured, Wanted
from fixtures.sources.metrics.series import Measurements
from fixtures.sources.metrics.topics import event_delivery
from fixtures.sources.metrics.topics.event_delivery import EXTENSIONS, NAMES, TOPICS
from tests.checks.azure import Made, declared, environment, resource

UNTIL = datetime(2026, 12, 5, 21, 0, tzinfo=UTC)
SINCE = UNTIL - timedelta(hours=1)
LISTENER = SimpleNamespace(name="files-created")
BY_NAME = {"eventsubscriptionname": "Files-Created"}


def line(*values, **dimensions):
    """The newest values, a minute each."""
    points = [(UNTIL - timedelta(minutes=len(values) - at), value) for at, value in enumerate(values)]
    return Line(dimensions=dimensions, points=points)


def read(**lines):
    """What the topic makes of the lines of each metric; the others have none."""
    asked = Wanted(resources=("/topic",), namespace=TOPICS, names=NAMES, dimensions=("EventSubscriptionName",))
    measured = {
        asked.key(name): Measured(resource="/topic", since=SINCE, until=UNTIL, lines=lines.get(name, []))
        for name in NAMES
    }
    return event_delivery.read(Measurements([asked], measured), LISTENER)


def test_counts_of_the_subscription_alone():
    found = read(
        MatchedEventCount=[line(*[2.0] * 10, **BY_NAME), line(90.0, eventsubscriptionname="other")],
        DeliverySuccessCount=[line(*[2.0] * 10, **BY_NAME)],
        DeadLetteredCount=[line(0.0, **BY_NAME)],
        DroppedEventCount=[line(None, None, **BY_NAME)],
        DeliveryAttemptFailCount=[line(3.0, eventsubscriptionname="other")],
    )
    assert (found.matched, found.settled, found.delivered, found.dead_lettered) == (20, 10, 20, 0)
    assert (found.dropped, found.failed) == (None, None)
    assert (found.known, found.minutes) == (10, 10)


def test_lines_without_the_dimension_are_of_the_subscription():
    found = read(MatchedEventCount=[line(1.0, None, 4.0)])
    assert (found.matched, found.known, found.minutes) == (5, 2, 3)


def test_nothing_measured_is_nothing_known():
    assert read().matched is None
    assert read(MatchedEventCount=[line(None, None)]).matched is None
    assert read(MatchedEventCount=[line(0.0, None)]).matched == 0


def test_a_metric_that_could_not_be_read_is_unproven():
    asked = Wanted(resources=("/topic",), namespace=TOPICS, names=NAMES)
    denied = Measured(error=SourceError(kind="denied", message="refused", missing_permission="Monitoring Reader"))
    with pytest.raises(EvidenceMissing, match="Monitoring Reader"):
        event_delivery.read(Measurements([asked], {asked.key(name): denied for name in NAMES}), LISTENER)


def test_events_that_the_subscription_and_its_topic_count_are_counted_once():
    own = Wanted(resources=(f"/st/{EXTENSIONS}/files-created",), namespace=EXTENSIONS, names=NAMES)
    topic = Wanted(resources=(f"/{TOPICS}/evgt",), namespace=TOPICS, names=NAMES, dimensions=("EventSubscriptionName",))

    def told(values, other):
        held = {own: [line(*values)], topic: [line(*other, **BY_NAME)]}
        measured = {
            asked.key(name): Measured(resource=asked.resources[0], since=SINCE, until=UNTIL, lines=lines)
            for asked, lines in held.items()
            for name in NAMES
        }
        return event_delivery.read(Measurements([own, topic], measured), LISTENER)

    assert told([2.0] * 10, [2.0] * 10).matched == 20
    assert told([None] * 10, [3.0] * 10).matched == 30


def test_metrics_are_those_of_the_resource_or_of_its_system_topic(tmp_path):
    listener = {"name": "files-created", "account": "stneu", "container": "files", "destination": "sb-neu/queues/files"}
    found = environment(tmp_path, {"orders": {"listeners": [{**listener, "sites": ["neu"]}]}})
    account = resource("Microsoft.Storage/storageAccounts", "stneu", location="northeurope")
    on_account = {"id": f"{account['id']}/providers/{EXTENSIONS}/files-created", "name": "files-created"}
    topic = resource(TOPICS, "evgt-stneu", location="northeurope", source=account["id"])
    below = resource(f"{TOPICS}/eventSubscriptions", "evgt-stneu/files-created")
    bodies = {each["id"].lower(): each for each in (account, on_account, topic, below)}
    wanted = list(event_delivery.wanted(Made(found, bodies, {}), declared(found, "event_subscription")))
    assert [(each.resources, each.namespace, each.dimensions) for each in wanted] == [
        ((on_account["id"],), EXTENSIONS, ()),
        ((topic["id"],), TOPICS, ("EventSubscriptionName",)),
    ]
