"""What every Service Bus keeps to: the sandbox's peer always, a namespace or the emulator where one is named.

``GONOGO_CONTRACT_SERVICEBUS`` is a connection string, ``GONOGO_CONTRACT_SERVICEBUS_QUEUE`` a queue that may be used up
(``queue.1``, which the emulator has, if left out). Whatever waits there is taken out.
"""

from __future__ import annotations

import gc
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusReceiveMode, ServiceBusSubQueue

from fixtures.sandbox import start
from fixtures.sources.bus.looking import dead, waiting
from fixtures.sources.bus.peeking import Peeker
from tests.contract import peers
from tests.contract.conftest import must_be_here
from tests.sandbox import worlds

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

QUEUE = os.environ.get("GONOGO_CONTRACT_SERVICEBUS_QUEUE", "queue.1")
DEAD = f"{QUEUE}/$DeadLetterQueue"
DELETING = ServiceBusReceiveMode.RECEIVE_AND_DELETE


@pytest.fixture(params=["sandbox", "real"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The connection string of a peer whose queue is empty."""
    if request.param == "real":
        must_be_here(peers.service_bus())
        yield os.environ[peers.SERVICE_BUS]
        return
    must_be_here(peers.broker())
    root = worlds.write(tmp_path / "world", {"bus/contract.yaml": {"queues": {QUEUE: {}}}})
    with start(root, worlds.environment(), "pre-cutover", (), None, tmp_path / "work") as sandbox:
        port = sandbox.routes.connects["contract.servicebus.windows.net:5672"].rpartition(":")[2]
        yield f"Endpoint=sb://localhost:{port};SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true;"
    gc.collect()


@pytest.fixture
def client(connection: str) -> Iterator[ServiceBusClient]:
    """The SDK's client of a queue that is emptied before."""
    with ServiceBusClient.from_connection_string(connection, retry_total=1) as client:
        for options in ({}, {"sub_queue": ServiceBusSubQueue.DEAD_LETTER}):
            with client.get_queue_receiver(QUEUE, receive_mode=DELETING, **options) as receiver:  # type: ignore[arg-type]
                while receiver.receive_messages(100, max_wait_time=1):
                    pass
        yield client


@pytest.fixture
def peek(connection: str) -> Callable[..., Any]:
    """Peeks as the source does, and makes of it what the source makes."""

    def peeking(path: str, made: Callable[[Any], Any]) -> Any:
        with closing(Peeker._from_connection_string(connection, queue_name=path, retry_total=1)) as peeker:
            return made(lambda begin, count: peeker.peek_messages(count, sequence_number=begin, timeout=20))

    return peeking


def send(client: ServiceBusClient, *messages: ServiceBusMessage) -> None:
    with client.get_queue_sender(QUEUE) as sender:
        sender.send_messages(list(messages))


def test_a_message_is_peeked_at_and_stays(client: ServiceBusClient, peek: Callable[..., Any]) -> None:
    send(client, ServiceBusMessage("one"), ServiceBusMessage("two"))
    for _ in range(2):
        found = peek(QUEUE, waiting)
        assert (found.peeked, found.active, found.bounded) == (2, 2, False)
        assert abs(datetime.now(UTC) - found.oldest_enqueued) < timedelta(minutes=1)
    with client.get_queue_receiver(QUEUE) as receiver:
        assert [str(each) for each in receiver.receive_messages(2, max_wait_time=5)] == ["one", "two"]


def test_an_empty_queue_has_nothing_to_peek_at(client: ServiceBusClient, peek: Callable[..., Any]) -> None:
    assert (peek(QUEUE, waiting).peeked, peek(DEAD, dead).newest) == (0, ())


def test_a_scheduled_or_deferred_message_does_not_wait(client: ServiceBusClient, peek: Callable[..., Any]) -> None:
    later = ServiceBusMessage("later", scheduled_enqueue_time_utc=datetime.now(UTC) + timedelta(minutes=10))
    send(client, ServiceBusMessage("put off"), later)
    with client.get_queue_receiver(QUEUE) as receiver:
        (message,) = receiver.receive_messages(1, max_wait_time=5)
        receiver.defer_message(message)
    found = peek(QUEUE, waiting)
    assert (found.peeked, found.active, found.oldest_enqueued) == (2, 0, None)


def test_the_reason_of_a_dead_letter_is_told(client: ServiceBusClient, peek: Callable[..., Any]) -> None:
    send(client, ServiceBusMessage("poison"))
    with client.get_queue_receiver(QUEUE) as receiver:
        (message,) = receiver.receive_messages(1, max_wait_time=5)
        receiver.dead_letter_message(message, reason="NoSuchOrder", error_description="not to be told")
    (letter,) = peek(DEAD, dead).newest
    assert (letter.reason, letter.description) == ("NoSuchOrder", None)


def test_among_many_dead_letters_the_newest_is_found(client: ServiceBusClient, peek: Callable[..., Any]) -> None:
    last = uuid.uuid4().hex
    send(client, *(ServiceBusMessage(str(number)) for number in range(120)))
    with client.get_queue_receiver(QUEUE, prefetch_count=60) as receiver:
        for number in range(120):
            (message,) = receiver.receive_messages(1, max_wait_time=5)
            receiver.dead_letter_message(message, reason=last if number == 119 else "older")
    found = peek(DEAD, dead)
    assert (found.bounded, found.newest[0].reason) == (True, last)


def test_a_released_message_comes_again_as_it_was(client: ServiceBusClient, peek: Callable[..., Any]) -> None:
    from fixtures.sources.bus.canary import _give_back

    send(client, ServiceBusMessage("somebody's"))
    with client.get_queue_receiver(QUEUE) as receiver:
        (message,) = receiver.receive_messages(1, max_wait_time=5)
        _give_back(receiver, message)
    with client.get_queue_receiver(QUEUE) as receiver:
        (again,) = receiver.receive_messages(1, max_wait_time=5)
        assert (again.message_id, again.delivery_count or 0) == (message.message_id, message.delivery_count or 0)
        receiver.complete_message(again)
