from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import arm, declared, environment, group, resource
from tests.checks.evidence import load, role, unmet, unproven

check = load("integration/test_egress_addresses.py")
NETWORK = "Microsoft.Network"
NODES = f"{group()}/providers/{NETWORK}/virtualNetworks/vnet-neu/subnets/nodes"
PODS = f"{group()}/providers/{NETWORK}/virtualNetworks/vnet-neu/subnets/pods"


def cluster(outbound="userAssignedNATGateway", pools=(NODES,), network=None, **properties):
    profiles = [{"name": f"p{number}", "vnetSubnetID": id_} for number, id_ in enumerate(pools)]
    said = {
        "networkProfile": {"outboundType": outbound, **(network or {})},
        "agentPoolProfiles": profiles,
        **properties,
    }
    kept = {key: value for key, value in said.items() if value is not None}
    return resource("Microsoft.ContainerService/managedClusters", "aks-neu", location="northeurope", **kept)


def subnet(id_=NODES, **properties):
    return {"id": id_, "name": id_.rpartition("/")[2], "properties": properties}


def gateway(*addresses, prefixes=()):
    properties = {"publicIpAddresses": [{"id": address(each)["id"]} for each in addresses]}
    properties |= {"publicIpPrefixes": [{"id": address(each)["id"]} for each in prefixes]} if prefixes else {}
    return resource(f"{NETWORK}/natGateways", "ng-neu", **properties)


def address(text):
    name = text.replace(".", "-").replace("/", "-")
    if "/" in text:
        return resource(f"{NETWORK}/publicIPPrefixes", f"ippre-{name}", ipPrefix=text)
    return resource(f"{NETWORK}/publicIPAddresses", f"pip-{name}", ipAddress=text)


BEHIND = subnet(natGateway={"id": gateway()["id"].upper()})


def judge(tmp_path, *bodies, known=("20.60.1.9",), looked=None, failing=None, **more):
    egress = {"addresses": {"weu": ["20.50.1.9"], "neu": list(known)}, **more}
    found = environment(tmp_path, {}, platform={"egress": egress})
    about = declared(found, "egress")
    view = arm("outgoing_addresses", about, found, *bodies, failing=failing, looked=looked)
    return {"egress": about, "arm": view, "site": role(active=True)}


def test_through_the_gateway_that_partners_know(tmp_path):
    looked = Looked()
    bodies = (cluster(), BEHIND, gateway("20.60.1.9"), address("20.60.1.9"))
    check.test_egress_addresses(**judge(tmp_path, *bodies, looked=looked))
    assert looked.count == 1


def test_partners_may_know_more(tmp_path):
    bodies = (cluster(pools=(NODES, NODES.upper())), BEHIND, gateway("20.60.1.9"), address("20.60.1.9"))
    check.test_egress_addresses(**judge(tmp_path, *bodies, known=("20.60.1.8", "20.60.1.9")))


def test_an_address_that_nobody_announced(tmp_path):
    bodies = [cluster(), BEHIND, gateway("20.60.1.9", "20.60.1.77"), address("20.60.1.9"), address("20.60.1.77")]
    assert unmet(check.test_egress_addresses, **judge(tmp_path, *bodies)) == (
        "Cluster aks-neu in neu leaves through 20.60.1.77 of NAT gateway ng-neu (outboundType userAssignedNATGateway), "
        "of which partners know nothing: declared is 20.60.1.9."
    )


def test_of_a_block_every_address_counts(tmp_path):
    bodies = [cluster(), BEHIND, gateway(prefixes=["20.60.1.8/31"]), address("20.60.1.8/31")]
    check.test_egress_addresses(**judge(tmp_path, *bodies, known=("20.60.1.8", "20.60.1.9")))
    assert "20.60.1.8/31" in unmet(check.test_egress_addresses, **judge(tmp_path, *bodies))


def test_a_subnet_that_was_never_put_behind_the_gateway(tmp_path):
    bodies = [cluster(pools=(NODES, PODS)), BEHIND, subnet(PODS), gateway("20.60.1.9"), address("20.60.1.9")]
    assert unmet(check.test_egress_addresses, **judge(tmp_path, *bodies)) == (
        "Cluster aks-neu in neu is to leave through NAT gateways (outboundType userAssignedNATGateway), "
        "but pods has none: its pods leave through no declared address (20.60.1.9)."
    )


