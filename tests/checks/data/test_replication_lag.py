from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from fixtures.evidence import SourceError
from fixtures.sources.metrics.facts import Line, Measured
from tests.checks.data import test_cosmos, test_postgres, test_redis, test_sql_failover_group
from tests.checks.evidence import NOW, load, since, unmet, unproven
from tests.checks.managed import Document, arm, declaring, line, metrics, one, sites
from tests.checks.storage import test_account_role

check = load("data/test_replication_lag.py").test_replication_lag
LAG, SECONDS, BYTES = (
    "replication_lag_seconds",
    "physical_replication_delay_in_seconds",
    "physical_replication_delay_in_bytes",
)
LINK, LATENCY = "GeoReplicationConnectivityLag", "ReplicationLatency"
GROUP = [test_sql_failover_group.group("weu"), test_sql_failover_group.group("neu")]
SERVERS = [test_postgres.primary("weu"), test_postgres.replica("neu")]
CACHES = test_redis.linked()
ACCOUNT = [test_cosmos.account("West Europe", "North Europe")]
STORAGE = [test_account_role.account()]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declaring(
        tmp_path,
        databases=[
            {**test_sql_failover_group.DECLARED, "databases": ["orders"]},
            {"postgres": "pg-<site>"},
            {"redis": "redis-<site>"},
            {"cosmos": "cosmos-orders"},
            {"storage": "stshared", "redundancy": "GRS"},
        ],
    )


def judge(
    environment: Environment,
    kind: str,
    documents: Sequence[Document],
    lines: dict[tuple[str, str], Measured | Sequence[Line]] | None = None,
    *,
    site: str | None = None,
    phase: str = "pre-cutover",
) -> dict[str, Any]:
    place = site or "global"
    return {
        "database": one(environment, kind, site),
        "arm": arm(environment, *documents, place=place),
        "metrics": metrics(environment, documents, lines or {}, place=place),
        "sites": sites(environment, phase),
        "now": NOW,
        "since": since,
    }


def sql(environment: Environment, *values: float | None, documents: Sequence[Document] = GROUP) -> dict[str, Any]:
    lines = {("orders", LAG): [line(*values)] if values else [], ("ledger", LAG): [line(1, 1, 1)]}
    return judge(environment, "sql_failover_group", documents, lines)


def test_a_failover_group(environment):
    check(**sql(environment, 1, 2, 300))
    assert unmet(check, **sql(environment, 1, 2, 301)) == (
        "orders/fg-orders is further behind than the 5m that may be lost: database orders of sql-weu is 5m 1s behind."
    )
    assert "database orders of sql-weu was 20m behind at 20:54, now 3s" in unmet(check, **sql(environment, 1200, 2, 3))


def test_every_database_of_the_group_counts(environment):
    lines = {("orders", LAG): [line(1, 1)], ("ledger", LAG): [line(4000, 4000)]}
    said = unmet(check, **judge(environment, "sql_failover_group", GROUP, lines))
    assert "database ledger of sql-weu is 1h 6m 40s behind" in said


def test_an_absent_point_is_not_0(environment):
    assert "Azure Monitor holds no points" in unproven(check, **sql(environment))
    assert "knows 0 of 3 points" in unproven(check, **sql(environment, None, None, None))
    old = [1.0, *[None] * 20]
    assert "is known last at" in unproven(check, **sql(environment, *old))
    check(**sql(environment, 1, None, None))


def test_nobody_is_primary(environment):
    followers = [test_sql_failover_group.group(site, "Secondary") for site in ("weu", "neu")]
    assert "nobody measures" in unproven(check, **sql(environment, 1, documents=followers))


def test_what_azure_monitor_refuses(environment):
    error = SourceError(kind="denied", message="no right", missing_permission="Monitoring Reader")
    lines = {("orders", LAG): Measured(error=error)}
    assert "Monitoring Reader" in unproven(check, **judge(environment, "sql_failover_group", GROUP, lines))
    strange = Measured(unit="Bytes", lines=[line(1, 1)])
    assert "which is no time" in unproven(
        check, **judge(environment, "sql_failover_group", GROUP, {("orders", LAG): strange})
    )


def replica(environment: Environment, seconds: float, *waiting: float | None) -> dict[str, Any]:
    lines = {("pg-neu", SECONDS): [line(seconds, seconds)], ("pg-weu", BYTES): [line(*waiting)]}
    return judge(environment, "postgres", SERVERS, lines, site="neu")


def test_a_replica(environment):
    check(**replica(environment, 3, 18000, 18000))
    assert "replica pg-neu of pg-weu is 15m behind" in unmet(check, **replica(environment, 900, 0, 700_000_000))
    check(**judge(environment, "postgres", SERVERS, site="weu"))


def test_an_idle_primary_makes_seconds_grow(environment):
    check(**replica(environment, 5400, 0, 0, 0))
    assert "knows 0 of 1 points" in unproven(check, **replica(environment, 5400, None))


def test_a_linked_cache(environment):
    def behind(*values: float | None, documents: Sequence[Document] = CACHES) -> dict[str, Any]:
        return judge(environment, "redis", documents, {("redis-neu", LINK): [line(*values)]}, site="neu")

    check(**behind(1, 1))
    assert "redis-neu, secondary of redis-weu, is 10m behind" in unmet(check, **behind(1, 600))
    assert unproven(check, **behind(None))
    check(**behind(None, documents=CACHES[:2]))
    check(**judge(environment, "redis", CACHES, site="weu"))


def test_regions_of_an_account(environment):
    def behind(*lines: Line) -> dict[str, Any]:
        return judge(environment, "cosmos", ACCOUNT, {("cosmos-orders", LATENCY): lines})

    there = {"SourceRegion": "West Europe", "TargetRegion": "NORTHEUROPE"}
    check(**behind(line(42, 300_000, **there)))
    assert "northeurope, copied from westeurope, is 6m behind" in unmet(check, **behind(line(42, 360_000, **there)))
    back = line(42, SourceRegion="North Europe", TargetRegion="West Europe")
    assert "no lag of cosmos-orders from westeurope to northeurope" in unproven(check, **behind(back))


def test_an_account_of_files(environment):
    def synced(ago: timedelta | None, phase: str = "pre-cutover", **said: Any) -> dict[str, Any]:
        last = {"lastSyncTime": (NOW - ago).isoformat()} if ago is not None else {}
        found = test_account_role.account(geoReplicationStats={"status": "Live", "canFailover": True, **last}, **said)
        return judge(environment, "storage_account", [found], phase=phase)

    check(**synced(timedelta(minutes=5)))
    said = unmet(check, **synced(timedelta(minutes=63)))
    assert "the copy of stshared is whole up to 19:57:00, 1h 3m ago" in said
    assert "up to when" in unproven(check, **synced(None))
    check(**judge(environment, "storage_account", [test_account_role.moved()], phase="post-cutover"))
    check(**judge(environment, "storage_account", [test_account_role.account(sku="Standard_ZRS")]))


@pytest.mark.parametrize(
    ("kind", "site"), [("postgres", "neu"), ("redis", "neu"), ("cosmos", None), ("storage_account", None)]
)
def test_a_store_that_does_not_exist(environment, kind, site):
    assert "does not exist" in unproven(check, **judge(environment, kind, [], site=site))
