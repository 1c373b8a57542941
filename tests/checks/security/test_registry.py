from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import SUBSCRIPTION, arm, declared, environment, resource
from tests.checks.evidence import load, role, unmet, unproven

check = load("security/test_registry.py").test_registry

ACR = "Microsoft.ContainerRegistry/registries"
ROLE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/r"
PULL = "Microsoft.ContainerRegistry/registries/pull/read"


def registry(place: Any = "West Europe", state: Any = "Succeeded"):
    said = {"provisioningState": state} if state else {}
    return resource(ACR, "acr", "weu", **({"location": place} if place else {}), **said)


def replica(place="North Europe", *, enabled: Any = True, status: Any = "Ready", state: Any = "Succeeded"):
    said = {"provisioningState": state, "status": {"displayStatus": status}, "regionEndpointEnabled": enabled}
    return resource(f"{ACR}/replications", f"acr/{place}", "weu", location=place, **said)


def cluster(**profiles: Any):
    held = profiles or {"kubeletidentity": {"objectId": "k"}}
    return resource("Microsoft.ContainerService/managedClusters", "aks-neu", identityProfile=held)


def right(**permission: Any):
    scope = registry()["id"]
    held = {"roleDefinitionId": ROLE, "principalId": "k", "scope": scope}
    return [
        {"id": ROLE, "name": "r", "properties": {"roleName": "R", "permissions": [permission or {"actions": [PULL]}]}},
        {"id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/a", "name": "a", "properties": held},
    ]


def judge(tmp_path: Path, *answers: Any, **more: Any) -> dict[str, Any]:
    found = environment(tmp_path, {}, platform={"owner": "team-platform", "registries": ["acr"]})
    about = declared(found, "registry")
    return {"registry": about, "arm": arm("registry", about, found, *answers, **more), "site": role()}


def says(what: str) -> str:
    return f"Registry acr does not serve neu: {what}; declared is that neu pulls from it, in northeurope."


def test_a_replica_that_answers_and_a_kubelet_that_may_pull_are_fine(tmp_path):
    looked = Looked()
    check(**judge(tmp_path, registry(), replica(), cluster(), *right(), looked=looked))
    assert looked.count


@pytest.mark.parametrize(
    "permission",
    [
        {"actions": ["*"]},
        {"actions": ["Microsoft.ContainerRegistry/*/read"]},
        {"dataActions": ["Microsoft.ContainerRegistry/registries/repositories/content/read"]},
    ],
)
def test_other_roles_that_allow_to_pull_count(tmp_path, permission):
    check(**judge(tmp_path, registry(), replica(), cluster(), *right(**permission)))


def test_a_registry_at_home_needs_no_replica(tmp_path):
    check(**judge(tmp_path, registry("northeurope"), cluster(), *right()))


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        (
            [registry(), replica("westeurope")],
            "it has no replica in northeurope (home westeurope, replicas none)",
        ),
        (
            [registry(), replica(enabled=False)],
            "the endpoint of its replica in northeurope is not enabled, so nobody is led there",
        ),
        ([registry(), replica(status="Syncing")], "its replica in northeurope is Syncing, not Ready"),
        ([registry(), replica(state="Creating")], "its replica in northeurope is in the state Creating"),
        ([registry(state="Updating"), replica()], "it is in the state Updating"),
    ],
)
def test_what_is_not_served_from_the_own_region_is_told(tmp_path, answers, what):
    assert unmet(check, **judge(tmp_path, *answers, cluster(), *right())) == says(what)


def test_a_kubelet_that_may_not_pull_is_told(tmp_path):
    closed = says("kubelets of aks-neu may not pull (nothing that k holds allows it)")
    assert unmet(check, **judge(tmp_path, registry(), replica(), cluster())) == closed
    for permission in (
        {"actions": ["Microsoft.ContainerRegistry/registries/read"]},
        {"actions": ["*"], "notActions": [PULL]},
    ):
        assert unmet(check, **judge(tmp_path, registry(), replica(), cluster(), *right(**permission))) == closed


def test_a_registry_that_does_not_exist_is_told(tmp_path):
    assert unmet(check, **judge(tmp_path)) == "Registry acr, which neu pulls from, does not exist."


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ([registry(place=None), replica(), cluster()], "where registry acr is"),
        ([registry(state=None), replica(), cluster()], "provisioning state of registry"),
        ([registry(), replica(enabled=None), cluster()], "endpoint of replica"),
        ([registry(), replica(enabled="yes"), cluster()], "regionEndpointEnabled"),
        ([registry(), replica(status=None), cluster()], "status of replica"),
        ([registry(), replica(), cluster(other={})], "which identity"),
        ([registry(), replica(), cluster(kubeletidentity={})], "object id"),
        ([registry(), replica()], "the cluster of neu does not exist"),
    ],
)
def test_what_arm_does_not_say_is_unproven(tmp_path, answers, what):
    assert what in unproven(check, **judge(tmp_path, *answers, *right()))


def test_what_may_not_be_read_is_unproven(tmp_path):
    for part in ("replications", "roleAssignments", "roleDefinitions", "managedClusters"):
        asked = judge(tmp_path, registry(), replica(), cluster(), *right(), failing={part: f"{part}/read"})
        assert f"{part}/read" in unproven(check, **asked)