def test_a_subnet_of_the_pods_own_counts_as_well(tmp_path):
    pools = [{"name": "p", "vnetSubnetID": NODES, "podSubnetID": PODS}]
    bodies = [cluster(agentPoolProfiles=pools), BEHIND, subnet(PODS), gateway("20.60.1.9"), address("20.60.1.9")]
    assert "but pods has none" in unmet(check.test_egress_addresses, **judge(tmp_path, *bodies))


def balancer(*addresses):
    return {"loadBalancerProfile": {"effectiveOutboundIPs": [{"id": address(each)["id"]} for each in addresses]}}


def test_a_load_balancer_counts_unless_a_gateway_goes_before_it(tmp_path):
    of_aks = cluster("loadBalancer", network=balancer("52.1.1.1"))
    common = (address("52.1.1.1"), gateway("20.60.1.9"), address("20.60.1.9"))
    check.test_egress_addresses(**judge(tmp_path, of_aks, BEHIND, *common))
    told = unmet(check.test_egress_addresses, **judge(tmp_path, of_aks, subnet(), *common))
    assert "52.1.1.1 of its load balancer (outboundType loadBalancer)" in told


def test_a_network_that_aks_made(tmp_path):
    of_aks = cluster("LoadBalancer", pools=(None,), network=balancer("20.60.1.9"))
    check.test_egress_addresses(**judge(tmp_path, of_aks, address("20.60.1.9")))


def test_a_managed_gateway(tmp_path):
    profile = {"natGatewayProfile": {"effectiveOutboundIPs": [{"id": address("52.1.1.1")["id"]}]}}
    bodies = [cluster("managedNATGateway", pools=(None,), network=profile), address("52.1.1.1")]
    assert "52.1.1.1 of its managed NAT gateway" in unmet(check.test_egress_addresses, **judge(tmp_path, *bodies))


TABLE = resource(
    f"{NETWORK}/routeTables",
    "rt-neu",
    routes=[
        {"id": "/r1", "name": "hub", "properties": {"addressPrefix": "10.0.0.0/8", "nextHopType": "VnetLocal"}},
        {
            "id": "/r2",
            "name": "all",
            "properties": {
                "addressPrefix": "0.0.0.0/0",
                "nextHopType": "VirtualAppliance",
                "nextHopIpAddress": "10.60.9.4",
            },
        },
    ],
)
ROUTED = subnet(routeTable={"id": TABLE["id"]})


def firewall(private="10.60.9.4", public="20.60.1.9"):
    inner = {"privateIPAddress": private, "publicIPAddress": {"id": address(public)["id"]}}
    return resource(f"{NETWORK}/azureFirewalls", "afw-neu", ipConfigurations=[{"name": "one", "properties": inner}])


def test_through_the_firewall_of_the_default_route(tmp_path):
    bodies = (cluster("userDefinedRouting"), ROUTED, TABLE)
    check.test_egress_addresses(**judge(tmp_path, *bodies, firewall(), address("20.60.1.9")))
    other = judge(tmp_path, *bodies, firewall(public="52.1.1.1"), address("52.1.1.1"))
    assert "52.1.1.1 of firewall afw-neu" in unmet(check.test_egress_addresses, **other)


def test_a_firewall_of_the_hub_is_declared(tmp_path):
    hub = {**firewall(), "id": "/subscriptions/s/resourceGroups/rg-hub/providers/Microsoft.Network/azureFirewalls/afw"}
    bodies = (cluster("userDefinedRouting"), ROUTED, TABLE, hub, address("20.60.1.9"))
    check.test_egress_addresses(**judge(tmp_path, *bodies, firewall=hub["id"]))
    assert "platform.egress.firewall" in unproven(check.test_egress_addresses, **judge(tmp_path, *bodies))
    gone = judge(tmp_path, *bodies, firewall=f"{hub['id']}-old")
    assert "afw-old, which does not exist" in unproven(check.test_egress_addresses, **gone)


@pytest.mark.parametrize(
    ("bodies", "said"),
    [
        ([ROUTED, TABLE, firewall("10.60.9.5")], "no firewall of aks-neu's resource groups has the address 10.60.9.4"),
        ([ROUTED, {**TABLE, "properties": {"routes": []}}], "has no default route"),
        ([ROUTED, {**TABLE, "properties": {}}], "the routes of rt-neu"),
    ],
)
def test_a_route_that_leads_to_nothing_known_is_unproven(tmp_path, bodies, said):
    told = unproven(check.test_egress_addresses, **judge(tmp_path, cluster("userDefinedRouting"), *bodies))
    assert said in told


