from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.analytics.test_workspaces import endpoint
from tests.checks.azure import arm, declared, environment, group, resource
from tests.checks.evidence import load, role, unmet, unproven

check = load("analytics/test_platforms.py").test_platform_workspaces

SITE = role(active=True, networks=("10.60.0.0/16",))


def workspace(kind: str = "databricks", public: Any = "Disabled", status: Any = "Approved"):
    type_, name = ("Databricks", "dbw") if kind == "databricks" else ("Synapse", "syn")
    ends = f"{group()}/providers/Microsoft.Network/privateEndpoints/pe"
    link = {"privateEndpoint": {"id": ends}, "privateLinkServiceConnectionState": {"status": status}}
    connections = [{"name": "c", "properties": link}] if status else []
    told = {"publicNetworkAccess": public} if public else {}
    return resource(f"Microsoft.{type_}/workspaces", f"{name}-neu", privateEndpointConnections=connections, **told)


def firewall(first: Any = "20.60.1.9", last: Any = "20.60.1.9", name: str = "aks"):
    told = {"startIpAddress": first, "endIpAddress": last}
    own = {key: value for key, value in told.items() if value}
    return resource("Microsoft.Synapse/workspaces/firewallRules", f"syn-neu/{name}", **own)


def judge(tmp_path: Path, *bodies: Any, kind: str = "databricks", egress: Any = ("20.60.1.9",), **more: Any):
    name = "dbw" if kind == "databricks" else "syn"
    platform = {"owner": "team-platform", "dataPlatforms": [{kind: f"{name}-<site>"}]}
    about = declared(found := environment(tmp_path, {}, platform=platform), "data_platform")
    known = [SimpleNamespace(addresses=egress)] if egress else []
    return {
        "data_platform": about,
        "arm": arm("data_platforms", about, found, *bodies, **more),
        "site": SITE,
        "declared": lambda kind: known if kind == "egress" else (),
    }


def test_by_an_approved_private_endpoint(tmp_path):
    looked = Looked()
    check(**judge(tmp_path, workspace(), *endpoint(), looked=looked))
    check(**judge(tmp_path, workspace("synapse"), *endpoint(), kind="synapse"))
    assert looked.count == 1


def test_in_public(tmp_path):
    check(**judge(tmp_path, workspace(public="Enabled", status=None)))
    open_to_all = firewall("0.0.0.0", "255.255.255.255", "all")
    for rules, egress in (
        ([firewall()], ("20.60.1.9",)),
        ([firewall("20.60.1.0", "20.60.1.15")], ("20.60.1.9",)),
        ([open_to_all], ()),
        ([firewall("0.0.0.0", "0.0.0.0", "AllowAllWindowsAzureIps")], ("20.60.1.9",)),
    ):
        bodies = (workspace("synapse", "Enabled", None), *rules)
        check(**judge(tmp_path, *bodies, kind="synapse", egress=egress))


@pytest.mark.parametrize(
    ("status", "bodies", "pending"),
    [
        ("Pending", endpoint(), "; private endpoint pe is Pending"),
        ("Approved", endpoint("10.40.20.0/24"), ""),
        ("Approved", (), ""),
        (None, (), ""),
    ],
)
def test_closed_without_an_endpoint_of_this_network(tmp_path, status, bodies, pending):
    assert unmet(check, **judge(tmp_path, workspace(status=status), *bodies)) == (
        "Databricks workspace platform/dbw-neu does not let neu in: it refuses public networks, and has no approved "
        f"private endpoint in 10.60.0.0/16{pending}."
    )


def test_a_firewall_that_does_not_know_the_site(tmp_path):
    bodies = (workspace("synapse", "Enabled", None), firewall("20.50.1.9", "20.50.1.9"))
    assert unmet(check, **judge(tmp_path, *bodies, kind="synapse", egress=("20.60.1.9", "2603:1020::1"))) == (
        "Synapse workspace platform/syn-neu does not let neu in: no firewall rule admits 20.60.1.9, 2603:1020::1; it "
        "admits 20.50.1.9 to 20.50.1.9 (aks)."
    )
    nobody = unmet(check, **judge(tmp_path, bodies[0], kind="synapse"))
    assert "it admits nobody" in nobody


def test_what_nobody_knows_is_unproven(tmp_path):
    open_synapse = workspace("synapse", "Enabled", None)
    assert "platform.egress does not declare" in unproven(
        check, **judge(tmp_path, open_synapse, firewall(), kind="synapse", egress=())
    )
    assert "whether dbw-neu is open" in unproven(check, **judge(tmp_path, workspace(public=None)))
    assert "the last address of rule aks" in unproven(
        check, **judge(tmp_path, open_synapse, firewall(last=None), kind="synapse")
    )
    denied = unproven(check, **judge(tmp_path, workspace(), failing={"privateEndpoints": "Reader on it"}))
    assert denied == "platform/dbw-neu in neu cannot be judged: ARM refuses privateEndpoints (missing: Reader on it)"
    assert "does not exist" in unmet(check, **judge(tmp_path))


def test_the_endpoint_that_nobody_may_read_does_not_matter_where_the_public_side_lets_in(tmp_path):
    bodies = (workspace("synapse", "Enabled"), firewall())
    check(**judge(tmp_path, *bodies, kind="synapse", failing={"privateEndpoints": "Reader on it"}))
