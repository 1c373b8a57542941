"""A made-up cluster with its node pools, as ARM has them."""

from __future__ import annotations

from typing import Any

from fixtures.environment.model import About
from fixtures.environment.shared import NodePool
from tests.checks.resources import resource

CLUSTER = "Microsoft.ContainerService/managedClusters/aks-neu"


def managed(**about: Any) -> dict[str, Any]:
    """A cluster that runs; None leaves a property out."""
    said = {
        "provisioningState": "Succeeded",
        "powerState": {"code": "Running"},
        "currentKubernetesVersion": "1.34.2",
        **about,
    }
    location = said.pop("location", "northeurope")
    return resource(CLUSTER, location=location, **{key: value for key, value in said.items() if value is not None})


def agents(name: str = "apps", **about: Any) -> dict[str, Any]:
    """An autoscaled node pool of three to twelve nodes; None leaves a property out."""
    said = {
        "count": 3,
        "minCount": 3,
        "maxCount": 12,
        "enableAutoScaling": True,
        "powerState": {"code": "Running"},
        "provisioningState": "Succeeded",
        "vmSize": "Standard_D8ds_v5",
        "mode": "User",
        "currentOrchestratorVersion": "1.34.2",
        **about,
    }
    kept = {key: value for key, value in said.items() if value is not None}
    return resource(f"{CLUSTER}/agentPools/{name}", **kept)


def pool(name: str = "apps", least: int = 3, most: int = 12) -> NodePool:
    """A declared node pool."""
    declared = NodePool.model_validate({"name": name, "min": least, "max": most})
    declared.stand(About(site="neu"))
    return declared
