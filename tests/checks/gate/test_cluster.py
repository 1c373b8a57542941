from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest

from fixtures.azure.rights import AzureRights
from fixtures.evidence import NO_DATA, Looked, Record, SourceError
from fixtures.sources.kubernetes.gathered import ClusterIdentity
from tests.checks.evidence import cluster_of, kubernetes, load, node, right, role, unmet, unproven

check = load("gate/test_cluster.py")
CLUSTER, SITE = cluster_of(), role()


def about(*objects, **values):
    return {"cluster": CLUSTER, "kubernetes": kubernetes(*objects, **values), "site": SITE}


def asked(*objects, answers=None, **values):
    """The same with what ARM answered to requests."""
    return about(*objects, **values) | {"azure": AzureRights([recorded(answers or {})], values.get("looked", Looked()))}


def held(*objects, granted=None, **values):
    """The same with what Azure allows the caller; None: the environment declares no subscription."""
    arm = {} if granted is None else {"neu": SimpleNamespace(granted=lambda _: granted)}
    return about(*objects, **values) | {"arm_of_sites": arm}


def grant(*writes):
    return SimpleNamespace(writes=writes)


def recorded(answers, error=None, source="arm"):
    now = datetime.now(UTC)
    told = answers if source == "bus" else {"answers": answers}
    data = msgspec.Raw(msgspec.json.encode(told)) if answers is not None else NO_DATA
    return Record(source=source, place="neu", asked_at=now, observed_at=now, duration_ms=1, data=data, error=error)


def refusal(missing=None, kind="denied"):
    return {"status": 403, "error": {"kind": kind, "message": "ARM refuses it", "missing_permission": missing}}


def test_nodes_in_the_declared_region_and_a_proof_are_the_declared_cluster():
    looked = Looked()
    check.test_cluster_identity(**about(node("a"), node("b", region=None), looked=looked))
    assert looked.count == 3


def test_a_region_is_the_same_in_either_spelling():
    check.test_cluster_identity(CLUSTER, kubernetes(node()), role(location="North Europe"))


def test_nodes_in_another_region_are_named():
    nodes = [node("aks-1"), *(node(f"aks-{number}", "westeurope") for number in range(2, 15))]
    assert unmet(check.test_cluster_identity, **about(*nodes)) == (
        "Cluster aks-neu, declared for northeurope, has 13 of 14 nodes in another region: "
        + ", ".join(f"aks-{number} is in westeurope" for number in range(2, 12))
        + " and 3 more."
    )


def test_without_a_proof_the_cluster_is_unproven_and_the_cure_is_named():
    identity = ClusterIdentity(uid="9f1e", version="v1.34.2", proof=None)
    assert unproven(check.test_cluster_identity, **about(node(), identity=identity)) == (
        "Nothing proves that the API server reached for neu is cluster aks-neu: declare cluster.uid, the uid of its "
        "kube-system namespace (that of the cluster reached is 9f1e)."
    )


def test_why_arm_could_not_prove_it_is_told() -> None:
    identity = ClusterIdentity(uid="9f1e", proof=None, doubt="ARM refuses /subscriptions/s (403)")
    assert "is cluster aks-neu: ARM refuses /subscriptions/s (403); mend that, or declare cluster.uid" in unproven(
        check.test_cluster_identity, **about(node(), identity=identity)
    )


@pytest.mark.parametrize("nodes", [[], [node(region=None)]])
def test_without_a_labelled_node_the_region_is_unproven(nodes):
    assert unproven(check.test_cluster_identity, **about(*nodes)) == (
        "No node of cluster aks-neu in neu carries a region label, so its region is unproven."
    )


def test_nodes_that_may_not_be_listed_are_unproven():
    assert "nodes" in unproven(check.test_cluster_identity, **about(denied=["nodes"]))


def test_held_rights_to_read_are_enough():
    rights = [right("list", "pods", allowed=True), right("delete", "pods", allowed=False, needed_for="write")]
    looked = Looked()
    check.test_permissions(**asked(rights=rights, looked=looked))
    assert looked.count == 2


def test_denied_rights_to_read_are_named_by_verb_and_resource():
    rights = [
        right("list", "pods", allowed=True),
        right("list", "scaledobjects", group="keda.sh", allowed=False),
        right("get", "configmaps", namespace="orders", allowed=False),
        right("list", "events", allowed=None, reason="timeout"),
    ]
    assert unmet(check.test_permissions, **asked(rights=rights)) == (
        "In cluster aks-neu of neu, the identity of this run may not list scaledobjects.keda.sh in the whole cluster, "
        "get configmaps in orders; 4 rights to read are needed, 2 denied."
    )


