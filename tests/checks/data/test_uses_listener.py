from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from fixtures.matching import DriftMatcher, any_name
from tests.checks.evidence import Object, config_map, kubernetes, load, unmet, unproven
from tests.checks.managed import declaring, one, sites

check = load("data/test_uses_listener.py").test_uses_listener
GROUP = {"sqlFailoverGroup": "fg-orders", "servers": {"weu": "sql-weu", "neu": "SQL-neu"}, "databases": ["orders"]}
LISTENER = "jdbc:sqlserver://fg-orders.database.windows.net:1433;database=orders"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declaring(tmp_path, databases=[GROUP])


def judge(
    environment: Environment, weu: Object | None, neu: Object | None, phase: str = "pre-cutover", **more: Any
) -> dict[str, Any]:
    held = {"weu": weu, "neu": neu}
    return {
        "sql_failover_group": one(environment, "sql_failover_group"),
        "kubernetes_of_sites": {
            site: kubernetes(*([each] if each else []), site=site, **more) for site, each in held.items()
        },
        "sites": sites(environment, phase),
        "drift": DriftMatcher(environment, "global"),
    }


def test_the_listener_is_named(environment):
    check(**judge(environment, config_map("a", url=LISTENER), config_map("a", url=LISTENER)))
    reading = config_map(
        "a", url="tcp:FG-orders.secondary.database.windows.net,1433", old="sql-weu2.database.windows.net"
    )
    check(**judge(environment, reading, reading))


@pytest.mark.parametrize(
    "value",
    [
        "tcp:sql-neu.database.windows.net,1433",
        "jdbc:sqlserver://SQL-NEU.privatelink.database.windows.net;a=b",
        "sql-neu",
        "Server=sql-neu.database.chinacloudapi.cn",
        "sqlserver%3A%2F%2FSQL-neu.database.windows.net%3A1433",
        "neu, sql-neu.database",
    ],
)
def test_a_server_is_named(environment, value):
    assert unmet(check, **judge(environment, config_map("a", url=LISTENER), config_map("a", url=value))) == (
        "Configuration of orders names a server instead of the listener fg-orders: configmap/orders/a data.url in neu "
        "names sql-neu; declared is failover group fg-orders."
    )


def test_a_site_that_was_left_is_not_judged(environment):
    wrong = config_map("a", url="sql-weu.database.windows.net")
    check(**judge(environment, wrong, config_map("a", url=LISTENER), phase="post-cutover"))
    assert unmet(check, **judge(environment, wrong, config_map("a", url=LISTENER), phase="pre-failback"))


def test_nothing_is_named_anywhere(environment):
    said = unproven(check, **judge(environment, config_map("a", url=LISTENER), config_map("a", url="secret")))
    assert said == (
        "No configuration of orders in neu that can be read names fg-orders or one of its servers: it may stand in a "
        "Secret, so it cannot be judged."
    )


def test_what_is_kept_of_a_secret_tells_the_listener_from_a_server(environment):
    kept = any_name(environment)
    assert kept("Server=tcp:fg-orders.secondary.database.windows.net;Password=x") == ["fg-orders.secondary.database"]
    assert kept("sqlserver://app:x@SQL-NEU.database.windows.net") == ["SQL-NEU.database"]
    found = config_map("a", url=", ".join(kept(LISTENER)))
    check(**judge(environment, found, found))


def test_configuration_that_may_not_be_read(environment):
    assert "configmaps" in unproven(check, **judge(environment, None, None, denied=["configmaps"]))
