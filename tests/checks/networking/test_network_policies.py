from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.evidence import EvidenceMissing, Looked
from tests.checks.evidence import kubernetes, load, metadata, role, unmet, unproven
from tests.checks.networking.policies import SQL, TO_DNS, block, both, declared, policy, workload

check = load("networking/test_network_policies.py").test_network_policies
SITE = role("neu", networks=("10.60.0.0/16",))


def judge(*objects: Any, service: Any = None, **options: Any) -> dict[str, Any]:
    return {
        "service": service or declared(),
        "kubernetes": kubernetes(*both(), *objects, **options),
        "site": SITE,
    }


def test_no_policy_lets_everything_out_and_the_workloads_were_looked_at():
    looked = Looked()
    check(**judge(looked=looked))
    assert looked.count >= 2


def test_dns_and_each_dependency_let_out_is_met():
    check(**judge(policy("all", TO_DNS, block("10.60.20.0/24", 1433, 5671))))


def test_nothing_let_out_is_told_exactly():
    assert unmet(check, **judge(policy("default-deny"))) == (
        "The network policies of namespace orders in neu do not let out what orders declares: "
        "DNS (UDP 53 to kube-dns in kube-system) is closed for Deployment orders/api, Deployment orders/worker; "
        f"{SQL}:1433 is closed for every pod; sb-prod-neu.servicebus.windows.net (5671 or 443) is closed for "
        "Deployment orders/worker, its consumer."
    )


def test_a_range_of_the_other_site_does_not_count():
    said = unmet(check, **judge(policy("all", TO_DNS, block("10.40.20.0/24", 1433), block("0.0.0.0/0", 443))))
    assert f"{SQL}:1433 is closed for every pod (it is let out to 10.40.20.0/24 only)" in said


def test_the_internet_without_private_ranges_does_not_count():
    said = unmet(check, **judge(policy("all", TO_DNS, block("0.0.0.0/0", without=("10.0.0.0/8",)))))
    assert f"{SQL}:1433 is closed for every pod" in said
    assert "servicebus" not in said, "a bus that is not declared private may be anywhere"


def test_one_pod_that_may_reach_a_dependency_is_enough_and_the_consumer_must_be_the_one():
    api = {"matchLabels": {"app": "api"}}
    way = policy("api", block("10.60.0.0/16"), selector=api)
    said = unmet(check, **judge(policy("all", TO_DNS), way))
    assert "1433" not in said
    assert "Deployment orders/worker, its consumer" in said


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"ports": [{"protocol": "UDP", "port": 53}]},
        {"to": [{"namespaceSelector": {}}]},
        {"to": [{"ipBlock": {"cidr": "169.254.20.10/32"}}], "ports": [{"protocol": "UDP", "port": 53}]},
        {"to": TO_DNS["to"], "ports": [{"protocol": "UDP", "port": "dns"}]},
        {"to": TO_DNS["to"], "ports": [{"protocol": "UDP", "port": 50, "endPort": 60}]},
    ],
)
def test_every_way_of_letting_dns_out(rule):
    check(**judge(policy("all", rule, block("0.0.0.0/0"))))


@pytest.mark.parametrize(
    "rule",
    [
        {"to": [{"podSelector": {}}]},
        {"to": [{"namespaceSelector": {"matchLabels": {"name": "kube-system"}}}]},
        {"to": TO_DNS["to"], "ports": [{"port": 53}]},
        {"to": TO_DNS["to"], "ports": [{"protocol": "UDP", "port": 5353}]},
        {"to": [{"ipBlock": {"cidr": "10.60.0.0/16"}}]},
    ],
)
def test_what_looks_like_letting_dns_out_and_is_not(rule):
    assert "DNS (UDP 53" in unmet(check, **judge(policy("all", rule, block("0.0.0.0/0", 1433, 5671))))


