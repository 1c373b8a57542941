"""Service Bus and Event Hubs of the sandbox, as Azure's own clients see them."""

from __future__ import annotations

import gc
import re
import socket
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

pytest.importorskip("proton", reason="the sandbox's AMQP peer is not installed")

from azure.eventhub import EventHubConsumerClient
from azure.servicebus import (
    NEXT_AVAILABLE_SESSION,
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceiveMode,
    ServiceBusSubQueue,
)
from azure.servicebus.exceptions import ServiceBusError

from fixtures.sandbox.bus_peer import GARBAGE
from fixtures.sandbox.landscape import Sandbox
from fixtures.sandbox.world import WorldInvalid

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

HOST = "sb-prod-neu.servicebus.windows.net"
FILE = "bus/sb-prod-neu.yaml"
LETTER = {
    "body": "poison",
    "state": "deadlettered",
    "enqueued": "@now-2h",
    "deadLetterReason": "MaxDeliveryCountExceeded",
    "deadLetterDescription": "Message could not be consumed after 10 delivery attempts.",
}
ORDERS = {
    "messages": [
        {"body": "one", "enqueued": "@now-3m", "properties": {"attempt": 1}, "correlationId": "c-1"},
        {"body": {"two": 2}, "enqueued": "@now-2m"},
        {"body": "later", "state": "scheduled", "scheduledFor": "@now+1h"},
        {"body": "put off", "state": "deferred"},
        LETTER,
    ]
}
WORLD = {
    "queues": {
        "orders-in": ORDERS,
        "carts": {"sessions": True, "messages": [{"body": "a1", "session": "a"}, {"body": "b1", "session": "b"}]},
    },
    "topics": {"order-events": {"subscriptions": {"billing": {}, "audit": {}}}},
}
HUB = {
    "eventHubs": {
        "telemetry": {
            "partitions": [
                {"id": "0", "beginning": 7, "last": 81234, "lastEnqueued": "@now-1m"},
                {"id": "1", "empty": True},
            ]
        }
    }
}


def connection(sandbox: Sandbox, host: str = HOST) -> str:
    """The development emulator's connection string."""
    port = sandbox.routes.connects[f"{host}:5672"].rpartition(":")[2]
    return f"Endpoint=sb://localhost:{port};SharedAccessKeyName=any;SharedAccessKey=any;UseDevelopmentEmulator=true;"


@pytest.fixture
def bus(serve: Callable[..., Sandbox]) -> Iterator[Callable[..., tuple[Sandbox, ServiceBusClient]]]:
    """A sandbox with a namespace, and the SDK's client of it."""
    made: list[ServiceBusClient] = []

    def serving(world: Any = WORLD, **more: Any) -> tuple[Sandbox, ServiceBusClient]:
        sandbox = serve({FILE: {**world, **more}})
        made.append(ServiceBusClient.from_connection_string(connection(sandbox), retry_total=0))
        return sandbox, made[-1]

    yield serving
    for client in made:
        client.close()
    made.clear()
    gc.collect()  # a client whose connection failed leaves its socket to it


def peeked(client: ServiceBusClient, queue: str = "orders-in", **options: Any) -> list[Any]:
    with client.get_queue_receiver(queue, **options) as receiver:
        return list(receiver.peek_messages(50))


def methods(sandbox: Sandbox) -> list[str]:
    return [asked.method for asked in sandbox.requests if asked.source == "bus"]


def test_peeking_shows_what_the_world_says_and_changes_nothing(bus: Any) -> None:
    sandbox, client = bus()
    with client.get_queue_receiver("orders-in") as receiver:
        one, two, later, put_off = receiver.peek_messages(50)
        assert [each.sequence_number for each in receiver.peek_messages(2, sequence_number=3)] == [3, 4]
        assert receiver.peek_messages(1, sequence_number=99) == []
    assert (str(one), str(two)) == ("one", '{"two": 2}')
    assert one.application_properties == {b"attempt": 1}
    assert one.correlation_id == "c-1"
    assert abs(datetime.now(UTC) - one.enqueued_time_utc - timedelta(minutes=3)) < timedelta(seconds=20)
    assert [each.state.name for each in (one, two, later, put_off)] == ["ACTIVE", "ACTIVE", "SCHEDULED", "DEFERRED"]
    assert later.scheduled_enqueue_time_utc > datetime.now(UTC)
    assert "RECEIVE" not in methods(sandbox)
    assert len(peeked(client)) == 4


