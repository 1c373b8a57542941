"""The source against the sandbox's AMQP peer: over TLS, with the real clients, healthy and ill."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

pytest.importorskip("proton", reason="the sandbox's AMQP peer is not installed")

from fixtures.evidence import EvidenceMissing, Looked, Routes, SourceFailed
from tests.bus.conftest import Place

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PEEKING = {"CONNECT", "TOKEN", "ATTACH-MANAGEMENT", "PEEK"}
SCOPE = "/subscriptions/7c1e4b52-0d3f-4a86-b9e2-6f5a1d8c3e94/resourceGroups/rg-prod-weu/providers/Microsoft."
SECRETS = ("4111-1111", "SharedAccessKey=", "jane@", "tip-top")
ORDERS = {
    "messages": [
        {"body": "card 4111-1111", "enqueued": "@now-4m", "properties": {"customer": "jane@contoso.example"}},
        {"body": "SharedAccessKey=tip-top", "enqueued": "@now-3m", "count": 2},
        {
            "body": "card 4111-1111",
            "state": "deadlettered",
            "enqueued": "@now-2h",
            "deadLetterReason": "MaxDeliveryCountExceeded",
            "deadLetterDescription": "Message could not be consumed after 10 delivery attempts.",
        },
        {
            "state": "deadlettered",
            "enqueued": "@now-1h",
            "deadLetterReason": "UnknownCustomer",
            "deadLetterDescription": "nobody is called jane@contoso.example",
        },
    ]
}
SESSIONS = {"sessions": True, "messages": [{"session": "a", "enqueued": "@now-9m"}, {"session": "b"}]}
SERVICE = {
    "queues": {"orders-in": ORDERS, "carts": SESSIONS},
    "topics": {"order-events": {"subscriptions": {"billing": {}}}},
}
PARTITIONS = [
    {"id": "0", "beginning": 7, "last": 81234, "lastEnqueued": "@now-1m"},
    {"id": "1", "empty": True},
]
HUBS = {"eventHubs": {"telemetry": {"partitions": PARTITIONS}}}


def ago(instant: datetime | None) -> timedelta:
    assert instant is not None
    return datetime.now(UTC) - instant


def about(span: timedelta, minutes: float) -> bool:
    return abs(span - timedelta(minutes=minutes)) < timedelta(seconds=30)


def test_what_only_the_data_plane_knows_is_told(place: Callable[..., Place]) -> None:
    here = place(SERVICE, HUBS)
    answer = here.ask(*here.subjects("queue", "subscription", "event_hub"))
    assert answer.error is None
    looked = Looked()
    view = here.view(answer, looked)
    orders = view.entity(here.one("queue", "orders-in"))
    assert orders is not None
    assert about(ago(orders.oldest_enqueued), 4)
    assert (orders.peeked, orders.active, orders.bounded) == (3, 3, False)
    newest, older = orders.dead_letters
    assert (str(newest), newest.description) == ("UnknownCustomer", None)
    assert (older.reason, older.description is not None) == ("MaxDeliveryCountExceeded", True)
    assert about(ago(newest.enqueued), 60)
    billing = view.entity(here.one("subscription", "billing"))
    assert billing is not None
    assert (billing.oldest_enqueued, billing.dead_letters) == (None, ())
    full, empty = view.partitions(here.one("event_hub", "telemetry")) or ()
    assert (full.id, full.beginning, full.last, full.empty) == ("0", 7, 81234, False)
    assert about(ago(full.last_enqueued), 1)
    assert (empty.empty, empty.last_enqueued) == (True, None)
    assert looked.count == 4


def test_nothing_is_done_but_peeking_and_reading(place: Callable[..., Place]) -> None:
    here = place(SERVICE, HUBS)
    here.ask(*here.subjects("queue", "subscription", "event_hub", "canary", "consumer"))
    assert here.asked() == {*PEEKING, "READ"}
    assert {asked.transport for asked in here.sandbox.requests if asked.source == "bus"} == {"amqps"}


def test_no_body_no_property_and_no_words_of_an_application_are_recorded(place: Callable[..., Place]) -> None:
    here = place(SERVICE)
    recorded = msgspec.json.encode(here.ask(*here.subjects("queue")).data).decode()
    assert not [secret for secret in SECRETS if secret in recorded]
    assert "UnknownCustomer" in recorded


def test_an_entity_with_sessions_is_peeked_at_without_a_session(place: Callable[..., Place]) -> None:
    here = place(SERVICE)
    carts = here.view(here.ask(*here.subjects("queue"))).entity(here.one("queue", "Carts"))
    assert carts is not None
    assert about(ago(carts.oldest_enqueued), 9)
    assert here.asked() == PEEKING


def test_hostile_messages_are_survived(place: Callable[..., Place]) -> None:
    nasty = {"body": "\x00\ud7ff" * 500, "properties": {"DeadLetterReason": "\x1b[2J<script>", "x" * 300: -1}}
    letters = [{**nasty, "state": "deadlettered"}, {"state": "deadlettered", "deadLetterReason": "r" * 100_000}]
    here = place({"queues": {"orders-in": {"messages": [nasty, *letters]}}})
    orders = here.view(here.ask(here.one("queue", "orders-in"))).entity(here.one("queue", "orders-in"))
    assert orders is not None
    assert [letter.reason for letter in orders.dead_letters] == ["r" * 120, "[2J<script>"]
    assert orders.active == 1


def test_a_hundred_thousand_dead_letters_take_few_peeks(place: Callable[..., Place]) -> None:
    letters = {"state": "deadlettered", "deadLetterReason": "old", "enqueued": "@now-9h", "count": 20_000}
    newest = {"state": "deadlettered", "deadLetterReason": "new"}
    here = place({"queues": {"orders-in": {"messages": [letters, newest]}}})
    answer = here.ask(here.one("queue", "orders-in"))
    orders = here.view(answer).entity(here.one("queue", "orders-in"))
    assert orders is not None
    assert (orders.dead_letters[0].reason, orders.dead_letters_bounded) == ("new", True)
    assert answer.requests < 40


def test_an_entity_that_is_not_there_is_none(place: Callable[..., Place]) -> None:
    here = place({"queues": {}}, {"eventHubs": {}})
    answer = here.ask(*here.subjects("queue", "event_hub"))
    assert answer.error is None
    looked = Looked()
    view = here.view(answer, looked)
    assert view.entity(here.one("queue", "orders-in")) is None
    assert view.partitions(here.one("event_hub", "telemetry")) is None
    assert looked.count == 0


ILL = {
    "dropped": ({"at": "connect", "do": "drop"}, "unreachable", "onnection"),
    "dropped-late": ({"at": "request", "do": "drop"}, "unreachable", "onnection"),
    "no-amqp": ({"at": "connect", "do": "malformed"}, "malformed", "no AMQP"),
    "garbled": ({"at": "request", "do": "malformed"}, "malformed", "no AMQP"),
    "full": (
        {"at": "connect", "do": "refuse", "condition": "amqp:resource-limit-exceeded", "message": "too many"},
        "throttled",
        "too many",
    ),
    "token": ({"at": "token", "do": "refuse"}, "denied", "InvalidIssuer"),
    "link": ({"at": "attach", "do": "refuse"}, "denied", "'Listen' claim"),
    "closed": ({"at": "request", "do": "close", "message": "The link is detached."}, "unreachable", "detached"),
    "busy": (
        {"at": "request", "do": "refuse", "status": 503, "condition": "com.microsoft:server-busy", "message": "busy"},
        "throttled",
        "busy",
    ),
    "internal": ({"at": "request", "do": "refuse", "message": "oops"}, "unexpected", "oops"),
}


@pytest.mark.parametrize(("rule", "kind", "said"), ILL.values(), ids=ILL)
def test_an_ill_namespace_is_told_apart(
    place: Callable[..., Place], rule: dict[str, Any], kind: str, said: str
) -> None:
    here = place({**SERVICE, "behaviour": [rule]})
    with pytest.raises(SourceFailed) as caught:
        here.ask(here.one("queue", "orders-in"))
    error = caught.value.error
    assert (error.kind, said in error.message) == (kind, True), error
    assert error.message.startswith("weu: sb-prod-weu.servicebus.windows.net:5671/orders-in: ")
    role = f"Azure Service Bus Data Receiver on {SCOPE}ServiceBus/namespaces/sb-prod-weu"
    assert error.missing_permission == (role if kind == "denied" else None)


HUB_ILL = {
    "dropped": ({"at": "connect", "do": "drop"}, "unreachable"),
    "garbled": ({"at": "request", "do": "malformed"}, "malformed"),
    "token": ({"at": "token", "do": "refuse"}, "denied"),
    "denied": ({"at": "request", "do": "refuse", "status": 401, "message": "'Listen' claim(s) are required"}, "denied"),
    "busy": ({"at": "request", "do": "refuse", "status": 503}, "throttled"),
    "closed": ({"at": "request", "do": "close"}, "unreachable"),
}


@pytest.mark.parametrize(("rule", "kind"), HUB_ILL.values(), ids=HUB_ILL)
def test_an_ill_namespace_of_event_hubs_is_told_apart(
    place: Callable[..., Place], rule: dict[str, Any], kind: str
) -> None:
    here = place(None, {**HUBS, "behaviour": [rule]})
    with pytest.raises(SourceFailed) as caught:
        here.ask(*here.subjects("event_hub"))
    error = caught.value.error
    assert error.kind == kind, error
    role = f"Azure Event Hubs Data Receiver on {SCOPE}EventHub/namespaces/eh-prod-weu"
    assert error.missing_permission == (role if kind == "denied" else None)


@pytest.mark.parametrize("at", ["connect", "token", "attach", "request"])
def test_a_namespace_that_stalls_is_late_and_the_deadline_is_kept(place: Callable[..., Place], at: str) -> None:
    here = place({**SERVICE, "behaviour": [{"at": at, "do": "stall"}]})
    began = time.monotonic()
    with pytest.raises(SourceFailed) as caught:
        here.ask(*here.subjects("queue"), seconds=1.5)
    assert caught.value.error.kind == "timeout"
    assert time.monotonic() - began < 30


def test_what_passes_is_tried_again(place: Callable[..., Place]) -> None:
    here = place({**SERVICE, "behaviour": [{"at": "connect", "do": "drop", "times": 2}]})
    assert here.ask(here.one("queue", "orders-in")).error is None


def test_one_entity_that_fails_leaves_the_others_judged(place: Callable[..., Place]) -> None:
    here = place({**SERVICE, "behaviour": [{"at": "attach", "do": "refuse", "entity": "carts*"}]})
    answer = here.ask(*here.subjects("queue"))
    assert answer.error is not None
    assert (answer.error.kind, answer.error.message[:49]) == (
        "partial",
        "2 of 4 looks at the buses of weu brought nothing:",
    )
    view = here.view(answer)
    carts, orders = view.entity(here.one("queue", "Carts")), view.entity(here.one("queue", "orders-in"))
    assert carts is not None
    assert orders is not None
    assert orders.active == 3
    with pytest.raises(
        EvidenceMissing, match=r"sb-prod-weu/carts could not be looked at: .*needs Azure Service Bus Data"
    ):
        _ = carts.oldest_enqueued


def test_dead_letters_that_may_not_be_looked_at_leave_the_age_judged(place: Callable[..., Place]) -> None:
    here = place({**SERVICE, "behaviour": [{"at": "token", "do": "refuse", "entity": "orders-in/$DeadLetterQueue"}]})
    orders = here.view(here.ask(here.one("queue", "orders-in"))).entity(here.one("queue", "orders-in"))
    assert orders is not None
    assert orders.active == 3
    with pytest.raises(EvidenceMissing, match="the dead letters of sb-prod-weu/orders-in"):
        _ = orders.dead_letters


def test_a_partition_that_does_not_answer_leaves_its_hub_unproven(place: Callable[..., Place]) -> None:
    rule = {"at": "request", "do": "refuse", "status": 500, "entity": "telemetry/1"}
    here = place(None, {**HUBS, "behaviour": [rule]})
    answer = here.ask(*here.subjects("event_hub"))
    assert answer.error is not None
    with pytest.raises(EvidenceMissing, match="partition 1 of eh-prod-weu/telemetry could not be looked at"):
        here.view(answer).partitions(here.one("event_hub", "telemetry"))


def test_a_namespace_where_nobody_listens_is_unreachable(place: Callable[..., Place]) -> None:
    here = place(None, HUBS)
    with pytest.raises(SourceFailed, match=r"nobody listens at sb-prod-weu\.servicebus\.windows\.net:5671") as caught:
        here.ask(*here.subjects("queue"))
    assert caught.value.error.kind == "unreachable"


def test_without_an_amqp_peer_it_says_so(place: Callable[..., Place]) -> None:
    here = place(SERVICE)
    here.sandbox.routes = Routes(kubeconfig="none", absent={"bus": "no AMQP peer here"})
    with pytest.raises(SourceFailed, match="no AMQP peer here"):
        here.ask(*here.subjects("queue"))


def test_what_nobody_asked_for_is_unproven(place: Callable[..., Place]) -> None:
    here = place(SERVICE)
    view = here.view(here.ask(here.one("queue", "orders-in")))
    for look in (lambda: view.entity(here.one("queue", "Carts")), lambda: view.trip(here.subjects("canary")[0])):
        with pytest.raises(EvidenceMissing):
            look()


def test_consumers_are_their_entities(place: Callable[..., Place]) -> None:
    here = place(SERVICE, HUBS)
    answer = here.ask(*here.subjects("consumer"))
    view = here.view(answer)
    by_id = {each.id: each for each in here.subjects("consumer")}
    assert view.entity(by_id["orders-in"]) is not None
    assert view.partitions(by_id["telemetry/orders"]) is not None
    assert json.loads(msgspec.json.encode(answer.data))["entities"].keys() == {
        "sb-prod-weu/orders-in",
        "sb-prod-weu/carts",
        "sb-prod-weu/order-events/subscriptions/billing",
    }
