from __future__ import annotations

from typing import Any

import pytest

from tests.checks.evidence import metadata, unmet
from tests.checks.networking.policies import SQL, policy
from tests.checks.networking.test_network_policies import check, judge

ASKS = {"toPorts": [{"ports": [{"port": "53", "protocol": "ANY"}]}]}
KUBE_DNS = {"matchLabels": {"k8s:io.kubernetes.pod.namespace": "kube-system", "k8s:k8s-app": "kube-dns"}}
CALLS = {"toPorts": [{"ports": [{"port": "1433", "protocol": "TCP"}, {"port": "5671"}]}]}
NAMES = {"toFQDNs": [{"matchName": SQL}], **CALLS}


def cilium(*egress: Any, selector: Any = None, kind: str = "CiliumNetworkPolicy", **spec: Any) -> dict[str, Any]:
    namespace = None if kind == "CiliumClusterwideNetworkPolicy" else "orders"
    said = {"endpointSelector": selector or {}, "egress": list(egress), **spec}
    return {"kind": kind, "metadata": {**metadata("own"), "namespace": namespace}, "spec": said}


def test_rules_of_cilium_count():
    own = cilium({"toEndpoints": [KUBE_DNS], **ASKS}, NAMES, selector={"matchLabels": {"any:app": "worker"}})
    check(**judge(policy("default-deny"), own))
    lacking = cilium({"toEndpoints": [KUBE_DNS], **ASKS}, selector=own["spec"]["endpointSelector"])
    assert "Deployment orders/worker, its consumer" in unmet(check, **judge(policy("default-deny"), lacking))


def test_an_empty_rule_of_cilium_lets_nothing_out():
    said = unmet(check, **judge(cilium({})))
    assert "DNS" in said
    assert f"{SQL}:1433 is closed for every pod" in said


@pytest.mark.parametrize(
    "peers",
    [
        {"toEndpoints": [{"matchLabels": {"k8s-app": "kube-dns"}}]},
        {"toEndpoints": [{}]},
        {"toEndpoints": []},
        {"toEndpoints": [{"matchLabels": {"io.kubernetes.pod.namespace": "dns", "k8s-app": "kube-dns"}}]},
        {"toEntities": ["world"]},
        {"toEntities": ["kube-apiserver"]},
        {"toCIDR": ["0.0.0.0/0"]},
        {"toServices": [{"k8sService": {"serviceName": "cache", "namespace": "orders"}}]},
    ],
)
def test_what_looks_like_letting_dns_out_to_cilium_and_is_not(peers):
    assert "DNS" in unmet(check, **judge(cilium({**peers, **ASKS}, NAMES)))


@pytest.mark.parametrize(
    "peers",
    [
        {},
        {"toEndpoints": [KUBE_DNS]},
        {"toEndpoints": [{"matchExpressions": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"}]}]},
        {
            "toEndpoints": [
                {"matchLabels": {"io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name": "kube-system"}}
            ]
        },
        {"toEntities": ["cluster"]},
        {"toEntities": ["all"]},
        {"toServices": [{"k8sService": {"serviceName": "kube-dns", "namespace": "kube-system"}}]},
    ],
)
def test_every_way_of_letting_dns_out_with_cilium(peers):
    check(**judge(cilium({**peers, **ASKS}, NAMES)))


def test_a_policy_of_the_whole_cluster_means_pods_of_every_namespace():
    check(**judge(cilium({"toEndpoints": [{}], **ASKS}, NAMES, kind="CiliumClusterwideNetworkPolicy")))


@pytest.mark.parametrize(
    "peers",
    [
        {"toCIDR": ["10.40.20.0/24"]},
        {"toCIDRSet": [{"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}]},
        {"toEntities": ["cluster"]},
        {"toEndpoints": [{}]},
        {"toFQDNs": [{"matchName": SQL}], "icmps": [{"fields": [{"type": 8}]}], "toPorts": None},
    ],
)
def test_a_range_or_peer_of_cilium_that_is_not_the_dependency_does_not_count(peers):
    rule = {key: held for key, held in {**CALLS, **peers}.items() if held is not None}
    said = unmet(check, **judge(cilium({"toEndpoints": [KUBE_DNS], **ASKS}, rule)))
    assert f"{SQL}:1433 is closed for every pod" in said
    assert ("10.40.20.0/24" in said) == ("toCIDR" in peers)


@pytest.mark.parametrize(
    "peers", [{"toCIDR": ["10.60.20.0/24"]}, {"toEntities": ["world"]}, {"toCIDRSet": [{"cidr": "10.0.0.0/8"}]}]
)
def test_ranges_of_the_site_and_the_world_let_dependencies_out(peers):
    check(**judge(cilium({"toEndpoints": [KUBE_DNS], **ASKS}, {**peers, **CALLS})))


@pytest.mark.parametrize(
    ("denied", "named"),
    [
        ({"toCIDR": ["10.0.0.0/8"]}, "1433"),
        ({"toEntities": ["world"], **CALLS}, "1433"),
        ({"toEndpoints": [KUBE_DNS]}, "DNS"),
    ],
)
def test_what_cilium_denies_is_closed_whatever_lets_it_out(denied, named):
    everything = policy("all", {})
    assert named in unmet(check, **judge(everything, cilium(egressDeny=[denied])))


def test_a_denied_part_of_the_network_or_of_the_ports_closes_nothing_else():
    part = {"toCIDRSet": [{"cidr": "10.60.99.0/24"}]}
    check(
        **judge(
            policy("all", {}),
            cilium(egressDeny=[part, {"toEntities": ["world"], "toPorts": [{"ports": [{"port": "25"}]}]}]),
        )
    )


def test_a_policy_of_cilium_that_holds_nothing_back_bounds_nothing():
    check(**judge(cilium(NAMES, enableDefaultDeny={"egress": False})))
    check(**judge(cilium()))
