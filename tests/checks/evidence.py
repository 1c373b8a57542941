"""Made-up evidence: objects as the API returns them, seen through the real view. A test names only what it is about."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import msgspec
import pytest

from fixtures.environment.batch import Job
from fixtures.environment.derived import Namespace
from fixtures.environment.model import About, Placed
from fixtures.environment.sites import Cluster
from fixtures.environment.workloads import Workload
from fixtures.evidence import EvidenceMissing, Looked, Record, SourceError
from fixtures.roles import Role
from fixtures.sources.kubernetes.cluster_view import KubernetesView
from fixtures.sources.kubernetes.decoding import page
from fixtures.sources.kubernetes.gathered import ClusterIdentity, Gathered, Listing, Right
from fixtures.sources.kubernetes.kinds import BY_KEY, KINDS
from fixtures.sources.kubernetes.store import store_of
from fixtures.wording import shortened

Object = dict[str, Any]
P = TypeVar("P", bound=Placed)

CHECKS = Path(__file__).parents[2] / "checks"
NOW = datetime(2026, 12, 5, 21, 0, tzinfo=UTC)
_KEYS = {kind.name: kind.key for kind in KINDS}


def load(file: str) -> ModuleType:
    """The module of a check with its words given, so that a test names only what it is about."""
    module = module_of(file)
    for name, value in list(vars(module).items()):
        if name.startswith("test_") and "shortened" in inspect.signature(value).parameters:
            setattr(module, name, partial(value, shortened=shortened))
    return module


def module_of(file: str) -> ModuleType:
    """The module of a check, loaded from its file as a stranger's repository would have it."""
    path = CHECKS / file
    spec = importlib.util.spec_from_file_location(f"made_up_{path.parent.name}_{path.stem}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def kubernetes(
    *objects: Object,
    site: str = "neu",
    looked: Looked | None = None,
    denied: Sequence[str] = (),
    rights: Iterable[Right] = (),
    identity: ClusterIdentity | None = None,
    offset: timedelta | None = timedelta(0),
    namespaces: Sequence[str] = ("orders", "billing", "kube-system"),
) -> KubernetesView:
    """One site's cluster with these objects; ``denied`` are the keys of kinds that may not be listed."""
    read = any(each["kind"] == "Secret" for each in objects)
    kinds = {kind.key: Listing(absent=kind.matched and not read) for kind in KINDS}
    for key in denied:
        error = SourceError(kind="denied", message=f"{key} is forbidden", missing_permission=f"list {key}")
        kinds[key] = Listing(error=error)
    by_kind: dict[str, list[Object]] = {}
    for each in objects:
        by_kind.setdefault(_KEYS[each["kind"]], []).append(each)
    for key, held in by_kind.items():
        kinds[key].items, kinds[key].malformed, _ = page(BY_KEY[key], msgspec.json.encode({"items": held}))
    known = identity or ClusterIdentity(uid="0b5c", version="v1.34.2", proof="uid")
    data = Gathered(identity=known, namespaces=list(namespaces), rights=list(rights), kinds=kinds)
    record = Record(
        source="kubernetes",
        place=site,
        asked_at=NOW,
        observed_at=NOW,
        clock_offset_ms=None if offset is None else round(offset.total_seconds() * 1000),
        duration_ms=1,
        data=msgspec.Raw(msgspec.json.encode(data)),
    )
    return KubernetesView(record, store_of(record), looked or Looked())


def role(name: str = "neu", *, active: bool = False, target: bool = False, **values: Any) -> Role:
    """A site's role; neu is the to-site in northeurope, weu the from-site in westeurope."""
    is_to = name == "neu"
    defaults: dict[str, Any] = {
        "phase": "pre-cutover",
        "legacy": False,
        "is_from": not is_to,
        "is_to": is_to,
        "routed": active,
        "location": "northeurope" if is_to else "westeurope",
    }
    return Role(**{**defaults, "name": name, "active": active, "target": target, **values})


def since(window: timedelta) -> datetime:
    """The start of a window that ends now."""
    return NOW - window


def _declared(cls: type[P], site: str | None, service: str, document: Mapping[str, Any]) -> P:
    thing = cls.model_validate(dict(document))
    thing.stand(About(service=service, owner=f"team-{service}", namespace=service, site=site))
    return thing


def workload(name: str = "api", *, site: str = "neu", service: str = "orders", **document: Any) -> Workload:
    """A declared workload, its fields as the file has them."""
    return _declared(Workload, site, service, {"name": name, "replicas": {"active": 2, "passive": 1}, **document})


def job(name: str = "settlement", *, site: str = "neu", service: str = "orders", **document: Any) -> Job:
    """A declared CronJob: weekdays at 18:00 in Amsterdam, on the active site."""
    said = {"schedule": "0 18 * * 1-5", "timeZone": "Europe/Amsterdam", **document}
    return _declared(Job, site, service, {"name": name, **{key: value for key, value in said.items() if value}})


def namespace_of(service: str = "orders", *, site: str = "neu") -> Namespace:
    """The declared namespace of a service."""
    return _declared(Namespace, site, service, {"name": service})


def cluster_of(site: str = "neu", **document: Any) -> Cluster:
    """The declared cluster of a site."""
    return _declared(Cluster, site, "platform", {"name": f"aks-{site}", "context": f"aks-{site}", **document})


def metadata(name: str, namespace: str | None = "orders", **values: Any) -> Object:
    """An object's metadata, uid and all."""
    placed = {"name": name, "uid": f"uid-of-{name}", **({"namespace": namespace} if namespace else {})}
    return {**placed, **values}


