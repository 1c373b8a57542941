"""Templates, values per site, and which sites a thing is declared for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from fixtures.environment import Environment

Loads = Callable[..., Environment]
Refuses = Callable[..., list[str]]


def service(*lines: str) -> str:
    return "services:\n  orders:\n" + "".join(f"    {line}\n" for line in lines)


def test_templates_are_replaced_everywhere_below_services(loads: Loads, small: str) -> None:
    environment = loads(
        small
        + service(
            "namespace: <service>-<site>",
            "workloads:",
            "  - {name: api, kind: DaemonSet, settings: {A: '<site> in <location> of <service>', B: {weu: x, neu: y}}}",
            "reconciliations:",
            "  - {name: r, left: {workspace: w, kql: 'a < 5 | where b > <limit>'}, right: {workspace: w, kql: z}}",
        )
    )
    weu, neu = environment.declared("workload")
    assert weu.settings == {"A": "weu in westeurope of orders", "B": "x"}
    assert neu.settings == {"A": "neu in northeurope of orders", "B": "y"}
    assert (weu.namespace, neu.namespace) == ("orders-weu", "orders-neu")
    assert [(one.place, one.name) for one in environment.declared("namespace")] == [
        ("weu", "orders-weu"),
        ("neu", "orders-neu"),
    ]
    assert environment.declared("reconciliation")[0].left.kql == "a < 5 | where b > <limit>"


def test_templates_of_the_platform_and_of_a_site(loads: Loads, small: str) -> None:
    text = small.replace("vantage: neu", "vantage: neu, workspace: log-<site>-<location>")
    environment = loads(text + "platform: {registries: [acr<service><site>]}\n")
    assert environment.site("neu").workspace == "log-neu-northeurope"
    assert [one.name for one in environment.declared("registry")] == ["acrplatformweu", "acrplatformneu"]


def test_any_value_may_differ_per_site(loads: Loads, small: str) -> None:
    environment = loads(
        small
        + service(
            "namespace: orders",
            "workloads:",
            "  - name: api",
            "    replicas: {weu: {active: 6, passive: 2}, neu: {active: {weu: 1, neu: 4}, passive: 0}}",
            "    memory: {headroom: {weu: 25%, neu: 30%}, peak: {weu: 1Gi, neu: {api: 2Gi}}}",
            "endpoints:",
            "  - url: {weu: 'https://a.example', neu: 'https://b.example'}",
            "    expect: {status: {weu: 200, neu: [200, 204]}}",
            "egress: {addresses: {weu: [1.1.1.1], neu: [2.2.2.2]}}",
            "alerts: [{name: {weu: left, neu: right}}]",
        )
    )
    weu, neu = environment.declared("workload")
    assert (weu.replicas.active, neu.replicas.active) == (6, 4)
    assert (str(weu.memory.headroom), str(neu.memory.headroom)) == ("25%", "30%")
    assert (str(weu.memory.peak_of("api")), str(neu.memory.peak_of("api"))) == ("1Gi", "2Gi")
    assert [one.id for one in environment.declared("endpoint")] == ["a.example", "b.example"]
    assert [one.expect.status for one in environment.declared("endpoint")] == [(200,), (200, 204)]
    assert [one.addresses for one in environment.declared("egress")] == [("1.1.1.1",), ("2.2.2.2",)]
    assert [one.id for one in environment.declared("alert")] == ["left", "right"]


def test_sites_narrow_a_thing(loads: Loads, small: str) -> None:
    environment = loads(
        small
        + service(
            "namespace: orders",
            "workloads: [{name: api, kind: DaemonSet, sites: [neu]}, {name: job, kind: DaemonSet}]",
            "queues: [{name: q, bus: {neu: b}, consumer: api, sites: [neu]}]",
            "alerts: [both, {name: one, sites: [weu]}]",
            "reconciliations:",
            "  - {name: r, sites: [neu], left: {workspace: w-<site>, kql: a}, right: {workspace: w, kql: a}}",
            "canary: {queue: q, bus: b, sites: [neu]}",
        )
    )
    assert [(one.place, one.id) for one in environment.declared("workload")] == [
        ("neu", "api"),
        ("weu", "job"),
        ("neu", "job"),
    ]
    assert [(one.place, one.bus) for one in environment.declared("queue")] == [("neu", "b")]
    assert [(one.place, one.id) for one in environment.declared("alert")] == [
        ("weu", "both"),
        ("neu", "both"),
        ("weu", "one"),
    ]
    assert [(one.place, one.left.workspace) for one in environment.declared("reconciliation")] == [("neu", "w-neu")]
    assert [one.place for one in environment.declared("canary")] == ["neu"]


def test_what_is_one_thing_for_all_sites(loads: Loads, small: str) -> None:
    environment = loads(
        small
        + service(
            "names:",
            "  - {host: api.example, resolvers: [public], before: [a.example], after: [b.example]}",
            "  - {host: <site>.example, resolvers: [public], before: [a.example], after: [b.example]}",
            "  - {host: each.example, resolvers: [public], before: {weu: [a.example], neu: [c.example]}, after: [b]}",
            "databases: [{cosmos: c}, {redis: r-<location>}]",
        )
    )
    assert [(one.place, one.id) for one in environment.declared("name")] == [
        ("global", "api.example"),
        ("weu", "weu.example"),
        ("neu", "neu.example"),
        ("weu", "each.example"),
        ("neu", "each.example"),
    ]
    assert [(one.place, one.id) for one in environment.declared("database")] == [
        ("global", "c"),
        ("weu", "r-westeurope"),
        ("neu", "r-northeurope"),
    ]


def test_the_from_site_comes_first_then_the_to_site(loads: Loads, small: str) -> None:
    text = small.replace("from: weu", "from: neu").replace("to: neu", "to: weu")
    text = text.replace("  dc1:", "  seu: {location: spaincentral, cluster: {name: c, inCluster: true}}\n  dc1:")
    environment = loads(text + service("alerts: [a]"))
    assert environment.aks_sites == ("neu", "weu", "seu")
    assert list(environment.sites) == ["weu", "neu", "seu", "dc1"]
    assert [one.place for one in environment.declared("alert")] == ["neu", "weu", "seu"]


def test_moving_away_from_a_legacy_site(loads: Loads, small: str) -> None:
    environment = loads(
        small.replace("from: weu", "from: dc1") + service("alerts: [a]", "busAliases: [{name: x, members: {neu: y}}]")
    )
    assert environment.cutover.from_site == "dc1"
    assert environment.aks_sites == ("neu", "weu")
    assert environment.site("dc1").kind == "legacy"


def test_the_networks_of_a_legacy_site_are_legacy(loads: Loads, small: str) -> None:
    environment = loads(small + service("namespace: orders"))
    assert environment.legacy.networks == ("10.20.0.0/16",)
    assert [each.site for each in environment.declared("scope") if each.namespace] == ["weu", "neu"]
    assert environment.declared("azure_surface")


def test_a_legacy_network_that_a_site_stands_in_as_well_is_told_from_nothing(loads: Loads, small: str) -> None:
    environment = loads(small.replace("10.20.0.0/16", "10.0.0.0/8") + service("namespace: orders"))
    assert not environment.legacy.networks
    assert not environment.declared("scope")


def test_things_are_listed_service_by_service_in_the_order_of_the_file(loads: Loads, small: str) -> None:
    text = small + "platform: {alerts: [p]}\nservices:\n  zebra: {alerts: [z2, z1]}\n  ape: {alerts: [a]}\n"
    environment = loads(text)
    assert [f"{one.place} {one}" for one in environment.declared("alert")] == [
        "weu zebra/z2",
        "neu zebra/z2",
        "weu zebra/z1",
        "neu zebra/z1",
        "weu ape/a",
        "neu ape/a",
        "weu platform/p",
        "neu platform/p",
    ]


def test_things_of_the_same_id_are_told_apart(loads: Loads, small: str) -> None:
    environment = loads(
        small
        + service(
            "endpoints:",
            "  - {url: 'https://a.example/x', via: ingress}",
            "  - {url: 'https://a.example/x'}",
            "  - {tcp: 'a:1'}",
            "  - {tcp: 'a:1', from: dc1}",
        )
    )
    assert [one.id for one in environment.declared("endpoint") if one.site == "weu"] == [
        "a.example/x",
        "a.example/x#2",
        "a:1",
        "a:1#2",
    ]


def test_an_arm_id_is_accepted_and_named_by_its_end(loads: Loads, small: str) -> None:
    vault = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-<site>"
    environment = loads(small + service(f"vaults: [{{name: {vault}}}]"))
    assert [one.id for one in environment.declared("vault")] == ["kv-weu", "kv-neu"]
    assert environment.declared("vault")[0].name.startswith("/subscriptions/1/")


def test_an_active_active_service_needs_no_passive_replicas(loads: Loads, small: str) -> None:
    environment = loads(
        small + service("namespace: o", "mode: active-active", "workloads: [{name: api, replicas: {active: 2}}]")
    )
    assert environment.declared("workload")[0].replicas.passive == 0


def test_a_list_of_things_cannot_differ_per_site(refuses: Refuses, small: str) -> None:
    assert refuses(small + service("alerts: {weu: [a], neu: [b]}")) == [
        "prod.yaml:19: services.orders.alerts: must be a list, is a mapping"
    ]


def test_what_the_file_says_of_a_site_is_no_value_per_site(refuses: Refuses, small: str) -> None:
    text = small.replace("networks: [10.60.0.0/16]", "networks: {neu: [10.60.0.0/16]}")
    assert refuses(text) == ["prod.yaml:13: sites.neu.networks: must be a list, is a mapping"]


@pytest.mark.parametrize("quiet", ["true", "false"])
def test_a_quiet_service(loads: Loads, small: str, quiet: str) -> None:
    environment = loads(small + service("namespace: o", f"quiet: {quiet}"))
    assert environment.declared("namespace")[0].quiet is (quiet == "true")


def test_what_belongs_to_no_service_is_owned_by_the_platforms_owner(loads: Loads, small: str) -> None:
    environment = loads(small + "platform: {owner: team-platform}\n" + service("owner: team-orders", "namespace: o"))
    assert {one.owner for one in environment.declared("cluster")} == {"team-platform"}
    assert {one.owner for one in environment.declared("service")} == {"team-orders"}


def test_no_data_may_be_lost(loads: Loads, small: str) -> None:
    environment = loads(
        small
        + service("objectives: {rpo: 0s}", "databases: [{cosmos: c}]")
        + "  bills:\n    feeds: [{name: f, account: a, container: c, every: 1h, tolerance: 0m}]\n"
    )
    assert (environment.declared("database")[0].rpo, environment.declared("feed")[0].rpo) == (
        timedelta(0),
        timedelta(minutes=5),
    )


@pytest.mark.parametrize("style", [">", "|"])
def test_a_reason_may_be_written_over_several_lines(loads: Loads, small: str, style: str) -> None:
    reason = f"      reason: {style}\n        read only\n        by the job\n"
    assert (
        loads(f"{small}legacy:\n  allow:\n    - surface: configmap/a/b\n{reason}").legacy.allow[0].reason
        == "read only by the job"
    )


@pytest.mark.parametrize(
    ("name", "consumer"),
    [
        ("worker-<site>", "worker-<site>"),
        ("{weu: worker-w, neu: worker-n}", "{weu: worker-w, neu: worker-n}"),
        ("'<service>-<location>'", "{weu: orders-westeurope, neu: orders-northeurope}"),
    ],
    ids=["template", "per site", "both"],
)
def test_a_consumer_whose_name_differs_per_site(loads: Loads, small: str, name: str, consumer: str) -> None:
    environment = loads(
        small
        + service(
            "namespace: orders",
            "workloads:",
            f"  - {{name: {name}, kind: DaemonSet}}",
            "queues:",
            f"  - {{name: q, bus: b, consumer: {consumer}}}",
        )
    )
    consumers = [each.consumer for each in environment.declared("queue")]
    assert consumers == [each.name for each in environment.declared("workload")]
    assert len(set(consumers)) == 2


def test_a_whole_thing_may_be_written_per_site_beside_others(loads: Loads, small: str) -> None:
    environment = loads(
        small
        + service(
            "namespace: orders",
            "workloads:",
            "  - weu: {name: api, kind: DaemonSet}",
            "    neu: {name: api-n, kind: DaemonSet}",
            "  - {name: worker, kind: DaemonSet}",
            "jobs:",
            "  - weu: {name: nightly, schedule: '@daily', wave: 1}",
            "    neu: {name: nightly, schedule: '@daily', wave: 2}",
            "  - {name: hourly, schedule: '@hourly', wave: 2}",
        )
    )
    assert {(one.name, one.site) for one in environment.declared("workload")} == {
        ("api", "weu"),
        ("api-n", "neu"),
        ("worker", "weu"),
        ("worker", "neu"),
    }