STRAIGHT = {
    **TABLE,
    "properties": {
        "routes": [{"name": "out", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}}]
    },
}


@pytest.mark.parametrize(
    ("bodies", "said"),
    [
        ([subnet()], "subnet nodes has no route table"),
        ([ROUTED, STRAIGHT], "its route table leads subnet nodes straight to the internet"),
    ],
)
def test_a_subnet_that_nothing_leads_to_the_firewall_is_told(tmp_path, bodies, said):
    told = unmet(check.test_egress_addresses, **judge(tmp_path, cluster("userDefinedRouting"), *bodies))
    assert said in told
    assert "(20.60.1.9)" in told
    through = {**bodies[0], "properties": {**bodies[0]["properties"], **BEHIND["properties"]}}
    behind = (cluster("userDefinedRouting"), through, *bodies[1:], gateway("20.60.1.9"), address("20.60.1.9"))
    check.test_egress_addresses(**judge(tmp_path, *behind))


def test_nodes_with_addresses_of_their_own(tmp_path):
    pool = {"name": "apps", "vnetSubnetID": NODES, "enableNodePublicIP": True}
    own = cluster("none", agentPoolProfiles=[pool])
    assert "nodes of pool apps have public addresses of their own" in unmet(
        check.test_egress_addresses, **judge(tmp_path, own, subnet())
    )
    behind = (cluster(agentPoolProfiles=[pool]), BEHIND, gateway("20.60.1.9"), address("20.60.1.9"))
    check.test_egress_addresses(**judge(tmp_path, *behind))
    prefix = address("20.60.1.16/30")
    bodies = (cluster("none", agentPoolProfiles=[{**pool, "nodePublicIPPrefixID": prefix["id"]}]), subnet(), prefix)
    check.test_egress_addresses(**judge(tmp_path, *bodies, known=[f"20.60.1.{last}" for last in range(16, 20)]))
    assert "20.60.1.16/30 of nodes of pool apps" in unmet(check.test_egress_addresses, **judge(tmp_path, *bodies))


def test_no_way_out_and_no_cluster(tmp_path):
    assert unmet(check.test_egress_addresses, **judge(tmp_path, cluster("none"), subnet())) == (
        "Cluster aks-neu in neu has no public way out (outboundType none), declared is 20.60.1.9."
    )
    assert "does not exist" in unmet(check.test_egress_addresses, **judge(tmp_path))


@pytest.mark.parametrize(
    ("bodies", "said"),
    [
        ([cluster(networkProfile=None)], "the networkProfile of cluster aks-neu"),
        ([cluster(networkProfile={})], "the outboundType of cluster aks-neu"),
        ([cluster(agentPoolProfiles=None)], "the agentPoolProfiles"),
        ([cluster(), BEHIND], "NAT gateway"),
        ([cluster()], "subnet"),
        ([cluster(), {"id": NODES, "name": "nodes"}], "the properties of subnet nodes"),
        ([cluster("loadBalancer"), subnet()], "the loadBalancerProfile"),
        ([cluster("loadBalancer", network={"loadBalancerProfile": {}}), subnet()], "the effectiveOutboundIPs"),
        ([cluster(), BEHIND, gateway("20.60.1.9")], "public address"),
    ],
)
def test_a_way_out_that_is_not_told_is_unproven(tmp_path, bodies, said):
    assert said in unproven(check.test_egress_addresses, **judge(tmp_path, *bodies))


def test_an_address_without_its_number_is_unproven(tmp_path):
    blank = {**address("20.60.1.9"), "properties": {"provisioningState": "Updating"}}
    arguments = judge(tmp_path, cluster(), BEHIND, gateway("20.60.1.9"), blank)
    assert "the address of pip-20-60-1-9" in unproven(check.test_egress_addresses, **arguments)


def test_an_address_that_may_not_be_read_is_unproven(tmp_path):
    failing = {"publicIPAddresses": "Microsoft.Network/publicIPAddresses/read"}
    arguments = judge(tmp_path, cluster(), BEHIND, gateway("20.60.1.9"), address("20.60.1.9"), failing=failing)
    assert "Microsoft.Network/publicIPAddresses/read" in unproven(check.test_egress_addresses, **arguments)
