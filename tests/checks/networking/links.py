"""A made-up vault with its private endpoints, and what stands around them."""

from __future__ import annotations

from typing import Any

from fixtures.environment.dependencies import Dependency
from fixtures.environment.model import About
from tests.checks.compute.pools import agents, managed
from tests.checks.resources import group, resource

VAULT = "Microsoft.KeyVault/vaults/kv-neu"
NODES = f"{group()}/providers/Microsoft.Network/virtualNetworks/vnet-neu/subnets/snet-nodes"


def dependency(name: str = "kv-neu", *types: str, of: str = "vault", private: bool = True, **about: Any) -> Dependency:
    """A declared resource, by default a vault that is reached in private."""
    made = Dependency.model_construct(
        name=name, types=types or ("Microsoft.KeyVault/vaults",), group=of, private=private, **about
    )
    made.stand(About(service="orders", owner="team-orders", site="neu"))
    return made


def connection(name: str = "pe-kv-neu", status: str | None = "Approved", site: str = "neu") -> dict[str, Any]:
    """A connection as the resource tells of it."""
    endpoint = f"{group(site)}/providers/Microsoft.Network/privateEndpoints/{name}"
    state = {"status": status} if status else {}
    return {"properties": {"privateEndpoint": {"id": endpoint}, "privateLinkServiceConnectionState": state}}


def endpoint(
    address: str | None = "10.60.20.31", name: str = "pe-kv-neu", site: str = "neu", of: str = "vault"
) -> list[dict[str, Any]]:
    """A private endpoint and its interface."""
    network = f"{group(site)}/providers/Microsoft.Network"
    told = {"privateIPAddress": address} if address else {}
    return [
        resource(
            f"Microsoft.Network/privateEndpoints/{name}",
            site,
            subnet={"id": f"{network}/virtualNetworks/vnet-{site}/subnets/snet-private"},
            networkInterfaces=[{"id": f"{network}/networkInterfaces/{name}.nic"}],
            privateLinkServiceConnections=[{"properties": {"groupIds": [of]}}],
        ),
        resource(f"Microsoft.Network/networkInterfaces/{name}.nic", site, ipConfigurations=[{"properties": told}]),
    ]


def vault(*connections: dict[str, Any], **about: Any) -> dict[str, Any]:
    """A vault that denies by default; None leaves a property out."""
    said = {
        "publicNetworkAccess": "Disabled",
        "networkAcls": {"defaultAction": "Deny", "bypass": "AzureServices"},
        "privateEndpointConnections": list(connections),
        **about,
    }
    return resource(VAULT, **{key: value for key, value in said.items() if value is not None})


def cluster(*services: str) -> list[dict[str, Any]]:
    """The cluster of neu with its nodes' subnet, which has these service endpoints."""
    endpoints = [{"service": service} for service in services]
    subnet = "Microsoft.Network/virtualNetworks/vnet-neu/subnets/snet-nodes"
    return [managed(), agents(vnetSubnetID=NODES.upper()), resource(subnet, serviceEndpoints=endpoints)]
