from __future__ import annotations

import pytest

from fixtures.environment.model import About
from fixtures.environment.policy_scopes import PolicyScope
from fixtures.evidence import Looked
from tests.checks.compute.pools import agents, managed
from tests.checks.evidence import kubernetes, load, role, unmet, unproven
from tests.checks.resources import arm, group, resource

check = load("networking/test_policy_parity.py").test_policy_parity
SITES = {
    "weu": role("weu", tokens=("weu", "westeurope"), networks=("10.40.0.0/16",), ingress=("20.50.1.4",)),
    "neu": role("neu", tokens=("neu", "northeurope"), networks=("10.60.0.0/16",), ingress=("20.60.1.4",)),
}
BASE = {"weu": "10.40", "neu": "10.60"}


def neutral(site, value):
    other = "neu" if site == "weu" else "weu"
    if value.startswith(BASE[other]):
        return "<address of other site>"
    return value.replace(site, "<site>").replace(other, "<other site>")


def scope(site):
    made = PolicyScope(name="network")
    made.stand(About(site=site))
    return made


def rule(name, priority=200, access="Allow", **about):
    said = {
        "direction": "Inbound",
        "protocol": "Tcp",
        "sourceAddressPrefix": "Internet",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "443",
        **about,
        "priority": priority,
        "access": access,
    }
    return {"name": name, "properties": {key: value for key, value in said.items() if value is not None}}


def network(site, *rules, guarded=True, firewall=()):
    """A site's cluster, its network with one subnet, the subnet's security group, and perhaps a firewall."""
    own = f"{group(site)}/providers/Microsoft.Network"
    subnet = f"{own}/virtualNetworks/vnet-{site}/subnets/snet-nodes"
    nsg = f"{own}/networkSecurityGroups/nsg-{site}"
    cluster, pool = managed(), agents(vnetSubnetID=subnet)
    for each in (cluster, pool):
        each["id"] = each["id"].replace("rg-neu", f"rg-{site}").replace("aks-neu", f"aks-{site}")
    about = {"networkSecurityGroup": {"id": nsg}} if guarded else {}
    made = [
        cluster,
        pool,
        resource(f"Microsoft.Network/virtualNetworks/vnet-{site}/subnets/snet-nodes", site, **about),
        resource(f"Microsoft.Network/networkSecurityGroups/nsg-{site}", site, securityRules=list(rules)),
    ]
    if firewall:
        policy = f"{own}/firewallPolicies/afwp-{site}"
        path = f"Microsoft.Network/firewallPolicies/afwp-{site}/ruleCollectionGroups/default"
        made.append(resource(f"Microsoft.Network/azureFirewalls/afw-{site}", site, firewallPolicy={"id": policy}))
        made.append(resource(path, site, ruleCollections=list(firewall)))
    return made


def judged(weu, neu, looked=None, denied=()):
    counted = looked or Looked()
    return {
        "policy_scope_by_site": {site: scope(site) for site in SITES},
        "kubernetes_by_site": {site: kubernetes(site=site) for site in SITES},
        "arm_of_sites": {
            "weu": arm(*weu, site="weu", looked=counted, denied=denied),
            "neu": arm(*neu, looked=counted, denied=denied),
        },
        "sites": SITES,
        "neutral": neutral,
    }


def test_rules_that_differ_by_nothing_but_the_site():
    looked = Looked()
    weu = [
        rule("allow-web", destinationPortRange=None, destinationPortRanges=["80", "443"]),
        rule("from-neu", 300, sourceAddressPrefix="10.60.0.0/22", destinationAddressPrefix="20.50.1.4"),
    ]
    neu = [
        rule("from-weu", 250, "allow", sourceAddressPrefix="10.40.0.0/22", destinationAddressPrefix="20.60.1.4"),
        rule("allow-web", 100, destinationPortRange=None, destinationPortRanges=["443", "80"], protocol="TCP"),
    ]
    check(**judged(network("weu", *weu), network("neu", *neu), looked=looked))
    assert looked.count == 2


def test_rules_that_differ_are_told_exactly():
    weu = network("weu", rule("allow-web"), rule("opened-by-hand", 210))
    neu = network("neu", rule("allow-web", sourceAddressPrefix="10.60.0.0/22"))
    assert unmet(check, **judged(weu, neu)) == (
        "The rules of the network differ between weu and neu: NSG nsg-<site>, rule allow-web: from has only in weu "
        '"Internet" and only in neu "<network 0>+0/22", NSG nsg-<site>, rule opened-by-hand is missing in neu; '
        "declared is the same network on both."
    )


def test_the_order_of_rules_counts_and_their_numbers_do_not():
    first, second = ("a", 100), ("b", 200)
    weu = network("weu", rule(*first), rule(*second, access="Deny"))
    check(**judged(weu, network("neu", rule("b", 4000, access="Deny"), rule("a", 3000))))
    turned = network("neu", rule("a", 200), rule("b", 100, access="Deny"))
    assert 'the order of its rules is "a, b" in weu and "b, a" in neu' in unmet(check, **judged(weu, turned))


def test_a_subnet_without_its_group():
    said = unmet(check, **judged(network("weu", rule("a")), network("neu", rule("a"), guarded=False)))
    assert 'subnet snet-nodes: NSG is "nsg-<site>" in weu and null in neu' in said
    assert "NSG nsg-<site> is missing in neu" in said
    assert "rule a" not in said


def collection(*targets):
    named = {"ruleType": "ApplicationRule", "name": "partners", "targetFqdns": list(targets), "sourceAddresses": ["*"]}
    return {"name": "allow", "action": {"type": "Allow"}, "priority": 200, "rules": [named]}


def test_policies_of_firewalls():
    weu = network("weu", rule("a"), firewall=[collection("a.example", "b.example")])
    check(**judged(weu, network("neu", rule("a"), firewall=[collection("b.example", "a.example")])))
    said = unmet(check, **judged(weu, network("neu", rule("a"), firewall=[collection("a.example")])))
    assert "firewall policy afwp-<site>, default, rule allow/partners: targetFqdns has only in weu" in said
    assert "b.example" in said
    said = unmet(check, **judged(weu, network("neu", rule("a"))))
    assert "firewall policy afwp-<site>, default is missing in neu" in said


@pytest.mark.parametrize("about", [{"direction": None}, {"protocol": None}, {"priority": None}, {"access": None}])
def test_what_arm_does_not_say_is_unproven(about):
    priority, access = about.pop("priority", 100), about.pop("access", "Allow")
    unproven(check, **judged(network("weu", rule("a")), network("neu", rule("a", priority, access, **about))))


def test_what_may_not_be_read_is_unproven():
    both = network("weu", rule("a")), network("neu", rule("a"))
    for denied in ("networkSecurityGroups", "subnets", "azureFirewalls", "agentPools"):
        unproven(check, **judged(*both, denied=[denied]))
    unproven(check, **judged(both[0], []))
    unproven(check, **judged(both[0], both[1][:3]))