def test_a_dead_letter_says_why(bus: Any) -> None:
    _, client = bus()
    (letter,) = peeked(client, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    assert letter.dead_letter_reason == LETTER["deadLetterReason"]
    assert letter.dead_letter_error_description == LETTER["deadLetterDescription"]


def test_messages_are_sent_one_by_one_and_in_batches_and_are_received_under_a_lock(bus: Any) -> None:
    sandbox, client = bus({"queues": {"orders-in": {}}})
    with client.get_queue_sender("orders-in") as sender:
        sender.send_messages(ServiceBusMessage("single", message_id="m-1", application_properties={"a": "b"}))
        sender.send_messages([ServiceBusMessage(b"\x00\x01 bytes"), ServiceBusMessage("x" * 100_000)])
        batch = sender.create_message_batch()
        batch.add_message(ServiceBusMessage("alone in its batch"))
        sender.send_messages(batch)
    with client.get_queue_receiver("orders-in") as receiver:
        single, raw, long, alone = receiver.receive_messages(10, max_wait_time=2)
        assert (single.message_id, single.application_properties) == ("m-1", {b"a": b"b"})
        assert b"".join(raw.body) == b"\x00\x01 bytes"
        assert (len(str(long)), str(alone)) == (100_000, "alone in its batch")
        assert isinstance(single.lock_token, uuid.UUID)
        assert single.locked_until_utc > datetime.now(UTC)
        receiver.complete_message(single)
        receiver.dead_letter_message(raw, reason="no order", error_description="it holds none")
        receiver.abandon_message(long)
        receiver.defer_message(alone)
        receiver.renew_message_lock(receiver.receive_messages(1, max_wait_time=2)[0])
    assert [(each.state.name, each.delivery_count) for each in peeked(client)] == [("ACTIVE", 2), ("DEFERRED", 1)]
    (dead,) = peeked(client, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("no order", "it holds none")
    assert [each for each in methods(sandbox) if each == "SEND"] == ["SEND"] * 3


def test_what_is_received_and_deleted_is_gone(bus: Any) -> None:
    _, client = bus()
    deleting = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    with client.get_queue_receiver("orders-in", receive_mode=deleting) as receiver:
        assert [str(each) for each in receiver.receive_messages(10, max_wait_time=1)] == ["one", '{"two": 2}']
    assert [each.state.name for each in peeked(client)] == ["SCHEDULED", "DEFERRED"]


def test_a_message_that_fails_too_often_is_dead_lettered(bus: Any) -> None:
    _, client = bus({"queues": {"orders-in": {"maxDeliveryCount": 2, "messages": [{"body": "poison"}]}}})
    with client.get_queue_receiver("orders-in") as receiver:
        for _ in range(2):
            (message,) = receiver.receive_messages(1, max_wait_time=2)
            receiver.abandon_message(message)
    assert peeked(client) == []
    (letter,) = peeked(client, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    assert letter.dead_letter_reason == "MaxDeliveryCountExceeded"


def test_every_subscription_gets_what_is_sent_to_its_topic(bus: Any) -> None:
    _, client = bus()
    with client.get_topic_sender("order-events") as sender:
        sender.send_messages(ServiceBusMessage("paid"))
    for name in ("billing", "AUDIT"):
        with client.get_subscription_receiver("order-events", name) as receiver:
            assert [str(each) for each in receiver.peek_messages(5)] == ["paid"]


def test_sessions_are_held_by_one_receiver_and_listed(bus: Any) -> None:
    sandbox, client = bus()
    with client.get_queue_receiver("carts", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=2) as receiver:
        assert receiver.session.session_id == "a"
        assert [str(each) for each in receiver.receive_messages(5, max_wait_time=1)] == ["a1"]
        with pytest.raises(ServiceBusError), client.get_queue_receiver("carts", session_id="a") as second:
            second.receive_messages(1, max_wait_time=1)
    with pytest.raises(ServiceBusError), client.get_queue_receiver("carts") as plain:
        plain.receive_messages(1, max_wait_time=1)
    attached = [asked.status for asked in sandbox.requests if asked.method == "ATTACH-RECEIVER"]
    assert attached == ["ok", "com.microsoft:session-cannot-be-locked", "amqp:not-allowed"]
    assert list(client.list_queue_sessions("carts")) == ["a", "b"]


def test_event_hubs_describe_their_partitions(serve: Callable[..., Sandbox]) -> None:
    sandbox = serve({"bus/eh-prod-neu.yaml": HUB})
    said = connection(sandbox, "eh-prod-neu.servicebus.windows.net")
    with EventHubConsumerClient.from_connection_string(said, "$Default", eventhub_name="telemetry") as client:
        assert client.get_partition_ids() == ["0", "1"]
        full, empty = (client.get_partition_properties(each) for each in ("0", "1"))
    assert (full["beginning_sequence_number"], full["last_enqueued_sequence_number"]) == (7, 81234)
    assert datetime.now(UTC) - full["last_enqueued_time_utc"] < timedelta(minutes=2)
    assert (full["is_empty"], empty["is_empty"]) == (False, True)
    assert "RECEIVE" not in methods(sandbox)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"at": "connect", "do": "drop"}, "Failed to initiate the connection"),
        ({"at": "connect", "do": "refuse", "condition": "amqp:not-found", "message": "no such host"}, "no such host"),
        ({"at": "token", "do": "refuse", "status": 401}, "client-error"),
        (
            {"at": "attach", "do": "refuse", "entity": "orders-in"},
            "Management Operation error|Failed to open mgmt link",  # as the client reads the refusal late or at once
        ),
        ({"at": "request", "do": "refuse", "status": 503, "condition": "com.microsoft:server-busy"}, "server-busy"),
        ({"at": "request", "do": "drop"}, "closed connection"),
    ],
    ids=["drop", "connection", "token", "link", "busy", "drop-request"],
)
def test_a_namespace_is_as_ill_as_its_world_says(bus: Any, rule: dict[str, Any], told: str) -> None:
    _, client = bus(behaviour=[rule])
    with pytest.raises(ServiceBusError) as caught:
        peeked(client)
    assert re.search(told, f"{caught.value} {caught.value.__cause__ or caught.value.__context__}")


