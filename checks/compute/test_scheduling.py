"""Scheduling: does every pod find a node, and does the node manage to start it?"""

import re
from datetime import timedelta

import pytest

#: How long a pod may take to find a node, and then until its first container is made.
PLACED, MADE = timedelta(minutes=1), timedelta(minutes=3)
CLOCKS = timedelta(minutes=5)  # how far another clock may be ahead
#: Why containers wait that other checks judge: the image, and a process that ends.
JUDGED_ELSEWHERE = re.compile(r".*Image.*|RegistryUnavailable|SignatureValidationFailed|CrashLoopBackOff")
ON_THE_WAY = {"ContainerCreating", "PodInitializing"}
HINDRANCES = ("FailedCreatePodSandBox", "FailedMount", "FailedAttachVolume", "FailedMapVolume", "NetworkNotReady")
#: What the messages of scheduler, controllers and kubelet come down to; the first that is said counts.
CAUSES = (
    (r"exceeded quota", "quota"),
    (r"forbidden|denied the request|admission webhook", "admission"),
    (r"subnet|ip ?config|no (?:more )?(?:available )?ip|failed to allocate (?:address|ip)|ipam", "subnet addresses"),
    (r"volume node affinity|multi-attach|attachvolume|attach failed|zone.*disk|disk.*zone", "volume zone or region"),
    (r"unbound immediate|persistentvolumeclaim|persistent volumes to bind|volume count", "volume claim"),
    (r"mount", "volume mount"),
    (r"insufficient|too many pods", "room on the nodes"),
    (r"untolerated taint|had taint", "taint"),
    (r"affinity|selector|topology spread", "affinity"),
    (r"sandbox|network|cni", "PodSandbox"),
    (r"configmap|secret|configerror", "configuration"),
)


@pytest.mark.check(
    severity="blocker",
    remedy="Do what the reason names: raise the quota or the pool's maximum, tolerate the taint, move the volume's "
    "claim to this zone, widen the subnet.",
)
def test_schedulable(workload, kubernetes, site, now, shortened):
    """No pod of the workload is Pending, and none is kept from being created; the reason is named.

    The standby site was sized for standing by. When it is scaled up for the traffic of both, the pool is at its
    maximum, the quota of the namespace was never raised, the subnet has no address left, or the disk of the pod lies
    in a zone without nodes. The pods that are there serve on, and too few of them take all the load.
    """
    found = kubernetes.workload(workload)
    if found is None:
        raise LookupError(f"{workload} does not exist in {site}, so its pods cannot be judged.")
    pending, unknown = list(not_created(found, kubernetes)), []
    for pod in kubernetes.pods(workload):
        if pod.phase is None:
            unknown.append(f"{pod} has no status.phase")
        elif pod.phase == "Pending" and not pod.terminating:
            why = hindrance(pod, kubernetes, now)
            if why and born(pod, now) is None:
                unknown.append(f"{pod} has no metadata.creationTimestamp that can be true ({why})")
            elif why:
                pending.append(f"{pod} is Pending for {age(pod, now)}: {why}")
    assert not pending, f"{workload} in {site} has pods that cannot start: {shortened(pending)}."
    if unknown:
        raise LookupError(f"{workload} in {site} cannot be judged: {shortened(unknown)}.")


def not_created(found, kubernetes):
    """Why the controller cannot create the pods that are missing, by its condition, else by its events."""
    if found.existing >= found.desired:
        return
    condition = found.condition("ReplicaFailure")
    if condition and condition.status == "True":
        yield f"{missing(found)}: {named(condition.message or condition.reason or 'no reason given')}"
        return
    makers = [found, *(kubernetes.replica_sets(found) if found.kind == "Deployment" else ())]
    told = [
        (event.at, event.message)
        for event in kubernetes.events(found.namespace)
        if event.reason == "FailedCreate" and event.message and any(is_about(event, maker) for maker in makers)
    ]
    if told:
        newest = max(told, key=lambda each: (each[0] is not None, each[0] and each[0].timestamp()))
        yield f"{missing(found)}: {named(newest[1])}"


def missing(found):
    """How many pods are missing."""
    return f"{found.desired - found.existing} of {found.desired} pods cannot be created"


def is_about(event, maker):
    """Whether an event is about this very object."""
    about = event.involved_object
    same = (about.kind, about.namespace, about.name) == (maker.kind, maker.namespace, maker.name)
    return same and (about.uid is None or maker.uid is None or about.uid == maker.uid)


def hindrance(pod, kubernetes, now):
    """What keeps a Pending pod, or nothing: it is young, or it is on its way, or another check judges it."""
    placed = next((each for each in pod.status.conditions if each.type == "PodScheduled"), None)
    if not pod.spec.node_name:
        if younger(pod, PLACED, now):
            return None
        told = placed.message if placed and placed.status != "True" else None
        told = told or next(iter(kubernetes.remarks(pod, "FailedScheduling")), None)
        gate = placed is not None and placed.reason == "SchedulingGated"
        return f"scheduling gate ({told})" if gate else named(told or "the scheduler gave no reason")
    reasons = waits(pod)
    if any(JUDGED_ELSEWHERE.fullmatch(reason) for reason, _ in reasons) or has_begun(pod):
        return None
    for reason, message in reasons:
        if reason not in ON_THE_WAY:
            return named(f"{reason}: {message}" if message else reason)
    if younger(pod, MADE, now):
        return None
    told = kubernetes.remarks(pod, *HINDRANCES)
    sandbox = next((each for each in pod.status.conditions if each.type == "PodReadyToStartContainers"), None)
    nothing = "its PodSandbox is not ready, no event says why" if sandbox and sandbox.status == "False" else ""
    return named(told[0] if told else nothing or "no container was made, no event says why")


def waits(pod):
    """Why the pod's containers wait, and what the kubelet says of it."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    waiting = [each.state.waiting for each in statuses if each.state and each.state.waiting]
    return [(each.reason or "waiting", each.message) for each in waiting]


def has_begun(pod):
    """Whether one of its init containers runs or has run, so that the pod was placed and made."""
    states = [each.state for each in (*pod.status.init_container_statuses, *pod.status.container_statuses)]
    return any(state and (state.running or state.terminated) for state in states)


def younger(pod, grace, now):
    """Whether a pod was created just now; one whose age is unknown was not."""
    created = born(pod, now)
    return created is not None and created > now - grace


def born(pod, now):
    """When a pod was created, None where that is not told, or lies ahead."""
    return pod.created if pod.created and pod.created <= now + CLOCKS else None


def age(pod, now):
    """How long ago a pod was created."""
    minutes = int((now - pod.created).total_seconds() // 60)
    return f"{minutes} min" if minutes < 600 else f"{minutes // 60} h"


def named(message):
    """A message with what it comes down to."""
    cause = next((name for pattern, name in CAUSES if re.search(pattern, message, re.IGNORECASE)), None)
    told = (message if len(message) <= 300 else f"{message[:180]} ... {message[-115:]}").rstrip(".")
    return f"{cause} ({told})" if cause else told
