from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, declaring, id_of, one, resource, sites

check = load("data/test_postgres.py").test_postgres
SERVER = "Microsoft.DBforPostgreSQL/flexibleServers"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declaring(tmp_path, databases=[{"postgres": "pg-<site>"}])


def primary(site: str, **said: Any) -> Document:
    return resource(site, SERVER, f"pg-{site}", **{"state": "Ready", "replicationRole": "Primary", **said})


def replica(site: str, of: str = "", **said: Any) -> Document:
    source = of or {"weu": "neu", "neu": "weu"}[site]
    about = {
        "state": "Ready",
        "replicationRole": "GeoAsyncReplica",
        "sourceServerResourceId": id_of(source, SERVER, f"pg-{source}"),
        "replica": {"role": "GeoAsyncReplica", "replicationState": "Active"},
        **said,
    }
    return resource(site, SERVER, f"pg-{site}", **about)


def endpoint(site: str, *members: str) -> Document:
    return resource(site, f"{SERVER}/virtualEndpoints", f"pg-{site}", "writer", members=list(members))


def judge(
    environment: Environment, *documents: Document, site: str = "neu", phase: str = "pre-cutover", **more: Any
) -> dict[str, Any]:
    roles = sites(environment, phase)
    return {
        "postgres": one(environment, "postgres", site),
        "arm": arm(environment, *documents, place=site, **more),
        "site": roles[site],
        "sites": roles,
    }


def test_one_takes_writes_and_the_other_follows(environment):
    for site in ("weu", "neu"):
        check(**judge(environment, primary("weu"), replica("neu"), site=site))
        check(**judge(environment, primary("neu"), replica("weu"), site=site, phase="mid-cutover"))
        check(**judge(environment, primary("neu"), replica("weu"), site=site, phase="pre-failback"))
    check(**judge(environment, primary("weu", replicationRole="None"), replica("neu"), site="weu"))


def test_a_replica_that_was_never_promoted(environment):
    assert unmet(check, **judge(environment, primary("weu"), replica("neu"), phase="mid-cutover")) == (
        "PostgreSQL server pg-neu in neu is not as its role demands: it is a replica (GeoAsyncReplica) of pg-weu, "
        "declared is primary while the site is active."
    )


def test_two_servers_that_take_writes(environment):
    both = primary("weu"), primary("neu")
    assert unmet(check, **judge(environment, *both)) == (
        "PostgreSQL server pg-neu in neu is not as its role demands: it takes writes (its role is Primary), declared "
        "is a replica while the site is passive."
    )


def test_replication_that_stands_still(environment):
    broken = replica("neu", replica={"replicationState": "Broken"})
    assert "its replication is Broken, healthy is Active" in unmet(check, **judge(environment, primary("weu"), broken))
    strange = replica("neu", sourceServerResourceId=id_of("weu", SERVER, "pg-drill"))
    assert "it follows pg-drill, declared is pg-weu in the active site" in unmet(
        check, **judge(environment, primary("weu"), strange)
    )


def test_a_server_that_does_not_run(environment):
    assert "it is Stopped, declared is Ready while the site is passive" in unmet(
        check, **judge(environment, primary("weu"), replica("neu", state="Stopped"))
    )
    left = primary("weu", state="Stopped")
    check(**judge(environment, left, primary("neu"), site="weu", phase="post-cutover"))
    assert "it is Stopped" in unmet(check, **judge(environment, left, primary("neu"), site="weu", phase="pre-failback"))


def test_virtual_endpoints_name_the_replica(environment):
    pair = primary("weu"), replica("neu")
    check(**judge(environment, *pair, endpoint("weu", "PG-NEU")))
    said = unmet(check, **judge(environment, *pair, endpoint("weu", "pg-weu")))
    assert "virtual endpoint writer of pg-weu reads from pg-weu, so it cannot follow a move to it" in said


def test_no_such_server(environment):
    assert unmet(check, **judge(environment, primary("weu"))) == (
        "PostgreSQL server pg-neu of orders does not exist in neu."
    )


def test_active_active(tmp_path):
    both = declaring(tmp_path, mode="active-active", databases=[{"postgres": "pg-<site>"}])
    check(**judge(both, primary("weu"), primary("neu")))
    check(**judge(both, primary("weu"), replica("neu")))
    assert "replica" in unmet(check, **judge(both, replica("weu"), replica("neu")))


@pytest.mark.parametrize("field", ["state", "replicationRole", "sourceServerResourceId", "replica"])
@pytest.mark.parametrize("value", [None, 7])
def test_what_is_not_said_is_unproven(environment, field, value):
    assert unproven(check, **judge(environment, primary("weu"), replica("neu", **{field: value})))


def test_what_may_not_be_read_is_unproven(environment):
    pair = primary("weu"), replica("neu")
    assert "Reader" in unproven(check, **judge(environment, *pair, denied=[f"{pair[0]['id']}/virtualEndpoints"]))