def container(name: str = "api", *, limit: str | None = "1Gi", **spec: Any) -> Object:
    """A container of a pod or template; ``env`` may be a plain mapping."""
    env = spec.pop("env", {})
    entries = [{"name": key, "value": value} for key, value in env.items()] if isinstance(env, dict) else env
    resources = {"limits": {"memory": limit}} if limit else {}
    return {"name": name, "image": f"acr.example/{name}:1", "resources": resources, "env": entries, **spec}


def pod(
    name: str = "api-7f9c",
    *containers: Object,
    app: str = "api",
    init: Sequence[Object] = (),
    phase: str = "Running",
    statuses: Mapping[str, Object] | None = None,
    **about: Any,
) -> Object:
    """A pod of the workload ``app``; ``statuses`` holds what is worth telling of a container's status, by its name."""
    told = {"containers": containers or (container(app),), "initContainers": init}
    given = statuses or {}

    def status(each: Object) -> Object:
        return {"name": each["name"], "ready": True, "restartCount": 0, **given.get(each["name"], {})}

    return {
        "kind": "Pod",
        "metadata": metadata(name, labels={"app": app}, **about),
        "spec": {key: list(value) for key, value in told.items()},
        "status": {
            "phase": phase,
            "containerStatuses": [status(each) for each in told["containers"]],
            "initContainerStatuses": [status(each) for each in init],
        },
    }


def _workload(kind: str) -> Callable[..., Object]:
    def made(
        name: str = "api", *containers: Object, replicas: int = 2, spec: Object | None = None, **status: Any
    ) -> Object:
        """A workload of one revision, all ready; keywords are fields of its status as the API writes them."""
        about = {
            key: status.pop(key) for key in ("generation", "ownerReferences", "deletionTimestamp") if key in status
        }
        same = ["replicas", "readyReplicas", "updatedReplicas", "availableReplicas"]
        if kind == "DaemonSet":
            same = ["desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled", "numberReady"]
        counts = dict.fromkeys(same, replicas)
        return {
            "kind": kind,
            "metadata": metadata(name, **{"generation": 3, **about}),
            "spec": {
                **({} if kind == "DaemonSet" else {"replicas": replicas}),
                "selector": {"matchLabels": {"app": name}},
                "template": {"spec": {"containers": list(containers or (container(name),))}},
                **(spec or {}),
            },
            "status": {"observedGeneration": 3, **counts, **status},
        }

    return made


deployment, stateful_set, daemon_set = _workload("Deployment"), _workload("StatefulSet"), _workload("DaemonSet")


def cron_job(
    name: str = "settlement", namespace: str = "orders", *, image: str = "", args: Sequence[str] = (), **spec: Any
) -> Object:
    """A CronJob: weekdays at 18:00 in Amsterdam; None leaves a field of its spec out."""
    task = {"name": name, "image": image or f"acr.example/{name}:1", "args": list(args)}
    template = {"spec": {"template": {"spec": {"containers": [task]}}}}
    said = {
        "schedule": "0 18 * * 1-5",
        "timeZone": "Europe/Amsterdam",
        "suspend": False,
        "jobTemplate": template,
        **spec,
    }
    about = {key: said.pop(key) for key in ("ownerReferences",) if key in said}
    return {
        "kind": "CronJob",
        "metadata": metadata(name, namespace, **about),
        "spec": {key: value for key, value in said.items() if value is not None},
    }


def node(name: str = "aks-apps-1", region: str | None = "northeurope") -> Object:
    """A node with its region label."""
    labels = {"topology.kubernetes.io/region": region} if region else {}
    return {"kind": "Node", "metadata": metadata(name, None, labels=labels)}


def namespace(name: str = "orders", phase: str = "Active") -> Object:
    """A namespace."""
    return {"kind": "Namespace", "metadata": metadata(name, None), "status": {"phase": phase}}


def config_map(name: str, **data: str) -> Object:
    """A ConfigMap in orders."""
    return {"kind": "ConfigMap", "metadata": metadata(name), "data": data}


def event(message: str, *, reason: str = "OOMKilling", about: str = "aks-apps-1", at: datetime = NOW) -> Object:
    """A warning of a node."""
    involved = {"kind": "Node", "name": about}
    told = {"type": "Warning", "reason": reason, "message": message, "lastTimestamp": instant(at)}
    return {"kind": "Event", "metadata": metadata(f"{about}.1", "default"), "involvedObject": involved, **told}


def usage(pod: str, **memory: str) -> Object:
    """What the containers of a pod use now."""
    containers = [{"name": name, "usage": {"memory": each}} for name, each in memory.items()]
    return {"kind": "PodMetrics", "metadata": metadata(pod), "containers": containers}


def ended(reason: str | None, at: datetime | None, code: int = 137) -> Object:
    """The status of a container that runs again after an end."""
    told = {"exitCode": code, "reason": reason, "finishedAt": instant(at) if at else None}
    return {"restartCount": 1, "lastState": {"terminated": told}}


def instant(at: datetime) -> str:
    """An instant as the API writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def right(verb: str, resource: str, *, allowed: bool | None, needed_for: str = "read", **values: Any) -> Right:
    """What an access review said."""
    return msgspec.convert(
        {"verb": verb, "group": "", "resource": resource, "allowed": allowed, "neededFor": needed_for, **values}, Right
    )


def unmet(check: Callable[..., None], **arguments: Any) -> str:
    """The sentence with which a check fails."""
    with pytest.raises((AssertionError, pytest.fail.Exception)) as caught:
        check(**arguments)
    return str(caught.value)


def unproven(check: Callable[..., None], **arguments: Any) -> str:
    """Why a check can prove nothing."""
    with pytest.raises((LookupError, EvidenceMissing)) as caught:
        check(**arguments)
    return str(caught.value.args[0])
