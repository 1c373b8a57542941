from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Looked
from fixtures.neutral import neutral_of
from tests.checks.azure import SUBSCRIPTION, arm, declared, environment, group, resource
from tests.checks.evidence import load, role, unmet, unproven

check = load("security/test_role_assignments.py").test_role_assignments

RECEIVER = "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"
DEFINITIONS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
ROLE = "Azure Service Bus Data Receiver"
DECLARED = f"{ROLE} on sb-neu"


def bus(site="neu", **more):
    return resource("Microsoft.ServiceBus/namespaces", f"sb-{site}", site, location="x", **more)


def identity(site="neu", principal="p-neu"):
    return resource("Microsoft.ManagedIdentity/userAssignedIdentities", f"id-{site}", site, principalId=principal)


def definition(**fields: Any):
    said = {"roleName": ROLE, "permissions": [], **fields}
    return {"id": f"{DEFINITIONS}/{RECEIVER}", "name": RECEIVER, "properties": said}


def assigned(scope=None, principal="p-neu", name="a", **fields: Any):
    scope = bus()["id"] if scope is None else scope
    said = {"roleDefinitionId": f"{DEFINITIONS}/{RECEIVER}", "principalId": principal, "scope": scope, **fields}
    return {"id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}", "name": name, "properties": said}


def judge(tmp_path: Path, *answers: Any, scope="sb-<site>", looked=None, **more: Any) -> dict[str, Any]:
    identities = [{"name": "id-<site>", "roles": [f"{ROLE}@{scope}"]}]
    found = environment(tmp_path, {"orders": {"identities": identities}})
    about = declared(found, "identity")
    return {
        "identity": about,
        "arm": arm("role_holdings", about, found, *answers, looked=looked, **more),
        "site": role(),
        "sites": {name: role(name, location=None) for name in ("weu", "neu")},
        "neutral": neutral_of(found),
    }


def says(what: str, declared_: str = DECLARED) -> str:
    return f"Managed identity id-neu of orders in neu {what}; declared are {declared_}."


@pytest.mark.parametrize(
    "scope",
    [
        bus()["id"],
        bus()["id"].upper(),
        group(),
        f"/subscriptions/{SUBSCRIPTION}",
        "/providers/Microsoft.Management/managementGroups/mg",
        "/",
    ],
)
def test_a_role_at_the_scope_or_above_it_is_held(tmp_path, scope):
    looked = Looked()
    check(**judge(tmp_path, identity(), bus(), definition(), assigned(scope), looked=looked))
    assert looked.count


def test_a_role_that_is_not_held_is_told_with_where_it_is(tmp_path):
    assert unmet(check, **judge(tmp_path, identity(), bus(), definition())) == says(f"does not hold {DECLARED}")
    queue = f"{bus()['id']}/queues/orders-in"
    assert unmet(check, **judge(tmp_path, identity(), bus(), definition(), assigned(queue))) == says(
        f"does not hold {DECLARED} (only on orders-in)"
    )
    longer = f"{bus()['id']}2"
    assert "does not hold" in unmet(check, **judge(tmp_path, identity(), bus(), definition(), assigned(longer)))


def test_a_scope_may_be_a_full_id_a_child_or_a_group(tmp_path):
    for scope in (bus()["id"], "sb-<site>/queues/orders-in"):
        check(**judge(tmp_path, identity(), bus(), definition(), assigned(), scope=scope))
    there = {"id": group(), "name": "rg-neu"}
    check(**judge(tmp_path, identity(), there, definition(), assigned(group()), scope="rg-<site>"))


def test_a_role_that_the_other_site_has_is_missed(tmp_path):
    twin = [identity("weu", "p-weu"), assigned(group("weu"), "p-weu", "w", condition=None)]
    both = [identity(), bus(), definition(), assigned(), *twin]
    assert unmet(check, **judge(tmp_path, *both)) == says(
        f"does not hold {ROLE} on what is rg-weu in weu, as it does there"
    )
    check(**judge(tmp_path, *both, assigned(group(), name="g")))


def test_the_site_may_stand_inside_of_a_name_that_nobody_declares(tmp_path):
    def account(site):
        return f"{group(site)}/providers/Microsoft.Storage/storageAccounts/stfiles{site}"

    twin = [identity("weu", "p-weu"), assigned(account("weu"), "p-weu", "w")]
    both = [identity(), bus(), definition(), assigned(), *twin]
    check(**judge(tmp_path, *both, assigned(account("neu"), name="own")))
    assert "on what is stfilesweu in weu" in unmet(check, **judge(tmp_path, *both))
    # one identity may be let into both sites' accounts
    crossed = [assigned(account("neu"), "p-weu", "w2"), assigned(account("neu"), name="own")]
    check(**judge(tmp_path, *both, *crossed))


def test_what_the_other_identity_may_do_on_this_site_is_its_own_affair(tmp_path):
    twin = [identity("weu", "p-weu"), assigned(group(), "p-weu", "w")]
    check(**judge(tmp_path, identity(), bus(), definition(), assigned(), *twin))


def test_conditions_are_told_where_they_differ(tmp_path):
    twin = [identity("weu", "p-weu"), assigned(bus("weu")["id"], "p-weu", "w", condition="name == 'x-weu'")]
    both = [identity(), bus(), definition(), *twin]
    check(**judge(tmp_path, *both, assigned()))
    check(**judge(tmp_path, *both, assigned(condition="name  ==  'x-neu'")))
    assert unmet(check, **judge(tmp_path, *both, assigned(condition="name == 'y'"))) == says(
        f"holds {ROLE} on what is sb-weu in weu under the condition name == 'y' only, there under name == 'x-<site>'"
    )


def test_an_identity_that_does_not_exist_is_told(tmp_path):
    assert unmet(check, **judge(tmp_path, bus())) == "Managed identity id-neu of orders in neu does not exist."


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ([identity(), definition(), assigned(group())], "no resource or group of the name sb-neu is seen"),
        ([identity(principal=None), bus(), definition(), assigned()], "principal id"),
        ([identity(), bus(), assigned()], "what role"),
        ([identity(), bus(), definition(roleName=None), assigned()], "name of role"),
        ([identity(), bus(), definition(), assigned(roleDefinitionId=None)], "the role of assignment a"),
    ],
)
def test_what_arm_does_not_say_is_unproven(tmp_path, answers, what):
    assert what in unproven(check, **judge(tmp_path, *answers))


def test_a_name_of_several_resources_of_which_one_is_held_is_unproven(tmp_path):
    twin = resource("Microsoft.KeyVault/vaults", "sb-neu", location="x")
    assert "write the full id" in unproven(check, **judge(tmp_path, identity(), bus(), twin, definition(), assigned()))


def test_an_assignment_on_what_nobody_sees_proves_itself(tmp_path):
    check(**judge(tmp_path, identity(), definition(), assigned()))


def test_what_may_not_be_read_is_unproven(tmp_path):
    right = "Microsoft.Authorization/roleAssignments/read"
    asked = judge(tmp_path, identity(), bus(), definition(), assigned(), failing={"roleAssignments": right})
    assert right in unproven(check, **asked)
