from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from fixtures.evidence import Looked
from fixtures.sources.metrics.topics.event_delivery import Delivery
from tests.checks.azure import arm, declared, environment, resource
from tests.checks.evidence import NOW, load, role, unmet, unproven

check = load("storage/test_listeners.py")
QUEUE = {"name": "files-created", "account": "stneu", "container": "files", "destination": "sb-neu/queues/files"}
EVENTS = "Microsoft.EventGrid/eventSubscriptions"
CLOSES = datetime(2026, 12, 6, 3, 0, tzinfo=UTC)
CUTOVER = SimpleNamespace(window=SimpleNamespace(closes=CLOSES))
ACCOUNT = resource("Microsoft.Storage/storageAccounts", "stneu", location="northeurope")
BUS = resource("Microsoft.ServiceBus/namespaces/queues", "sb-neu/files")["id"]
NAME = "event subscription files-created on stneu"


def to(endpoint="ServiceBusQueue", **properties):
    return {"endpointType": endpoint, "properties": properties or {"resourceId": BUS}}


def subscription(name="files-created", **properties):
    said = {
        "provisioningState": "Succeeded",
        "destination": to(),
        "filter": {"subjectBeginsWith": "/blobServices/default/containers/files/"},
        **properties,
    }
    kept = {key: value for key, value in said.items() if value is not None}
    return {"id": f"{ACCOUNT['id']}/providers/{EVENTS}/{name}", "name": name, "type": EVENTS, "properties": kept}


def topic(source=ACCOUNT["id"]):
    return resource("Microsoft.EventGrid/systemTopics", "evgt-stneu", location="northeurope", source=source)


def below(name="files-created", **properties):
    kind = "Microsoft.EventGrid/systemTopics/eventSubscriptions"
    return resource(kind, f"evgt-stneu/{name}", **subscription(**properties)["properties"])


def judge(tmp_path, *bodies, listener=QUEUE, looked=None, failing=None):
    found = environment(tmp_path, {"orders": {"listeners": [{**listener, "sites": ["neu"]}]}})
    about = declared(found, "event_subscription")
    view = arm("event_subscriptions", about, found, *bodies, failing=failing, looked=looked)
    return {"event_subscription": about, "arm": view, "site": role(target=True)}


def filtered(tmp_path, *bodies, listener=QUEUE, **values):
    return {**judge(tmp_path, *bodies, listener=listener, **values), "now": NOW, "cutover": CUTOVER}


def test_one_on_the_account_delivers_as_declared(tmp_path):
    looked = Looked()
    check.test_listener_destination(**judge(tmp_path, ACCOUNT, subscription(), looked=looked))
    assert looked.count == 1


@pytest.mark.parametrize(
    ("destination", "declared_as"),
    [
        (to("serviceBusQueue", resourceId=BUS.upper() + "/"), "sb-neu/queues/files"),
        (to(), BUS.lower()),
        (to("StorageQueue", resourceId=ACCOUNT["id"], queueName="Files"), "stneu/queues/files"),
        (to("WebHook", endpointBaseUrl="https://Hooks.example/in/"), "https://hooks.example/in"),
        (to("EventHub", resourceId="/subscriptions/s/x/namespaces/eh-neu/eventhubs/files"), "eh-neu/eventhubs/files"),
    ],
)
def test_a_destination_is_written_in_several_ways(tmp_path, destination, declared_as):
    listener = {**QUEUE, "destination": declared_as}
    check.test_listener_destination(
        **judge(tmp_path, ACCOUNT, subscription(destination=destination), listener=listener)
    )


def test_one_under_a_system_topic_that_a_managed_identity_delivers(tmp_path):
    given = below(destination=None, deliveryWithResourceIdentity={"destination": to()})
    check.test_listener_destination(**judge(tmp_path, ACCOUNT, topic(ACCOUNT["id"].upper()), given))


def test_another_queue_is_told_with_the_declared_one(tmp_path):
    other = to(resourceId=BUS.replace("neu", "weu"))
    assert unmet(check.test_listener_destination, **judge(tmp_path, ACCOUNT, subscription(destination=other))) == (
        f"In neu {NAME} delivers to sb-weu/queues/files (ServiceBusQueue), declared is sb-neu/queues/files."
    )


