from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.compute.pools import agents, managed
from tests.checks.compute.scaled import asking, declaring, hpa, node, pool, scaled_object
from tests.checks.evidence import (
    cluster_of,
    daemon_set,
    deployment,
    kubernetes,
    load,
    metadata,
    pod,
    role,
    unmet,
    unproven,
    workload,
)
from tests.checks.resources import arm

check = load("compute/test_capacity.py").test_capacity
TAINT = {"key": "CriticalAddonsOnly", "value": "true", "effect": "NoSchedule"}


POOL = pool()


def room(*objects, pools=(POOL,), workloads=None, azure=None, **values):
    """The arguments of the check: three nodes' worth of a pool, unless said otherwise."""
    nodes = objects if any(each["kind"] == "Node" for each in objects) else (node(), *objects)
    declared = declaring(workload=workloads or [workload()], node_pool=pools)
    view = kubernetes(*nodes, **values)
    sites = {"neu": azure} if azure is not None else {}
    about = {"cluster": cluster_of(), "kubernetes": view, "declared": declared, "site": role(target=True)}
    return {**about, "arm_of_sites": sites}


def running(name, node, *containers, app="api", kind="Deployment", **about):
    owners = [{"kind": kind, "name": app, "controller": True}]
    made = pod(name, *(containers or (asking(app),)), app=app, ownerReferences=owners, **about)
    made["spec"]["nodeName"] = node
    return made


