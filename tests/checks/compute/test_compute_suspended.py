from __future__ import annotations

from types import SimpleNamespace

import pytest

from fixtures.environment.tenants import Tenant
from fixtures.evidence import Looked
from tests.checks.compute.scaled import asking, declaring, node, pool
from tests.checks.evidence import (
    cron_job,
    daemon_set,
    deployment,
    job,
    kubernetes,
    load,
    metadata,
    namespace,
    pod,
    role,
    stateful_set,
    unmet,
    unproven,
    workload,
)

check = load("compute/test_compute_suspended.py").test_compute_suspended
SINCE = "2026-12-05T20:59:00Z"


def tenant(**fields):
    made = Tenant.model_construct(**{"name": "orders", "namespace": "orders", "pools": (), **fields})
    made.stand(SimpleNamespace(service="orders", owner="team-orders"))
    return made


def resting(*objects, workloads=None, jobs=(), about=None, **values):
    """The arguments of the check: the namespace orders of weu after the move."""
    declared = declaring(workload=[workload()] if workloads is None else workloads, job=jobs)
    return {
        "tenant": about or tenant(),
        "kubernetes": kubernetes(namespace(), *objects, site="weu", **values),
        "declared": declared,
        "site": role("weu"),
    }


def of(kind, name, pod_name="", **about):
    """A pod of an owner."""
    owners = [{"kind": kind, "name": name, "controller": True}]
    return pod(pod_name or f"{name}-1", asking(name), app=name, ownerReferences=owners, **about)


def test_the_declared_passive_replicas_and_nothing_else_is_at_rest():
    looked = Looked()
    check(**resting(deployment(replicas=1), of("Deployment", "api"), looked=looked))
    assert looked.count >= 3


def test_an_empty_namespace_is_at_rest_and_looked_at():
    looked = Looked()
    check(**resting(workloads=[], looked=looked))
    assert looked.count == 1


def test_a_workload_that_asks_for_more_is_told():
    assert unmet(check, **resting(deployment(replicas=3), of("Deployment", "api"))) == (
        "Namespace orders in weu, which is passive, does not rest: "
        "Deployment orders/api asks for 3 replicas, declared are 1 (1 pods run)."
    )


def test_pods_of_what_was_scaled_to_zero_are_told():
    asleep = [workload(replicas={"active": 2, "passive": 0})]
    left = of("Deployment", "api", "api-9", deletionTimestamp=SINCE)
    assert unmet(check, **resting(deployment(replicas=0), left, workloads=asleep)).endswith(
        "Deployment orders/api is scaled to zero, and still there are pod api-9 being ended."
    )
    check(**resting(deployment(replicas=0), of("Deployment", "api", phase="Failed"), workloads=asleep))


def test_a_job_that_is_to_rest_is_told_and_one_that_belongs_here_is_not():
    run = {
        "kind": "Job",
        "metadata": metadata("settlement-1", ownerReferences=[{"kind": "CronJob", "name": "settlement"}]),
    }
    objects = [cron_job(), run, of("Job", "settlement-1", "settlement-1-x")]
    assert "CronJob orders/settlement still runs (pod settlement-1-x)" in unmet(
        check, **resting(*objects, jobs=[job(site="weu")])
    )
    check(**resting(*objects, jobs=[job(site="weu", runsOn="both")]))
    assert "CronJob settlement, which nobody declared, runs" in unmet(check, **resting(*objects))


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ([pod("debug")], "Pod debug, which nobody declared, runs (pod debug)"),
        ([deployment("copy"), of("Deployment", "copy")], "Deployment copy, which nobody declared, runs (pod copy-1)"),
        ([of("Job", "rerun")], "runs (pod rerun-1)"),
    ],
)
def test_what_nobody_declared_is_told(objects, said):
    assert said in unmet(check, **resting(*objects))


@pytest.mark.parametrize(
    "objects",
    [
        [daemon_set("agent"), of("DaemonSet", "agent")],
        [
            stateful_set("cache", ownerReferences=[{"kind": "RedisCluster", "name": "cache"}]),
            of("StatefulSet", "cache"),
        ],
        [pod("done", phase="Succeeded")],
        [deployment("copy", replicas=0)],
    ],
)
def test_agents_what_operators_keep_and_what_has_ended_are_left_alone(objects):
    check(**resting(*objects))


def test_what_another_service_declares_in_the_same_namespace_is_its_own():
    shared = workload("mail")
    shared.stand(SimpleNamespace(service="mail", owner=None, namespace="orders", site="weu", number=1))
    check(**resting(deployment("mail", replicas=9), of("Deployment", "mail"), workloads=[shared]))


def test_pools_are_held_against_their_declared_size():
    pools = tenant(name="node-pools", namespace=None, pools=(pool("apps", 2), pool("burst", 5, least=0)))
    looked = Looked()
    check(**resting(node(), node("aks-apps-2"), about=pools, looked=looked))
    assert looked.count == 2
    many = [node(f"aks-apps-{number}") for number in range(3)]
    assert unmet(check, **resting(*many, about=pools)) == (
        "The node pools in weu, which is passive, are not of the declared size: apps has 3 nodes, declared are 1 to 2."
    )
    assert "apps has 0 nodes" in unmet(check, **resting(about=pools))


def test_what_cannot_be_looked_at_is_unproven():
    missing = resting()
    missing["kubernetes"] = kubernetes(site="weu")
    assert "Namespace orders does not exist" in unproven(check, **missing)
    assert "pods" in unproven(check, **resting(denied=["pods"]))
    assert "nodes" in unproven(check, **resting(denied=["nodes"], about=tenant(namespace=None, pools=(pool(),))))
    silent = pod("debug")
    del silent["status"]
    assert "came without a status" in unproven(check, **resting(silent))
