from __future__ import annotations

import pytest

from fixtures.evidence import Looked, SourceError
from tests.checks.evidence import (
    container,
    daemon_set,
    deployment,
    kubernetes,
    load,
    metadata,
    pod,
    role,
    unmet,
    unproven,
    usage,
    workload,
)
from tests.checks.measured import prometheus

check = load("compute/test_memory.py")
SITE = role(target=True)
SIDECAR = {"restartPolicy": "Always"}


def judge(*objects, site=SITE, declared=None, **values):
    about = workload(memory={"headroom": "25%"}, **(declared or {}))
    return {"workload": about, "kubernetes": kubernetes(*objects, **values), "site": site}


def expect(
    *objects, peak=None, headroom="25%", site=SITE, weu=None, measured=None, declared=None, logged=None, **values
):
    """The arguments of memory_headroom.

    ``weu`` are the other site's objects, ``measured`` its Prometheus, or each site's, ``logged`` the workspaces.
    """
    memory = {"headroom": headroom, **({"peak": peak} if peak else {})}
    told = measured if isinstance(measured, dict) else {"weu": measured} if measured else {}
    return {
        **judge(*objects, site=site, **values),
        "workload": workload(memory=memory, **(declared or {})),
        "sites": {"weu": role("weu", active=not site.active), "neu": site},
        "kubernetes_elsewhere": {"weu": kubernetes(*(weu or [deployment()]), site="weu")},
        "prometheus_of_sites": told,
        "logs_of_sites": logged or {},
    }


def test_limits_on_every_container_of_every_pod_are_set():
    looked = Looked()
    init = [container("migrate"), container("proxy", **SIDECAR)]
    check.test_memory_limit_set(**judge(deployment(), pod(init=init), pod("api-2"), looked=looked))
    assert looked.count == 5  # the workload and four containers


def test_containers_without_a_limit_are_named_init_and_sidecar_too():
    first = pod("api-1", container(), container("envoy", limit=None), init=[container("migrate", limit=None)])
    second = pod("api-2", init=[container("proxy", limit=None, **SIDECAR)])
    assert unmet(check.test_memory_limit_set, **judge(deployment(), first, second)) == (
        "Deployment orders/api in neu has 3 of 5 containers without a memory limit: init migrate in pod api-1, "
        "envoy in pod api-1, sidecar proxy in pod api-2; every container is to have one."
    )


def test_a_limit_that_was_resized_in_place_counts():
    bare = pod("api-1", container(limit=None), statuses={"api": {"resources": {"limits": {"memory": "512Mi"}}}})
    check.test_memory_limit_set(**judge(deployment(), bare))


def test_without_pods_the_template_is_judged_with_its_defaults():
    template = deployment("api", container(limit=None), replicas=0)
    ranges = {"limits": [{"type": "Container", "default": {"memory": "256Mi"}}]}
    check.test_memory_limit_set(
        **judge(template, {"kind": "LimitRange", "metadata": metadata("defaults"), "spec": ranges})
    )
    assert unmet(check.test_memory_limit_set, **judge(template)) == (
        "Deployment orders/api in neu has 1 of 1 containers without a memory limit "
        "(no pod runs, this is its template): api in the template of Deployment orders/api; "
        "every container is to have one."
    )


def test_a_finished_pod_does_not_run():
    evicted = pod("api-old", container(limit=None), phase="Failed")
    check.test_memory_limit_set(**judge(deployment(), pod(), evicted))


@pytest.mark.parametrize(
    ("judged", "judge"), [(check.test_memory_limit_set, judge), (check.test_memory_headroom, expect)]
)
def test_what_is_not_there_or_not_seen_is_unproven(judged, judge):
    assert (
        unproven(judged, **judge())
        == "Deployment orders/api does not exist in neu, so its containers cannot be judged."
    )
    assert "claims 2 pods" in unproven(judged, **judge(deployment()))
    assert "pods" in unproven(judged, **judge(deployment(), denied=["pods"]))


