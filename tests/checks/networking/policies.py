"""Made-up network policies and the workloads they bound."""

from __future__ import annotations

from typing import Any

from fixtures.environment.model import About
from fixtures.environment.service import Service
from tests.checks.evidence import container, deployment, metadata, namespace

Object = dict[str, Any]
TO_DNS = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"protocol": "UDP", "port": 53}],
}
SQL = "sql-prod-neu.database.windows.net"


def declared(**document: Any) -> Service:
    """A service with one private database and one queue, unless said otherwise."""
    given: Object = {
        "endpoints": [{"tcp": f"{SQL}:1433", "from": "neu"}],
        "queues": [{"name": "orders-in", "bus": "sb-prod-neu", "consumer": "worker"}],
        "namespace": "orders",
        **document,
    }
    service = Service.model_validate(given)
    service.stand(About(service="orders", owner="team-orders", namespace="orders", site="neu"))
    return service


def policy(
    name: str, *egress: Object, selector: Object | None = None, namespace: str = "orders", **spec: Any
) -> Object:
    """A policy that bounds what pods send to these rules."""
    said = {"podSelector": selector or {}, "policyTypes": ["Egress"], "egress": list(egress), **spec}
    return {"kind": "NetworkPolicy", "metadata": metadata(name, namespace), "spec": said}


def block(cidr: Any, *ports: Any, without: tuple[str, ...] = ()) -> Object:
    """A rule that lets ports out to an address range."""
    return {
        "to": [{"ipBlock": {"cidr": cidr, "except": list(without)}}],
        **({"ports": [{"port": port} for port in ports]} if ports else {}),
    }


def workload(name: str, **spec: Any) -> Object:
    """A Deployment whose pods carry its name."""
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container(name)], **spec}}
    return deployment(name, spec={"template": template})


def both() -> list[Object]:
    """What every test has: the namespaces and two workloads."""
    return [namespace(), namespace("kube-system"), workload("api"), workload("worker")]
