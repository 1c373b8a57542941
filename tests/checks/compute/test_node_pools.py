from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.compute.pools import agents, managed, pool
from tests.checks.compute.scaled import declaring
from tests.checks.evidence import cluster_of, load, role, unmet, unproven
from tests.checks.resources import arm

check = load("compute/test_node_pools.py").test_node_pools
STOPPED = {"code": "Stopped"}
APPS = pool()


def judged(*documents, pools=(APPS,), **options):
    return {
        "cluster": cluster_of(),
        "arm": arm(*documents, **options),
        "declared": declaring(node_pool=pools),
        "site": role(),
    }


def test_a_running_cluster_with_a_pool_of_the_declared_bounds():
    looked = Looked()
    check(**judged(managed(), agents(), looked=looked))
    assert looked.count == 1


def test_a_stopped_cluster_is_told_and_nothing_else():
    stopped = managed(powerState=STOPPED, currentKubernetesVersion=None)
    assert unmet(check, **judged(stopped, agents(powerState=STOPPED))) == (
        "cluster aks-neu in neu is Stopped, must be Running and Succeeded."
    )


def test_a_cluster_that_is_not_there():
    assert unmet(check, **judged()) == (
        "cluster aks-neu does not exist in the resource group of neu, but is declared for it."
    )


def test_every_offender_is_told():
    documents = (
        managed(),
        agents("batch", powerState=STOPPED),
        agents("apps", maxCount=3),
        agents("gpu", provisioningState="Failed", status={"provisioningError": {"message": "SkuNotAvailable"}}),
    )
    assert unmet(check, **judged(*documents, pools=(pool(), pool("edge")))) == (
        "cluster aks-neu in neu: there is no pool edge, which is declared; pool batch is Stopped; "
        "pool apps may grow to 3 nodes only, declared are 3 to 12; pool gpu is in the state Failed (SkuNotAvailable)."
    )


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"count": 2}, "pool apps has 2 nodes, declared are 3 to 12"),
        ({"count": 0, "minCount": 0}, "pool apps has 0 nodes, declared are 3 to 12; pool apps may shrink to 0 nodes"),
        ({"minCount": 1}, "pool apps may shrink to 1 nodes, declared are 3 to 12"),
        (
            {"enableAutoScaling": False, "minCount": None, "maxCount": None},
            "pool apps is not autoscaled and stays at 3 nodes, declared are 3 to 12",
        ),
        ({"enableAutoScaling": False, "minCount": None, "maxCount": None, "count": 13}, "has 13 nodes"),
        ({"provisioningState": "Upgrading"}, "pool apps is in the state Upgrading"),
        ({"currentOrchestratorVersion": "1.30.9"}, "version 1.30.9, more than 3 minor versions behind"),
        ({"currentOrchestratorVersion": "1.35.0"}, "version 1.35.0, newer than the cluster's 1.34.2"),
    ],
)
def test_what_is_wrong_with_a_pool(about, said):
    assert said in unmet(check, **judged(managed(), agents(**about)))


@pytest.mark.parametrize(
    "about",
    [
        {"maxCount": 20, "count": 15},
        {"count": 12},
        {"minCount": 5, "count": 5},
        {"enableAutoScaling": None, "minCount": None, "maxCount": None, "count": 12},
        {"provisioningState": "succeeded", "powerState": {"code": "running"}},
        {"currentOrchestratorVersion": "1.31.9"},
        {"currentOrchestratorVersion": None, "orchestratorVersion": "1.34.1"},
    ],
)
def test_what_is_fine(about):
    check(**judged(managed(), agents("APPS", **about)))


def test_a_pool_that_nobody_declared_need_only_run():
    check(**judged(managed(), agents(), agents("system", count=1, minCount=1, maxCount=1)))
    assert "pool system is Stopped" in unmet(check, **judged(managed(), agents(), agents("system", powerState=STOPPED)))


@pytest.mark.parametrize(
    ("cluster", "about"),
    [
        ({"powerState": None}, {}),
        ({"provisioningState": None}, {}),
        ({"powerState": {"code": 3}}, {}),
        ({"currentKubernetesVersion": "latest"}, {}),
        ({}, {"count": None}),
        ({}, {"count": "three"}),
        ({}, {"maxCount": None}),
        ({}, {"enableAutoScaling": None}),
        ({}, {"powerState": None}),
        ({}, {"provisioningState": None}),
        ({}, {"currentOrchestratorVersion": None}),
    ],
)
def test_what_arm_does_not_say_is_unproven(cluster, about):
    unproven(check, **judged(managed(**cluster), agents(**about)))


def test_a_cluster_without_pools_and_a_refusal_are_unproven():
    unproven(check, **judged(managed()))
    unproven(check, **judged(managed(), agents(), denied=["agentPools"]))
    unproven(check, **judged(managed(), agents(), denied=["managedClusters"]))
