from __future__ import annotations

import pytest

from tests.checks.compute.pools import agents, managed
from tests.checks.dns.answers import SITES, answer, dns, name
from tests.checks.evidence import load, unmet, unproven
from tests.checks.networking.links import NODES, connection, endpoint, vault
from tests.checks.resources import SUBSCRIPTION, arm, group, resource

check = load("dns/test_names.py").test_private_zone
HOST = "kv-neu.vault.azure.net"
ZONE = "Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"
NETWORK = NODES.rpartition("/subnets/")[0]


def zone(state="Completed", *, network=NETWORK, site="neu", addresses=("10.60.20.31",)):
    """A zone, its link and its record; None leaves either out."""
    held = {"aRecords": [{"ipv4Address": each} for each in addresses or ()]}
    link = {"virtualNetworkLinkState": state, "virtualNetwork": {"id": network}}
    return [
        resource(ZONE, site, location="global"),
        *([resource(f"{ZONE}/virtualNetworkLinks/one", site, **link)] if network else []),
        *([resource(f"{ZONE}/A/kv-neu", site, **held)] if addresses is not None else []),
    ]


def written(*ids):
    """The endpoint's zone group."""
    configs = [{"properties": {"privateDnsZoneId": id_}} for id_ in ids or (f"{group()}/providers/{ZONE}",)]
    path = "Microsoft.Network/privateEndpoints/pe-kv-neu/privateDnsZoneGroups/default"
    return resource(path, privateDnsZoneConfigs=configs)


def around(*documents, servers=()):
    network = resource(
        "Microsoft.Network/virtualNetworks/vnet-neu",
        addressSpace={"addressPrefixes": ["10.60.0.0/18"]},
        dhcpOptions={"dnsServers": list(servers)},
    )
    return [vault(connection()), *endpoint(), managed(), agents(vnetSubnetID=NODES), network, *documents]


def judged(*documents, servers=(), site="neu", **options):
    declared = name(HOST, private=True, site=site)
    azure = arm(*around(*documents, servers=servers), **options)
    return {
        "name": declared,
        "dns": dns(answer("10.60.20.31", host=HOST)),
        "arm_of_sites": {"neu": azure},
        "sites": SITES,
    }


def test_a_linked_zone_with_the_endpoints_address():
    check(**judged(*zone(), written()))


def test_everything_that_is_wrong_with_the_zone_is_told():
    assert unmet(check, **judged(*zone(network=None, addresses=("10.60.20.99",)), written())) == (
        "orders/kv-neu.vault.azure.net is not looked up as it must be: in neu the zone privatelink.vaultcore.azure.net "
        "in rg-neu is not linked to vnet-neu; in neu the zone privatelink.vaultcore.azure.net in rg-neu says "
        "10.60.20.99, the site's private endpoint has 10.60.20.31."
    )


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        (zone("InProgress"), "to vnet-neu is InProgress"),
        (zone(network=NETWORK.replace("neu", "weu")), "is not linked to vnet-neu"),
        (zone(addresses=None), "lacks the record"),
        (zone(addresses=()), "lacks the record"),
        (zone(addresses=("10.60.20.31", "10.60.20.77")), "says 10.60.20.31, 10.60.20.77"),
    ],
)
def test_what_is_wrong_with_the_zone(documents, said):
    assert said in unmet(check, **judged(*documents, written()))


def test_name_servers_of_a_hub_need_no_link_of_the_spoke():
    hub = zone(network=NETWORK.replace("vnet-neu", "vnet-hub"))
    check(**judged(*hub, written(), servers=["10.99.0.4"]))
    assert "not linked" in unmet(check, **judged(*hub, written(), servers=["10.60.4.4"]))
    assert "not linked" in unmet(check, **judged(*hub, written(), servers=["168.63.129.16"]))
    unlinked = zone(network=None)
    assert "not linked" in unmet(check, **judged(*unlinked, written(), servers=["10.99.0.4"]))


def test_ids_in_another_case_mean_the_same():
    shouted = f"{group().upper().replace('/SUBSCRIPTIONS', '/subscriptions')}/PROVIDERS/{ZONE.upper()}"
    check(**judged(*zone("completed", network=NETWORK.upper()), written(shouted)))


def listed():
    """The zones of the subscription: a list of those that stand anywhere in it."""
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Network/privateDnsZones"
    return {"id": path, "value": [resource(ZONE)]}


def test_a_zone_that_nothing_writes_into_is_found_by_its_name():
    check(**judged(*zone(), listed()))
    assert "lacks the record" in unmet(check, **judged(*zone(addresses=None), listed()))


def test_one_good_zone_of_the_name_is_enough():
    other = zone(site="weu", network=None)
    check(**judged(*zone(), *other, written(f"{group('weu')}/providers/{ZONE}", f"{group()}/providers/{ZONE}")))


def test_a_name_of_both_sites_is_judged_in_each():
    arguments = judged(*zone(), written(), site=None)
    check(**arguments)
    arguments["arm_of_sites"]["weu"] = arguments["arm_of_sites"]["neu"]
    check(**arguments)


def test_dns_alone_judges_where_azure_knows_no_endpoint_or_zone():
    arguments = judged(*zone(network=None), written())
    for documents in ([], [vault(connection(status="Pending")), *endpoint()], around()):
        check(**{**arguments, "arm_of_sites": {"neu": arm(*documents)}})
    check(**{**arguments, "arm_of_sites": {}})


@pytest.mark.parametrize("denied", ["vaults", "virtualNetworkLinks", "privateDnsZoneGroups", "/A/", "agentPools"])
def test_what_may_not_be_read_is_unproven(denied):
    unproven(check, **judged(*zone(), written(), denied=[denied]))


def test_what_arm_does_not_say_is_unproven():
    broken = resource(f"{ZONE}/A/kv-neu", aRecords=[{}])
    unproven(check, **judged(*zone(addresses=None), broken, written()))
    stateless = resource(f"{ZONE}/virtualNetworkLinks/one", virtualNetwork={"id": NETWORK})
    unproven(check, **judged(*zone(network=None), stateless, written()))
