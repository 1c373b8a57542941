from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    container,
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

check = load("compute/test_memory.py")
SITE = role(target=True)
SIDECAR = {"restartPolicy": "Always"}


def judge(*objects, peak=None, headroom="25%", **values):
    memory = {"headroom": headroom, **({"peak": peak} if peak else {})}
    return {"workload": workload(memory=memory), "kubernetes": kubernetes(*objects, **values), "site": SITE}


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


@pytest.mark.parametrize("judged", [check.test_memory_limit_set, check.test_memory_headroom])
def test_what_is_not_there_or_not_seen_is_unproven(judged):
    assert (
        unproven(judged, **judge())
        == "Deployment orders/api does not exist in neu, so its containers cannot be judged."
    )
    assert "claims 2 pods" in unproven(judged, **judge(deployment()))
    assert "pods" in unproven(judged, **judge(deployment(), denied=["pods"]))


@pytest.mark.parametrize("peak", ["768Mi", {"api": "768Mi"}])
def test_a_peak_just_below_the_headroom_fits(peak):
    check.test_memory_headroom(**judge(deployment(), pod(), peak=peak))


def test_a_peak_above_the_headroom_is_told_once_for_all_pods():
    assert unmet(check.test_memory_headroom, **judge(deployment(), pod("api-1"), pod("api-2"), peak="769Mi")) == (
        "Deployment orders/api in neu keeps less than the declared 25% of memory free: "
        "api expects 769Mi of its limit 1024Mi, of which 768Mi are usable (in 2 pods)."
    )


def test_percentages_are_exact():
    check.test_memory_headroom(
        **judge(deployment(), pod("api-1", container(limit="1000")), peak="800B", headroom="20%")
    )


def test_each_container_has_its_own_peak():
    both = pod("api-1", container(), container("envoy", limit="64Mi"))
    check.test_memory_headroom(**judge(deployment(), both, peak={"api": "700Mi", "envoy": "48Mi"}))
    assert unmet(check.test_memory_headroom, **judge(deployment(), both, peak={"api": "900Mi", "envoy": "60Mi"})) == (
        "Deployment orders/api in neu keeps less than the declared 25% of memory free: "
        "api expects 900Mi of its limit 1024Mi, of which 768Mi are usable, "
        "envoy expects 60Mi of its limit 64Mi, of which 48Mi are usable."
    )


def test_what_is_used_now_counts_where_it_is_more_than_expected():
    cluster = (deployment(), pod("api-1"), usage("api-1", api="800Mi"))
    said = "Deployment orders/api in neu keeps less than the declared 25% of memory free: "
    said += "api now uses 800Mi of its limit 1024Mi, of which 768Mi are usable."
    assert unmet(check.test_memory_headroom, **judge(*cluster, peak="500Mi")) == said
    assert unmet(check.test_memory_headroom, **judge(*cluster)) == said


def test_little_use_now_proves_nothing_of_the_peak():
    cluster = (deployment(), pod("api-1"), usage("api-1", api="80Mi"))
    assert unproven(check.test_memory_headroom, **judge(*cluster)) == (
        "Deployment orders/api in neu cannot be judged: api has no known peak (declare memory.peak per container)."
    )


def test_one_peak_is_that_of_the_main_container():
    both = pod("api-1", container(), container("envoy"))
    assert "envoy has no known peak" in unproven(check.test_memory_headroom, **judge(deployment(), both, peak="500Mi"))
    odd = pod("api-1", container("server"), container("envoy"))
    said = unproven(check.test_memory_headroom, **judge(deployment(), odd, peak="500Mi"))
    assert "envoy, server has no known peak" in said


def test_an_init_container_is_over_when_the_load_comes():
    started = pod("api-1", container(), init=[container("migrate", limit="16Mi")])
    check.test_memory_headroom(**judge(deployment(), started, peak="500Mi"))


def test_an_init_container_with_a_declared_peak_is_judged():
    started = pod("api-1", container(), init=[container("migrate", limit="16Mi")])
    said = unmet(check.test_memory_headroom, **judge(deployment(), started, peak={"api": "5Mi", "migrate": "15Mi"}))
    assert "migrate expects 15Mi of its limit 16Mi, of which 12Mi are usable" in said


def test_a_sidecar_is_not_over():
    started = pod("api-1", container(), init=[container("proxy", **SIDECAR)])
    assert "proxy has no known peak" in unproven(check.test_memory_headroom, **judge(deployment(), started, peak="5Mi"))


def test_a_peak_of_no_container_is_unproven():
    said = unproven(check.test_memory_headroom, **judge(deployment(), pod(), peak={"api": "5Mi", "apii": "5Mi"}))
    assert said.endswith("apii has a declared peak but is no container of its pods.")


def test_without_a_limit_there_is_no_headroom_to_prove():
    bare = pod("api-1", container(limit=None))
    said = unproven(check.test_memory_headroom, **judge(deployment(), bare, peak="5Mi"))
    assert said.endswith("api has no memory limit to keep clear of.")


def test_on_a_site_without_pods_the_template_must_have_room():
    idle = deployment(replicas=0)
    check.test_memory_headroom(**judge(idle, peak="700Mi"))
    assert unmet(check.test_memory_headroom, **judge(idle, peak="1Gi")) == (
        "Deployment orders/api in neu keeps less than the declared 25% of memory free (no pod runs, this is its "
        "template): api expects 1024Mi of its limit 1024Mi, of which 768Mi are usable."
    )


def test_usage_that_may_not_be_asked_is_unproven():
    assert "pods.metrics.k8s.io" in unproven(
        check.test_memory_headroom, **judge(deployment(), pod(), peak="5Mi", denied=["podmetrics"])
    )
