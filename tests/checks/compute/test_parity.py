from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.compute.scaled import asking, hpa, scaled_object
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
    workload,
)

module = load("compute/test_parity.py")
replicas, images = module.test_replica_parity, module.test_image_parity
A, B = "a" * 64, "b" * 64


def both(weu, neu, *, declared=None, looked=None, denied=()):
    """What both checks compare: the objects of each site; ``denied`` are kinds that may not be listed in neu."""
    about = declared or {}
    views = {
        site: kubernetes(*held, site=site, looked=looked, denied=denied if site == "neu" else ())
        for site, held in (("weu", weu), ("neu", neu))
    }
    return {
        "workload_by_site": {site: workload(site=site, **about) for site in views},
        "kubernetes_by_site": views,
    }


def in_roles(weu, neu, *, active=("weu",), **values):
    roles = {site: role(site, active=site in active) for site in ("weu", "neu")}
    return {**both(weu, neu, **values), "sites": roles}


def running(name, image_id, container_name="api", **about):
    statuses = {container_name: {"imageID": f"acr.example/orders/api@sha256:{image_id}" if image_id else ""}}
    return pod(name, container(container_name), statuses=statuses, **about)


def site(*pods, image="acr.example/orders/api:1"):
    return [deployment("api", container("api", image=image), replicas=len(pods)), *pods]


def test_equal_templates_with_the_declared_replicas_are_met():
    looked = Looked()
    replicas(**in_roles([deployment("api", replicas=2)], [deployment("api", replicas=1)], looked=looked))
    assert looked.count


def test_amounts_are_compared_and_not_their_spelling():
    here, there = asking(memory="1Gi", cpu="500m"), asking(memory="1024Mi", cpu="0.5")
    replicas(**in_roles([deployment("api", here)], [deployment("api", there, replicas=1)]))


def test_every_amount_that_differs_is_told():
    large = asking(memory="1Gi", cpu="500m", limits={"memory": "2Gi"})
    small = asking(memory="512Mi", cpu="500m", limits={"memory": "1Gi", "cpu": "1"})
    assert unmet(replicas, **in_roles([deployment("api", large)], [deployment("api", small, replicas=1)])) == (
        "Deployment orders/api is not the same in weu and neu: "
        "the memory request of api differs (weu 1024Mi, neu 512Mi); "
        "the memory limit of api differs (weu 2048Mi, neu 1024Mi); "
        "the CPU limit of api differs (weu none, neu 1)."
    )


def test_defaults_of_the_namespace_count():
    default = {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}
    ranges = {"kind": "LimitRange", "metadata": metadata("defaults"), "spec": default}
    weu, neu = [deployment("api", asking())], [deployment("api", asking(), replicas=1), ranges]
    assert "the CPU limit of api differs (weu none, neu 1)" in unmet(replicas, **in_roles(weu, neu))


def test_a_container_of_one_site_only_is_told():
    weu, neu = [deployment("api", asking(), asking("relay"))], [deployment("api", asking(), replicas=1)]
    assert "its template has no container relay in neu" in unmet(replicas, **in_roles(weu, neu))


def test_replicas_are_held_against_what_is_declared_for_the_role():
    weu, neu = [deployment("api", replicas=5)], [deployment("api", replicas=0)]
    assert unmet(replicas, **in_roles(weu, neu)) == (
        "Deployment orders/api is not the same in weu and neu: "
        "weu asks for 5 replicas, declared for a site that is active are 2; "
        "neu asks for 0 replicas, declared for a site that is passive are 1."
    )


@pytest.mark.parametrize("scaler", [hpa(), scaled_object()])
def test_where_an_autoscaler_rules_its_number_is_its_own(scaler):
    replicas(**in_roles([deployment("api", replicas=5), scaler], [deployment("api", replicas=1)]))


def test_undeclared_replicas_are_compared_where_the_roles_are_the_same():
    weu, neu = [deployment("api", replicas=5)], [deployment("api", replicas=3)]
    undeclared = {"declared": {"replicas": None}}
    replicas(**in_roles(weu, neu, **undeclared))
    said = unmet(replicas, **in_roles(weu, neu, active=("weu", "neu"), **undeclared))
    assert said.endswith("the replicas differ (weu 5, neu 3).")


