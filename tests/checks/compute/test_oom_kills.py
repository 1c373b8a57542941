from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    NOW,
    container,
    deployment,
    ended,
    event,
    kubernetes,
    load,
    pod,
    role,
    since,
    unmet,
    unproven,
    workload,
)

check = load("compute/test_oom_kills.py")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KILLED = {"api": ended("OOMKilled", NOW - HOUR)}


def judge(*objects, declared=None, **values):
    view = kubernetes(*objects, **values)
    return {"workload": declared or workload(), "kubernetes": view, "site": role(), "since": since}


def test_pods_that_were_never_killed_are_fine():
    looked = Looked()
    check.test_oom_kills(**judge(deployment(), pod(), looked=looked))
    assert looked.count == 3  # the workload, its container, its pod


def test_kills_within_the_window_are_named_with_their_time():
    proxy = container("proxy", restartPolicy="Always")
    second = pod("api-2", init=[proxy], statuses={"proxy": ended("OOMKilled", NOW - DAY)})
    assert unmet(check.test_oom_kills, **judge(deployment(), pod("api-1", statuses=KILLED), second)) == (
        "Deployment orders/api in neu has containers that were killed for want of memory: "
        "api in pod api-1 at 2026-12-05 20:00:00Z, sidecar proxy in pod api-2 at 2026-12-04 21:00:00Z; "
        "none is allowed since 2026-12-04 21:00:00Z."
    )


def test_an_init_container_counts_too():
    killed = pod(
        "api-1", init=[container("migrate")], statuses={"migrate": {"state": ended("OOMKilled", NOW)["lastState"]}}
    )
    assert "init migrate in pod api-1" in unmet(check.test_oom_kills, **judge(deployment(), killed))


@pytest.mark.parametrize(
    "status",
    [
        ended("OOMKilled", NOW - DAY - HOUR),
        ended("Error", NOW - HOUR, 137),
        ended(None, None, 137),
        ended("Completed", NOW, 0),
    ],
)
def test_old_kills_and_other_ends_are_innocent(status):
    check.test_oom_kills(**judge(deployment(), pod(statuses={"api": status})))


def test_the_declared_window_counts():
    brief = workload(restarts={"max": 0, "window": "30m"})
    check.test_oom_kills(**judge(deployment(), pod(statuses=KILLED), declared=brief))


def test_a_kill_of_unknown_time_proves_nothing():
    undated = pod("api-1", statuses={"api": ended("OOMKilled", None)})
    assert unproven(check.test_oom_kills, **judge(deployment(), undated)) == (
        "Deployment orders/api in neu has containers that were killed for want of memory, nobody says when: "
        "api in pod api-1."
    )


CGROUP = "Memory cgroup out of memory: Killed process 71 (java), oom_memcg=/kubepods.slice/kubepods-burstable.slice/{}"


@pytest.mark.parametrize(
    "message",
    [
        CGROUP.format("kubepods-burstable-pod0b5c_11.slice/cri-containerd-9.scope"),
        CGROUP.format("pod0b5c-11/9"),
        "victim process: java in pod orders/api-1",
    ],
)
def test_a_killed_child_process_is_known_by_its_node(message):
    killed = pod("api-1", uid="0b5c-11")
    assert unmet(check.test_oom_kills, **judge(deployment(), killed, event(message, at=NOW - HOUR))) == (
        "Deployment orders/api in neu has processes that were killed for want of memory: "
        f"pod api-1 on aks-apps-1 ({message[:160]}) at 2026-12-05 20:00:00Z; "
        "none is allowed since 2026-12-04 21:00:00Z."
    )


@pytest.mark.parametrize(
    "innocent",
    [
        event("Killed process 71 (java) in pod orders/api-10"),
        event("Killed process 71 (java) in pod orders/api-1", at=NOW - DAY - HOUR),
        event("Container image of api-1 already present", reason="Pulled"),
        event("Killed process 71 (java)"),
    ],
)
def test_events_of_others_and_old_ones_are_innocent(innocent):
    check.test_oom_kills(**judge(deployment(), pod("api-1"), innocent))


def test_a_workload_without_pods_was_looked_at_itself():
    looked = Looked()
    check.test_oom_kills(**judge(deployment(replicas=0), looked=looked))
    assert looked.count == 1


def test_what_is_not_there_or_not_seen_is_unproven():
    assert unproven(check.test_oom_kills, **judge()) == (
        "Deployment orders/api does not exist in neu, so nobody can say whether it was killed."
    )
    assert "events" in unproven(check.test_oom_kills, **judge(deployment(), pod(), denied=["events"]))
    assert "claims 2 pods" in unproven(check.test_oom_kills, **judge(deployment()))
