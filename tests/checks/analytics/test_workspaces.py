from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import arm, declared, environment, group, resource
from tests.checks.evidence import load, role, unmet, unproven
from tests.checks.logged import logs, refused, table

check = load("analytics/test_workspaces.py")

WORKSPACE = "Microsoft.OperationalInsights/workspaces"
SCOPE = "Microsoft.Insights/privateLinkScopes"
SITE = role(active=True, networks=("10.60.0.0/16",))


@pytest.fixture
def found(tmp_path: Path) -> Any:
    platform = {"owner": "team-platform", "workspaces": [{"name": "log-<site>", "tables": ["ContainerLogV2"]}]}
    return environment(tmp_path, {}, platform=platform)


def about(found):
    return declared(found, "workspace")


def workspace(*scopes: str, ingestion: Any = "Disabled", query: Any = "Enabled", **more: Any):
    linked = [
        {"resourceId": f"{group()}/providers/{SCOPE}/{each}/scopedResources/log", "scopeId": "1"} for each in scopes
    ]
    own = {"publicNetworkAccessForIngestion": ingestion, "publicNetworkAccessForQuery": query, "customerId": "c"}
    told = {key: value for key, value in own.items() if value is not None}
    return resource(WORKSPACE, "log-neu", location="northeurope", privateLinkScopedResources=linked, **told, **more)


def scope(name="ampls", *, status="Approved", endpoint="pe", ingestion="Open", query="Open", **modes: Any):
    ends = f"{group()}/providers/Microsoft.Network/privateEndpoints/{endpoint}"
    state = {"status": status} if status else {}
    link = {"privateEndpoint": {"id": ends}, "privateLinkServiceConnectionState": state}
    settings = {"ingestionAccessMode": ingestion, "queryAccessMode": query, **modes}
    connections = [{"id": f"{ends}-connection", "name": "connection", "properties": link}]
    return resource(SCOPE, name, accessModeSettings=settings, privateEndpointConnections=connections)


def endpoint(prefix="10.60.20.0/24", name="pe", **subnet: Any):
    network = f"vnet-{name}/snet"
    own = subnet or {"addressPrefix": prefix}
    placed = resource("Microsoft.Network/virtualNetworks/subnets", network, **own)
    return resource("Microsoft.Network/privateEndpoints", name, subnet={"id": placed["id"]}), placed


def access(found, *bodies: Any, **more: Any) -> dict[str, Any]:
    return {
        "workspace": about(found),
        "arm": arm("workspace_access", about(found), found, *bodies, **more),
        "site": SITE,
    }


def test_data_and_queries_by_an_approved_private_link(found):
    looked = Looked()
    narrow = scope(ingestion="PrivateOnly", query="PrivateOnly")
    closed = workspace("ampls", query="Disabled")
    check.test_workspace_access(**access(found, closed, narrow, *endpoint(), looked=looked))
    assert looked.count == 1
    several = endpoint(addressPrefixes=["fd00::/64", "10.60.20.0/24"])
    check.test_workspace_access(**access(found, workspace("AMPLS"), scope(), *several))


def test_open_to_public_networks(found):
    check.test_workspace_access(**access(found, workspace(ingestion="enabled")))
    check.test_workspace_access(**access(found, workspace(ingestion="Enabled"), scope(), *endpoint()))


def test_an_endpoint_that_nobody_approved(found):
    said = unmet(check.test_workspace_access, **access(found, workspace("ampls"), scope(status="Pending"), *endpoint()))
    assert said == (
        "platform/log-neu cannot be reached from the network of neu: it takes data through private links only, and "
        "private endpoint pe of ampls is Pending."
    )


@pytest.mark.parametrize("bodies", [endpoint("10.40.20.0/24"), endpoint("10.60.20.0/24")[1:], ()])
def test_an_endpoint_elsewhere_or_gone(found, bodies):
    said = unmet(check.test_workspace_access, **access(found, workspace("ampls", query="Disabled"), scope(), *bodies))
    assert said == (
        "platform/log-neu cannot be reached from the network of neu: it takes data through private links only, and "
        "ampls has no endpoint in 10.60.0.0/16; it answers queries through private links only, and ampls has no "
        "endpoint in 10.60.0.0/16."
    )


def test_a_workspace_in_no_scope_behind_a_scope_that_lets_only_its_own_through(found):
    said = unmet(check.test_workspace_access, **access(found, workspace(), scope(ingestion="PrivateOnly"), *endpoint()))
    assert said == (
        "platform/log-neu cannot be reached from the network of neu: it takes data through private links only, and "
        "belongs to no private link scope; ampls lets data to its own resources through only (PrivateOnly), and it is "
        "none of them."
    )


def test_the_scope_of_this_network_is_another_one(found):
    far = scope("other", endpoint="far")
    bodies = (workspace("other"), scope(), *endpoint(), far, *endpoint("10.40.20.0/24", "far"))
    said = unmet(check.test_workspace_access, **access(found, *bodies))
    assert "other has no endpoint in 10.60.0.0/16; the network's names lead to ampls, which does not hold it." in said


