from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from fixtures.evidence import Looked
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, declaring, id_of, one, resource, sites

check = load("data/test_sql_failover_group.py").test_sql_failover_group
SERVER = "Microsoft.Sql/servers"
DECLARED = {
    "sqlFailoverGroup": "fg-orders",
    "servers": {"weu": "sql-weu", "neu": "sql-neu"},
    "databases": ["orders", "Ledger"],
}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declaring(tmp_path, databases=[DECLARED])


def group(site: str, role: str = "", **said: Any) -> Document:
    """The group as the site's server has it; healthy before a cutover from weu."""
    mate = {"weu": "neu", "neu": "weu"}[site]
    role = role or {"weu": "Primary", "neu": "Secondary"}[site]
    other = {"Primary": "Secondary", "Secondary": "Primary"}.get(role, role)
    about = {
        "replicationRole": role,
        "replicationState": "CATCH_UP",
        "readWriteEndpoint": {"failoverPolicy": "Manual"},
        "partnerServers": [{"id": id_of(mate, SERVER, f"sql-{mate}"), "replicationRole": other}],
        "databases": [id_of(site, f"{SERVER}/databases", f"sql-{site}", name) for name in ("orders", "ledger")],
        **said,
    }
    return resource(site, f"{SERVER}/failoverGroups", f"sql-{site}", "fg-orders", **about)


def judge(environment: Environment, *groups: Document, phase: str = "pre-cutover", **more: Any) -> dict[str, Any]:
    view = arm(environment, *groups, **more)
    return {
        "sql_failover_group": one(environment, "sql_failover_group"),
        "arm": view,
        "sites": sites(environment, phase),
    }


def test_both_servers_are_asked_and_agree(environment):
    looked = Looked()
    check(**judge(environment, group("weu"), group("neu"), looked=looked))
    assert looked.count == 2
    swapped = (group("weu", "Secondary"), group("neu", "Primary"))
    for phase in ("mid-cutover", "post-cutover", "pre-failback"):
        check(**judge(environment, *swapped, phase=phase))


def test_the_old_primary_is_still_primary(environment):
    assert unmet(check, **judge(environment, group("weu"), group("neu"), phase="mid-cutover")) == (
        "Failover group orders/fg-orders is not as declared: sql-weu is primary, declared is secondary while weu is "
        "passive; sql-neu is secondary, declared is primary while neu is active; its failover policy is Manual."
    )


def test_both_take_themselves_for_the_primary(environment):
    said = unmet(check, **judge(environment, group("weu", "Primary"), group("neu", "Primary")))
    assert "sql-neu is primary, declared is secondary while neu is passive" in said
    mixed = group("weu", partnerServers=[{"id": id_of("neu", SERVER, "sql-neu"), "replicationRole": "Primary"}])
    assert "sql-weu is primary and takes sql-neu for primary as well" in unmet(
        check, **judge(environment, mixed, group("neu"))
    )


def test_a_group_that_one_server_does_not_have(environment):
    assert unmet(check, **judge(environment, group("weu"))) == (
        "Failover group orders/fg-orders is not as declared: there is no such group on sql-neu in neu; its failover "
        "policy is Manual."
    )


def test_a_database_that_was_never_added(environment):
    bare = group("weu", databases=[id_of("weu", f"{SERVER}/databases", "sql-weu", "orders")])
    assert unmet(check, **judge(environment, bare, group("neu"))) == (
        "Failover group orders/fg-orders is not as declared: sql-weu does not include Ledger, it includes orders; "
        "its failover policy is Manual."
    )


def test_another_partner(environment):
    strange = group("weu", partnerServers=[{"id": id_of("neu", SERVER, "sql-drill"), "replicationRole": "Secondary"}])
    assert "sql-weu does not name sql-neu as its partner, but sql-drill" in unmet(
        check, **judge(environment, strange, group("neu"))
    )
    assert "but none" in unmet(check, **judge(environment, group("weu", partnerServers=[]), group("neu")))


@pytest.mark.parametrize("state", ["SUSPENDED", "SEEDING", "PENDING"])
def test_replication_that_does_not_keep_up(environment, state):
    said = unmet(check, **judge(environment, group("weu", replicationState=state), group("neu")))
    assert f"replication is {state} on sql-weu, healthy is CATCH_UP" in said


def test_servers_that_would_fail_over_differently(environment):
    automatic = group(
        "weu", readWriteEndpoint={"failoverPolicy": "Automatic", "failoverWithDataLossGracePeriodMinutes": 60}
    )
    assert "do not agree on the failover policy: Automatic after 60 min on sql-weu, Manual on sql-neu" in unmet(
        check, **judge(environment, automatic, group("neu"))
    )


def test_case_and_silence_of_the_secondary_do_not_matter(environment):
    upper = id_of("neu", SERVER, "SQL-NEU").upper()
    loud = group("weu", "PRIMARY", partnerServers=[{"id": upper, "replicationRole": "SECONDARY"}])
    check(**judge(environment, loud, group("neu", replicationState="")))
    check(**judge(environment, loud, group("neu", replicationState=None)))


def test_active_active_takes_any_one_primary(tmp_path):
    both = declaring(tmp_path, mode="active-active", databases=[DECLARED])
    check(**judge(both, group("weu", "Secondary"), group("neu", "Primary")))
    said = unmet(check, **judge(both, group("weu", "Secondary"), group("neu", "Secondary")))
    assert "no server is primary, declared is one" in said


@pytest.mark.parametrize(
    "field", ["replicationRole", "partnerServers", "databases", "readWriteEndpoint", "replicationState"]
)
@pytest.mark.parametrize("value", [None, 7])
def test_what_is_not_said_is_unproven(environment, field, value):
    assert unproven(check, **judge(environment, group("weu", **{field: value}), group("neu")))


def test_a_server_that_may_not_be_read(environment):
    said = unproven(check, **judge(environment, group("weu"), group("neu"), denied=[id_of("neu", SERVER, "sql-neu")]))
    assert "sql-neu" in said
    assert "Reader" in said
