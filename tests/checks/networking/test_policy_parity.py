from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings

from fixtures.evidence import EvidenceMissing, Looked
from tests.checks.evidence import kubernetes, load, metadata, namespace, namespace_of, role, unmet, unproven
from tests.checks.networking.policies import block, policy
from tests.checks.networking.test_network_policies import RULES

check = load("networking/test_policy_parity.py").test_policy_parity
SITES = {
    "weu": role("weu", tokens=("weu", "westeurope"), networks=("10.40.0.0/16",), ingress=("20.50.1.4",)),
    "neu": role("neu", tokens=("neu", "northeurope"), networks=("10.60.0.0/16",), ingress=("20.60.1.4",)),
}


def judge(weu: list[Any], neu: list[Any], **options: Any) -> dict[str, Any]:
    held = {"weu": weu, "neu": neu}
    return {
        "policy_scope_by_site": {site: namespace_of(site=site) for site in held},
        "arm_of_sites": {},
        "neutral": lambda site, value: value,
        "kubernetes_by_site": {
            site: kubernetes(namespace(), *objects, site=site, **options) for site, objects in held.items()
        },
        "sites": SITES,
    }


def test_each_site_has_its_own_ranges_and_names():
    looked = Looked()
    check(
        **judge(
            [policy("out-weu", block("10.40.20.0/24", 1433), block("20.50.1.4/32"))],
            [policy("out-neu", block("20.60.1.4/32"), block("10.60.20.0/24", 1433))],
            looked=looked,
        )
    )
    assert looked.count >= 4


def test_no_policies_on_either_site_is_the_same():
    check(**judge([], []))


def test_what_the_api_fills_in_by_itself_is_no_difference():
    weu = policy("in", policyTypes=["Ingress"], egress=None, ingress=[{"ports": [{"port": 80, "protocol": "TCP"}]}])
    neu = policy("in", policyTypes=[], egress=None, ingress=[{"ports": [{"port": 80}]}])
    check(**judge([weu], [neu]))


def test_a_missing_policy_and_a_differing_rule_are_told_exactly():
    said = unmet(
        check, **judge([policy("a"), policy("b", block("10.40.1.0/24", 80))], [policy("b", block("10.60.1.0/24"))])
    )
    assert said == (
        "The network policies of namespace orders differ between weu and neu: NetworkPolicy a is missing in neu, "
        'NetworkPolicy b: egress has only in weu {"ports": [{"port": 80, "protocol": "TCP"}], '
        '"to": [{"ipBlock": {"cidr": "<network 0>+256/24", "except": []}}]} and only in neu '
        '{"to": [{"ipBlock": {"cidr": "<network 0>+256/24", "except": []}}]}; declared is the same namespace on both.'
    )


def test_the_range_of_the_other_site_is_a_difference():
    said = unmet(check, **judge([policy("b", block("10.40.1.0/24"))], [policy("b", block("10.40.1.0/24"))]))
    assert "10.40.1.0/24" in said


def test_another_selector_or_direction_is_a_difference():
    one, two = policy("b", selector={"matchLabels": {"app": "api"}}), policy("b", policyTypes=["Ingress", "Egress"])
    said = unmet(check, **judge([one], [two]))
    assert "podSelector is" in said
    assert "policyTypes has only in neu" in said


def test_policies_of_cilium_are_compared_too():
    own = {"kind": "CiliumNetworkPolicy", "metadata": metadata("fqdn"), "spec": {"egress": [{"toFQDNs": []}]}}
    assert "CiliumNetworkPolicy fqdn is missing in neu" in unmet(check, **judge([own], []))


@pytest.mark.parametrize("denied", ["networkpolicies", "namespaces"])
def test_what_may_not_be_listed_is_unproven(denied):
    assert denied in unproven(check, **judge([], [], denied=[denied]))


def test_a_namespace_that_does_not_exist_is_unproven():
    given = judge([], []) | {"kubernetes_by_site": {site: kubernetes(site=site) for site in SITES}}
    assert "namespace orders does not exist in weu" in unproven(check, **given)


@given(RULES, RULES)
@settings(deadline=None, max_examples=100)
def test_any_two_rules_are_compared(one, other):
    with contextlib.suppress(AssertionError, EvidenceMissing):
        check(**judge([policy("any", {"to": one})], [policy("any", {"to": other})]))
