"""The same fact in another form: an owner nobody listed, a limit of the whole pod, a scaler that names another."""

from __future__ import annotations

from typing import Any

from tests.checks.compute.scaled import hpa
from tests.checks.evidence import (
    container,
    deployment,
    kubernetes,
    load,
    metadata,
    namespace,
    namespace_of,
    pod,
    role,
    workload,
)

ACTIVE = role(active=True)
quotas, memory, workloads = (load(f"compute/test_{name}.py") for name in ("resource_quota", "memory", "workloads"))
autoscalers, suspended = load("compute/test_autoscaler.py"), load("compute/test_compute_suspended.py")


def scaled_object(**spec: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True"}, {"type": "Active", "status": "False"}]
    return {
        "kind": "ScaledObject",
        "metadata": metadata("orders-in"),
        "spec": {"scaleTargetRef": {"name": "api"}, "maxReplicaCount": 6, **spec},
        "status": {"hpaName": "keda-hpa-orders-in", "conditions": conditions},
    }


def test_pods_whose_replica_set_nobody_listed_are_of_the_workload_that_selects_them() -> None:
    owners = [{"kind": "ReplicaSet", "name": "api-7f9c", "uid": "1", "controller": True}]
    pods = [pod(f"api-7f9c-{number}", ownerReferences=owners) for number in range(2)]
    quota = {
        "kind": "ResourceQuota",
        "metadata": metadata("memory"),
        "spec": {"hard": {"limits.memory": "2Gi"}},
        "status": {"used": {"limits.memory": "2Gi"}},
    }
    declared = workload(replicas={"active": 2, "passive": 2})
    seen = kubernetes(namespace(), quota, deployment(), *pods)
    quotas.test_resource_quota(
        namespace=namespace_of(), kubernetes=seen, declared=lambda kind: (declared,), site=ACTIVE
    )
    things = {"workload": (declared,)}
    suspended.test_compute_suspended(
        tenant=namespace_of(), kubernetes=seen, declared=lambda kind: things.get(kind, ()), site=role()
    )


def test_a_limit_of_the_whole_pod_limits_its_containers() -> None:
    bare = pod("api-1", container(limit=None), container("envoy", limit="64Mi"))
    bare["spec"]["resources"] = {"limits": {"memory": "1Gi"}}
    seen = kubernetes(deployment(), bare)
    assert {each.name: each.memory_limit for each in seen.containers(workload())} == {"api": 2**30, "envoy": 2**26}
    memory.test_memory_limit_set(workload=workload(), kubernetes=seen, site=ACTIVE)


def test_an_autoscaler_that_a_scaled_object_names_is_not_a_second_one() -> None:
    seen = kubernetes(
        deployment(), scaled_object(minReplicaCount=2), {**hpa(), "metadata": metadata("keda-hpa-orders-in")}
    )
    autoscalers.test_autoscaler(workload=workload(), kubernetes=seen, kubernetes_elsewhere={}, site=ACTIVE)


def test_a_scaled_object_may_leave_fewer_than_its_minimum_while_it_idles() -> None:
    declared = workload(replicas={"active": 3, "passive": 0}, scaler="keda")
    idle = scaled_object(minReplicaCount=2, idleReplicaCount=0)
    workloads.test_replicas_ready(workload=declared, kubernetes=kubernetes(deployment(replicas=0), idle), site=ACTIVE)