def test_of_two_with_one_name_both_must_lead_there(tmp_path):
    twin = below(destination=to("WebHook", endpointBaseUrl="https://old.example"))
    assert "under system topic evgt-stneu delivers to https://old.example" in unmet(
        check.test_listener_destination, **judge(tmp_path, ACCOUNT, subscription(), topic(), twin)
    )


def test_what_is_not_there_is_unmet_for_one_check_and_unproven_for_the_others(tmp_path):
    arguments = judge(tmp_path, ACCOUNT, subscription("files-deleted"), topic(), below("files-moved"))
    assert unmet(check.test_listener_destination, **arguments) == (
        "Event subscription files-created does not exist in neu, neither on storage account stneu "
        "nor under its system topics."
    )
    assert "does not exist" in unproven(check.test_listener_filter, **filtered(tmp_path, ACCOUNT))
    assert "does not exist" in unproven(check.test_listener_delivery, **judge(tmp_path, ACCOUNT), metrics=None)


def test_an_account_that_is_not_there(tmp_path):
    assert unmet(check.test_listener_destination, **judge(tmp_path)) == (
        "Event subscription files-created: storage account stneu does not exist in neu."
    )


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"destination": None}, "the destination of event subscription files-created"),
        ({"destination": {"properties": {"resourceId": BUS}}}, "endpointType"),
        ({"destination": to("ServiceBusQueue", maxEventsPerBatch=1)}, "resourceId"),
        ({"destination": to("StorageQueue", resourceId=ACCOUNT["id"])}, "queueName"),
        ({"destination": to("WebHook", endpointUrl=None)}, "endpointBaseUrl"),
        ({"destination": {"endpointType": 7, "properties": {}}}, "endpointType"),
    ],
)
def test_a_destination_that_is_not_told_is_unproven(tmp_path, properties, said):
    assert said in unproven(check.test_listener_destination, **judge(tmp_path, ACCOUNT, subscription(**properties)))


def test_lists_that_may_not_be_read_are_unproven(tmp_path):
    failing = {"systemTopics": "Microsoft.EventGrid/systemTopics/read"}
    arguments = judge(tmp_path, ACCOUNT, subscription(), failing=failing)
    assert "Microsoft.EventGrid/systemTopics/read" in unproven(check.test_listener_destination, **arguments)


def begins(text, **more):
    return {"filter": {"subjectBeginsWith": text, **more}}


@pytest.mark.parametrize(
    ("properties", "listener"),
    [
        ({}, {}),
        (begins(""), {}),
        ({"filter": {}}, {}),
        (begins("/blobServices/default/containers/files"), {}),
        (begins("/blobServices/default/containers/FILES/"), {}),
        (begins("", includedEventTypes=["All"]), {}),
        (begins("", includedEventTypes=["microsoft.storage.BLOBCREATED"]), {}),
        ({"expirationTimeUtc": "2026-12-31T00:00:00Z"}, {}),
        (
            begins("/blobServices/default/containers/files/eu/", subjectEndsWith=".CSV"),
            {"filter": {"subjectBeginsWith": "/blobServices/default/containers/files/eu/", "subjectEndsWith": ".csv"}},
        ),
    ],
)
def test_filters_that_let_the_container_through(tmp_path, properties, listener):
    given = filtered(tmp_path, ACCOUNT, subscription(**properties), listener={**QUEUE, **listener})
    check.test_listener_filter(**given)


@pytest.mark.parametrize(
    ("properties", "listener", "said"),
    [
        (begins("/blobServices/default/containers/files-old/"), {}, "not all of the declared container files"),
        (begins("/blobServices/default/containers/files/eu/"), {}, "not all of the declared container files"),
        (
            begins("/blobServices/default/containers/files", isSubjectCaseSensitive=True),
            {"filter": {"subjectBeginsWith": "/blobServices/default/containers/Files"}},
            "begin with /blobServices/default/containers/files, declared is /blobServices/default/containers/Files",
        ),
        (begins("", subjectEndsWith=".csv"), {}, "end with .csv, declared is anything"),
        (begins("", includedEventTypes=["Microsoft.Storage.BlobDeleted"]), {}, "none for a new blob"),
        (
            begins("", includedEventTypes=[]),
            {"filter": {"eventTypes": ["Microsoft.Storage.BlobCreated"]}},
            "lets through event types all, declared is Microsoft.Storage.BlobCreated",
        ),
        ({"provisioningState": "AwaitingManualAction"}, {}, "its webhook was never validated"),
        ({"provisioningState": "Failed"}, {}, "is Failed, not Succeeded"),
        ({"expirationTimeUtc": "2026-12-01T10:00:00Z"}, {}, "expired at 2026-12-01 10:00 UTC"),
        ({"expirationTimeUtc": "2026-12-06T01:00:00"}, {}, "expires, before the window closes, at 2026-12-06 01:00"),
    ],
)
def test_what_a_filter_holds_back_is_told(tmp_path, properties, listener, said):
    arguments = filtered(tmp_path, ACCOUNT, subscription(**properties), listener={**QUEUE, **listener})
    told = unmet(check.test_listener_filter, **arguments)
    assert told.startswith(f"In neu {NAME} ")
    assert said in told


