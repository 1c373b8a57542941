"""Kills for want of memory, of containers and of the processes within them."""

import re
from datetime import UTC, timedelta

import pytest

OOM_EVENTS = {"OOMKilling", "SystemOOM", "OOMKilled"}


@pytest.mark.check(
    severity="blocker",
    remedy="Raise the memory limit or find the leak, and let the workload hold through one window of load.",
)
def test_oom_kills(workload, kubernetes, site, since, shortened):
    """No container of the workload has been killed for want of memory within the declared window.

    Kubernetes restarts what the kernel kills, so a worker that dies every twenty minutes looks ready in between; only
    its last state still tells. A killed child process leaves no trace there at all, just an event of the node. Exit
    code 137 alone proves nothing: a liveness probe kills with it too.
    """
    if kubernetes.workload(workload) is None:
        raise LookupError(f"{workload} does not exist in {site}, so nobody can say whether it was killed.")
    window = workload.restarts.window if workload.restarts and workload.restarts.window else timedelta(hours=24)
    start = since(window)
    kills = [
        (kill.finished_at, named(container))
        for container in kubernetes.containers(workload)
        for kill in container.terminations
        if kill.reason == "OOMKilled"
    ]
    judge(workload, site, start, "has containers that were", kills, shortened)
    judge(workload, site, start, "has processes that were", list(killed_children(workload, kubernetes)), shortened)


def judge(workload, site, start, what, kills, shortened):
    """Fail for the kills since the start; what cannot be dated cannot be judged."""
    recent = [f"{who} at {at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" for at, who in kills if at and at >= start]
    assert not recent, (
        f"{workload} in {site} {what} killed for want of memory: {shortened(recent)}; "
        f"none is allowed since {start.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}."
    )
    undated = [who for at, who in kills if at is None]
    if undated:
        raise LookupError(
            f"{workload} in {site} {what} killed for want of memory, nobody says when: {shortened(undated)}."
        )


def killed_children(workload, kubernetes):
    """When and where the kernel killed a process of one of the workload's pods, by the events of the nodes.

    The kernel names the pod by the uid in its cgroup, with dashes or underscores, others name it by its name.
    """
    pods = {word: pod.name for pod in kubernetes.pods(workload) for word in words_of(pod)}
    killed = list(kubernetes.events(reasons=OOM_EVENTS)) if pods else []
    if not killed:
        return
    words = re.compile(rf"(?:(?<![a-z0-9-])|pod)({'|'.join(map(re.escape, pods))})(?![a-z0-9-])")
    for event in killed:
        match = words.search(f"{event.involved_object.name} {event.message}")
        if match:
            yield event.at, f"pod {pods[match[1]]} on {event.involved_object.name} ({(event.message or '')[:160]})"


def words_of(pod):
    """By which words a message may mean a pod: its name, or its uid as either cgroup driver writes it."""
    return [pod.name, pod.uid, pod.uid.replace("-", "_")] if pod.uid else [pod.name]


def named(container):
    """A container for the reader, saying so where it is an init container or a sidecar."""
    return str(container) if container.kind == "container" else f"{container.kind} {container}"
