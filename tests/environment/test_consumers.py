"""Who consumes what, and how a text may name it."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.environment import Environment
from fixtures.environment.consumers import Consumer, Part, consumers

NAME = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)


def consumer(example: Environment, id_: str, site: str = "neu") -> Consumer:
    return next(each for each in example.declared("consumer") if (each.id, each.site) == (id_, site))


def test_every_entity_with_a_consumer_is_one_per_site(example: Environment) -> None:
    found = [(each.site, each.id, each.workload.name, str(each)) for each in example.declared("consumer")]
    assert found == [
        (site, id_, "worker", text)
        for id_, text in (
            ("telemetry/orders", "event hub orders/telemetry/orders"),
            ("orders-in", "queue orders/orders-in"),
            ("order-events/billing", "subscription orders/order-events/billing"),
        )
        for site in ("weu", "neu")
    ]
    assert {each.owner for each in example.declared("consumer")} == {"team-orders"}


def test_its_bus_its_aliases_and_the_bus_of_the_other_site(example: Environment) -> None:
    orders = consumer(example, "orders-in")
    assert (orders.bus, orders.buses, orders.elsewhere) == ("sb-prod-neu", ("sb-prod-neu", "sb-prod"), ("sb-prod-weu",))
    assert [(part.what, part.name) for part in consumer(example, "order-events/billing").parts] == [
        ("topic", "order-events"),
        ("subscription", "billing"),
    ]
    assert [part.what for part in consumer(example, "telemetry/orders").parts] == ["hub", "group"]


@pytest.mark.parametrize(
    "text",
    ["sb-prod-neu", "SB-PROD-NEU.servicebus.windows.net", "sb://sb-prod.servicebus.windows.net/x", "ns=sb-prod-neu;"],
)
def test_what_names_this_bus(example: Environment, text: str) -> None:
    orders = consumer(example, "orders-in")
    assert orders.names_bus(text)
    assert orders.other_buses(text) == []
    assert not orders.stands_elsewhere(text)


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("sb-prod-weu", ["sb-prod-weu"]),
        ("Endpoint=sb://SB-prod-weu.servicebus.windows.net/", ["SB-prod-weu.servicebus.windows.net"]),
        ("sb-prod-neu2.servicebus.windows.net", ["sb-prod-neu2.servicebus.windows.net"]),
        ("sb-prod.servicebus.usgovcloudapi.net,old.servicebus.chinacloudapi.cn", ["old.servicebus.chinacloudapi.cn"]),
        ("my-sb-prod-neu", []),
        ("sb-prod-weu-archive", []),
        ("", []),
    ],
)
def test_what_names_another_bus_or_none(example: Environment, text: str, others: list[str]) -> None:
    assert consumer(example, "orders-in").other_buses(text) == others


@given(
    name=NAME,
    before=st.sampled_from(["", "/", "=", " ", '"', ":"]),
    after=st.sampled_from(["", "/", ";", " ", '"', ".", ","]),
)
def test_a_name_is_found_as_a_whole_in_any_case(name: str, before: str, after: str) -> None:
    assert Part("queue", name).named_in(f"{before}{name.upper()}{after}")


@given(name=NAME, more=NAME, joint=st.sampled_from(["", "-", "_", "."]))
def test_a_longer_name_is_another_name(name: str, more: str, joint: str) -> None:
    part = Part("queue", name)
    assert not part.named_in(f"{name}{joint}{more}") or (joint and more == name) or name in more
    assert not part.named_in(f"x{joint}{name}") or (not joint and name.startswith("x")) or name == "x"


def test_a_bus_by_its_id_in_any_case_is_the_bus_by_its_name(example: Environment) -> None:
    there, here = (each.entity for each in example.declared("consumer") if each.id == "orders-in")
    by_id = here.model_copy(update={"bus": "/subscriptions/s/resourcegroups/rg/providers/x/namespaces/SB-prod-neu"})
    by_id.stand(here.about)
    workloads = [each for each in example.declared("workload") if each.name == "worker"]
    aliases = example.declared("bus_alias")
    [orders] = [each for each in consumers([*workloads, *aliases, by_id, there]) if each.site == "neu"]
    assert (orders.bus, orders.buses[1:], orders.elsewhere) == ("SB-prod-neu", ("sb-prod",), ("sb-prod-weu",))
    [shared] = [each for each in consumers([*workloads, by_id, _at(here, "weu")]) if each.site == "neu"]
    assert shared.elsewhere == ()


def _at(entity: Any, site: str) -> Any:
    """The same declaration on another site."""
    moved = entity.model_copy()
    moved.stand(replace(entity.about, site=site))
    return moved
