"""What ARM says of a consumer's identity and of the way to its bus."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from tests.checks.azure import SUBSCRIPTION, arm, declared, environment, group, resource

ISSUER, PRINCIPAL = "https://issuer.neu/", "a654"
RECEIVE = "Microsoft.ServiceBus/namespaces/messages/receive/action"
BUS = f"{group()}/providers/Microsoft.ServiceBus/namespaces/sb-neu"
SERVICES = {
    "orders": {
        "workloads": [{"name": "worker", "kind": "Deployment", "replicas": {"active": 2, "passive": 0}}],
        "queues": [{"name": "orders-in", "bus": "sb-<site>", "consumer": "worker"}],
        "identities": [{"name": "id-orders", "serviceAccount": "worker"}],
    }
}
IDENTITY = resource(
    "Microsoft.ManagedIdentity/userAssignedIdentities", "id-orders", clientId="c", principalId=PRINCIPAL
)
CLUSTER = resource(
    "Microsoft.ContainerService/managedClusters", "aks-neu", oidcIssuerProfile={"enabled": True, "issuerURL": ISSUER}
)
ROLE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/4f6d"


def credential(**told: Any) -> Any:
    said = {
        "issuer": ISSUER,
        "subject": "system:serviceaccount:orders:worker",
        "audiences": ["api://AzureADTokenExchange"],
        **told,
    }
    return {"id": f"{IDENTITY['id']}/federatedIdentityCredentials/one", "name": "one", "properties": said}


def role(scope: str = BUS, *actions: str) -> list[Any]:
    definition = {"roleName": "Receiver", "permissions": [{"dataActions": list(actions) or [RECEIVE]}]}
    held = {"roleDefinitionId": ROLE, "principalId": PRINCIPAL, "scope": scope}
    return [
        {"id": ROLE, "name": "4f6d", "properties": definition},
        {"id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/1", "name": "1", "properties": held},
    ]


def asked(topic: str, tmp_path: Any, *bodies: Any, **more: Any) -> Any:
    found = environment(tmp_path, SERVICES)
    consumer = declared(found, "consumer")
    return getattr(arm(topic, consumer, found, *bodies, **more), topic)(consumer)


def receiver(tmp_path: Any, *bodies: Any, **more: Any) -> Any:
    return asked("consumer_identity", tmp_path, IDENTITY, CLUSTER, *bodies, **more)[0]


def test_an_identity_that_is_believed_and_may_receive(tmp_path: Any) -> None:
    told = receiver(tmp_path, credential(), *role())
    assert (told.exists, told.trusted, told.permitted, told.entity) == (True, True, True, "orders-in of sb-neu")


@pytest.mark.parametrize(
    "bodies",
    [role(f"{BUS}/queues/orders-in"), role(group()), role(BUS.upper()), role(BUS, "Microsoft.ServiceBus/*")],
)
def test_the_role_may_be_held_on_the_queue_or_above_it_or_be_a_wider_one(tmp_path: Any, bodies: Any) -> None:
    assert receiver(tmp_path, *bodies).permitted


@pytest.mark.parametrize(
    "bodies",
    [
        [],
        role(f"{BUS}/queues/orders-old"),
        role(BUS.replace("sb-neu", "sb-weu")),
        role(BUS, RECEIVE.replace("receive", "send")),
    ],
)
def test_a_role_elsewhere_or_another_role_does_not_let_it_receive(tmp_path: Any, bodies: Any) -> None:
    assert not receiver(tmp_path, *bodies).permitted


@pytest.mark.parametrize(
    "wrong",
    [{"issuer": ISSUER.rstrip("/")}, {"subject": "system:serviceaccount:orders:api"}, {"audiences": ["api://else"]}],
)
def test_a_credential_must_match_letter_by_letter(tmp_path: Any, wrong: Any) -> None:
    assert not receiver(tmp_path, credential(**wrong)).trusted


def test_what_may_not_be_read_is_not_no(tmp_path: Any) -> None:
    with pytest.raises(EvidenceMissing, match="roleAssignments/read"):
        receiver(tmp_path, credential(), failing={"roleassignments": "roleAssignments/read"})
    assert not asked("consumer_identity", tmp_path, CLUSTER)[0].exists


def bus(**told: Any) -> Any:
    return resource("Microsoft.ServiceBus/namespaces", "sb-neu", **told)


def test_a_bus_without_an_endpoint_is_as_public_as_it_says(tmp_path: Any) -> None:
    way = asked("consumer_network", tmp_path, bus(publicNetworkAccess="Disabled"))
    assert (way.approved, way.public) == (False, "Disabled")
    assert asked("consumer_network", tmp_path, bus()).public is None
    assert asked("consumer_network", tmp_path) is None