def required(term):
    terms = {"nodeSelectorTerms": [{"matchExpressions": [term]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def status(text):
    return {
        "kind": "ConfigMap",
        "metadata": metadata("cluster-autoscaler-status", "kube-system"),
        "data": {"status": text},
    }


def group(most, name="aks-apps-41087655-vmss"):
    return status(
        f"autoscalerStatus: Running\nnodeGroups:\n- name: {name}\n  health: {{minSize: 1, maxSize: {most}}}\n"
    )


def test_what_fits_the_pool_at_its_maximum_fits():
    looked = Looked()
    check(**room(deployment("api", asking(memory="4Gi")), workloads=[workload(replicas={"active": 6})], looked=looked))
    assert looked.count


def test_every_term_of_what_does_not_fit_is_told():
    agent = daemon_set("agent", asking("agent"), replicas=1)
    agents = running(
        "agent-1", "aks-apps-1", asking("agent", memory="512Mi", cpu="100m"), app="agent", kind="DaemonSet"
    )
    stranger = running("vault-0", "aks-apps-1", asking("vault", memory="2Gi", cpu="1"), app="vault")
    arguments = room(
        deployment("api", asking(memory="3Gi")),
        agent,
        agents,
        stranger,
        workloads=[workload(replicas={"active": 7}), workload("agent", kind="DaemonSet", replicas=None)],
    )
    assert unmet(check, **arguments) == (
        "cluster aks-neu in neu cannot hold what is declared at its largest: memory: 21Gi are asked for "
        "(Deployment orders/api 7 x 3Gi), apps has room for 20.5Gi (3 nodes (declared) x 8Gi, "
        "less 512Mi for DaemonSets on each and 2Gi of others)."
    )


@pytest.mark.parametrize(
    ("scaler", "said"),
    [
        (hpa(maxReplicas=40), "Deployment orders/api 40 by its HorizontalPodAutoscaler x 1Gi"),
        (scaled_object(maxReplicaCount=40), "Deployment orders/api 40 by its ScaledObject x 1Gi"),
        (scaled_object(maxReplicaCount=None), "Deployment orders/api 100 by its ScaledObject x 1Gi"),
    ],
)
def test_an_autoscaler_counts_with_its_maximum(scaler, said):
    assert said in unmet(check, **room(deployment("api", asking()), scaler))


def test_the_cores_and_the_number_of_pods_count_as_well():
    small = deployment("api", asking(memory="1Mi", cpu="1m"))
    many = [workload(replicas={"active": 91})]
    assert "pods: 91 are asked for" in unmet(check, **room(small, workloads=many))
    cores = deployment("api", asking(memory="1Mi", cpu="1500m"))
    assert "cpu: 13.5 are asked for" in unmet(check, **room(cores, workloads=[workload(replicas={"active": 9})]))


def test_a_pod_that_no_node_can_hold_is_told_whatever_the_number_of_nodes():
    huge = room(deployment("api", asking(memory="9Gi")), pools=[pool(most=90)])
    assert unmet(check, **huge) == (
        "cluster aks-neu in neu cannot hold what is declared at its largest: one pod of Deployment orders/api asks for "
        "9Gi memory and 0.5 cpu, more than a node has: apps 8Gi memory and 4 cpu."
    )


def test_init_containers_sidecars_and_the_overhead_of_a_runtime_count():
    proxy = {**asking("proxy", memory="1Gi"), "restartPolicy": "Always"}
    once = asking("migrate", memory="6Gi")
    spec = {"containers": [asking(memory="2Gi")], "initContainers": [proxy, once], "overhead": {"memory": "512Mi"}}
    heavy = deployment("api", spec={"template": {"spec": spec}})
    said = unmet(check, **room(heavy, workloads=[workload(replicas={"active": 4})]))
    assert "Deployment orders/api 4 x 7.5Gi" in said


def test_what_admission_put_into_the_running_pods_counts():
    meshed = running("api-1", "aks-apps-1", asking(), asking("istio-proxy", memory="3Gi"))
    said = unmet(check, **room(deployment("api", asking()), meshed, workloads=[workload(replicas={"active": 7})]))
    assert "Deployment orders/api 7 x 4Gi" in said


@pytest.mark.parametrize(
    "text",
    [
        group(1)["data"]["status"],
        "NodeGroups:\n  Name:     aks-apps-41087655-vmss\n  Health:   Healthy (ready=1 (minSize=1, maxSize=1))\n",
    ],
)
def test_the_cluster_autoscaler_has_the_last_word_on_the_size_of_a_pool(text):
    arguments = room(
        deployment("api", asking(memory="4Gi")), status(text), workloads=[workload(replicas={"active": 3})]
    )
    assert "apps has room for 8Gi (1 node (by its autoscaler) x 8Gi" in unmet(check, **arguments)


def test_a_pool_that_the_cluster_autoscaler_does_not_know_stays_as_it_is():
    arguments = room(
        deployment("api", asking(memory="4Gi")),
        group(9, name="aks-other-1-vmss"),
        workloads=[workload(replicas={"active": 3})],
    )
    assert "1 node (not autoscaled)" in unmet(check, **arguments)


def test_a_cordoned_node_and_one_that_is_not_ready_hold_nothing():
    three = [node(), node("aks-apps-2", unschedulable=True), node("aks-apps-3", ready=False)]
    api = deployment("api", asking(memory="4Gi"))
    check(**room(*three, api, workloads=[workload(replicas={"active": 2})]))
    said = unmet(check, **room(*three, api, workloads=[workload(replicas={"active": 3})]))
    assert "1 node (declared, 2 of them not ready or cordoned) x 8Gi" in said


def test_a_pool_with_a_taint_is_no_room_for_what_does_not_bear_it():
    nodes = [node(), node("aks-system-1", "system", taints=[TAINT])]
    api, seven = deployment("api", asking(memory="4Gi")), [workload(replicas={"active": 7})]
    pools = [pool(), pool("system", 9)]
    assert "system" not in unmet(check, **room(*nodes, api, workloads=seven, pools=pools))
    bearing = {"containers": [asking(memory="4Gi")], "tolerations": [{"operator": "Exists"}]}
    check(**room(*nodes, deployment("api", spec={"template": {"spec": bearing}}), workloads=seven, pools=pools))


def test_two_pools_together_are_judged_by_what_can_run_nowhere_else():
    def in_pool(name, pool, active):
        spec = {"containers": [asking(name, memory="4Gi")], "nodeSelector": {"agentpool": pool} if pool else {}}
        return deployment(name, replicas=1, spec={"template": {"spec": spec}}), workload(
            name, replicas={"active": active}
        )

    nodes = [node(), node("aks-burst-1", "burst")]
    pools = [pool("apps", 1), pool("burst", 1)]
    made = [in_pool("api", "apps", 1), in_pool("worker", None, 3)]
    check(**room(*nodes, *(each for each, _ in made), workloads=[each for _, each in made], pools=pools))
    made = [in_pool("api", "apps", 1), in_pool("worker", None, 4)]
    said = unmet(check, **room(*nodes, *(each for each, _ in made), workloads=[each for _, each in made], pools=pools))
    assert "memory: 20Gi are asked for" in said
    assert "apps has room for 8Gi" in said
    assert "burst has room for 8Gi" in said


@pytest.mark.parametrize(
    "placed",
    [
        {"nodeSelector": {"agentpool": "burst"}},
        {"affinity": required({"key": "disk", "operator": "In", "values": ["hdd"]})},
        {"affinity": required({"key": "size", "operator": "Gt", "values": ["8"]})},
        {"affinity": required({"key": "disk", "operator": "DoesNotExist"})},
    ],
)
def test_a_workload_that_no_pool_takes_is_unmet(placed):
    homeless = deployment("api", spec={"template": {"spec": {"containers": [asking()], **placed}}})
    assert unmet(check, **room(homeless)) == (
        "cluster aks-neu in neu cannot hold what is declared at its largest: Deployment orders/api may run in no node "
        "pool (its node selector, affinity or tolerations fit none)."
    )
    assert "burst there is no node" in unproven(check, **room(homeless, pools=[pool(), pool("burst")]))


def test_pods_that_have_ended_and_workloads_that_are_not_there_ask_for_nothing():
    done = running("train-1", "aks-apps-1", asking("train", memory="900Gi"), app="train", phase="Succeeded")
    check(**room(deployment("api", asking()), done, workloads=[workload(), workload("absent")]))


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        ([node(allocatable={"memory": None})], "no status.allocatable.memory"),
        ([node(allocatable={"memory": "1e400"})], "status.allocatable of node/aks-apps-1.memory"),
        ([node(allocatable={"pods": "-3"})], "status.allocatable of node/aks-apps-1.pods is below zero"),
        ([node(), hpa(maxReplicas=None)], "spec.maxReplicas of HorizontalPodAutoscaler orders/api is not set"),
        ([node(), scaled_object(maxReplicaCount=-3)], "spec.maxReplicaCount of ScaledObject orders/api is '-3'"),
        ([node(), scaled_object(maxReplicaCount="many")], "spec.maxReplicaCount of ScaledObject orders/api is 'many'"),
        ([node(), status("nodeGroups: {a: [}")], "cluster-autoscaler-status data.status cannot be read"),
        ([node(), status("")], "cluster-autoscaler-status data.status cannot be read"),
        ([node(), group("many")], "cluster-autoscaler-status data.status cannot be read"),
    ],
)
def test_what_cannot_be_read_is_unproven_with_its_name(objects, says):
    assert says in unproven(check, **room(*objects, deployment("api", asking())))


def test_a_request_that_is_no_quantity_is_unproven():
    assert "memory request of api" in unproven(check, **room(deployment("api", asking(memory="much"))))
    assert "below zero" in unproven(check, **room(deployment("api", asking(cpu="-1"))))


def test_a_cluster_without_nodes_and_one_that_may_not_be_looked_at_are_unproven():
    arguments = room(deployment("api", asking()))
    arguments["kubernetes"] = kubernetes(deployment("api", asking()))
    assert "showed no node" in unproven(check, **arguments)
    assert "nodes" in unproven(check, **room(node(), deployment("api", asking()), denied=["nodes"]))
    assert "scaledobjects" in unproven(check, **room(node(), deployment("api", asking()), denied=["scaledobjects"]))


def test_azure_tells_the_maximum_before_the_declaration_does():
    seven = {"workloads": [workload(replicas={"active": 7})]}
    declared = room(deployment("api", asking(memory="4Gi")), pools=[pool(most=12)], **seven)
    check(**declared)
    small = arm(managed(), agents("Apps", maxCount=3))
    told = unmet(check, **room(deployment("api", asking(memory="4Gi")), pools=[pool(most=12)], azure=small, **seven))
    assert "apps has room for 24Gi (3 nodes (by Azure) x 8Gi" in told
    fixed = arm(managed(), agents(count=3, enableAutoScaling=False, minCount=None, maxCount=None))
    told = unmet(check, **room(deployment("api", asking(memory="4Gi")), pools=[pool(most=12)], azure=fixed, **seven))
    assert "3 nodes (by Azure, not autoscaled)" in told
    check(
        **room(deployment("api", asking(memory="4Gi")), pools=[pool(most=3)], azure=arm(managed(), agents()), **seven)
    )


@pytest.mark.parametrize("azure", [arm(), arm(managed(), denied=["agentPools"]), arm(managed(), agents(maxCount=None))])
def test_the_declaration_stands_where_azure_does_not_tell(azure):
    arguments = room(deployment("api", asking(memory="9Gi")), pools=[pool(most=12)], azure=azure)
    assert "more than a node has" in unmet(check, **arguments)
    check(**room(deployment("api", asking()), pools=[pool(most=12)], azure=azure))
