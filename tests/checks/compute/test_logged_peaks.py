"""The expected peak where a site declares no Prometheus: its workspace holds what the agent counted."""

from __future__ import annotations

from tests.checks.azure import declared, environment, group
from tests.checks.compute.test_memory import check, expect, scaled
from tests.checks.evidence import deployment, pod, unmet, unproven
from tests.checks.logged import logs, refused, table

AKS = f"{group('weu')}/providers/Microsoft.ContainerService/managedClusters/aks-weu"
MEASURED = "ClusterId Namespace Workload Container PeakWorkingSetBytes"


def logged(tmp_path, answer, prometheus=None, **memory):
    """The workspace of weu, asked about the peaks of a workload of neu."""
    sites = {
        site: {
            "location": place,
            "tokens": [site],
            "networks": [network],
            "cluster": {"name": f"aks-{site}", "context": f"aks-{site}", "uid": "0b5c"},
            "workspace": f"log-{site}",
            **({"prometheus": prometheus} if prometheus else {}),
        }
        for site, place, network in (("weu", "westeurope", "10.40.0.0/16"), ("neu", "northeurope", "10.60.0.0/16"))
    }
    replicas = {"active": 2, "passive": 1}
    works = [{"name": "api", "replicas": replicas, "memory": {"headroom": "25%", **memory}}]
    found = environment(tmp_path, {"orders": {"workloads": works}}, sites=sites)
    about = declared(found, "workload")
    return about, logs("memory_peaks", about, found, {"memory-peaks": answer}, place="weu")


def peaks(*rows):
    return table(MEASURED, *((cluster, space, name, part, mib * 2**20) for cluster, space, name, part, mib in rows))


def fallback(tmp_path, answer, *objects, weu=None, **memory):
    about, view = logged(tmp_path, answer, **memory)
    return {**expect(*(objects or (deployment(), pod())), weu=weu, logged={"weu": view}), "workload": about}


def test_where_there_is_no_prometheus_the_workspace_tells_the_peak(tmp_path):
    mine = (AKS.lower(), "orders", "api", "api", 640)
    other = (AKS.replace("aks-weu", "aks-neu"), "orders", "api", "api", 2000)
    check.test_memory_headroom(**fallback(tmp_path, peaks(mine, other, (AKS, "billing", "api", "api", 2000))))
    said = unmet(
        check.test_memory_headroom, **fallback(tmp_path, peaks(mine, (AKS.upper(), "orders", "api", "api", 800)))
    )
    assert "api expects 800Mi (800Mi measured in weu over 7d) of its limit 1024Mi" in said


def test_nobody_counted_the_replicas_then_so_their_maximum_is_taken(tmp_path):
    arguments = fallback(
        tmp_path,
        peaks((AKS, "orders", "api", "api", 640)),
        deployment(),
        pod(),
        scaled(most=3),
        weu=[deployment(replicas=2), scaled(most=6)],
    )
    assert "times 6 replicas there over 3 here" in unmet(check.test_memory_headroom, **arguments)


def test_a_workspace_that_holds_no_peak_or_does_not_answer_is_unproven(tmp_path):
    assert unproven(check.test_memory_headroom, **fallback(tmp_path, peaks())) == (
        "Deployment orders/api in neu cannot be judged: api has no known peak (declare memory.peak per container, and "
        "the workspace of weu holds no peak of it)."
    )
    for answer, says in (
        (refused(), "missing: Log Analytics Reader"),
        (table(MEASURED, (AKS, "orders", "api", "api", None)), "Expected `int`, got `null`"),
        (table(MEASURED, (AKS, "orders", "api", "api", "lots")), "Expected `int`, got `str`"),
    ):
        assert says in unproven(check.test_memory_headroom, **fallback(tmp_path, answer))


def test_the_workspace_is_not_asked_where_peaks_are_known_otherwise(tmp_path):
    for more in ({"peak": {"api": "500Mi"}}, {"prometheus": "https://prometheus.example"}):
        about, view = logged(tmp_path, refused(), **more)
        assert view.memory_peaks(about) == ()