@pytest.mark.parametrize("peak", ["768Mi", {"api": "768Mi"}])
def test_a_peak_just_below_the_headroom_fits(peak):
    check.test_memory_headroom(**expect(deployment(), pod(), peak=peak))


def test_a_peak_above_the_headroom_is_told_once_for_all_pods():
    assert unmet(check.test_memory_headroom, **expect(deployment(), pod("api-1"), pod("api-2"), peak="769Mi")) == (
        "Deployment orders/api in neu keeps less than the declared 25% of memory free: "
        "api expects 769Mi of its limit 1024Mi, of which 768Mi are usable (in 2 pods)."
    )


def test_percentages_are_exact():
    check.test_memory_headroom(
        **expect(deployment(), pod("api-1", container(limit="1000")), peak="800B", headroom="20%")
    )


def test_each_container_has_its_own_peak():
    both = pod("api-1", container(), container("envoy", limit="64Mi"))
    check.test_memory_headroom(**expect(deployment(), both, peak={"api": "700Mi", "envoy": "48Mi"}))
    assert unmet(check.test_memory_headroom, **expect(deployment(), both, peak={"api": "900Mi", "envoy": "60Mi"})) == (
        "Deployment orders/api in neu keeps less than the declared 25% of memory free: "
        "api expects 900Mi of its limit 1024Mi, of which 768Mi are usable, "
        "envoy expects 60Mi of its limit 64Mi, of which 48Mi are usable."
    )


def test_what_is_used_now_counts_where_it_is_more_than_expected():
    cluster = (deployment(), pod("api-1"), usage("api-1", api="800Mi"))
    said = "Deployment orders/api in neu keeps less than the declared 25% of memory free: "
    said += "api now uses 800Mi of its limit 1024Mi, of which 768Mi are usable."
    assert unmet(check.test_memory_headroom, **expect(*cluster, peak="500Mi")) == said
    assert unmet(check.test_memory_headroom, **expect(*cluster)) == said


def test_little_use_now_proves_nothing_of_the_peak():
    cluster = (deployment(), pod("api-1"), usage("api-1", api="80Mi"))
    assert unproven(check.test_memory_headroom, **expect(*cluster)) == (
        "Deployment orders/api in neu cannot be judged: api has no known peak (declare memory.peak per container)."
    )


def test_one_peak_is_that_of_the_main_container():
    both = pod("api-1", container(), container("envoy"))
    assert "envoy has no known peak" in unproven(check.test_memory_headroom, **expect(deployment(), both, peak="500Mi"))
    odd = pod("api-1", container("server"), container("envoy"))
    said = unproven(check.test_memory_headroom, **expect(deployment(), odd, peak="500Mi"))
    assert "envoy, server has no known peak" in said


def test_an_init_container_is_over_when_the_load_comes():
    started = pod("api-1", container(), init=[container("migrate", limit="16Mi")])
    check.test_memory_headroom(**expect(deployment(), started, peak="500Mi"))


def test_an_init_container_with_a_declared_peak_is_judged():
    started = pod("api-1", container(), init=[container("migrate", limit="16Mi")])
    said = unmet(check.test_memory_headroom, **expect(deployment(), started, peak={"api": "5Mi", "migrate": "15Mi"}))
    assert "migrate expects 15Mi of its limit 16Mi, of which 12Mi are usable" in said


def test_a_sidecar_is_not_over():
    started = pod("api-1", container(), init=[container("proxy", **SIDECAR)])
    assert "proxy has no known peak" in unproven(
        check.test_memory_headroom, **expect(deployment(), started, peak="5Mi")
    )


def test_a_peak_of_no_container_is_unproven():
    said = unproven(check.test_memory_headroom, **expect(deployment(), pod(), peak={"api": "5Mi", "apii": "5Mi"}))
    assert said.endswith("apii has a declared peak but is no container of its pods.")


def test_without_a_limit_there_is_no_headroom_to_prove():
    bare = pod("api-1", container(limit=None))
    said = unproven(check.test_memory_headroom, **expect(deployment(), bare, peak="5Mi"))
    assert said.endswith("api has no memory limit to keep clear of.")


