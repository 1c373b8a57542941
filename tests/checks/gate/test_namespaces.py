from __future__ import annotations

from types import SimpleNamespace

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    cron_job,
    daemon_set,
    deployment,
    kubernetes,
    load,
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


def test_declared_things_and_what_others_own_are_no_strangers():
    owned = {"ownerReferences": [{"kind": "Kafka", "name": "events", "controller": True}]}
    cluster = kubernetes(deployment("api"), deployment("broker", **owned), cron_job(), cron_job("compact", **owned))
    check.test_undeclared(declared("api", jobs=["settlement"]), cluster, SITE)


def test_strangers_are_named_by_kind_and_name():
    cluster = kubernetes(deployment("api"), daemon_set("api"), cron_job("export"), cron_job("export", "billing"))
    assert unmet(check.test_undeclared, namespace=declared("api"), kubernetes=cluster, site=SITE) == (
        "Namespace orders in neu runs what no service declares: DaemonSet api, CronJob export; "
        "declared there are 1 workloads and 0 jobs."
    )


def test_a_long_list_of_strangers_is_shortened():
    cluster = kubernetes(*(deployment(f"w{number:02}") for number in range(12)))
    said = unmet(check.test_undeclared, namespace=declared(), kubernetes=cluster, site=SITE)
    assert "Deployment w09 and 2 more;" in said
    assert "w10" not in said


def test_an_empty_namespace_leaves_nothing_looked_at():
    looked = Looked()
    check.test_undeclared(declared("api"), kubernetes(looked=looked), SITE)
    assert looked.count == 0


def test_cron_jobs_that_may_not_be_listed_are_unproven():
    cluster = kubernetes(deployment(), denied=["cronjobs"])
    assert "cronjobs" in unproven(check.test_undeclared, namespace=declared("api"), kubernetes=cluster, site=SITE)