def test_a_daemon_set_has_as_many_as_there_are_nodes():
    about = {"kind": "DaemonSet", "replicas": None}
    replicas(**in_roles([daemon_set("api", replicas=9)], [daemon_set("api", replicas=3)], declared=about))


def test_a_quantity_that_is_none_is_unproven_with_its_field():
    weu, neu = [deployment("api", asking(memory="lots"))], [deployment("api", asking(), replicas=1)]
    assert "memory request of api" in unproven(replicas, **in_roles(weu, neu))


@pytest.mark.parametrize("check", [replicas, images])
def test_a_workload_of_one_site_only_and_one_that_may_not_be_looked_at_are_unproven(check):
    made = in_roles if check is replicas else both
    assert "does not exist in neu" in unproven(check, **made([deployment()], []))
    assert "deployments" in unproven(check, **made([deployment()], [deployment()], denied=["deployments"]))


def test_the_same_digest_everywhere_is_met():
    looked = Looked()
    images(**both(site(running("a", A), running("b", A)), site(running("c", A)), looked=looked))
    assert looked.count >= 5


def test_another_digest_is_told_with_its_site():
    assert unmet(images, **both(site(running("a", A)), site(running("b", B)))) == (
        "Deployment orders/api does not run the same images in weu and neu: "
        "container api runs weu sha256:aaaaaaaaaaaa, neu sha256:bbbbbbbbbbbb."
    )


def test_every_replica_is_looked_at_and_the_ending_ones_are_not():
    said = unmet(images, **both(site(running("a", A)), site(running("b", A), running("c", B))))
    assert "neu sha256:aaaaaaaaaaaa and sha256:bbbbbbbbbbbb" in said
    going = running("c", B, deletionTimestamp="2026-12-05T20:59:00Z")
    images(**both(site(running("a", A)), site(running("b", A), going)))


def test_a_sidecar_that_only_one_site_was_given_is_told():
    meshed = pod("a", container("api"), container("istio-proxy"))
    for status in meshed["status"]["containerStatuses"]:
        status["imageID"] = f"acr.example/x@sha256:{A}"
    said = unmet(images, **both([deployment(replicas=1), meshed], site(running("b", A))))
    assert "no pod has a container istio-proxy in neu" in said


def test_a_pod_that_just_starts_is_not_held_against_the_others():
    images(**both(site(running("a", A), running("b", None)), site(running("c", A))))
    said = unproven(images, **both(site(running("a", A)), site(running("c", None))))
    assert "container api in neu has no status.imageID with a digest" in said


@pytest.mark.parametrize("image_id", ["sha256:12", "acr.example/api:1", "acr.example/api@sha512:" + A])
def test_an_image_id_without_a_digest_is_unproven(image_id):
    odd = running("b", A)
    odd["status"]["containerStatuses"][0]["imageID"] = image_id
    assert "status.imageID" in unproven(images, **both(site(running("a", A)), site(odd)))


def test_an_image_of_the_node_cannot_be_compared_with_one_of_a_registry():
    bare = running("b", A)
    bare["status"]["containerStatuses"][0]["imageID"] = f"sha256:{B}"
    assert "the id of an image in one place" in unproven(images, **both(site(running("a", A)), site(bare)))


@pytest.mark.parametrize(
    ("weu", "neu"),
    [
        ("acr.example/orders/api:1.2", "mirror.example:5000/orders/api:1.2"),
        (f"acr.example/orders/api@sha256:{A}", f"acr.example/orders/api:1.2@sha256:{A}"),
    ],
)
def test_where_nothing_runs_the_templates_are_compared(weu, neu):
    images(**both(site(running("a", A), image=weu), site(image=neu)))


def test_a_template_of_another_release_is_told_where_nothing_runs():
    said = unmet(images, **both(site(running("a", A), image="acr/api:2"), site(image="acr/api:1")))
    assert said.endswith("container api is to run weu api:2, neu api:1 (no pod runs in neu).")


@pytest.mark.parametrize("image", ["acr.example:5000/api", "acr/api:latest"])
def test_a_tag_that_moves_proves_nothing(image):
    said = unproven(images, **both(site(running("a", A), image=image), site(image=image)))
    assert "may be anything" in said
