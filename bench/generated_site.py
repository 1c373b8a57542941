"""A made-up site of any size, healthy after its cutover: its API server's lists, its Prometheus, its environment."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from .kubernetes_pods import managed_fields, pod

Tree = dict[str, Any]

REPLICAS = 2
IN_A_NAMESPACE = 50
UID = "7d2a94e6-0c58-4b1f-b36d-e51f08a7c249"
_LONG_AGO = (datetime.now(UTC) - timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
_HASH = "7f9c8d6b5"
_GROUPS = (
    "apps/v1",
    "batch/v1",
    "autoscaling/v2",
    "policy/v1",
    "networking.k8s.io/v1",
    "discovery.k8s.io/v1",
    "metrics.k8s.io/v1beta1",
)


def name_of(number: int) -> tuple[str, str]:
    """Namespace and name of a workload."""
    return f"service-{number // IN_A_NAMESPACE:03d}", f"app-{number:05d}"


def environment(name: str, workloads: int, prometheus: str) -> str:
    """An environment file that declares so many workloads, as JSON, which is YAML too."""
    services: dict[str, Tree] = defaultdict(lambda: {"owner": "team", "workloads": []})
    for number in range(workloads):
        namespace, app = name_of(number)
        services[namespace]["namespace"] = namespace
        services[namespace]["workloads"].append({
            "name": app,
            "replicas": {"active": REPLICAS, "passive": 0},
            "memory": {"headroom": "25%", "window": "7d"},
            "restarts": {"max": 0, "window": "24h"},
            "settings": {"REGION": "northeurope"},
        })  # fmt: skip
    others = ("integration", "networking", "dns", "messaging", "storage", "analytics", "batch", "data", "security")
    document = {
        "apiVersion": "gonogo/v1",
        "environment": name,
        "cutover": {
            "from": "dc1",
            "to": "neu",
            "window": {
                "opens": "2026-12-05T22:00:00+01:00",
                "pointOfNoReturn": "2026-12-06T01:30:00+01:00",
                "closes": "2026-12-06T04:00:00+01:00",
            },
            "objectives": {"rto": "60m", "rpo": "15m"},
        },
        "decision": {"owner": "bench", "approvers": ["bench"], "evidenceMaxAge": "30m"},
        "sites": {
            "dc1": {"kind": "legacy"},
            "neu": {
                "location": "northeurope",
                "tokens": ["neu", "northeurope"],
                "cluster": {"name": "aks-bench", "context": "bench", "uid": UID},
                "prometheus": prometheus,
            },
        },
        "services": dict(services),
        "notApplicable": dict.fromkeys((*others, "recovery", "smoke"), "not measured"),
        "policy": {"warnings": "report", "secrets": "skip"},
    }
    return json.dumps(document)


def lists(workloads: int) -> dict[str, list[Tree]]:
    """The objects of the cluster by the path of their list."""
    found: dict[str, list[Tree]] = defaultdict(list)
    for number in range(workloads):
        namespace, app = name_of(number)
        found["/apis/apps/v1/deployments"].append(_deployment(namespace, app))
        found["/apis/apps/v1/replicasets"].append(_replica_set(namespace, app))
        found["/api/v1/configmaps"].append(_plain(namespace, app, data={"REGION": "northeurope", "LEVEL": "info"}))
        for replica in range(REPLICAS):
            made = _pod(namespace, app, number * REPLICAS + replica)
            found["/api/v1/pods"].append(made)
            usage = [{"name": each, "usage": {"cpu": "90m", "memory": "300Mi"}} for each in ("api", "envoy")]
            found["/apis/metrics.k8s.io/v1beta1/pods"].append({"metadata": made["metadata"], "containers": usage})
    names = sorted({name_of(number)[0] for number in range(workloads)})
    found["/api/v1/namespaces"] = [{"metadata": {"name": name, "uid": f"uid-{name}"}} for name in names]
    found["/api/v1/configmaps"] += [_plain(name, "kube-root-ca.crt", data={"ca.crt": "-"}) for name in names]
    _add_cluster_dns(found)
    found["/api/v1/nodes"] = [_node(number) for number in range(max(1, workloads // 20))]
    return dict(found)


def _add_cluster_dns(found: dict[str, list[Tree]]) -> None:
    namespace, name = "kube-system", "coredns"
    parts = (_deployment(namespace, name), _replica_set(namespace, name), _pod(namespace, name, 0))
    for part, path in zip(parts, ("apps/v1/deployments", "apps/v1/replicasets", "pods"), strict=True):
        part["metadata"].setdefault("labels", {})["k8s-app"] = "kube-dns"
        found[f"/apis/{path}" if "/" in path else f"/api/v1/{path}"].append(part)
    corefile = ".:53 {\n  kubernetes cluster.local\n  forward . /etc/resolv.conf\n  cache 30\n}\n"
    found["/api/v1/configmaps"].append(_plain(namespace, name, data={"Corefile": corefile}))


def group_list() -> Tree:
    """What ``/apis`` answers."""
    groups = [each.split("/") for each in _GROUPS]
    return {"groups": [{"name": group, "versions": [{"version": version}]} for group, version in groups]}


def measurements(workloads: int, query: str) -> Tree:
    """What Prometheus answers to one of the queries, by its name."""
    value = {"memory-peak": "400000000", "memory-working-set": "314572800", "memory-trend": "1024"}.get(query)
    result = []
    for number in range(workloads if value else 0):
        namespace, app = name_of(number)
        for replica in range(REPLICAS):
            pod_name = _pod_name(app, number * REPLICAS + replica)
            metrics = [{"namespace": namespace, "pod": pod_name, "container": each} for each in ("api", "envoy")]
            result += [{"metric": metric, "value": [0, value]} for metric in metrics]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def _plain(namespace: str, name: str, **rest: Any) -> Tree:
    return {
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}", "creationTimestamp": _LONG_AGO},
        **rest,
    }


def _pod_name(app: str, number: int) -> str:
    return f"{app}-{_HASH}-{number:05d}"


def _pod(namespace: str, app: str, number: int) -> Tree:
    made = pod(number)
    about: Tree = made["metadata"]
    about |= {"name": _pod_name(app, number), "namespace": namespace, "creationTimestamp": _LONG_AGO}
    about["labels"] = {"app": app, "pod-template-hash": _HASH}
    about["ownerReferences"] = [{"kind": "ReplicaSet", "name": f"{app}-{_HASH}", "controller": True}]
    del made["spec"]["serviceAccountName"]
    for container in made["spec"]["containers"]:
        container["env"].append({"name": "REGION", "value": "northeurope"})
    made["status"]["startTime"] = _LONG_AGO
    for status in made["status"]["containerStatuses"]:
        status |= {"restartCount": 0, "lastState": {}, "state": {"running": {"startedAt": _LONG_AGO}}}
    return made


def _template(app: str) -> Tree:
    made: Tree = pod(0)["spec"]
    del made["serviceAccountName"]
    for container in made["containers"]:
        container["env"].append({"name": "REGION", "value": "northeurope"})
    return {"metadata": {"labels": {"app": app}}, "spec": made}


def _deployment(namespace: str, app: str) -> Tree:
    counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas", "availableReplicas"), REPLICAS)
    conditions = [
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        {"type": "Available", "status": "True"},
    ]
    made = _plain(
        namespace,
        app,
        spec={"replicas": REPLICAS, "selector": {"matchLabels": {"app": app}}, "template": _template(app)},
        status={"observedGeneration": 1, "conditions": conditions, **counts},
    )
    made["metadata"] |= {"generation": 1, "managedFields": managed_fields()}
    return made


def _replica_set(namespace: str, app: str) -> Tree:
    made = _plain(
        namespace,
        f"{app}-{_HASH}",
        spec={"replicas": REPLICAS, "selector": {"matchLabels": {"app": app}}, "template": _template(app)},
        status={"replicas": REPLICAS, "readyReplicas": REPLICAS},
    )
    made["metadata"] |= {"ownerReferences": [{"kind": "Deployment", "name": app, "controller": True}]}
    return made


def _node(number: int) -> Tree:
    labels = {"topology.kubernetes.io/region": "northeurope", "kubernetes.azure.com/agentpool": "apps"}
    room = {"cpu": "64", "memory": "512Gi", "pods": "250"}
    return {
        "metadata": {"name": f"aks-apps-{number}", "uid": f"uid-node-{number}", "labels": labels},
        "spec": {},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "allocatable": room,
            "capacity": room,
        },
    }
