from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    cluster_of,
    daemon_set,
    deployment,
    kubernetes,
    load,
    node,
    pod,
    role,
    unmet,
    unproven,
)

check = load("compute/test_daemonsets.py")
SITES = {"weu": role("weu", active=True, tokens=("weu", "westeurope")), "neu": role(tokens=("neu", "northeurope"))}


def judge(weu, neu, looked=None, denied=()):
    views = {
        "weu": kubernetes(*weu, *nodes("weu"), site="weu", looked=looked),
        "neu": kubernetes(*neu, *nodes("neu"), site="neu", looked=looked, denied=denied),
    }
    return {
        "cluster_by_site": {site: cluster_of(site) for site in views},
        "kubernetes_by_site": views,
        "sites": SITES,
    }


def nodes(site):
    made = []
    for name in ("system", "apps"):
        each = node(f"{name}-{site}")
        each["metadata"]["labels"]["agentpool"] = name
        made.append(each)
    return made


def on(site, *pools, name="agent"):
    """The pods of a DaemonSet on the nodes of these pools."""
    made = []
    for pool in pools:
        each = pod(f"{name}-{pool}", app=name)
        each["spec"]["nodeName"] = f"{pool}-{site}"
        made.append(each)
    return made


BOTH = [daemon_set("agent"), *on("weu", "system", "apps")]
BOTH_HERE = [daemon_set("agent"), *on("neu", "system", "apps")]
TOLD = "DaemonSets do not run alike on aks-weu and aks-neu: DaemonSet orders/agent runs on 2 nodes in weu"


def test_what_runs_on_both_is_fine():
    looked = Looked()
    check.test_daemonsets_scheduled(**judge(BOTH, BOTH_HERE, looked=looked))
    assert looked.count == 2 + 4 + 4


@pytest.mark.parametrize(
    ("neu", "says"),
    [
        ([], " and does not exist in neu."),
        ([daemon_set("agent", replicas=0)], " and is to run on no node in neu."),
        ([daemon_set("agent", currentNumberScheduled=0)], ", and of 2 pods none is scheduled in neu."),
        ([daemon_set("agent", replicas=1), *on("neu", "system")], " and in neu on no node of pool apps."),
    ],
)
def test_what_runs_on_one_site_only_is_named(neu, says):
    assert unmet(check.test_daemonsets_scheduled, **judge(BOTH, neu)) == f"{TOLD}{says}"


def test_it_is_judged_both_ways():
    assert "DaemonSet orders/agent runs on 2 nodes in neu and does not exist in weu" in unmet(
        check.test_daemonsets_scheduled, **judge([], BOTH_HERE)
    )


NONE = [daemon_set("agent", replicas=0)]


@pytest.mark.parametrize(
    ("weu", "neu"),
    [
        (NONE, NONE),  # for nodes that neither site has
        (NONE, []),
        ([daemon_set("agent", numberReady=0), *on("weu", "apps")], []),  # it runs nowhere
        (
            [daemon_set("agent-weu"), *on("weu", "apps", name="agent-weu")],
            [daemon_set("agent-neu"), *on("neu", "apps", name="agent-neu")],
        ),
        ([deployment("api")], []),
    ],
)
def test_what_runs_nowhere_or_under_the_sites_own_name_is_innocent(weu, neu):
    check.test_daemonsets_scheduled(**judge(weu, neu))


def test_a_pool_that_only_one_site_has_is_innocent():
    gpu = node("gpu-weu")
    gpu["metadata"]["labels"]["agentpool"] = "gpu"
    check.test_daemonsets_scheduled(**judge([*BOTH, gpu, *on("weu", "gpu")], BOTH_HERE))


@pytest.mark.parametrize("denied", ["daemonsets", "nodes", "pods"])
def test_what_cannot_be_seen_is_unproven(denied):
    assert denied in unproven(check.test_daemonsets_scheduled, **judge(BOTH, BOTH_HERE, denied=[denied]))


def test_a_daemon_set_without_a_status_is_unproven():
    assert "without a status" in unproven(
        check.test_daemonsets_scheduled, **judge(BOTH, [{**daemon_set("agent"), "status": None}])
    )