def test_on_a_site_without_pods_the_template_must_have_room():
    idle = deployment(replicas=0)
    check.test_memory_headroom(**expect(idle, peak="700Mi"))
    assert unmet(check.test_memory_headroom, **expect(idle, peak="1Gi")) == (
        "Deployment orders/api in neu keeps less than the declared 25% of memory free (no pod runs, this is its "
        "template): api expects 1024Mi of its limit 1024Mi, of which 768Mi are usable."
    )


def test_usage_that_may_not_be_asked_is_unproven():
    assert "pods.metrics.k8s.io" in unproven(
        check.test_memory_headroom, **expect(deployment(), pod(), peak="5Mi", denied=["podmetrics"])
    )


LOAD = {"api-5d8b9c7f6d-x2k4q/api": 600, "api-5d8b9c7f6d-zz7pw/api": 640}


def scaled(name="api", most=6, **spec):
    target = {"kind": "Deployment", "name": name}
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(name),
        "spec": {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": most, **spec},
    }


def test_the_peak_measured_on_the_active_site_fits():
    looked = Looked()
    measured = prometheus(peaks=LOAD, looked=looked)
    check.test_memory_headroom(**expect(deployment(), pod(), measured=measured, looked=looked))
    assert looked.count > 3  # the series as well


def test_the_highest_measured_peak_of_all_pods_counts_also_of_those_that_are_gone():
    measured = prometheus(peaks={**LOAD, "api-74c6d5b9f4-old42/api": 800})
    assert unmet(check.test_memory_headroom, **expect(deployment(), pod(), measured=measured)) == (
        "Deployment orders/api in neu keeps less than the declared 25% of memory free: "
        "api expects 800Mi (800Mi measured in weu over 7d) of its limit 1024Mi, of which 768Mi are usable."
    )


def test_fewer_replicas_bear_more_each_and_the_message_shows_the_terms():
    said = unmet(
        check.test_memory_headroom,
        **expect(
            deployment(),
            pod(),
            measured=prometheus(peaks=LOAD),
            weu=[deployment(replicas=6)],
            declared={"replicas": {"active": 4, "passive": 2}},
        ),
    )
    assert said == (
        "Deployment orders/api in neu keeps less than the declared 25% of memory free: api expects 960Mi (640Mi "
        "measured in weu over 7d, times 6 replicas there over 4 here) of its limit 1024Mi, of which 768Mi are usable."
    )


def test_more_replicas_do_not_shrink_a_heap():
    over = expect(deployment(), pod(), scaled(most=20), measured=prometheus(peaks={"api-5d8b9c7f6d-x2k4q/api": 800}))
    assert "api expects 800Mi (800Mi measured in weu over 7d) of" in unmet(check.test_memory_headroom, **over)


def test_what_the_autoscaler_may_reach_counts_not_what_runs_while_it_idles():
    weu = [deployment(replicas=6), scaled(most=12)]
    measured = prometheus(peaks=LOAD, replicas={"api": 6})
    check.test_memory_headroom(**expect(deployment(replicas=1), pod(), scaled(most=6), measured=measured, weu=weu))
    said = unmet(
        check.test_memory_headroom,
        **expect(deployment(replicas=1), pod(), scaled(most=3), measured=measured, weu=weu),
    )
    assert "api expects 1280Mi (640Mi measured in weu over 7d, times 6 replicas there over 3 here)" in said


def test_an_autoscaler_that_nobody_counted_may_have_been_at_its_maximum():
    weu = [deployment(replicas=2), scaled(most=12)]
    said = unmet(
        check.test_memory_headroom,
        **expect(deployment(), pod(), scaled(most=6), measured=prometheus(peaks=LOAD), weu=weu),
    )
    assert "times 12 replicas there over 6 here" in said


