from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from fixtures.neutral import neutral_of
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, declaring, id_of, resource

check = load("data/test_access_parity.py").test_access_parity
SQL, POSTGRES = "Microsoft.Sql/servers", "Microsoft.DBforPostgreSQL/flexibleServers"
SUBNET = "Microsoft.Network/virtualNetworks/subnets"
ADMINS = "6c0f1c7e-94d3-4f0a-8b61-2a7d9e5c3b48"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declaring(
        tmp_path,
        databases=[
            {"sqlFailoverGroup": "fg-orders", "servers": {"weu": "sql-weu", "neu": "sql-neu"}},
            {"postgres": "pg-<site>"},
        ],
        egress={"addresses": {"weu": ["20.50.1.9"], "neu": ["20.60.1.9"]}},
    )


def sql(site: str, *rules: tuple[str, str], admin: str = ADMINS, **said: Any) -> list[Document]:
    """A server with its subnet, administrators and firewall rules: (name, address)."""
    server = f"sql-{site}"
    about = {"publicNetworkAccess": "Enabled", "minimalTlsVersion": "1.2", **said}
    subnet = id_of(site, SUBNET, f"vnet-{site}", "nodes")
    return [
        resource(site, SQL, server, **about),
        resource(site, f"{SQL}/administrators", server, "ActiveDirectory", login=f"admins {admin[:2]}", sid=admin),
        resource(
            site, f"{SQL}/azureADOnlyAuthentications", server, "Default", azureADOnlyAuthentication=site != "none"
        ),
        resource(site, f"{SQL}/virtualNetworkRules", server, "nodes", virtualNetworkSubnetId=subnet),
        *firewall(site, SQL, server, rules),
    ]


def firewall(site: str, kind: str, server: str, rules: Sequence[tuple[str, str]]) -> list[Document]:
    return [
        resource(site, f"{kind}/firewallRules", server, name, startIpAddress=address, endIpAddress=address)
        for name, address in rules
    ]


def postgres(site: str, *rules: tuple[str, str], admin: str = ADMINS, **said: Any) -> list[Document]:
    server = f"pg-{site}"
    about = {
        "network": {"publicNetworkAccess": "Enabled"},
        "authConfig": {"activeDirectoryAuth": "Enabled", "passwordAuth": "Disabled"},
        **said,
    }
    return [
        resource(site, POSTGRES, server, **about),
        resource(
            site, f"{POSTGRES}/administrators", server, admin, objectId=admin, principalName=f"admins {admin[:2]}"
        ),
        *firewall(site, POSTGRES, server, rules),
    ]


def judge(environment: Environment, store: str, *documents: Document, denied: Sequence[str] = ()) -> dict[str, Any]:
    pair = next(each for each in environment.declared("server_pair") if each.store == store)
    return {
        "server_pair": pair,
        "arm": arm(environment, *documents, denied=denied),
        "neutral": neutral_of(environment),
    }


def of_sql(environment: Environment, *documents: Document, **more: Any) -> dict[str, Any]:
    return judge(environment, "sqlFailoverGroup", *documents, **more)


def of_postgres(environment: Environment, *documents: Document) -> dict[str, Any]:
    return judge(environment, "postgres", *documents)


def test_equal_but_for_what_belongs_to_the_site(environment):
    check(**of_sql(environment, *sql("weu", ("out", "20.50.1.9")), *sql("neu", ("cluster", "20.60.1.9"))))
    check(**of_sql(environment, *sql("weu", ("a", "203.0.113.4")), *sql("neu", ("b", "203.0.113.4"))))
    check(**of_postgres(environment, *postgres("weu"), *postgres("neu", admin=ADMINS.upper())))


def test_a_rule_of_one_server(environment):
    assert unmet(check, **of_sql(environment, *sql("weu", ("partner", "203.0.113.4")), *sql("neu"))) == (
        "Access to the servers of orders/fg-orders differs between weu and neu: firewall rule partner "
        "(203.0.113.4-203.0.113.4) only on sql-weu; declared is that they stand for one another."
    )
    said = unmet(check, **of_sql(environment, *sql("weu", ("out", "20.50.1.9")), *sql("neu")))
    assert "firewall rule out (the site's own way out) only on sql-weu" in said


def test_other_administrators(environment):
    said = unmet(check, **of_postgres(environment, *postgres("weu"), *postgres("neu", admin="ff-other")))
    assert "administrator admins 6c (6c0f1c7e-94d3-4f0a-8b61-2a7d9e5c3b48) only on pg-weu" in said
    assert "administrator admins ff (ff-other) only on pg-neu" in said


def test_a_subnet_of_one_server(environment):
    without = [each for each in sql("neu") if "virtualNetworkRules" not in each["type"]]
    assert "subnet nodes" in unmet(check, **of_sql(environment, *sql("weu"), *without))


def test_other_settings(environment):
    said = unmet(check, **of_sql(environment, *sql("weu"), *sql("neu", publicNetworkAccess="Disabled")))
    assert "publicNetworkAccess is enabled on sql-weu and disabled on sql-neu" in said
    assert "minimalTlsVersion is 1.2 on sql-weu and not set on sql-neu" in unmet(
        check, **of_sql(environment, *sql("weu"), *sql("neu", minimalTlsVersion=None))
    )
    injected = {"network": {"publicNetworkAccess": "Disabled", "delegatedSubnetResourceId": "/subscriptions/s/x"}}
    said = unmet(check, **of_postgres(environment, *postgres("weu"), *postgres("neu", **injected)))
    assert "delegatedSubnetResourceId is not set on pg-weu and a subnet on pg-neu" in said


def test_a_server_that_does_not_exist(environment):
    assert unproven(check, **of_sql(environment, *sql("weu"))) == (
        "sql-neu of neu does not exist, so who may reach it cannot be compared."
    )


@pytest.mark.parametrize("broken", [{"publicNetworkAccess": None}, {"publicNetworkAccess": 7}])
def test_what_is_not_said_is_unproven(environment, broken):
    assert unproven(check, **of_sql(environment, *sql("weu"), *sql("neu", **broken)))


@pytest.mark.parametrize("field", ["network", "authConfig"])
def test_what_postgres_does_not_say_is_unproven(environment, field):
    assert unproven(check, **of_postgres(environment, *postgres("weu"), *postgres("neu", **{field: None})))


@pytest.mark.parametrize(
    ("kind", "part"), [("firewallRules", "startIpAddress"), ("administrators", "sid"), ("virtualNetworkRules", None)]
)
def test_a_rule_that_says_nothing_is_unproven(environment, kind, part):
    documents = sql("neu", ("a", "203.0.113.4"))
    for each in documents:
        if each["type"].endswith(kind):
            each["properties"] = {key: value for key, value in each["properties"].items() if part and key != part}
    assert unproven(check, **of_sql(environment, *sql("weu"), *documents))


def test_what_may_not_be_read_is_unproven(environment):
    denied = [id_of("neu", f"{SQL}/firewallRules", "sql-neu", "").rstrip("/")]
    assert "Reader" in unproven(check, **of_sql(environment, *sql("weu"), *sql("neu"), denied=denied))
