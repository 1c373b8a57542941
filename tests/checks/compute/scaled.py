"""Made-up evidence of scaling and placement: nodes, autoscalers, quotas, budgets, and what is declared beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from tests.checks.evidence import Object, metadata


def declaring(**things: Sequence[Any]) -> Callable[[str], Sequence[Any]]:
    """What a check asks for as ``declared``: by kind."""
    return lambda kind: things.get(kind, ())


def pool(name: str = "apps", most: int = 3, least: int = 1) -> SimpleNamespace:
    """A declared node pool."""
    return SimpleNamespace(name=name, min=least, max=most)


def node(name: str = "aks-apps-1", pool: str = "apps", *, ready: bool = True, **told: Any) -> Object:
    """A ready node of a pool with 4 cores, 8 GiB and 30 pods; keywords are fields of its spec, ``allocatable`` too."""
    allocatable = {"cpu": "4", "memory": "8Gi", "pods": "30"} | told.pop("allocatable", {})
    return {
        "kind": "Node",
        "metadata": metadata(name, None, labels={"agentpool": pool, "disk": "ssd", "size": "8"}),
        "spec": told,
        "status": {
            "allocatable": {key: value for key, value in allocatable.items() if value is not None},
            "conditions": [{"type": "Ready", "status": "True" if ready else "Unknown"}],
        },
    }


def asking(name: str = "api", *, memory: str = "1Gi", cpu: str = "500m", **resources: Any) -> Object:
    """A container that asks for this much; ``limits`` as the API writes them."""
    asked = {"requests": {"memory": memory, "cpu": cpu}, **resources}
    return {"name": name, "image": f"acr.example/{name}:1", "resources": asked}


def hpa(name: str = "api", *, kind: str = "Deployment", conditions: Object | None = None, **spec: Any) -> Object:
    """A horizontal pod autoscaler between 2 and 6; ``conditions`` are reasons by type, ``!reason`` meaning False."""
    told = {"AbleToScale": "ReadyForNewScale", "ScalingActive": "ValidMetricFound", **(conditions or {})}
    current = spec.pop("current", 2)
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(name, **({"ownerReferences": spec.pop("owners")} if "owners" in spec else {})),
        "spec": {"scaleTargetRef": {"kind": kind, "name": name}, "minReplicas": 2, "maxReplicas": 6, **spec},
        "status": {
            "currentReplicas": current,
            "desiredReplicas": current,
            "conditions": [
                {
                    "type": type_,
                    "status": "False" if reason.startswith("!") else "True",
                    "reason": reason.lstrip("!"),
                    "message": f"the autoscaler says {reason.lstrip('!')}",
                }
                for type_, reason in told.items()
                if reason
            ],
        },
    }


def scaled_object(
    name: str = "api", *, marks: Object | None = None, status: Object | None = None, **spec: Any
) -> Object:
    """A ScaledObject between 0 and 6, ready."""
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    return {
        "kind": "ScaledObject",
        "metadata": metadata(name, annotations=marks or {}),
        "spec": {"scaleTargetRef": {"name": name}, "minReplicaCount": 0, "maxReplicaCount": 6, **spec},
        "status": {**ready, **(status or {})},
    }


def quota(name: str = "quota", used: Object | None = None, status: Object | None = None, **spec: Any) -> Object:
    """A ResourceQuota that is enforced as it is written; ``hard`` by resource, nothing of it used unless said."""
    hard = spec.get("hard", {})
    told = {"hard": hard, "used": {**dict.fromkeys(hard, "0"), **(used or {})}}
    return {
        "kind": "ResourceQuota",
        "metadata": metadata(name),
        "spec": spec,
        "status": told if status is None else status,
    }


def budget(name: str = "api", *, selector: Object | None = None, status: Object | None = None, **spec: Any) -> Object:
    """A disruption budget of three healthy pods, of which one may go; null leaves a field of the status out."""
    told = {
        "observedGeneration": 2,
        "expectedPods": 3,
        "currentHealthy": 3,
        "desiredHealthy": 2,
        "disruptionsAllowed": 1,
        **(status or {}),
    }
    return {
        "kind": "PodDisruptionBudget",
        "metadata": metadata(name, generation=2),
        "spec": {"selector": {"matchLabels": {"app": name}} if selector is None else selector, **spec},
        "status": {key: value for key, value in told.items() if value is not None},
    }