def test_a_review_that_failed_proves_nothing():
    rights = [right("list", "pods", allowed=True), right("list", "events", allowed=None, reason="timeout")]
    assert unproven(check.test_permissions, **asked(rights=rights)) == (
        "Cluster aks-neu of neu did not say whether this run may list events in the whole cluster (timeout)."
    )


def test_no_review_at_all_proves_nothing():
    writes = [right("delete", "pods", allowed=False, needed_for="write")]
    assert unproven(check.test_permissions, **asked(rights=writes)) == (
        "Cluster aks-neu of neu did not say whether this run may read anything."
    )
    reads = [right("list", "pods", allowed=True)]
    assert unproven(check.test_least_privilege, **held(rights=reads)) == (
        "Cluster aks-neu of neu did not say whether this run may write anything."
    )


VAULT = "Microsoft.KeyVault/vaults/read (Reader) on /subscriptions/s/resourceGroups/rg-neu"
MAY_LIST = [right("list", "pods", allowed=True)]


def test_what_azure_refused_is_named_once_with_action_role_and_scope():
    answers = {"GET /a": refusal(VAULT), "GET /b": refusal(VAULT), "GET /c": {"body": {}}, "GET /d": {"status": 404}}
    assert unmet(check.test_permissions, **asked(rights=MAY_LIST, answers=answers)) == (
        f"In Azure, for neu, the identity of this run lacks {VAULT}; 2 of 4 requests were refused."
    )


def test_both_halves_are_told_at_once():
    denied = [right("list", "pods", allowed=False)]
    said = unmet(check.test_permissions, **asked(rights=denied, answers={"GET /a": refusal(VAULT)}))
    assert "may not list pods in the whole cluster; 1 rights" in said
    assert f"lacks {VAULT}; 1 of 1" in said


def test_what_azure_did_not_answer_for_other_reasons_is_no_missing_right():
    looked = Looked()
    answers = {"GET /a": refusal(kind="throttled"), "GET /b": {"body": {}}}
    check.test_permissions(**asked(rights=MAY_LIST, answers=answers, looked=looked))
    assert looked.count == 3


def test_where_azure_answered_nothing_no_right_is_held():
    answers = {"GET /a": refusal(kind="throttled"), "GET /b": refusal(kind="denied")}
    assert unproven(check.test_permissions, **asked(rights=MAY_LIST, answers=answers)) == (
        "Azure answered none of 2 requests about neu, so no right is shown to be held."
    )


def test_what_a_data_plane_answers_shows_no_right_to_manage():
    answered = recorded({"hubs": {"eh-neu/telemetry": {}}}, source="bus")
    rights = AzureRights([recorded({"GET /a": refusal(kind="denied")}), answered], Looked())
    assert unproven(check.test_permissions, **about(rights=MAY_LIST), azure=rights) == (
        "Azure answered none of 1 requests about neu, so no right is shown to be held."
    )


def test_where_azure_was_not_asked_the_cluster_alone_is_judged():
    check.test_permissions(**about(rights=MAY_LIST), azure=AzureRights([], Looked()))


def test_where_azure_could_not_be_asked_at_all_nothing_is_proven():
    error = SourceError(kind="denied", message="no token", missing_permission=None)
    values = about(rights=MAY_LIST) | {"azure": AzureRights([recorded(None, error)], Looked())}
    assert unproven(check.test_permissions, **values) == "arm in neu: no token"


RECEIVER = "Azure Service Bus Data Receiver on sb-neu"


def on_buses(told, error=None):
    return about(rights=MAY_LIST) | {"azure": AzureRights([recorded(told, error, source="bus")], Looked())}


@pytest.mark.parametrize(
    "told",
    [
        {"entities": {"sb-neu/orders-in": {"waiting": refusal(RECEIVER), "dead": {}}}},
        {"hubs": {"eh-neu/telemetry": {"failed": {"1": refusal(RECEIVER)["error"]}}, "eh-neu/more": {}}},
        {"trips": {"sb-neu/canary": refusal(RECEIVER), "sb-neu/other": {}}},
    ],
    ids=["queue", "partition", "canary"],
)
def test_what_a_namespace_refused_is_named(told):
    assert unmet(check.test_permissions, **on_buses(told)) == (
        f"In Azure, for neu, the identity of this run lacks {RECEIVER}; 1 of 2 requests were refused."
    )


def test_namespaces_that_refuse_everything_are_named_too():
    error = SourceError(kind="denied", message="Unauthorized access", missing_permission=RECEIVER)
    assert f"lacks {RECEIVER}; 1 of 1" in unmet(check.test_permissions, **on_buses(None, error))


