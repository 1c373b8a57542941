from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import SUBSCRIPTION, arm, declared, environment, group, resource
from tests.checks.evidence import NOW, load, role, unmet, unproven

check = load("security/test_vault_access.py").test_vault_access

CLOSES = NOW + timedelta(hours=6)
ROLE = "4633458b-17de-408a-b874-0445c86b69e6"
DEFINITION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"
DENIES = {"defaultAction": "Deny", "bypass": "AzureServices"}


def vault(**fields: Any):
    said = {"provisioningState": "Succeeded", "enableRbacAuthorization": True, **fields}
    return resource("Microsoft.KeyVault/vaults", "kv-neu", **{key: each for key, each in said.items() if each != "-"})


def secret(name="db", enabled: Any = True, **attributes: Any):
    uri = f"https://kv-neu.vault.azure.net/secrets/{name}/0123abcd"
    said = {"enabled": enabled, **attributes}
    return resource("Microsoft.KeyVault/vaults/secrets", f"kv-neu/{name}", attributes=said, secretUriWithVersion=uri)


def identity(name="id-orders"):
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    return resource(kind, name, principalId=f"p-{name}", clientId=f"c-{name}")


def definition(action="Microsoft.KeyVault/vaults/secrets/getSecret/action", **more: Any):
    said = {"roleName": "Secrets User", "permissions": [{"dataActions": [action], **more}]}
    return {"id": DEFINITION, "name": ROLE, "properties": said}


def assigned(name="id-orders"):
    scope = vault()["id"]
    said = {"roleDefinitionId": DEFINITION, "principalId": f"p-{name}", "scope": scope}
    return {"id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}", "name": name, "properties": said}


def connection(name="pe", status: Any = "Approved"):
    end = f"{group()}/providers/Microsoft.Network/privateEndpoints/{name}"
    state = {"status": status} if status else {}
    said = {"privateEndpoint": {"id": end}, "privateLinkServiceConnectionState": state}
    return {"id": f"{vault()['id']}/privateEndpointConnections/{name}", "properties": said}


def endpoint(name="pe", *addresses: Any):
    nic = f"{group()}/providers/Microsoft.Network/networkInterfaces/{name}"
    held = [{"properties": {"privateIPAddress": each}} for each in addresses]
    return [
        resource("Microsoft.Network/privateEndpoints", name, networkInterfaces=[{"id": nic}]),
        resource("Microsoft.Network/networkInterfaces", name, ipConfigurations=held),
    ]


def judge(
    tmp_path: Path, *answers: Any, roles=("User@kv-<site>",), identities=(), egress=(), secrets=("db",), **more: Any
) -> dict[str, Any]:
    held = identities or [{"name": "id-orders", "roles": list(roles)}]
    services = {"orders": {"identities": list(held), "vaults": [{"name": "kv-<site>", "secrets": list(secrets)}]}}
    found = environment(tmp_path, services)
    about = declared(found, "vault")
    return {
        "vault": about,
        "arm": arm("vault", about, found, *answers, **more),
        "site": role(networks=("10.60.0.0/16",)),
        "cutover": SimpleNamespace(window=SimpleNamespace(closes=CLOSES)),
        "declared": lambda kind: [SimpleNamespace(addresses=egress)] if kind == "egress" and egress else [],
        "now": NOW,
    }


HELD = [identity(), definition(), assigned()]


def says(what: str, names: str = "db") -> str:
    return f"Vault kv-neu of orders in neu {what}; declared is that it serves neu with {names} until the window closes."


def test_an_open_vault_with_its_secret_is_fine(tmp_path):
    looked = Looked()
    check(**judge(tmp_path, vault(), secret(), *HELD, looked=looked))
    assert looked.count


def test_names_know_no_case_and_a_later_end_is_no_fault(tmp_path):
    later = int((CLOSES + timedelta(minutes=1)).timestamp())
    check(**judge(tmp_path, vault(), secret("DB", exp=later, nbf=1), *HELD))


@pytest.mark.parametrize(
    ("held", "what"),
    [
        ([], "has no secret db"),
        ([secret(enabled=False)], "has secret db, which is disabled"),
        (
            [secret(exp=int(CLOSES.timestamp()))],
            "has secret db, which expires on 2026-12-06 03:00 UTC",
        ),
        ([secret(exp=int(NOW.timestamp()))], "has secret db, which expired on 2026-12-05 21:00 UTC"),
        (
            [secret(nbf=int((NOW + timedelta(hours=1)).timestamp()))],
            "has secret db, which is not valid before 2026-12-05 22:00 UTC",
        ),
    ],
)
def test_a_secret_that_cannot_be_used_is_told(tmp_path, held, what):
    assert unmet(check, **judge(tmp_path, vault(), *held, *HELD)) == says(what)


def test_who_may_not_read_is_told(tmp_path):
    closed = says("is not to be read by id-orders (no role allows it)")
    assert unmet(check, **judge(tmp_path, vault(), secret(), identity())) == closed
    assert unmet(check, **judge(tmp_path, vault(), secret())) == closed
    taken = definition(notDataActions=["Microsoft.KeyVault/*/getSecret/action"])
    assert unmet(check, **judge(tmp_path, vault(), secret(), identity(), taken, assigned())) == closed
    manager = definition("none", actions=["*"])
    assert unmet(check, **judge(tmp_path, vault(), secret(), identity(), manager, assigned())) == closed
    wide = definition("Microsoft.KeyVault/vaults/*")
    check(**judge(tmp_path, vault(), secret(), identity(), wide, assigned()))


