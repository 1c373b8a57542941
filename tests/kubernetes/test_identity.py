from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import SourceFailed
from fixtures.sources.kubernetes.identity import node_group, prove
from fixtures.sources.kubernetes.node_resources import NodeResources
from tests.kubernetes.api import PROVIDER, Api, Sick, declared

DEFAULT = "mc_rg-prod-neu_aks-prod-neu_northeurope"


def provider(group: str) -> str:
    return f"azure:///subscriptions/s/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachineScaleSets/x/virtualMachines/0"


def proof(group: str | None, location: str = "northeurope", **cluster: Any) -> str | None:
    reached = declared(**cluster).declared("cluster")[0]
    return prove("neu", reached, location, None, [] if group is None else [provider(group)])


def test_a_declared_uid_decides() -> None:
    reached = declared(uid="abc").declared("cluster")[0]
    assert prove("neu", reached, "northeurope", "ABC", [provider("mc_other_other_westeurope")]) == "uid"
    with pytest.raises(SourceFailed, match="uid def, declared is abc") as failed:
        prove("neu", reached, "northeurope", "def", [PROVIDER])
    assert failed.value.error.kind == "wrong-cluster"


@pytest.mark.parametrize("group", [DEFAULT, "MC_RG-Prod-NEU_aks-prod-neu_NorthEurope"])
def test_the_default_node_group_of_the_declared_cluster_is_proof(group: str) -> None:
    assert proof(group) == "providerID"
    assert proof(group, location="North Europe") == "providerID"
    full = "/subscriptions/s/resourceGroups/rg-prod-neu"
    assert proof(group, resource_group=full) == "providerID"


@pytest.mark.parametrize(
    "group",
    [
        "mc_rg-prod-weu_aks-prod-weu_westeurope",
        "mc_rg-prod-neu_aks-prod-neu_westeurope",
        "mc_rg-test-neu_aks-prod-neu_northeurope",
    ],
)
def test_the_default_node_group_of_another_cluster_is_the_wrong_cluster(group: str) -> None:
    with pytest.raises(SourceFailed, match=f"the nodes belong to {group}, declared is cluster aks-prod-neu") as failed:
        proof(group)
    assert failed.value.error.kind == "wrong-cluster"


def test_a_group_of_its_own_name_proves_and_disproves_nothing() -> None:
    assert proof("rg-nodes-neu") is None
    assert proof(None) is None


def test_without_a_declared_resource_group_nothing_is_proven_but_another_cluster_still_is() -> None:
    assert proof(DEFAULT, resource_group=None) is None
    with pytest.raises(SourceFailed, match="declared is cluster aks-prod-neu of resource group"):
        proof("mc_rg_aks-prod-weu_westeurope", resource_group=None)


def test_a_name_that_azure_cut_off_is_no_proof() -> None:
    long = "rg-" + "x" * 60
    assert proof(f"mc_{long}_aks-prod-neu_northeurope"[:80], resource_group=long) is None


@pytest.mark.parametrize(
    ("written", "group"),
    [
        (PROVIDER, DEFAULT),
        ("aws:///eu/i-1", None),
        ("azure://", None),
        ("kind://docker/a", None),
        ("", None),
    ],
)
def test_the_group_of_a_provider_id(written: str, group: str | None) -> None:
    assert node_group(written) == group


def test_the_wrong_cluster_is_asked_for_nothing_else(api: Api, asked: Any) -> None:
    with pytest.raises(SourceFailed, match="this is not cluster aks-prod-neu"):
        asked(declared(uid="another"))
    assert set(api.paths()) == {"/version", "/apis", "/api/v1/nodes", "/api/v1/namespaces/kube-system"}


def test_a_denied_namespace_leaves_the_nodes_as_proof(api: Api, asked: Any) -> None:
    api.ill["/api/v1/namespaces/kube-system"] = [Sick(status=403)]
    _, view = asked(declared(uid="whatever"))
    assert (view.identity.uid, view.identity.proof, view.identity.error.kind) == (None, "providerID", "denied")


def told(**values: Any) -> NodeResources:
    return NodeResources(**{"group": "MC_rg-prod-neu_aks-prod-neu_NorthEurope", "subscription": "S", **values})


def by_arm(group: str, resources: NodeResources, **cluster: Any) -> str | None:
    reached = declared(**cluster).declared("cluster")[0]
    return prove("neu", reached, "northeurope", None, [provider(group)], resources)


def test_nodes_where_arm_keeps_them_are_proof_whatever_the_group_is_called() -> None:
    assert by_arm(DEFAULT, told()) == "providerID"
    assert by_arm("rg-nodes", told(group="RG-Nodes")) == "providerID"
    assert by_arm("mc_other_other_westeurope", told(group="mc_other_other_westeurope")) == "providerID"


@pytest.mark.parametrize("values", [{"group": "rg-nodes"}, {"subscription": "another"}])
def test_nodes_elsewhere_than_arm_keeps_them_are_another_cluster(values: dict[str, str]) -> None:
    with pytest.raises(
        SourceFailed, match="this is not cluster aks-prod-neu: the nodes belong to mc_rg-prod"
    ) as failed:
        by_arm(DEFAULT, told(**values))
    assert failed.value.error.kind == "wrong-cluster"


def test_where_arm_says_nothing_the_default_name_decides() -> None:
    assert by_arm(DEFAULT, told(group=None, doubt="refused")) == "providerID"
    assert by_arm("rg-nodes", told(group=None, doubt="refused")) is None


def test_a_cluster_without_azure_nodes_is_not_proven_by_arm() -> None:
    reached = declared().declared("cluster")[0]
    assert prove("neu", reached, "northeurope", None, ["kind://docker/a"], told()) is None
