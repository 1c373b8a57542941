from __future__ import annotations

from pathlib import Path

from tests.checks.managed import declaring

QUEUE = {"name": "in", "bus": "sb-<site>", "forwardTo": "out"}


def test_namespaces_are_those_that_something_is_declared_in(tmp_path: Path) -> None:
    hub = {"name": "h", "bus": "eh-<site>", "group": "g", "consumer": "worker"}
    environment = declaring(
        tmp_path,
        workloads=[{"name": "worker", "kind": "Deployment", "replicas": {"active": 1, "passive": 0}}],
        queues=[QUEUE, {**QUEUE, "name": "in-2"}],
        eventHubs=[hub],
    )
    found = [(each.place, each.id, each.service, each.hubs) for each in environment.declared("bus_namespace")]
    assert found == [
        ("weu", "eh-weu", "orders", True),
        ("neu", "eh-neu", "orders", True),
        ("weu", "sb-weu", "orders", False),
        ("neu", "sb-neu", "orders", False),
    ]
    assert {each.owner for each in environment.declared("bus_namespace")} == {"team-orders"}
    assert next(str(each) for each in environment.declared("bus_namespace")) == "namespace eh-weu"
    assert len(environment.declared("entity")) == 6
    assert len(environment.declared("consumed")) == 4


def test_an_alias_has_a_name_in_the_domain_of_the_cloud(tmp_path: Path) -> None:
    environment = declaring(tmp_path, busAliases=[{"name": "sb", "members": {"weu": "sb-weu", "neu": "sb-neu"}}])
    (name,) = environment.declared("alias_name")
    assert (name.host, name.members) == ("sb.servicebus.windows.net", {"weu": "sb-weu", "neu": "sb-neu"})
    assert (name.place, name.id, name.resolvers, name.owner, str(name)) == (
        "global",
        "sb",
        (),
        "team-orders",
        "alias sb",
    )
