"""The contract: everything in the example loads, and every declared thing says where it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from fixtures.environment import Environment, kinds

KINDS = [
    "workload",
    "queue",
    "consumed",
    "entity",
    "subscription",
    "event_hub",
    "bus_alias",
    "name",
    "endpoint",
    "http_endpoint",
    "tls_endpoint",
    "transaction",
    "listener",
    "event_subscription",
    "blob_trigger",
    "job",
    "schedule",
    "trigger",
    "feed",
    "reconciliation",
    "database",
    "sql_failover_group",
    "postgres",
    "cosmos",
    "redis",
    "storage_account",
    "identity",
    "app_configuration",
    "routing",
    "vault",
    "alert",
    "workspace",
    "registry",
    "data_platform",
    "node_pool",
    "egress",
    "canary",
    "canary_queue",
    "canary_container",
    "service",
    "namespace",
    "scope",
    "wave",
    "consumer",
    "bus_namespace",
    "alias_name",
    "tenant",
    "server_pair",
    "dependency",
    "policy_scope",
    "cluster",
    "blob_container",
    "azure_surface",
    "legacy_flow",
    "legacy_endpoint",
    "waiver",
]


def places(things: tuple[Any, ...]) -> list[tuple[str, str]]:
    return [(thing.place, thing.id) for thing in things]


def test_kinds() -> None:
    assert list(kinds()) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_declares_every_kind(example: Environment, kind: str) -> None:
    things = example.declared(kind)
    assert things
    assert example.declared(kind) is things
    for thing in things:
        assert thing.service in ("orders", "platform", "legacy")
        assert thing.place == (thing.site or "global")
        assert thing.id
        assert thing.key
        assert "<" not in repr(thing)
        assert str(thing)
        hash(thing)


def test_an_unknown_kind(example: Environment) -> None:
    with pytest.raises(KeyError, match="there is no kind 'workloads', did you mean 'workload'"):
        example.declared("workloads")


def test_the_environment_itself(example: Environment) -> None:
    assert (example.name, example.change, example.path.name) == ("prod", "CHG0048213", "example.yaml")
    assert (example.cutover.from_site, example.cutover.to_site, example.aks_sites) == ("weu", "neu", ("weu", "neu"))
    assert example.cutover.window.point_of_no_return == datetime(2026, 12, 6, 0, 30, tzinfo=UTC)
    assert example.cutover.objectives.rto == timedelta(minutes=30)
    assert example.cutover.steps["databaseSwitchover"] == timedelta(minutes=10)
    assert example.cutover.last_drill is not None
    assert example.cutover.last_drill.took == timedelta(minutes=24)
    assert example.cutover.stability == timedelta(minutes=15)
    assert example.decision.approvers == ("cab-payments", "sre-lead")
    assert example.decision.evidence_max_age == timedelta(minutes=30)
    assert example.azure.tenant == "11111111-tenant"
    assert example.resource_group("neu") == "rg-prod-neu"
    assert example.legacy.declared
    assert example.legacy.hosts == ("mq01.corp.contoso.example", "*.dc1.contoso.example")
    assert example.drift.allow[0].keys == ("STANDBY_SERVICEBUS",)
    assert example.not_applicable == {}
    assert example.policy.severity == {"dns.ttl_ready": "warning"}
    assert example.policy.vantages == ("weu", "neu")
    assert example.resolvers["public"].servers == ("1.1.1.1", "https://dns.google/dns-query")
    assert example.world is None


def test_sites(example: Environment) -> None:
    site = example.site("weu")
    assert (site.name, str(site), site.kind, site.location, site.vantage) == ("weu", "weu", "aks", "westeurope", "weu")
    assert site.tokens == ("weu", "westeurope")
    assert site.networks == ("10.40.0.0/16",)
    assert site.ingress == ("20.50.1.4",)
    cluster = example.declared("cluster")[0]
    assert cluster is site.cluster
    assert (cluster.place, cluster.id, cluster.context, cluster.in_cluster, cluster.uid) == (
        "weu",
        "aks-prod-weu",
        "aks-prod-weu",
        False,
        None,
    )
    assert {cluster.key for cluster in example.declared("cluster")} == {"cluster"}
    with pytest.raises(KeyError):
        example.site("seu")


def test_workloads(example: Environment) -> None:
    assert places(example.declared("workload")) == [
        ("weu", "api"),
        ("neu", "api"),
        ("weu", "worker"),
        ("neu", "worker"),
    ]
    api = example.declared("workload")[1]
    assert str(api) == "Deployment orders/api"
    assert (api.service, api.owner, api.namespace, api.key) == (
        "orders",
        "team-orders",
        "orders",
        "services.orders.workloads[0]",
    )
    assert (api.replicas.active, api.replicas.passive) == (6, 2)
    assert str(api.memory.headroom) == "25%"
    assert (api.restarts.max, api.restarts.window) == (0, timedelta(hours=24))
    assert api.settings == {"REGION": "northeurope", "SERVICEBUS_FQNS": "sb-prod-neu.servicebus.windows.net"}
    assert example.declared("workload")[2].scaler == "keda"


def test_messaging(example: Environment) -> None:
    queue = example.declared("queue")[1]
    assert (str(queue), queue.bus, queue.consumer) == ("orders/orders-in", "sb-prod-neu", "worker")
    assert (queue.backlog.active, queue.backlog.dead_letter, queue.backlog.age) == (500, 0, timedelta(minutes=2))
    subscription = example.declared("subscription")[0]
    assert (subscription.id, subscription.rules[0].sql) == ("order-events/billing", "status = 'paid'")
    hub = example.declared("event_hub")[0]
    assert (hub.checkpoints, hub.start_after_move) == ("stprodchkweu/checkpoints", "latest")
    (alias,) = example.declared("bus_alias")
    assert (alias.place, alias.members) == ("global", {"weu": "sb-prod-weu", "neu": "sb-prod-neu"})


def test_names_and_endpoints(example: Environment) -> None:
    public, weu, neu = example.declared("name")
    assert (public.site, public.place, public.ttl, public.resolvers) == (
        None,
        "global",
        timedelta(minutes=1),
        ("public", "weu", "neu"),
    )
    assert (public.before, public.after) == (("weu-gw.contoso.example",), ("neu-gw.contoso.example",))
    assert public.rto == timedelta(minutes=20)
    assert (weu.site, weu.host, weu.resolvers) == ("weu", "sb-prod-weu.servicebus.windows.net", ("weu",))
    assert (neu.site, neu.private, neu.resolvers) == ("neu", True, ("neu",))
    assert places(example.declared("http_endpoint")) == [
        ("weu", "api.contoso.example/healthz"),
        ("neu", "api.contoso.example/healthz"),
    ]
    assert example.declared("tls_endpoint") == example.declared("http_endpoint")
    assert len(example.declared("endpoint")) == 4
    url, tcp = example.declared("endpoint")[0], example.declared("endpoint")[3]
    assert (url.via, url.expect.status, url.expect.within) == ("ingress", (200,), timedelta(milliseconds=500))
    assert (url.tls.days, url.tls.minimum) == (30, "1.2")
    assert (tcp.id, tcp.from_site) == ("sql-prod-neu.database.windows.net:1433", "neu")
    (transaction,) = example.declared("transaction")
    assert transaction.steps[0].expect.json_ == {"$.status": "ok"}


@pytest.mark.parametrize(
    ("runs", "role", "expected"),
    [
        ("active", {"active": True, "is_from": False, "is_to": True}, True),
        ("active", {"active": False, "is_from": True, "is_to": False}, False),
        ("from", {"active": False, "is_from": True, "is_to": False}, True),
        ("to", {"active": False, "is_from": True, "is_to": False}, False),
        ("both", {"active": False, "is_from": False, "is_to": False}, True),
        ("nowhere", {"active": True, "is_from": True, "is_to": False}, False),
    ],
)
def test_where_a_job_runs(example: Environment, runs: str, role: dict[str, bool], expected: bool) -> None:
    job = example.declared("job")[0]
    assert job.model_copy(update={"runs": runs}).runs_on(**role) is expected


def test_batch(example: Environment) -> None:
    job = example.declared("job")[0]
    assert (str(job), job.runs, job.time_zone, job.wave, job.in_window) == (
        "CronJob orders/settlement",
        "active",
        "Europe/Amsterdam",
        1,
        False,
    )
    trigger = example.declared("trigger")[1]
    assert (trigger.id, trigger.backfill.start) == ("adf-prod-neu/hourly-load", datetime(2026, 12, 5, 22, tzinfo=UTC))
    (reconciliation,) = example.declared("reconciliation")
    assert (reconciliation.place, reconciliation.tolerance.points) == ("global", Decimal(0))


def test_stores_and_the_platform(example: Environment) -> None:
    assert [(one.place, one.store, one.id) for one in example.declared("database")] == [
        ("global", "sqlFailoverGroup", "fg-orders"),
        ("weu", "postgres", "pg-orders-weu"),
        ("neu", "postgres", "pg-orders-neu"),
        ("global", "cosmos", "cosmos-orders"),
        ("weu", "redis", "redis-orders-weu"),
        ("neu", "redis", "redis-orders-neu"),
        ("weu", "storage", "stprodweu"),
        ("neu", "storage", "stprodneu"),
    ]
    assert [one.addresses for one in example.declared("egress")] == [("20.50.1.9",), ("20.60.1.9",)]
    assert places(example.declared("routing")) == [("global", "tm-orders"), ("global", "afd-prod/orders")]
    assert [(one.id, one.owner) for one in example.declared("registry")] == [("acrprod", "team-platform")] * 2
    assert places(example.declared("alert"))[:2] == [("weu", "orders-5xx"), ("neu", "orders-5xx")]


def test_services_and_namespaces(example: Environment) -> None:
    assert places(example.declared("service")) == [("weu", "orders"), ("neu", "orders")]
    assert [(one.place, one.name, one.service) for one in example.declared("namespace")] == [
        ("weu", "orders", "orders"),
        ("neu", "orders", "orders"),
    ]
    assert example.services["orders"].owner == "team-orders"
    assert example.services["orders"].mode == "active-passive"
    assert example.platform.owner == "team-platform"


def test_waivers(example: Environment) -> None:
    (waiver,) = example.waivers
    assert example.declared("waiver") == (waiver,)
    assert (waiver.place, waiver.service, waiver.id, waiver.index) == ("global", "platform", "CHG0048290", 0)
    assert (waiver.owner, waiver.approved_by, waiver.phases) == (
        "ana.lima@contoso.example",
        "sre-lead",
        ("pre-cutover",),
    )
    assert waiver.expires == datetime(2026, 12, 7, tzinfo=UTC)


def test_own_names_are_those_written_with_the_site(example: Environment) -> None:
    names = example.own_names("neu")
    assert "sb-prod-neu.servicebus.windows.net" in names
    assert "kv-prod-neu" in names
    assert not [name for name in names if "weu" in name]


def test_nothing_changes(example: Environment) -> None:
    with pytest.raises(ValueError, match="frozen"):
        example.declared("queue")[0].name = "other"