def test_a_pod_that_sends_nothing_at_all_needs_no_dns():
    closed = policy("cache", selector={"matchLabels": {"app": "cache"}})
    check(**judge(workload("cache"), closed, policy("talking", TO_DNS, block("0.0.0.0/0"),
          selector={"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["cache"]}]})))  # fmt: skip


def test_pods_of_the_nodes_network_are_free():
    deny = policy("agent", selector={"matchLabels": {"app": "agent"}})
    check(**judge(workload("agent", hostNetwork=True), deny))


@pytest.mark.parametrize(
    ("database", "port", "told"),
    [
        ({"postgres": "pg-neu"}, 5432, "pg-neu (5432 or 6432)"),
        (
            {"redis": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Cache/redis/redis-neu"},
            6380,
            "redis-neu (6380",
        ),
        ({"sqlFailoverGroup": "fg", "servers": {"neu": "sql-two-neu", "weu": "sql-weu"}}, 1433, "sql-two-neu (1433)"),
    ],
)
def test_a_database_that_no_endpoint_stands_for_is_a_dependency_too(database, port, told):
    service = declared(endpoints=[], databases=[database])
    check(**judge(policy("all", TO_DNS, block("10.60.0.0/16", port, 5671)), service=service))
    said = unmet(check, **judge(policy("all", TO_DNS, block("10.60.0.0/16", 5671)), service=service))
    assert f"{told}" in said
    assert "is closed for every pod (it is let out" not in said


def test_a_store_of_files_is_asked_by_whoever_needs_it():
    service = declared(endpoints=[], databases=[{"storage": "stneu", "redundancy": "GZRS"}])
    check(**judge(policy("all", TO_DNS, block("10.60.0.0/16", 5671)), service=service))


@pytest.mark.parametrize("url", ["https://[fd00::20]:1433/x", "HTTPS://SQL.internal.example:1433"])
def test_the_port_of_a_url_is_read_as_urls_are(url):
    service = declared(endpoints=[{"url": url, "from": "neu"}])
    given = {**judge(policy("all", TO_DNS, block("10.60.0.0/16", 1433, 5671)), service=service)}
    check(**given)
    said = unmet(check, **judge(policy("all", TO_DNS, block("10.60.0.0/16", 5671)), service=service))
    assert ":1433 is closed for every pod" in said


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (block(None, 1433), "ipBlock"),
        (block("everything", 1433), "ipBlock"),
        ({"to": "anywhere"}, "egress.to"),
        ({"ports": [53]}, "egress.ports"),
        ({"ports": [{"port": [1433]}]}, "egress.ports"),
    ],
)
def test_a_rule_that_cannot_be_read_is_unproven(broken, named):
    assert named in unproven(check, **judge(policy("odd", TO_DNS, broken)))


@pytest.mark.parametrize("denied", ["networkpolicies", "deployments", "ciliumnetworkpolicies"])
def test_what_may_not_be_listed_is_unproven(denied):
    assert denied in unproven(check, **judge(policy("default-deny"), denied=[denied]))


def test_a_namespace_without_workloads_is_unproven():
    given = judge() | {"kubernetes": kubernetes()}
    assert "no workload whose way out could be judged" in unproven(check, **given)


ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "10.0.0.0/8", "53", "TCP"])
)
KEYS = st.sampled_from(
    ["to", "ports", "port", "endPort", "protocol", "ipBlock", "cidr", "except", "podSelector", "namespaceSelector",
     "matchLabels", "matchExpressions", "key", "operator", "values", "toPorts", "toFQDNs"]
)  # fmt: skip
RULES = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


@given(st.dictionaries(KEYS, RULES, max_size=3))
@settings(deadline=None, max_examples=200)
def test_any_rule_is_judged_or_told_to_be_unreadable(rule):
    cilium = {
        "kind": "CiliumNetworkPolicy",
        "metadata": metadata("any"),
        "spec": {"endpointSelector": rule, "egress": [rule]},
    }
    for odd in (policy("any", rule), cilium):
        with contextlib.suppress(AssertionError, LookupError, EvidenceMissing):
            check(**judge(policy("dns", TO_DNS), odd))
