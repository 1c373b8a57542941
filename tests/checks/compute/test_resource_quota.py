from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.compute.scaled import asking, declaring, hpa, quota, scaled_object
from tests.checks.evidence import (
    deployment,
    kubernetes,
    load,
    metadata,
    namespace,
    namespace_of,
    pod,
    role,
    unmet,
    unproven,
    workload,
)

check = load("compute/test_resource_quota.py").test_resource_quota
API = deployment("api", asking(limits={"memory": "1Gi"}))


def growing(*objects, workloads=None, **values):
    """The arguments of the check: a namespace with a Deployment api that may grow to six."""
    found = [*objects, *([] if any(each["kind"] == "Deployment" for each in objects) else [API])]
    return {
        "namespace": namespace_of(),
        "kubernetes": kubernetes(namespace(), *found, **values),
        "declared": declaring(workload=workloads or [workload(replicas={"active": 6})]),
        "site": role(target=True),
    }


def running(name="api-1", *containers):
    owners = [{"kind": "Deployment", "name": "api", "controller": True}]
    return pod(name, *(containers or (asking(limits={"memory": "1Gi"}),)), ownerReferences=owners)


def test_a_quota_that_holds_the_largest_is_met():
    looked = Looked()
    enough = quota(hard={"requests.memory": "6Gi", "requests.cpu": "3", "limits.memory": "6Gi", "pods": "6"})
    check(**growing(enough, looked=looked))
    assert looked.count


def test_a_namespace_without_quotas_is_met_and_looked_at():
    looked = Looked()
    check(**growing(looked=looked))
    assert looked.count == 1


def test_every_kind_that_is_short_is_told_with_its_terms():
    tight = quota(hard={"requests.memory": "4Gi", "pods": "5"}, used={"requests.memory": "1Gi", "pods": "1"})
    assert unmet(check, **growing(tight, running())) == (
        "Namespace orders in neu cannot grow to its largest: ResourceQuota quota allows pods 5, needed are 6 "
        "(used 1, Deployment orders/api from 1 to 6 +5); ResourceQuota quota allows requests.memory 4Gi, needed are "
        "6Gi (used 1Gi, Deployment orders/api from 1 to 6 +5Gi)."
    )


@pytest.mark.parametrize("scaler", [hpa(maxReplicas=9), scaled_object(maxReplicaCount=9)])
def test_an_autoscaler_counts_with_its_maximum(scaler):
    assert "from 0 to 9 +9" in unmet(check, **growing(quota(hard={"count/pods": "8"}), scaler))


@pytest.mark.parametrize("kind", ["cpu", "requests.cpu"])
def test_cores_are_counted_under_either_name(kind):
    assert f"{kind} 2, needed are 3" in unmet(check, **growing(quota(hard={kind: "2"})))


def test_what_strangers_use_is_gone():
    crowded = quota(hard={"requests.memory": "6Gi"}, used={"requests.memory": "1Mi"})
    assert "used 1Mi" in unmet(check, **growing(crowded))


def test_a_quota_that_is_full_hinders_nothing_that_need_not_grow():
    full = quota(hard={"pods": "1"}, used={"pods": "3"})
    alone = deployment("api", asking(), replicas=1)
    check(**growing(full, alone, running(), workloads=[workload(replicas={"active": 1})]))


def test_a_quota_refuses_what_does_not_say_what_it_counts():
    refusing = quota(hard={"limits.cpu": "40"})
    assert unmet(check, **growing(refusing)) == (
        "Namespace orders in neu cannot grow to its largest: ResourceQuota quota refuses pods of Deployment "
        "orders/api, whose containers api state no limits.cpu."
    )
    stated = {"type": "Container", "default": {"cpu": "1"}}
    defaults = {"kind": "LimitRange", "metadata": metadata("defaults"), "spec": {"limits": [stated]}}
    check(**growing(refusing, defaults))


@pytest.mark.parametrize(
    "scoped",
    [
        {"scopes": ["BestEffort"]},
        {"scopes": ["Terminating"]},
        {"scopes": ["PriorityClass"]},
        {"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["low"]}]}},
        {"scopeSelector": {"matchExpressions": [{"scopeName": "BestEffort", "operator": "Exists"}]}},
    ],
)
def test_a_quota_for_other_pods_does_not_count(scoped):
    check(**growing(quota(hard={"pods": "0"}, **scoped)))


@pytest.mark.parametrize(
    "scoped",
    [
        {"scopes": ["NotBestEffort", "NotTerminating"]},
        {"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "NotIn", "values": ["a"]}]}},
    ],
)
def test_a_quota_for_such_pods_counts(scoped):
    assert "allows pods 0" in unmet(check, **growing(quota(hard={"pods": "0"}, **scoped)))


def test_what_is_enforced_is_what_the_status_says():
    lowered = quota(hard={"pods": "50"}, status={"hard": {"pods": "2"}, "used": {"pods": "0"}})
    assert "allows pods 2" in unmet(check, **growing(lowered))
    new = quota(hard={"pods": "50"}, status={})
    assert "resourcequota/orders/quota has no status.used for pods" in unproven(check, **growing(new))


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        ([quota(hard={"pods": "many"})], "status.hard of resourcequota/orders/quota.pods"),
        ([quota(hard={"pods": "9"}, used={"pods": "-4"})], "status.used of resourcequota/orders/quota.pods"),
        ([quota(hard={"requests.memory": "1e400"})], "requests.memory"),
        ([quota(hard={"pods": "9"}), hpa(maxReplicas=-1)], "spec.maxReplicas"),
        ([quota(hard={"pods": "9"}), deployment("api", asking(memory="-1Gi"))], "memory request of api"),
    ],
)
def test_what_cannot_be_read_is_unproven_with_its_name(objects, says):
    assert says in unproven(check, **growing(*objects))


def test_a_namespace_that_is_not_there_and_quotas_that_may_not_be_listed_are_unproven():
    missing = growing(quota(hard={"pods": "9"}))
    missing["kubernetes"] = kubernetes(API)
    assert "Namespace orders does not exist" in unproven(check, **missing)
    assert "resourcequotas" in unproven(check, **growing(denied=["resourcequotas"]))
