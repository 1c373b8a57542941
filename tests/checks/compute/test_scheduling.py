from __future__ import annotations

from datetime import timedelta

import pytest

from tests.checks.evidence import (
    NOW,
    container,
    deployment,
    instant,
    kubernetes,
    load,
    metadata,
    pod,
    role,
    stateful_set,
    unmet,
    unproven,
    workload,
)

check = load("compute/test_scheduling.py")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def judge(*objects, **values):
    declared = values.pop("declared", None) or workload()
    return {"workload": declared, "kubernetes": kubernetes(*objects, **values), "site": role(), "now": NOW}


def pending(name="api-1", *, told=None, node=None, age=12 * MINUTE, reason="Unschedulable", waiting=None, **about):
    """A pod that waits: for a node, or on one."""
    state = {"state": {"waiting": waiting or {"reason": "ContainerCreating"}}, "ready": False}
    made = pod(
        name, phase="Pending", statuses={"api": state}, creationTimestamp=instant(NOW - age) if age else None, **about
    )
    if node:
        made["spec"]["nodeName"] = node
        made["status"]["conditions"] = [{"type": "PodScheduled", "status": "True"}]
    else:
        del made["status"]["containerStatuses"]
        condition = {"type": "PodScheduled", "status": "False", "reason": reason, "message": told}
        made["status"]["conditions"] = [condition]
    return made


def event(message, reason, *, kind="Pod", name="api-1", **values):
    involved = {"kind": kind, "namespace": "orders", "name": name, "uid": f"uid-of-{name}", **values}
    about = {"kind": "Event", "metadata": metadata(f"{name}.1"), "involvedObject": involved, "type": "Warning"}
    return {**about, "reason": reason, "message": message, "lastTimestamp": instant(NOW - MINUTE)}


def test_pods_that_run_are_fine():
    check.test_schedulable(**judge(deployment(), pod("api-1"), pod("api-2", phase="Succeeded")))


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ("0/5 nodes are available: 3 Insufficient memory, 2 node(s) had untolerated taint.", "room on the nodes"),
        ("0/5 nodes are available: 5 node(s) had untolerated taint {dedicated: batch}.", "taint"),
        ("0/5 nodes are available: 5 node(s) didn't match Pod's node affinity/selector.", "affinity"),
        ("0/5 nodes are available: 3 node(s) had volume node affinity conflict.", "volume zone or region"),
        ("0/5 nodes are available: pod has unbound immediate PersistentVolumeClaims.", "volume claim"),
        ("0/5 nodes are available: 5 Too many pods.", "room on the nodes"),
    ],
)
def test_a_pod_without_a_node_is_told_with_the_reason(told, cause):
    assert unmet(check.test_schedulable, **judge(deployment(), pod("api-0"), pending(told=told))) == (
        "Deployment orders/api in neu has pods that cannot start: pod api-1 is Pending for 12 min: "
        f"{cause} ({told.rstrip('.')})."
    )


@pytest.mark.parametrize(
    ("reason", "told", "cause"),
    [
        ("FailedCreatePodSandBox", "failed to allocate address: no available IPs in subnet", "subnet addresses"),
        ("FailedCreatePodSandBox", "Failed to create pod sandbox: plugin cilium-cni failed", "PodSandbox"),
        ("FailedAttachVolume", 'Multi-Attach error for volume "pvc-1"', "volume zone or region"),
        ("FailedMount", "MountVolume.SetUp failed: rpc error: 403", "volume mount"),
    ],
)
def test_a_pod_that_its_node_cannot_make_is_told_with_the_event(reason, told, cause):
    said = unmet(check.test_schedulable, **judge(deployment(), pending(node="aks-1"), event(told, reason)))
    assert f"pod api-1 is Pending for 12 min: {cause} ({told})." in said


def test_without_an_event_what_the_status_tells_is_said():
    silent = pending(node="aks-1")
    silent["status"]["conditions"].append({"type": "PodReadyToStartContainers", "status": "False"})
    assert "PodSandbox (its PodSandbox is not ready, no event says why)" in unmet(
        check.test_schedulable, **judge(deployment(), silent, denied=["events"])
    )
    assert "the scheduler gave no reason" in unmet(check.test_schedulable, **judge(deployment(), pending()))


def test_a_container_without_its_configuration_is_told():
    missing = {"reason": "CreateContainerConfigError", "message": 'secret "orders-db" not found'}
    assert 'configuration (CreateContainerConfigError: secret "orders-db" not found)' in unmet(
        check.test_schedulable, **judge(deployment(), pending(node="aks-1", waiting=missing))
    )


QUOTA = 'pods "api-2" is forbidden: exceeded quota: compute, requested: limits.memory=1Gi, used: 8Gi, limited: 8Gi'


def test_a_quota_that_keeps_pods_from_being_created_is_named():
    failed = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": QUOTA}
    short = {**deployment(replicas=4), "status": {"observedGeneration": 3, "replicas": 2, "conditions": [failed]}}
    assert unmet(check.test_schedulable, **judge(short, pod("api-1"), pod("api-2"))) == (
        f"Deployment orders/api in neu has pods that cannot start: 2 of 4 pods cannot be created: quota ({QUOTA})."
    )


def test_of_a_stateful_set_only_events_tell():
    short = {**stateful_set("store", replicas=3), "status": {"observedGeneration": 3, "replicas": 2}}
    declared = workload("store", kind="StatefulSet")
    told = event(QUOTA, "FailedCreate", kind="StatefulSet", name="store")
    assert "1 of 3 pods cannot be created: quota" in unmet(
        check.test_schedulable, **judge(short, pod("store-0", app="store"), told, declared=declared)
    )
    other = event(QUOTA, "FailedCreate", kind="StatefulSet", name="store", uid="uid-of-yesterday")
    check.test_schedulable(**judge(short, pod("store-0", app="store"), other, declared=declared))


IMAGE = {"reason": "ImagePullBackOff"}
BEGUN = pending("api-1", node="aks-1", waiting={"reason": "PodInitializing"}, init=[container("migrate")])
BEGUN["status"]["initContainerStatuses"][0]["state"] = {"running": {"startedAt": instant(NOW)}}


@pytest.mark.parametrize(
    "innocent",
    [
        pending(told="0/5 nodes are available", age=20 * MINUTE / 60),
        pending(node="aks-1", age=2 * MINUTE),
        pending(node="aks-1", waiting=IMAGE),
        pending(node="aks-1", waiting={"reason": "CrashLoopBackOff"}),
        pending(told="0/5 nodes are available", deletionTimestamp=instant(NOW)),
        BEGUN,
    ],
)
def test_what_is_young_begun_leaving_or_judged_elsewhere_is_innocent(innocent):
    check.test_schedulable(**judge(deployment(), pod("api-0"), innocent))


def test_an_old_event_of_pods_that_are_there_now_is_innocent():
    told = event(QUOTA, "FailedCreate", kind="Deployment", name="api")
    check.test_schedulable(**judge(deployment(), pod("api-1"), pod("api-2"), told))


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        ([pod()], "does not exist"),
        ([deployment(), pod(phase=None)], "pod api-7f9c has no status.phase"),
        (
            [deployment(), pending(told="5 Too many pods", age=None)],
            "metadata.creationTimestamp that can be true (room",
        ),
        ([deployment(), pending(told="5 Too many pods", age=-3000 * DAY)], "creationTimestamp that can be true (room"),
        ([deployment(), {**pod(), "status": None}], "status"),
    ],
)
def test_what_cannot_be_seen_is_unproven(objects, says):
    assert says in unproven(check.test_schedulable, **judge(*objects))
