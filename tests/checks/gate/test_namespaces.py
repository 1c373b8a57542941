from __future__ import annotations

from types import SimpleNamespace

import pytest

from fixtures.arguments import attempt
from fixtures.evidence import Looked
from tests.checks.evidence import (
    NOW,
    cron_job,
    daemon_set,
    deployment,
    kubernetes,
    load,
    metadata,
    namespace,
    namespace_of,
    pod,
    role,
    unmet,
    unproven,
)

check = load("gate/test_namespaces.py")
SITE = role()


@pytest.mark.parametrize("held", [deployment(replicas=0), daemon_set(), cron_job(), pod()])
def test_anything_that_can_run_populates_a_namespace(held):
    looked = Looked()
    check.test_namespaces_populated(namespace_of(), kubernetes(namespace(), held, looked=looked), SITE)
    assert looked.count == 2


def test_an_absent_namespace_is_told_beside_those_that_exist():
    cluster = kubernetes(namespace("default"), namespace("order"))
    assert unmet(check.test_namespaces_populated, namespace=namespace_of(), kubernetes=cluster, site=SITE) == (
        "Namespace orders, declared by orders, does not exist in neu; its cluster holds default, order."
    )


def test_a_namespace_that_is_being_deleted_is_unmet():
    cluster = kubernetes(namespace(phase="Terminating"), deployment())
    assert unmet(check.test_namespaces_populated, namespace=namespace_of(), kubernetes=cluster, site=SITE) == (
        "Namespace orders of orders is being deleted in neu."
    )


def test_an_empty_namespace_is_unmet_whatever_runs_next_door():
    next_door = {**pod(), "metadata": {"name": "pay-1", "namespace": "billing"}}
    cluster = kubernetes(namespace(), next_door)
    assert unmet(check.test_namespaces_populated, namespace=namespace_of(), kubernetes=cluster, site=SITE) == (
        "Namespace orders of orders is empty in neu: no Deployment, StatefulSet, DaemonSet, CronJob or pod, where the "
        "service is declared to run."
    )


@pytest.mark.parametrize("denied", ["namespaces", "pods", "cronjobs", "statefulsets"])
def test_what_may_not_be_listed_is_unproven(denied):
    cluster = kubernetes(*([] if denied == "namespaces" else [namespace()]), denied=[denied])
    assert denied in unproven(check.test_namespaces_populated, namespace=namespace_of(), kubernetes=cluster, site=SITE)


def declared(*workloads, jobs=()):
    return SimpleNamespace(
        name="orders",
        service="orders",
        declared_workloads=frozenset(("Deployment", each) for each in workloads),
        declared_jobs=frozenset(("CronJob", each) for each in jobs),
    )


def judged(namespace, kubernetes, arm_here=None):
    check.test_undeclared(
        namespace=namespace, kubernetes=kubernetes, arm_here=arm_here or {}, site=SITE, now=NOW, attempt=attempt
    )


def test_declared_things_and_what_others_own_are_no_strangers():
    owned = {"ownerReferences": [{"kind": "Kafka", "name": "events", "controller": True}]}
    cluster = kubernetes(deployment("api"), deployment("broker", **owned), cron_job(), cron_job("compact", **owned))
    judged(declared("api", jobs=["settlement"]), cluster)


def test_strangers_are_named_by_kind_and_name():
    cluster = kubernetes(deployment("api"), daemon_set("api"), cron_job("export"), cron_job("export", "billing"))
    assert unmet(judged, namespace=declared("api"), kubernetes=cluster) == (
        "Namespace orders in neu runs what no service declares: DaemonSet api, CronJob export; "
        "declared there are 1 workloads and 0 jobs."
    )


def test_a_long_list_of_strangers_is_shortened():
    cluster = kubernetes(*(deployment(f"w{number:02}") for number in range(12)))
    said = unmet(judged, namespace=declared(), kubernetes=cluster)
    assert "Deployment w09 and 2 more;" in said
    assert "w10" not in said


def test_an_empty_namespace_leaves_nothing_looked_at():
    looked = Looked()
    judged(declared("api"), kubernetes(looked=looked))
    assert looked.count == 0


def test_cron_jobs_that_may_not_be_listed_are_unproven():
    cluster = kubernetes(deployment(), denied=["cronjobs"])
    assert "cronjobs" in unproven(judged, namespace=declared("api"), kubernetes=cluster)


def run_of(name, *conditions, **about):
    told = [{"type": type_, "status": "True"} for type_ in conditions]
    return {"kind": "Job", "metadata": metadata(name, **about), "spec": {}, "status": {"conditions": told}}


def test_what_somebody_started_by_hand_is_named_as_long_as_it_goes_on():
    cron_owner = [{"kind": "CronJob", "name": "settlement"}]
    innocent = [
        deployment(),
        pod(),  # the selector of the Deployment selects it
        pod("shell-of-monday", app="shell", phase="Succeeded"),
        run_of("migrate", "Complete"),
        run_of("settlement-1", ownerReferences=cron_owner),
    ]
    cluster = kubernetes(*innocent)
    judged(declared("api"), cluster)
    left = [pod("shell", app="shell"), run_of("export-now")]
    said = unmet(judged, namespace=declared("api"), kubernetes=kubernetes(*innocent, *left))
    assert "runs what no service declares: Job export-now, Pod shell; " in said