def test_of_identities_that_declare_no_role_on_it_one_is_enough(tmp_path):
    two = [{"name": "id-orders"}, {"name": "id-other"}]
    check(**judge(tmp_path, vault(), secret(), *HELD, identity("id-other"), identities=two))
    assert "id-orders, id-other" in unmet(
        check, **judge(tmp_path, vault(), secret(), identity(), identity("id-other"), identities=two)
    )


def test_access_policies_count_where_roles_do_not(tmp_path):
    def goes_by(*policies: Any, said: Any = False):
        return vault(enableRbacAuthorization=said, accessPolicies=list(policies))

    own = {"objectId": "P-id-orders", "permissions": {"secrets": ["Get"]}}
    check(**judge(tmp_path, goes_by(own), secret(), identity()))
    check(**judge(tmp_path, goes_by(own, said="-"), secret(), identity()))
    told = says("is not to be read by id-orders (no access policy does, and roles do not count there)")
    for policies in ([], [{**own, "objectId": "x"}], [{**own, "permissions": {"secrets": ["list"]}}]):
        assert unmet(check, **judge(tmp_path, goes_by(*policies), secret(), *HELD)) == told


def test_a_private_endpoint_in_the_sites_network_is_a_way_in(tmp_path):
    shut = vault(publicNetworkAccess="Disabled", networkAcls=DENIES, privateEndpointConnections=[connection()])
    check(**judge(tmp_path, shut, secret(), *HELD, *endpoint("pe", "10.60.20.4")))
    assert unmet(check, **judge(tmp_path, shut, secret(), *HELD, *endpoint("pe", "10.40.20.4"))) == says(
        "does not let neu in: neither public access is enabled nor does an approved private endpoint stand in "
        "10.60.0.0/16 (of pe 10.40.20.4)"
    )
    waiting = vault(publicNetworkAccess="Disabled", privateEndpointConnections=[connection(status="Pending")])
    assert "(of pe is Pending)" in unmet(check, **judge(tmp_path, waiting, secret(), *HELD))
    assert "(of none)" in unmet(check, **judge(tmp_path, vault(publicNetworkAccess="Disabled"), secret(), *HELD))


def test_rules_may_let_the_nodes_or_the_outgoing_addresses_in(tmp_path):
    subnet = f"{group()}/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
    cluster = resource(
        "Microsoft.ContainerService/managedClusters", "aks-neu", agentPoolProfiles=[{"vnetSubnetID": subnet}]
    )
    by_subnet = vault(networkAcls={**DENIES, "virtualNetworkRules": [{"id": subnet.upper()}]})
    check(**judge(tmp_path, by_subnet, secret(), *HELD, cluster))
    by_address = vault(networkAcls={**DENIES, "ipRules": [{"value": "20.60.1.0/24"}]})
    check(**judge(tmp_path, by_address, secret(), *HELD, egress=["20.60.1.9"]))
    for egress in ([], ["20.60.1.9", "20.60.2.9"]):
        assert "neither its rules let its nodes in" in unmet(
            check, **judge(tmp_path, by_address, secret(), *HELD, egress=egress)
        )


def test_a_vault_that_does_not_exist_or_is_not_ready_is_told(tmp_path):
    assert unmet(check, **judge(tmp_path)) == "Vault kv-neu of orders in neu does not exist."
    assert "is in the state Registering" in unmet(
        check, **judge(tmp_path, vault(provisioningState="Registering"), secret(), *HELD)
    )


SHUT = {"publicNetworkAccess": "Disabled"}


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ([vault(enableRbacAuthorization="-"), secret()], "by roles or by access policies"),
        ([vault(provisioningState="-"), secret()], "provisioning state"),
        ([vault(networkAcls={}), secret()], "whom vault kv-neu lets in"),
        ([vault(), secret(enabled=None)], "whether secret db is enabled"),
        ([vault(), secret(enabled="yes")], "enabled"),
        ([vault(), secret(exp=10**17)], "no instant"),
        ([vault(**SHUT, privateEndpointConnections=[connection(status=None)]), secret()], "the state of"),
        ([vault(**SHUT, privateEndpointConnections=[connection()]), secret()], "where private endpoint"),
        ([vault(**SHUT, privateEndpointConnections=[connection()]), secret(), *endpoint("pe")], "addresses"),
        ([vault(**SHUT, privateEndpointConnections=[connection()]), secret(), *endpoint("pe", None)], "address"),
    ],
)
def test_what_arm_does_not_say_is_unproven(tmp_path, answers, what):
    assert what in unproven(check, **judge(tmp_path, *answers, *HELD))


def test_what_may_not_be_read_is_unproven_but_for_endpoints_that_are_not_needed(tmp_path):
    right = "Microsoft.KeyVault/vaults/secrets/read"
    assert right in unproven(check, **judge(tmp_path, vault(), secret(), *HELD, failing={"/secrets": right}))
    both = vault(**SHUT, privateEndpointConnections=[connection("other"), connection()])
    ends = endpoint("pe", "10.60.20.4")
    check(**judge(tmp_path, both, secret(), *HELD, *ends, failing={"privateEndpoints/other": "x"}))
    assert "other: ARM refuses" in unproven(
        check, **judge(tmp_path, both, secret(), *HELD, failing={"privateEndpoints": "x"})
    )
