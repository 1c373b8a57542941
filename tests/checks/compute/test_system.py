from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    NOW,
    cluster_of,
    daemon_set,
    deployment,
    instant,
    kubernetes,
    load,
    pod,
    role,
    since,
    unmet,
    unproven,
)

check = load("compute/test_system.py")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = "Cluster aks-neu in neu leans on services that fail: "


def judge(*objects, **values):
    view = kubernetes(*objects, **values)
    return {"cluster": cluster_of(), "kubernetes": view, "site": role(), "since": since, "now": NOW}


def within(namespace, made):
    """The object in another namespace than the application's."""
    return {**made, "metadata": {**made["metadata"], "namespace": namespace}}


def system(name="coredns", made=deployment, replicas=2, namespace="kube-system", **status):
    return within(namespace, made(name, replicas=replicas, **status))


def running(name="coredns-1", app="coredns", namespace="kube-system", age=30 * DAY, ready=True, **status):
    statuses = {app: status} if status else {}
    made = pod(name, app=app, statuses=statuses, creationTimestamp=instant(NOW - age))
    made["status"]["conditions"] = [{"type": "Ready", "status": str(ready)}]
    return within(namespace, made)


def fell(at, count=1, reason="Error", code=1):
    ended = {"reason": reason, "exitCode": code, "finishedAt": instant(at)}
    return {
        "restartCount": count,
        "state": {"running": {"startedAt": instant(at)}},
        "lastState": {"terminated": ended},
    }


DNS = (system(), running("coredns-0"), running())


def test_services_that_hold_are_fine():
    looked = Looked()
    check.test_system_pods(**judge(*DNS, system("csi-azuredisk-node-win", daemon_set, replicas=0), looked=looked))
    assert looked.count >= 5


def test_a_service_with_too_few_pods_is_named_with_the_first_reason():
    waits = {"state": {"waiting": {"reason": "CreateContainerError"}}}
    assert unmet(
        check.test_system_pods,
        **judge(system(readyReplicas=1), running("coredns-0"), running("coredns-1", ready=False, **waits)),
    ) == (
        f"{START}Deployment kube-system/coredns: 1 of 2 pods are ready (coredns in pod coredns-1: "
        "CreateContainerError)."
    )


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (fell(NOW - 20 * MINUTE), "restarted, 1 times in all, last at 2026-12-05 20:40:00Z"),
        (fell(NOW - 5 * HOUR, 7), "restarted, 7 times in all, last at 2026-12-05 16:00:00Z"),
        (fell(NOW - 5 * HOUR, 1, "OOMKilled", 137), "was killed for want of memory at 2026-12-05 16:00:00Z"),
        (
            {"restartCount": 30, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
            "is in a crash loop after 30 restarts",
        ),
    ],
)
def test_a_service_that_falls_is_named(status, says):
    assert unmet(check.test_system_pods, **judge(system(), running("coredns-0"), running(**status))) == (
        f"{START}Deployment kube-system/coredns: coredns in pod coredns-1 {says}."
    )


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        ([], "no cluster DNS (CoreDNS) exists"),
        ([system(replicas=0)], "Deployment kube-system/coredns is scaled to zero, and no other cluster DNS works"),
        (
            [*DNS, {"kind": "ScaledObject", "metadata": {"name": "worker", "namespace": "orders"}, "spec": {}}],
            "ScaledObjects exist, and no KEDA operator that would act on them",
        ),
        (
            [*DNS, system("traefik", namespace="edge", readyReplicas=0), running("traefik-1", "traefik", "edge")],
            "Deployment edge/traefik: 0 of 2 pods are ready",
        ),
        (
            [*DNS, system("azure-cns", daemon_set, replicas=5, numberReady=4), running("cns-1", "azure-cns")],
            "DaemonSet kube-system/azure-cns: 4 of 5 pods are ready",
        ),
        (
            [
                *DNS,
                system("alb-controller", namespace="azure-alb-system", readyReplicas=1),
                running("alb-controller-1", "alb-controller", "azure-alb-system"),
            ],
            "Deployment azure-alb-system/alb-controller: 1 of 2 pods are ready",
        ),
    ],
)
def test_what_is_absent_idle_or_short_is_named(objects, says):
    assert unmet(check.test_system_pods, **judge(*objects)) == f"{START}{says}."


@pytest.mark.parametrize(
    "objects",
    [
        [running(**fell(NOW - 2 * HOUR))],  # once, and long enough ago
        [running(**fell(NOW - 30 * HOUR, 9, "OOMKilled"))],  # outside the window
        [running(age=HOUR / 2, **fell(NOW - 28 * MINUTE, 2))],  # while its node was starting
        [running(), system("ama-logs", daemon_set, numberReady=0), running("ama-1", "ama-logs")],
        [running(), within("team-a", deployment("hong-kong-api", readyReplicas=0)), running("x", "x", "team-a")],
        [
            running(),
            system("ingress-nginx-controller", namespace="ingress-nginx", replicas=0),
            system("traefik", namespace="edge"),
            running("traefik-1", "traefik", "edge"),
        ],
    ],
)
def test_what_only_looks_ill_is_innocent(objects):
    check.test_system_pods(**judge(system(), running("coredns-0"), *objects))


def test_pods_that_were_created_just_now_may_start():
    starting = running("coredns-1", age=MINUTE, ready=False)
    check.test_system_pods(**judge(system(readyReplicas=1), running("coredns-0"), starting))


@pytest.mark.parametrize(
    ("objects", "values", "says"),
    [
        (DNS, {"denied": ["deployments"]}, "deployments"),
        (DNS, {"denied": ["pods"]}, "pods"),
        ([system(), running(restartCount=2)], {}, "2 restarts, and nobody says when it last started"),
        ([system(), running(**fell(NOW + 3000 * DAY, 2))], {}, "nobody says when it last started"),
        ([system(), running(restartCount=-2)], {}, "restartCount"),
        ([system(), running(restartCount=None)], {}, "restart count"),
        ([{**system(), "status": None}], {}, "without a status"),
    ],
)
def test_what_cannot_be_seen_is_unproven(objects, values, says):
    assert says in unproven(check.test_system_pods, **judge(*objects, **values))
