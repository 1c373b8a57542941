"""Made-up consumers of a bus, their ScaledObjects and service accounts."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from fixtures.environment.consumers import Consumer, consumers
from fixtures.environment.messaging import BusAlias, EventHub, Queue, Subscription
from fixtures.environment.model import About
from fixtures.environment.workloads import Workload
from tests.checks.evidence import Object, container, deployment, metadata, pod, workload

HERE, THERE = "sb-neu", "sb-weu"
HOST, ELSEWHERE = f"{HERE}.servicebus.windows.net", f"{THERE}.servicebus.windows.net"
ENV = {"SERVICEBUS_FQNS": HOST, "QUEUE_NAME": "orders-in"}
KEDA = workload("worker", scaler="keda", replicas={"active": 2})


def drift(*allowed: str) -> Any:
    """What knows the other site's words: anything with weu; ``allowed`` are surfaces that may name it."""
    return SimpleNamespace(
        named_in=lambda value: re.findall(r"(?i)\bweu\b", value), allowed=lambda surface, key: surface in allowed
    )


def placed(thing: Any, site: str = "neu", number: int = 0) -> Any:
    """A declared thing at its place."""
    thing.stand(About(service="orders", owner="team-orders", namespace="orders", site=site, path=("services", number)))
    return thing


def consumer(workload: Workload = KEDA, entity: Any = None, *others: Any) -> Consumer:
    """The queue orders-in, or another entity, consumed by the worker in neu; in weu it has the bus of weu."""
    own = entity or placed(queue())
    sibling = placed(own.model_copy(update={"bus": THERE}), "weu")
    return next(consumers([workload, own, sibling, *others]))


def queue(name: str = "orders-in", bus: str = HERE) -> Queue:
    """A queue."""
    return Queue.model_validate({"name": name, "bus": bus, "consumer": "worker"})


def subscription() -> Subscription:
    """The subscription billing of order-events."""
    return placed(
        Subscription.model_validate({"name": "billing", "topic": "order-events", "bus": HERE, "consumer": "worker"})
    )


def event_hub(group: str = "indexer") -> EventHub:
    """The hub telemetry."""
    return placed(EventHub.model_validate({"name": "telemetry", "bus": HERE, "group": group, "consumer": "worker"}))


def alias() -> BusAlias:
    """An alias of which both buses are members."""
    made = BusAlias.model_validate({"name": "sb-orders", "members": {"weu": THERE, "neu": HERE}})
    made.stand(About(service="orders", path=("services", 9)))
    return made


def worker(
    env: Any = None, *, replicas: int = 2, labels: Any = None, account: str | None = None, **status: Any
) -> Object:
    """The Deployment of the worker."""
    made = deployment("worker", container("worker", env=ENV if env is None else env), replicas=replicas, **status)
    made["spec"]["template"]["metadata"] = {"labels": labels or {}}
    if account:
        made["spec"]["template"]["spec"]["serviceAccountName"] = account
    return made


def worker_pod(
    name: str = "worker-1", env: Any = None, *, ready: bool = True, phase: str = "Running", **about: Any
) -> Object:
    """A pod of it."""
    made = pod(name, container("worker", env=ENV if env is None else env), app="worker", phase=phase, **about)
    made["status"]["conditions"] = [{"type": "Ready", "status": str(ready)}]
    return made


def trigger(bus: str | None = HERE, queue: str | None = "orders-in", **more: Any) -> Object:
    """A trigger of the kind azure-servicebus."""
    told = {"namespace": bus, "queueName": queue, **more}
    return {"type": "azure-servicebus", "metadata": {key: value for key, value in told.items() if value is not None}}


def scaled(
    *triggers: Object, minimum: int | None = 0, health: Any = None, marks: Any = None, **conditions: Any
) -> Object:
    """The ScaledObject of the worker: ready, active, neither paused nor on its fallback."""
    told = {"Ready": "True", "Active": "True", "Fallback": "False", "Paused": "False", **conditions}
    return {
        "kind": "ScaledObject",
        "metadata": metadata("worker", annotations=marks or {}),
        "spec": {
            "scaleTargetRef": {"name": "worker"},
            "minReplicaCount": minimum,
            "triggers": list(triggers) or [trigger()],
        },
        "status": {
            "conditions": [{"type": key, "status": value} for key, value in told.items() if value],
            "health": {"s0": {"numberOfFailures": 0, "status": "Happy"}} if health is None else health,
        },
    }


def account(name: str = "orders-worker", client: str | None = "b2a1") -> Object:
    """A service account, with the client id of its identity."""
    marks = {"azure.workload.identity/client-id": client} if client else {}
    return {"kind": "ServiceAccount", "metadata": metadata(name, annotations=marks)}