def test_an_illness_may_pass(bus: Any) -> None:
    sandbox, client = bus(behaviour=[{"at": "connect", "do": "drop", "times": 1}])
    with pytest.raises(ServiceBusError):
        peeked(client)
    assert len(peeked(client)) == 4
    assert [asked.status for asked in sandbox.requests if asked.method == "CONNECT"] == [0, "ok"]


@pytest.mark.parametrize(("do", "said"), [("malformed", GARBAGE), ("stall", b"")])
def test_a_connection_may_say_nothing_or_nonsense(serve: Callable[..., Sandbox], do: str, said: bytes) -> None:
    sandbox = serve({FILE: {"behaviour": [{"at": "connect", "do": do}]}})
    host, _, port = sandbox.routes.connects[f"{HOST}:5672"].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as client:
        client.sendall(b"AMQP\x03\x01\x00\x00")
        client.settimeout(30 if said else 0.3)
        try:
            assert client.recv(4096) == said
        except TimeoutError:
            assert said == b""


def test_what_was_sent_stays_over_a_reload_that_leaves_the_file_alone(bus: Any, fault: Any) -> None:
    sandbox, client = bus({"queues": {"orders-in": {}}})
    with client.get_queue_sender("orders-in") as sender:
        sender.send_messages(ServiceBusMessage("kept"))
    sandbox.reload(faults=())
    assert [str(each) for each in peeked(client)] == ["kept"]
    sandbox.reload(now=sandbox.now + timedelta(minutes=1))
    assert [str(each) for each in peeked(client)] == ["kept"]
    change = {"file": FILE, "set": {"queues.orders-in.messages": [{"body": "made"}]}}
    assert sandbox.reload(faults=(fault(change),)) >= {("weu", "bus"), ("neu", "bus")}
    assert [str(each) for each in peeked(client)] == ["made"]


def test_the_instants_of_the_world_move_with_its_clock(bus: Any) -> None:
    sandbox, client = bus()
    before = peeked(client)[0].enqueued_time_utc
    sandbox.reload(now=sandbox.now + timedelta(minutes=5))
    assert peeked(client)[0].enqueued_time_utc - before == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"queues": {"q": {"messages": [{"bodi": "x"}]}}}, "unknown key bodi, did you mean body?"),
        ({"queues": {"q": {"messages": [{"enqueued": "@now-5x"}]}}}, "@now-5x"),
        ({"queues": {"q": {"lockDuration": "soon"}}}, "'soon' is no duration"),
        ({"behaviour": [{"at": "tea", "do": "drop"}]}, "tea"),
    ],
)
def test_a_mistake_in_the_world_is_told(serve: Callable[..., Sandbox], document: Any, sentence: str) -> None:
    with pytest.raises(WorldInvalid, match=r"sb-prod-neu\.yaml") as caught:
        serve({FILE: document})
    assert sentence in str(caught.value)