def test_an_autoscaler_of_keda_counts_too_and_a_maximum_that_is_none_is_unproven():
    weu = [deployment(replicas=6)]

    def keda(most):
        spec = {"scaleTargetRef": {"name": "api"}, "maxReplicaCount": most}
        return {"kind": "ScaledObject", "metadata": metadata("api"), "spec": spec}

    measured = prometheus(peaks=LOAD)
    check.test_memory_headroom(**expect(deployment(), pod(), keda(6), measured=measured, weu=weu))
    assert "times 6 replicas there over 2 here" in unmet(
        check.test_memory_headroom, **expect(deployment(), pod(), keda(2), measured=measured, weu=weu)
    )
    for absurd in (-3, "many", 4.5):
        said = unproven(
            check.test_memory_headroom, **expect(deployment(), pod(), keda(absurd), measured=measured, weu=weu)
        )
        assert "maxReplicaCount of ScaledObject orders/api" in said


def test_a_site_that_was_just_left_still_tells_what_the_load_was():
    here, there = role(active=True, routed=True), prometheus(peaks={"api-5d8b9c7f6d-x2k4q/api": 800})
    now = prometheus(site="neu", peaks={"api-6f7d8c9b5d-k2x4q/api": 90})
    said = unmet(
        check.test_memory_headroom,
        **{
            **expect(deployment(), pod(), site=here, measured={"neu": now, "weu": there}),
            "sites": {"weu": role("weu"), "neu": here},
        },
    )
    assert "800Mi measured in weu" in said


def test_a_site_that_only_waits_to_take_over_tells_nothing():
    idle = prometheus(site="neu", peaks={"api-6f7d8c9b5d-k2x4q/api": 40})
    said = unproven(check.test_memory_headroom, **expect(deployment(), pod(), measured={"neu": idle}))
    assert said.endswith("api has no known peak (declare memory.peak per container).")


def test_a_declared_peak_needs_no_prometheus():
    broken = SourceError(kind="denied", message="forbidden (403)", missing_permission="Monitoring Data Reader")
    measured = prometheus(failed={"memory-peak": broken})
    check.test_memory_headroom(**expect(deployment(), pod(), peak="500Mi", measured=measured))
    said = unproven(check.test_memory_headroom, **expect(deployment(), pod(), measured=measured))
    assert "memory-peak: forbidden (403) (needs: Monitoring Data Reader)" in said


def test_no_series_of_a_container_is_unproven():
    both = pod("api-1", container(), container("envoy"))
    said = unproven(check.test_memory_headroom, **expect(deployment(), both, measured=prometheus(peaks=LOAD)))
    assert said == (
        "Deployment orders/api in neu cannot be judged: envoy has no known peak (declare memory.peak per container, "
        "and Prometheus of weu holds no series of it)."
    )


def test_a_peak_that_is_no_number_or_of_nobody_is_unproven():
    odd = prometheus(peaks={"api-5d8b9c7f6d-x2k4q/api": None})
    assert "api in pod api-5d8b9c7f6d-x2k4q is NaN" in unproven(
        check.test_memory_headroom, **expect(deployment(), pod(), measured=odd)
    )
    assert "3 series without namespace, pod and container" in unproven(
        check.test_memory_headroom, **expect(deployment(), pod(), measured=prometheus(nameless=3))
    )


def test_pods_of_a_longer_name_are_not_this_workloads():
    declared = (workload("api-cache", kind="StatefulSet"),)
    others = {"api-gateway-5d8b9c7f6d-x2k4q/api": 2000, "api-cache-0/api": 2000, "apis-5d8b9c7f6d-x2k4q/api": 2000}
    measured = prometheus(peaks={**LOAD, **others}, declared=declared)
    check.test_memory_headroom(**expect(deployment(), pod(), measured=measured))


def test_every_node_bears_its_own_share_of_a_daemon_set():
    measured = prometheus(peaks={"api-x2k4q/api": 640})
    weu = [daemon_set(replicas=30)]
    check.test_memory_headroom(
        **expect(daemon_set(), pod(), measured=measured, weu=weu, declared={"kind": "DaemonSet", "replicas": None})
    )
