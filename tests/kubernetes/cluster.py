"""Made-up clusters: objects as the API returns them, and records of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from fixtures.evidence import Looked, Record, SourceError
from fixtures.sources.kubernetes.cluster_view import KubernetesView
from fixtures.sources.kubernetes.decoding import page
from fixtures.sources.kubernetes.gathered import ClusterIdentity, Gathered, Listing, Right
from fixtures.sources.kubernetes.kinds import BY_KEY, KINDS
from fixtures.sources.kubernetes.store import store_of

NOW = datetime(2026, 12, 5, 21, 0, tzinfo=UTC)


class Thing:
    """A declared workload or job, as far as the view asks."""

    def __init__(self, kind: str, name: str, namespace: str = "orders") -> None:
        self.kind, self.name, self.namespace = kind, name, namespace


API = Thing("Deployment", "api")


def meta(name: str, namespace: str | None = "orders", **more: Any) -> dict[str, Any]:
    where = {"namespace": namespace} if namespace else {}
    return {"name": name, **where, "uid": f"uid-{name}", "managedFields": [{"manager": "kubectl"}], **more}


def owner(kind: str, name: str, uid: str | None = None) -> list[dict[str, Any]]:
    return [{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid or f"uid-{name}", "controller": True}]


def container(name: str = "api", **more: Any) -> dict[str, Any]:
    limits = {"limits": {"memory": "1Gi"}, "requests": {"memory": "512Mi", "cpu": "250m"}}
    return {"name": name, "image": f"acrprod.azurecr.io/{name}:1", "resources": limits, **more}


def pod(name: str = "api-1", rs: str | None = "api-a", **more: Any) -> dict[str, Any]:
    spec = more.pop("spec", {"containers": [container()]})
    names = [held["name"] for held in spec["containers"]]
    statuses = [
        {"name": held, "ready": True, "restartCount": 0, "state": {"running": {"startedAt": "2026-12-01T00:00:00Z"}}}
        for held in names
    ]
    status = more.pop("status", {"phase": "Running", "containerStatuses": statuses})
    metadata = meta(
        name, labels=more.pop("labels", {"app": "api"}), **({"ownerReferences": owner("ReplicaSet", rs)} if rs else {})
    )
    return {"metadata": {**metadata, **more}, "spec": spec, "status": status}


def deployment(name: str = "api", replicas: int = 1, **more: Any) -> dict[str, Any]:
    template = more.pop(
        "template",
        {"metadata": {"creationTimestamp": None, "labels": {"app": name}}, "spec": {"containers": [container(name)]}},
    )
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    status = {"observedGeneration": 3, "replicas": replicas, "readyReplicas": replicas, "updatedReplicas": replicas}
    return {"metadata": meta(name, generation=3), "spec": spec, "status": status, **more}


def replica_set(name: str = "api-a", of: str = "api") -> dict[str, Any]:
    return {
        "metadata": meta(name, ownerReferences=owner("Deployment", of)),
        "spec": {"replicas": 1},
        "status": {"replicas": 1},
    }


def config_map(name: str, data: dict[str, str], namespace: str = "orders") -> dict[str, Any]:
    return {"metadata": meta(name, namespace), "data": data}


def record(
    errors: dict[str, SourceError] | None = None, rights: list[Right] | None = None, **kinds: list[dict[str, Any]]
) -> Record:
    """A record in which every kind was listed; those not named are empty, those in ``errors`` failed."""
    listings = {kind.key: Listing() for kind in KINDS}
    for key, items in kinds.items():
        objects, malformed, _ = page(BY_KEY[key], json.dumps({"items": items}).encode())
        listings[key] = Listing(items=objects, malformed=malformed)
    for key, error in (errors or {}).items():
        listings[key] = Listing(error=error)
    identity = ClusterIdentity(uid="uid-1", version="v1.34.2", proof="uid")
    gathered = Gathered(identity=identity, namespaces=["kube-system", "orders"], kinds=listings, rights=rights or [])
    data = msgspec.Raw(msgspec.json.encode(gathered))
    return Record(source="kubernetes", place="neu", asked_at=NOW, observed_at=NOW, duration_ms=1, data=data)


def view(made: Record | None = None, **kinds: list[dict[str, Any]]) -> KubernetesView:
    return seen(made, **kinds)[0]


def seen(made: Record | None = None, **kinds: list[dict[str, Any]]) -> tuple[KubernetesView, Looked]:
    held = made or record(**kinds)
    looked = Looked()
    return KubernetesView(held, store_of(held), looked), looked
