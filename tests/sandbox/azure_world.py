"""A small world's Azure side, and the real SDKs' way into it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from fixtures.azure.credential import SandboxCredential
from fixtures.azure.transport import transport_to
from fixtures.evidence import Routes
from tests.sandbox import worlds

SUBSCRIPTION = "7c1e4b52-0d3f-4a86-b9e2-6f5a1d8c3e94"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-weu"
BUS = f"{GROUP}/providers/Microsoft.ServiceBus/namespaces/sb-weu"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-weu"
CUSTOMER = "0f5c6a11-58c2-4f1f-8f6a-2b7b3a1c9d10"


def environment(**azure: Any) -> Any:
    """The sites of every small world, with a subscription."""
    declared = worlds.environment()
    settings = {"cloud": "AzureCloud", "subscription": SUBSCRIPTION, "api_versions": {}, "endpoints": {}, **azure}
    declared.azure = SimpleNamespace(**settings)
    declared.aks_sites = ("weu", "neu")
    declared.site = declared.sites.__getitem__
    declared.resource_group = lambda site: f"rg-{site}"
    return declared


def resources(*more: Any) -> str:
    """The documents of a subscription, two groups, a bus and a workspace."""
    import yaml

    groups = [
        {"id": f"/subscriptions/{SUBSCRIPTION}", "subscriptionId": SUBSCRIPTION, "displayName": "sandbox"},
        *(
            {"id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{each}", "name": each}
            for each in ("rg-weu", "rg-neu")
        ),
    ]
    bus = resource(BUS, "Microsoft.ServiceBus/namespaces")
    workspace = resource(WORKSPACE, "Microsoft.OperationalInsights/workspaces", customerId=CUSTOMER)
    return yaml.safe_dump_all([*groups, bus, workspace, *more], sort_keys=False)


def resource(id_: str, type_: str, **properties: Any) -> dict[str, Any]:
    """A resource as GET answers it."""
    name = id_.rpartition("/")[2]
    return {"id": id_, "name": name, "type": type_, "location": "westeurope", "properties": properties}


def monitor(routes: Routes) -> Any:
    """The real SDK's client for metrics."""
    from azure.mgmt.monitor import MonitorManagementClient

    url = "https://management.azure.com"
    transport = transport_to(url, routes)
    credential: Any = SandboxCredential()
    return MonitorManagementClient(credential, SUBSCRIPTION, base_url=url, transport=transport, retry_total=0)


def logs(routes: Routes, endpoint: str = "https://api.loganalytics.io") -> Any:
    """The real SDK's client for queries."""
    from azure.monitor.query import LogsQueryClient

    credential: Any = SandboxCredential()
    return LogsQueryClient(credential, endpoint=endpoint, transport=transport_to(endpoint, routes), retry_total=0)
