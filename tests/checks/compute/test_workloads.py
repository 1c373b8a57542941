from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    daemon_set,
    deployment,
    kubernetes,
    load,
    metadata,
    role,
    stateful_set,
    unmet,
    unproven,
    workload,
)

check = load("compute/test_workloads.py")
PASSIVE, ACTIVE = role(target=True), role(active=True)


def replicas(*objects, declared=None, site=PASSIVE, **values):
    view = kubernetes(*objects, **values)
    return {"workload": declared or workload(), "kubernetes": view, "site": site}


def test_a_workload_of_the_declared_kind_and_name_is_present():
    looked = Looked()
    check.test_workload_present(**replicas(deployment(replicas=0), looked=looked))
    assert looked.count == 1


def test_an_absent_workload_is_told_beside_those_that_exist():
    assert unmet(check.test_workload_present, **replicas(stateful_set("api"), deployment("worker"))) == (
        "Deployment orders/api is declared but does not exist in neu; "
        "namespace orders holds Deployment worker, StatefulSet api."
    )
    assert unmet(check.test_workload_present, **replicas()).endswith("namespace orders holds no workload at all.")


def test_a_workload_that_is_being_deleted_is_unmet():
    assert unmet(check.test_workload_present, **replicas(deployment(deletionTimestamp="2026-12-05T20:00:00Z"))) == (
        "Deployment orders/api is being deleted in neu, where it is declared to run."
    )


def test_workloads_that_may_not_be_listed_are_unproven():
    assert "deployments" in unproven(check.test_workload_present, **replicas(denied=["deployments"]))


@pytest.mark.parametrize(
    "found",
    [
        deployment(replicas=1),
        deployment(replicas=6),
        deployment(replicas=6, readyReplicas=1),
        stateful_set(replicas=1, currentRevision="api-1", updateRevision="api-1"),
    ],
)
def test_enough_ready_replicas_of_one_revision_are_ready(found):
    looked = Looked()
    check.test_replicas_ready(**replicas(found, declared=workload(kind=found["kind"]), looked=looked))
    assert looked.count == 1


def test_the_role_decides_how_many_are_declared():
    check.test_replicas_ready(**replicas(deployment(replicas=1)))
    assert unmet(check.test_replicas_ready, **replicas(deployment(replicas=1), site=ACTIVE)) == (
        "Deployment orders/api in neu is not ready for its role (active): "
        "1 of 2 replicas are ready (declared are 2, asked for now 1)."
    )


def test_an_old_revision_that_still_serves_is_not_ready():
    rollout = deployment(replicas=4, updatedReplicas=1, readyReplicas=3)
    failed = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out."}
    quota = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}
    rollout["status"]["conditions"] = [failed, quota]
    assert unmet(check.test_replicas_ready, **replicas(rollout)) == (
        "Deployment orders/api in neu is not ready for its role (passive): its rollout has failed (timed out); "
        "pods cannot be created (exceeded quota); 3 of 4 replicas run an older revision."
    )


def test_a_paused_rollout_is_named():
    paused = deployment(replicas=2, updatedReplicas=0, spec={"paused": True})
    assert unmet(check.test_replicas_ready, **replicas(paused)).endswith(
        "2 of 2 replicas run an older revision, and its rollout is paused."
    )


def test_a_change_that_its_controller_has_not_seen_is_not_ready():
    assert unmet(check.test_replicas_ready, **replicas(deployment(generation=7))) == (
        "Deployment orders/api in neu is not ready for its role (passive): "
        "its controller has not seen the latest change (generation 7, seen 3)."
    )


def test_a_stateful_set_is_judged_by_its_revisions():
    declared = workload(kind="StatefulSet")
    mixed = stateful_set(replicas=3, updatedReplicas=1, currentRevision="api-1", updateRevision="api-2")
    assert unmet(check.test_replicas_ready, **replicas(mixed, declared=declared)).endswith(
        "2 of 3 replicas run an older revision."
    )
    settled = stateful_set(replicas=3, updatedReplicas=0, currentRevision="api-2", updateRevision="api-2")
    check.test_replicas_ready(**replicas(settled, declared=declared))


def test_a_daemon_set_runs_on_every_node_that_is_to_have_it():
    declared = workload(kind="DaemonSet", replicas=None)
    check.test_replicas_ready(**replicas(daemon_set(replicas=5), declared=declared))
    assert unmet(check.test_replicas_ready, **replicas(daemon_set(replicas=5, numberReady=4), declared=declared)) == (
        "DaemonSet orders/api in neu is not ready for its role (passive): "
        "4 of 5 replicas are ready (it is to run on 5 nodes)."
    )
    outdated = daemon_set(replicas=5, updatedNumberScheduled=2)
    assert unmet(check.test_replicas_ready, **replicas(outdated, declared=declared)).endswith(
        "3 of 5 replicas run an older revision."
    )
    assert "no node is to run it" in unmet(
        check.test_replicas_ready, **replicas(daemon_set(replicas=0), declared=declared)
    )


