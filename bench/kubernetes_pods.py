"""Made-up pods as an API server returns them, about 8 KB each."""

from __future__ import annotations

from typing import Any

Tree = dict[str, Any]


def managed_fields() -> list[Tree]:
    """What the API server remembers of who set which field, as long as in life: a third to a half of a pod."""
    limits: Tree = {
        "f:limits": {".": {}, "f:cpu": {}, "f:memory": {}},
        "f:requests": {".": {}, "f:cpu": {}, "f:memory": {}},
    }
    env: Tree = {f'k:{{"name":"SETTING_{number}"}}': {".": {}, "f:name": {}, "f:value": {}} for number in range(6)}
    probe: Tree = {each: {} for each in (".", "f:failureThreshold", "f:httpGet", "f:periodSeconds", "f:timeoutSeconds")}
    container: Tree = {each: {} for each in (".", "f:image", "f:imagePullPolicy", "f:name", "f:terminationMessagePath")}
    container |= {"f:env": env, "f:resources": limits, "f:readinessProbe": probe, "f:livenessProbe": probe}
    spec = {"f:containers": {f'k:{{"name":"{name}"}}': container for name in ("api", "envoy")}, "f:restartPolicy": {}}
    types = ("ContainersReady", "Initialized", "Ready")
    told: Tree = {each: {} for each in (".", "f:lastProbeTime", "f:lastTransitionTime", "f:status", "f:type")}
    status = {"f:conditions": {f'k:{{"type":"{each}"}}': told for each in types}, "f:phase": {}, "f:podIP": {}}
    at = {"apiVersion": "v1", "operation": "Update", "time": "2026-12-01T00:00:00Z", "fieldsType": "FieldsV1"}
    return [
        {"manager": "kube-controller-manager", **at, "fieldsV1": {"f:metadata": {"f:labels": {}}, "f:spec": spec}},
        {"manager": "kubelet", **at, "subresource": "status", "fieldsV1": {"f:status": status}},
    ]


def container(name: str, number: int) -> Tree:
    """A container with what the API server fills in."""
    probe = {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10}
    probe |= {"successThreshold": 1, "failureThreshold": 3}
    mounts = [
        {"name": "kube-api-access", "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    ]
    return {
        "name": name,
        "image": f"acrprod.azurecr.io/{name}:1",
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": [{"name": f"SETTING_{each}", "value": f"{number}-{each}.neu.contoso.example"} for each in range(6)],
        "resources": {"limits": {"memory": "1Gi", "cpu": "1"}, "requests": {"memory": "512Mi", "cpu": "250m"}},
        "volumeMounts": mounts,
        "readinessProbe": probe,
        "livenessProbe": probe,
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True, "allowPrivilegeEscalation": False},
    }


def status(number: int) -> Tree:
    """A status with two containers that were killed once."""
    types = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    since = {"status": "True", "lastProbeTime": None, "lastTransitionTime": "2026-12-01T00:00:00Z"}
    ended = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-30T23:59:00Z"}
    states = {"state": {"running": {"startedAt": "2026-12-01T00:00:00Z"}}, "lastState": {"terminated": ended}}
    told = {"ready": True, "started": True, "restartCount": 1, **states}
    return {
        "phase": "Running",
        "conditions": [{"type": each, **since} for each in types],
        "containerStatuses": [
            {"name": each, "image": each, "imageID": f"{each}@sha256:{number:064d}", **told}
            for each in ("api", "envoy")
        ],
        "hostIP": "10.60.0.9",
        "hostIPs": [{"ip": "10.60.0.9"}],
        "podIP": "10.60.8.9",
        "podIPs": [{"ip": "10.60.8.9"}],
        "startTime": "2026-12-01T00:00:00Z",
        "qosClass": "Burstable",
    }


def pod(number: int) -> Tree:
    """A pod as the API server returns it."""
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "api-7f9c8d6b5", "uid": "u-1", "controller": True}
    forever = {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    tolerations = [{"key": f"node.kubernetes.io/{each}", **forever} for each in ("not-ready", "unreachable")]
    account = {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
    authority = {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}
    return {
        "metadata": {
            "name": f"api-7f9c8d6b5-{number:05d}",
            "generateName": "api-7f9c8d6b5-",
            "namespace": "orders",
            "uid": f"uid-{number}",
            "resourceVersion": str(number),
            "creationTimestamp": "2026-12-01T00:00:00Z",
            "labels": {"app": "api", "pod-template-hash": "7f9c8d6b5"},
            "annotations": {"checksum/config": f"{number:064d}"},
            "ownerReferences": [owner],
            "managedFields": managed_fields(),
        },
        "spec": {
            "volumes": [
                {"name": "kube-api-access", "projected": {"sources": [account, authority], "defaultMode": 420}}
            ],
            "containers": [container(each, number) for each in ("api", "envoy")],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "orders-api",
            "nodeName": f"aks-apps-{number % 50}",
            "securityContext": {},
            "schedulerName": "default-scheduler",
            "tolerations": tolerations,
            "priority": 0,
            "enableServiceLinks": True,
            "preemptionPolicy": "PreemptLowerPriority",
        },
        "status": status(number),
    }
