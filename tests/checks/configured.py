"""Made-up objects that configure pods: accounts, stores, mounts, Secrets; and a namespace with what it declares."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fixtures.environment.derived import Namespace
from tests.checks.evidence import Object, instant, metadata, namespace_of

CLIENT = "b2a1f0c4-6e7d-4c58-8a93-1d0e5f6b7c21"
KINDS = (("Deployment", "api"), ("Deployment", "worker"), ("StatefulSet", "db"), ("DaemonSet", "agent"))


def declaring(*jobs: str, site: str = "neu") -> Namespace:
    """Namespace orders with the declared workloads api, worker, db and agent, and these jobs."""
    declared = namespace_of(site=site)
    named = {"declared_workloads": frozenset(KINDS), "declared_jobs": frozenset(("CronJob", job) for job in jobs)}
    for name, value in named.items():
        object.__setattr__(declared, name, value)
    return declared


def service_account(name: str = "api", client: str | None = CLIENT) -> Object:
    """A service account, with the annotation of workload identity unless ``client`` is None."""
    annotations = {"azure.workload.identity/client-id": client} if client is not None else {}
    return {"kind": "ServiceAccount", "metadata": metadata(name, annotations=annotations)}


def claim(name: str) -> Object:
    """A claim."""
    return {"kind": "PersistentVolumeClaim", "metadata": metadata(name)}


def secret(name: str, changed: datetime | None = None, **data: str) -> Object:
    """A Secret; its values are as the API gives them, base64."""
    about = dated(changed, *data) if changed else {}
    return {"kind": "Secret", "metadata": metadata(name, **about), "type": "Opaque", "keys": sorted(data)}


def store(name: str = "vault", *objects: str, synced: dict[str, list[str]] | None = None, version: str = "") -> Object:
    """A SecretProviderClass of vault kv-neu with these secrets."""
    pinned = f"\n    objectVersion: {version}" if version else ""
    listed = "array:\n" + "".join(
        f"  - |\n    objectName: {each}\n    objectType: secret{pinned}\n" for each in objects
    )
    made = [{"secretName": each, "data": [{"key": key} for key in keys]} for each, keys in (synced or {}).items()]
    parameters = {"keyvaultName": "kv-neu", "clientID": CLIENT, "objects": listed if objects else ""}
    spec = {"provider": "azure", "parameters": parameters, "secretObjects": made}
    return {"kind": "SecretProviderClass", "metadata": metadata(name), "spec": spec}


def mount(pod: str, name: str = "vault", *, mounted: bool = True, **versions: str) -> Object:
    """What a pod has mounted of a store: versions by the names of secrets."""
    objects = [{"id": f"secret/{each}", "version": version} for each, version in versions.items()]
    status = {"podName": pod, "secretProviderClassName": name, "mounted": mounted, "objects": objects}
    return {"kind": "SecretProviderClassPodStatus", "metadata": metadata(f"{pod}-{name}"), "status": status}


def dated(at: datetime, *keys: str, manager: str = "kubectl-edit") -> dict[str, Any]:
    """Managed fields that say that these keys of data were last set then."""
    fields = {"f:data": {f"f:{key}": {} for key in keys}}
    return {"managedFields": [{"manager": manager, "operation": "Update", "time": instant(at), "fieldsV1": fields}]}


def mounting(name: str = "vault") -> list[Object]:
    """The volumes of a pod that mounts a store."""
    attributes = {"secretProviderClass": name}
    return [{"name": "s", "csi": {"driver": "secrets-store.csi.k8s.io", "volumeAttributes": attributes}}]


def running(at: datetime) -> Object:
    """The status of a container that runs since then."""
    return {"state": {"running": {"startedAt": instant(at)}}}


def having(thing: Object, **spec: Any) -> Object:
    """A pod, or a workload's template, with more in its spec; ``labels`` are the template's."""
    labels = spec.pop("labels", None)
    if thing["kind"] == "Pod":
        thing["spec"].update(spec)
        return thing
    template = thing["spec"].get("template") or thing["spec"]["jobTemplate"]["spec"]["template"]
    template["spec"].update(spec)
    if labels is not None:
        template["metadata"] = {"labels": labels}
    return thing