def test_namespaces_that_are_not_served_refuse_nothing():
    error = SourceError(kind="unserved", message="no AMQP peer", missing_permission=None)
    check.test_permissions(**on_buses(None, error))


def test_an_identity_that_may_only_read_is_least_privileged():
    rights = [
        right("list", "secrets", allowed=True, needed_for="write"),
        right("delete", "pods", allowed=False, needed_for="write"),
    ]
    check.test_least_privilege(**held(rights=rights))


def test_rights_to_write_are_named():
    rights = [
        right("delete", "pods", allowed=True, needed_for="write"),
        right("patch", "deployments", group="apps", allowed=True, needed_for="write"),
        right("create", "pods", allowed=None, needed_for="write"),
    ]
    assert unmet(check.test_least_privilege, **held(rights=rights)) == (
        "In cluster aks-neu of neu, the identity of this run may delete pods in the whole cluster, "
        "patch deployments.apps in the whole cluster, which no check needs."
    )


MAY_NOT_DELETE = [right("delete", "pods", allowed=False, needed_for="write")]


def test_actions_in_azure_that_write_are_named_once():
    granted = (grant("Microsoft.Sql/*"), grant(), grant("Microsoft.Sql/*", "*/write"))
    assert unmet(check.test_least_privilege, **held(rights=MAY_NOT_DELETE, granted=granted)) == (
        "In Azure, on the resources of neu, the identity of this run may do Microsoft.Sql/*, */write, "
        "which no check needs."
    )


def test_an_identity_with_roles_that_read_is_least_privileged():
    check.test_least_privilege(**held(rights=MAY_NOT_DELETE, granted=(grant(), grant())))


def test_an_identity_without_any_right_in_azure_is_unproven():
    assert unproven(check.test_least_privilege, **held(rights=MAY_NOT_DELETE, granted=())) == (
        "Azure names no right of this run on the resources of neu, not even that to read them."
    )


def test_a_write_review_that_failed_proves_nothing():
    rights = [right("create", "pods", allowed=None, needed_for="write")]
    assert unproven(check.test_least_privilege, **held(rights=rights)) == (
        "Cluster aks-neu of neu did not say whether this run may create pods in the whole cluster."
    )


@pytest.mark.parametrize("seconds", [-30, -1, 0, 30])
def test_clocks_up_to_thirty_seconds_apart_agree(seconds):
    looked = Looked()
    check.test_clock(**about(offset=timedelta(seconds=seconds), looked=looked))
    assert looked.count == 1


@pytest.mark.parametrize(
    ("offset", "said"), [(timedelta(hours=3), "10800 s ahead of"), (timedelta(seconds=-31), "31 s behind")]
)
def test_clocks_further_apart_are_told_with_the_direction(offset, said):
    assert unmet(check.test_clock, **about(offset=offset)) == (
        f"The clock of cluster aks-neu in neu (v1.34.2) is {said} the runner's, allowed are 30 s."
    )


def test_a_server_without_a_clock_proves_nothing():
    assert unproven(check.test_clock, **about(offset=None)) == (
        "The API server of aks-neu in neu told no time, so the clocks cannot be compared."
    )


def standing(vantage=None, *, sandbox=False, site="neu"):
    sites = {"weu": role("weu", vantage="west"), "neu": role(vantage="north"), "dc1": role("dc1", legacy=True)}
    here = SimpleNamespace(vantage=vantage, sandbox=sandbox)
    return {"cluster": CLUSTER, "site": sites[site], "sites": sites, "standing": here}


@pytest.mark.parametrize("vantage", ["north", "west"])
def test_a_declared_vantage_is_a_place_to_stand(vantage):
    check.test_vantage(**standing(vantage))


def test_a_sandbox_stands_everywhere_and_a_site_need_not_say():
    check.test_vantage(**standing(sandbox=True))
    check.test_vantage(**standing(site="dc1"))


def test_a_vantage_from_where_nothing_is_judged_is_unmet_even_in_a_sandbox():
    assert unmet(check.test_vantage, **standing("nort", sandbox=True)) == (
        "This run stands at vantage nort, from where no site is judged: cluster aks-neu of neu is judged from north, "
        "declared vantages are north, west."
    )


def test_a_run_that_does_not_say_where_it_stands_proves_nothing():
    assert unproven(check.test_vantage, **standing()) == (
        "Cluster aks-neu of neu is judged from vantage north, and this run does not say where it stands: "
        "name it with --vantage or GONOGO_VANTAGE."
    )