def test_after_the_window_only_what_has_expired_counts(tmp_path):
    later = subscription(expirationTimeUtc="2027-01-10T00:00:00Z")
    arguments = filtered(tmp_path, ACCOUNT, later)
    check.test_listener_filter(**{**arguments, "now": datetime(2027, 1, 1, tzinfo=UTC)})
    assert "expired" in unmet(check.test_listener_filter, **{**arguments, "now": datetime(2027, 1, 11, tzinfo=UTC)})


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"provisioningState": None}, "provisioningState"),
        ({"filter": None}, "the filter of event subscription"),
        (begins(5), "subjectBeginsWith"),
        ({"expirationTimeUtc": "some day"}, "expirationTimeUtc"),
    ],
)
def test_a_filter_that_is_not_told_is_unproven(tmp_path, properties, said):
    assert said in unproven(check.test_listener_filter, **filtered(tmp_path, ACCOUNT, subscription(**properties)))


def delivered(tmp_path, **counts):
    said = {"matched": 60, "settled": 55, "delivered": 60, "dead_lettered": 0, "dropped": 0, "failed": 0}
    found = Delivery(window=timedelta(hours=1), **{"known": 57, "minutes": 57, **said, **counts})
    return {
        **judge(tmp_path, ACCOUNT, subscription()),
        "metrics": SimpleNamespace(event_delivery=lambda _: found),
    }


@pytest.mark.parametrize(
    "counts",
    [
        {},
        {"delivered": 55},
        {"dead_lettered": None, "dropped": None, "failed": None},
        {"matched": 0, "settled": 0, "delivered": None},
        {"failed": 3},
        {"known": 3},
    ],
)
def test_all_that_matched_was_delivered(tmp_path, counts):
    check.test_listener_delivery(**delivered(tmp_path, **counts))


def test_lost_events_are_told_with_failed_attempts(tmp_path):
    assert unmet(check.test_listener_delivery, **delivered(tmp_path, dead_lettered=4, dropped=2, failed=90)) == (
        "Event subscription files-created in neu lost events over the last 60 minutes: 4 dead-lettered and 2 dropped, "
        "90 attempts failed."
    )


@pytest.mark.parametrize("counts", [{"delivered": 54}, {"delivered": 0}, {"delivered": None, "failed": 7}])
def test_what_was_not_delivered_is_told(tmp_path, counts):
    told = unmet(check.test_listener_delivery, **delivered(tmp_path, **counts))
    assert f"delivered {counts['delivered'] or 0} of 55 events that matched over the last 60 minutes" in told


def test_events_that_were_lost_count_even_where_none_is_known_to_have_matched(tmp_path):
    assert "1 dropped" in unmet(check.test_listener_delivery, **delivered(tmp_path, matched=None, dropped=1))


@pytest.mark.parametrize(
    "counts", [{"matched": None, "settled": None}, {"delivered": None, "failed": None}, {"delivered": None}]
)
def test_counts_that_nobody_has_are_unproven(tmp_path, counts):
    assert "Azure Monitor has no count" in unproven(check.test_listener_delivery, **delivered(tmp_path, **counts))


def test_a_few_minutes_without_an_event_are_no_quiet_hour(tmp_path):
    quiet = {"matched": 0, "settled": 0, "delivered": None, "known": 28}
    told = unproven(check.test_listener_delivery, **delivered(tmp_path, **quiet))
    assert "for 28 of 57 minutes only" in told