def test_of_a_workload_declared_without_replicas_only_the_rollout_matters():
    declared = workload("worker", replicas={"active": 4, "passive": 0})
    check.test_replicas_ready(**replicas(deployment("worker", replicas=0), declared=declared))
    check.test_replicas_ready(**replicas(deployment("worker", replicas=2, readyReplicas=0), declared=declared))
    failed = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    stuck = deployment("worker", replicas=0, conditions=[failed])
    assert unmet(check.test_replicas_ready, **replicas(stuck, declared=declared)) == (
        "Deployment orders/worker in neu is not ready for its role (passive): "
        "its rollout has failed (ProgressDeadlineExceeded)."
    )


def test_a_rollout_that_goes_on_or_is_done_has_not_failed():
    done = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
    check.test_replicas_ready(**replicas(deployment(conditions=[done])))


def test_where_no_number_is_declared_the_workload_itself_says():
    declared = workload(replicas=None)
    check.test_replicas_ready(**replicas(deployment(replicas=3), declared=declared))
    assert unmet(
        check.test_replicas_ready, **replicas(deployment(replicas=3, readyReplicas=2), declared=declared)
    ).endswith("2 of 3 replicas are ready (asked for now 3).")


def test_an_absent_workload_has_no_replicas():
    assert unmet(check.test_replicas_ready, **replicas()) == (
        "Deployment orders/api in neu has no replica, declared are 1: it does not exist."
    )
    declared = workload(replicas={"active": 1, "passive": 0})
    assert unproven(check.test_replicas_ready, **replicas(declared=declared)) == (
        "Deployment orders/api does not exist in neu, so its replicas cannot be judged."
    )


def test_a_workload_without_a_status_is_unproven():
    bare = {"kind": "Deployment", "metadata": metadata("api"), "spec": {"replicas": 1}}
    assert "without a status" in unproven(check.test_replicas_ready, **replicas(bare))


def scaled(name="worker", minimum=None, paused=None):
    bounds = {} if minimum is None else {"minReplicaCount": minimum}
    about = {"annotations": {"autoscaling.keda.sh/paused": paused}} if paused else {}
    return {
        "kind": "ScaledObject",
        "metadata": metadata(name, **about),
        "spec": {"scaleTargetRef": {"name": name}, **bounds},
    }


def busy(*objects, scaler="keda"):
    declared = workload("worker", replicas={"active": 4}, scaler=scaler)
    return replicas(*objects, declared=declared, site=ACTIVE)


def test_a_scaler_may_leave_fewer_than_declared():
    check.test_replicas_ready(**busy(deployment("worker", replicas=0), scaled()))
    check.test_replicas_ready(**busy(deployment("worker", replicas=2), scaled(minimum=1)))
    check.test_replicas_ready(**busy(deployment("worker", replicas=9, readyReplicas=4), scaled(minimum=1)))


def test_fewer_than_the_scaler_keeps_or_asks_for_are_not_ready():
    assert unmet(check.test_replicas_ready, **busy(deployment("worker", replicas=0), scaled(minimum=2))) == (
        "Deployment orders/worker in neu is not ready for its role (active): 0 of 2 replicas are ready "
        "(declared are 4, asked for now 0 by its scaler, which keeps at least 2)."
    )
    crowded = deployment("worker", replicas=9, readyReplicas=3)
    assert "3 of 4 replicas are ready" in unmet(check.test_replicas_ready, **busy(crowded, scaled()))


@pytest.mark.parametrize("scalers", [[], [scaled(paused="true")], [scaled("other")]])
def test_without_a_scaler_at_work_the_declared_number_counts(scalers):
    said = unmet(check.test_replicas_ready, **busy(deployment("worker", replicas=0), *scalers))
    assert said.endswith("0 of 4 replicas are ready (declared are 4, asked for now 0).")


def test_a_horizontal_autoscaler_keeps_one_replica_unless_it_says_otherwise():
    target = {"scaleTargetRef": {"kind": "Deployment", "name": "worker"}, "maxReplicas": 9}
    scaler = {"kind": "HorizontalPodAutoscaler", "metadata": metadata("worker"), "spec": target}
    check.test_replicas_ready(**busy(deployment("worker", replicas=1), scaler, scaler="hpa"))
    said = unmet(check.test_replicas_ready, **busy(deployment("worker", replicas=0), scaler, scaler="hpa"))
    assert "0 of 1 replicas are ready" in said
