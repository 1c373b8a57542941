from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, declaring, id_of, one, resource, sites

check = load("storage/test_network_access.py").test_network_access
ACCOUNT = "Microsoft.Storage/storageAccounts"
NETWORK = "Microsoft.Network/virtualNetworks"
ENDPOINT = "Microsoft.Network/privateEndpoints"
CARD = "Microsoft.Network/networkInterfaces"
CLUSTER = "Microsoft.ContainerService/managedClusters"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declaring(
        tmp_path,
        databases=[{"storage": "st<site>"}, {"storage": "stshared"}],
        egress={"addresses": {"weu": ["20.50.1.9"], "neu": ["20.60.1.9"]}},
    )


def nodes(site: str) -> str:
    return id_of(site, f"{NETWORK}/subnets", f"vnet-{site}", "nodes")


def around(site: str = "neu", *, service: str = "Microsoft.Storage") -> list[Document]:
    """The cluster of a site with its one pool, and the subnet of its nodes."""
    pool = {"name": "apps", "vnetSubnetID": nodes(site)}
    return [
        resource(site, CLUSTER, f"aks-{site}", agentPoolProfiles=[pool]),
        resource(site, f"{CLUSTER}/agentPools", f"aks-{site}", "apps", vnetSubnetID=nodes(site)),
        resource(site, f"{NETWORK}/subnets", f"vnet-{site}", "nodes", serviceEndpoints=[{"service": service}]),
    ]


def endpoint(address: str = "10.60.20.41", site: str = "neu", **said: Any) -> list[Document]:
    """A private endpoint of a site with its card."""
    card = id_of(site, CARD, f"pe-{site}.nic")
    subnet = id_of(site, f"{NETWORK}/subnets", f"vnet-{site}", "private")
    told = [{"properties": {"privateIPAddress": address}}]
    return [
        resource(site, ENDPOINT, f"pe-{site}", subnet={"id": subnet}, networkInterfaces=[{"id": card}], **said),
        resource(site, CARD, f"pe-{site}.nic", ipConfigurations=told),
    ]


def account(name: str = "stneu", site: str = "neu", *connections: tuple[str, str], **said: Any) -> Document:
    """Closed to all but these endpoints: (site, status)."""
    linked = [
        {
            "properties": {
                "privateEndpoint": {"id": id_of(of, ENDPOINT, f"pe-{of}")},
                "privateLinkServiceConnectionState": {"status": status},
            }
        }
        for of, status in connections
    ]
    region = {"weu": "westeurope", "neu": "northeurope"}[site]
    about = {
        "primaryLocation": region,
        "publicNetworkAccess": "Disabled",
        "networkAcls": {"defaultAction": "Deny", "bypass": "AzureServices"},
        "privateEndpointConnections": linked,
        **said,
    }
    return resource(site, ACCOUNT, name, **about)


def open_to(*subnets: str, addresses: tuple[str, ...] = (), **said: Any) -> Document:
    """Reached over its public front by those whom its rules admit."""
    rules = [{"id": each, "action": "Allow", "state": "Succeeded"} for each in subnets]
    ranges = [{"value": each, "action": "Allow"} for each in addresses]
    acls = {"defaultAction": "Deny", "virtualNetworkRules": rules, "ipRules": ranges}
    return account(**{"publicNetworkAccess": "Enabled", "networkAcls": acls, **said})


def judge(
    environment: Environment, *documents: Document, site: str | None = "neu", phase: str = "pre-cutover", **more: Any
) -> dict[str, Any]:
    return {
        "storage_account": one(environment, "storage_account", site),
        "arm": arm(environment, *documents, place=site or "global", **more),
        "sites": sites(environment, phase),
    }


def test_a_private_endpoint_of_the_site(environment):
    check(**judge(environment, account("stneu", "neu", ("neu", "Approved")), *endpoint()))
    assert unmet(check, **judge(environment, account("stneu", "neu", ("neu", "Pending")), *endpoint(), *around())) == (
        "Storage account stneu of orders is closed: to neu, since public network access is Disabled, and its private "
        "endpoint pe-neu there is Pending."
    )


def test_an_endpoint_of_the_other_site_is_no_way_in(environment):
    borrowed = account("stneu", "neu", ("weu", "Approved")), *endpoint("10.40.20.41", "weu"), *around()
    assert "it has no private endpoint there" in unmet(check, **judge(environment, *borrowed))


def test_an_endpoint_for_file_shares_lets_nobody_in_to_blobs(environment):
    def with_groups(*groups: str) -> list[Document]:
        return endpoint(privateLinkServiceConnections=[{"properties": {"groupIds": list(groups)}}])

    held = account("stneu", "neu", ("neu", "Approved"))
    check(**judge(environment, held, *with_groups("Blob")))
    said = unmet(check, **judge(environment, held, *with_groups("file"), *around()))
    assert "its private endpoint pe-neu there is for file, not for blob" in said


def test_the_rules_decide_where_nobody_ever_set_the_switch(environment):
    check(**judge(environment, open_to(nodes("neu"), publicNetworkAccess=None), *around()))
    closed = open_to(nodes("weu"), publicNetworkAccess=None)
    assert "not vnet-neu/nodes" in unmet(check, **judge(environment, closed, *around()))


def test_rules_for_the_nodes(environment):
    check(**judge(environment, open_to(nodes("neu").upper()), *around()))
    said = unmet(check, **judge(environment, open_to(nodes("weu")), *around()))
    assert "its rules admit vnet-weu/nodes, not vnet-neu/nodes" in said
    bare = around(service="Microsoft.KeyVault")
    assert "which has no service endpoint for storage" in unmet(
        check, **judge(environment, open_to(nodes("neu")), *bare)
    )
    everybody = account(publicNetworkAccess="Enabled", networkAcls={"defaultAction": "Allow"})
    check(**judge(environment, everybody, *around()))


def test_rules_for_addresses_count_from_another_region(environment):
    there = open_to(addresses=("20.60.1.9",))
    said = unmet(check, **judge(environment, there, *around()))
    assert "rules for addresses do not count in the account's own region" in said
    check(**judge(environment, open_to(addresses=("20.60.1.0/24",), primaryLocation="West Europe"), *around()))


def test_one_account_for_all_sites(environment):
    one_for_all = [account("stshared", "weu", ("weu", "Approved")), *endpoint("10.40.20.41", "weu")]
    said = unmet(check, **judge(environment, *one_for_all, *around(), site=None))
    assert "to neu, since public network access is Disabled, and it has no private endpoint there" in said
    check(**judge(environment, *one_for_all, *around(), site=None, phase="post-failback"))


@pytest.mark.parametrize(
    "broken",
    [
        {"publicNetworkAccess": None, "networkAcls": None},
        {"publicNetworkAccess": "SecuredByPerimeter"},
        {"publicNetworkAccess": "Enabled", "networkAcls": None},
        {"publicNetworkAccess": "Enabled", "networkAcls": {"bypass": "None"}},
        {"publicNetworkAccess": 7},
        {"primaryLocation": None},
    ],
)
def test_what_is_not_said_is_unproven(environment, broken):
    assert unproven(check, **judge(environment, account(**broken), *around()))


def test_no_account_and_no_right(environment):
    assert "does not exist" in unproven(check, **judge(environment))
    held = account("stneu", "neu", ("neu", "Approved"))
    assert "Reader" in unproven(check, **judge(environment, held, *around(), denied=[id_of("neu", ENDPOINT, "pe-neu")]))