def test_a_mode_of_one_connection_counts_before_the_scopes(found):
    special = {"privateEndpointConnectionName": "CONNECTION", "ingestionAccessMode": "Open", "queryAccessMode": "Open"}
    loosened = scope(ingestion="PrivateOnly", exclusions=[special])
    check.test_workspace_access(**access(found, workspace(ingestion="Enabled"), loosened, *endpoint()))


def test_what_nobody_knows_is_unproven(found):
    denied = {"failing": {"privateEndpoints": "Reader on it"}}
    said = unproven(check.test_workspace_access, **access(found, workspace("ampls"), scope(), **denied))
    assert said.startswith("platform/log-neu in neu cannot be judged: ARM refuses privateEndpoints")
    for body, field in (
        (workspace("ampls", ingestion=None), "from where log-neu takes data"),
        (workspace("ampls", query=None), "from where log-neu takes queries"),
    ):
        assert field in unproven(check.test_workspace_access, **access(found, body, scope(), *endpoint()))
    assert "the state of pe" in unproven(
        check.test_workspace_access, **access(found, workspace("ampls"), scope(status=""), *endpoint())
    )
    perimeter = workspace(ingestion="SecuredByPerimeter")
    assert "a network security perimeter guards it" in unproven(check.test_workspace_access, **access(found, perimeter))
    assert "the ingestion mode" in unproven(
        check.test_workspace_access, **access(found, workspace("ampls"), scope(ingestion=None), *endpoint())
    )


def test_a_workspace_that_does_not_exist(found):
    assert (
        unmet(check.test_workspace_access, **access(found))
        == "platform/log-neu is declared for neu but does not exist."
    )


def capacity(found, body: Any = None, **capping: Any) -> dict[str, Any]:
    told = resource(WORKSPACE, "log-neu", workspaceCapping=capping) if body is None else body
    bodies = [told] if told else []
    return {"workspace": about(found), "arm": arm("workspace_capacity", about(found), found, *bodies), "site": SITE}


@pytest.mark.parametrize("status", ["RespectQuota", "ForceOn", "ApproachingQuota", "respectquota"])
def test_a_workspace_that_takes_data(found, status):
    check.test_workspace_capacity(**capacity(found, dataIngestionStatus=status, dailyQuotaGb=-1))


@pytest.mark.parametrize(
    ("capping", "said"),
    [
        (
            {"dataIngestionStatus": "OverQuota", "dailyQuotaGb": 2.5, "quotaNextResetTime": "2026-12-06T09:00:00Z"},
            (
                "its daily cap is reached: its status is OverQuota "
                "(the cap is 2.5 GB a day, the next reset is at 2026-12-06 09:00 UTC)."
            ),
        ),
        (
            {"dataIngestionStatus": "forceoff", "dailyQuotaGb": 0},
            "ingestion is switched off: its status is forceoff (the cap is 0 GB a day).",
        ),
        (
            {"dataIngestionStatus": "SubscriptionSuspended"},
            "its subscription is suspended: its status is SubscriptionSuspended.",
        ),
    ],
)
def test_a_workspace_that_takes_none(found, capping, said):
    assert (
        unmet(check.test_workspace_capacity, **capacity(found, **capping))
        == f"platform/log-neu in neu takes no data, {said}"
    )


def test_a_capacity_that_nobody_tells(found):
    assert "whether log-neu takes data" in unproven(check.test_workspace_capacity, **capacity(found, dailyQuotaGb=1))
    bare = resource(WORKSPACE, "log-neu")
    assert "the daily cap of log-neu" in unproven(check.test_workspace_capacity, **capacity(found, bare))
    odd = {"dataIngestionStatus": 7}
    assert "dataIngestionStatus" in unproven(check.test_workspace_capacity, **capacity(found, **odd))
    assert "does not exist" in unmet(check.test_workspace_capacity, **capacity(found, {}))


def ping(found, answer: Any, **more: Any) -> dict[str, Any]:
    return {
        "workspace": about(found),
        "logs": logs("ping", about(found), found, {"ping": answer}, **more),
        "site": SITE,
    }


def test_a_query_that_is_answered(found):
    looked = Looked()
    check.test_workspace_query(**ping(found, table("ok", [1]), looked=looked))
    assert looked.count == 1


def test_a_query_that_is_not(found):
    assert unmet(
        check.test_workspace_query, **ping(found, refused("log-neu takes no queries from here", blocked=True))
    ) == ("platform/log-neu in neu answers no query: log-neu takes no queries from here.")
    assert "its answer holds no row" in unmet(check.test_workspace_query, **ping(found, table("ok")))


def test_a_query_whose_answer_is_not_known(found):
    looked = Looked()
    said = unproven(check.test_workspace_query, **ping(found, refused(), looked=looked))
    assert said == "the workspace refuses queries (missing: Log Analytics Reader on it)"
    part = table("ok", [1])
    part.partial = "a shard is missing"
    assert "in part only: a shard is missing" in unproven(
        check.test_workspace_query, **ping(found, part, looked=looked)
    )
    assert "Expected `int`" in unproven(check.test_workspace_query, **ping(found, table("ok", ["yes"]), looked=looked))
    assert looked.count == 0
