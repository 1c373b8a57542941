"""How looks at a namespace are made: bounded, with patience, and until the deadline."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from azure.servicebus._pyamqp.error import AMQPLinkError, TokenAuthFailure
from azure.servicebus.exceptions import ServiceBusError

from fixtures.at_once import at_once
from fixtures.azure.credential import SandboxCredential
from fixtures.environment import Environment
from fixtures.evidence import Routes
from fixtures.sources.bus.connections import AT_ONCE, ATTEMPTS, SERVICE_BUS, Connections, Failed
from fixtures.sources.bus.subjects import Place

QUEUE = Place("sb-prod-weu", "orders-in")
BUSY = ServiceBusError("", error=AMQPLinkError(b"com.microsoft:server-busy", description=b"busy"))
DENIED = ServiceBusError("", error=TokenAuthFailure(401, b"InvalidIssuer"))


def connections(declared: Environment, seconds: float = 10.0) -> Connections:
    return Connections(declared, SandboxCredential(), Routes(), "weu", time.monotonic() + seconds)


def test_there_are_never_more_connections_than_allowed(declared: Environment) -> None:
    here, lock = connections(declared), threading.Lock()
    now, most = 0, 0

    def look(_: str) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1

    tasks = {number: lambda: here.patiently(QUEUE, SERVICE_BUS, look) for number in range(100)}
    assert len(at_once(tasks, here.end, workers=50)) == 100
    assert 1 < most <= AT_ONCE


@pytest.mark.parametrize(("problem", "times"), [(BUSY, ATTEMPTS), (DENIED, 1), (OSError("no route"), ATTEMPTS)])
def test_only_what_may_pass_is_tried_again(declared: Environment, problem: Exception, times: int) -> None:
    asked: list[Any] = []

    def look(host: str) -> None:
        asked.append(host)
        raise problem

    with pytest.raises(Failed):
        connections(declared).patiently(QUEUE, SERVICE_BUS, look)
    assert asked == ["sb-prod-weu.servicebus.windows.net"] * times


def test_nothing_is_tried_after_the_deadline(declared: Environment) -> None:
    with pytest.raises(Failed) as caught:
        connections(declared, seconds=0).patiently(QUEUE, SERVICE_BUS, pytest.fail)
    assert caught.value.error.kind == "timeout"


@pytest.mark.parametrize(
    ("bus", "host"),
    [
        ("SB-Prod-weu", "sb-prod-weu.servicebus.windows.net"),
        (
            "/subscriptions/s/resourceGroups/r/providers/Microsoft.ServiceBus/namespaces/sb-x",
            "sb-x.servicebus.windows.net",
        ),
        ("sb-y.servicebus.usgovcloudapi.net", "sb-y.servicebus.usgovcloudapi.net"),
    ],
)
def test_a_namespace_is_reached_by_its_host(declared: Environment, bus: str, host: str) -> None:
    assert connections(declared).patiently(Place(bus, "q"), SERVICE_BUS, lambda asked: asked) == host
