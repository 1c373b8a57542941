"""The declared workloads: do they exist, and do they run as their site's role demands."""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Deploy the workload to this site, or correct its name and kind in the environment file.",
)
def test_workload_present(workload, kubernetes, site, shortened):
    """Every declared workload exists on the site, under its declared name and kind.

    A release that skipped one site, or a chart that renamed a Deployment, leaves nothing behind that could fail: there
    is no pod that crashes and no event that warns.
    """
    found = kubernetes.workload(workload)
    if found is None:
        others = [f"{each.kind} {each.name}" for each in kubernetes.workloads(workload.namespace)]
        pytest.fail(
            f"{workload} is declared but does not exist in {site}; "
            f"namespace {workload.namespace} holds {shortened(sorted(others)) or 'no workload at all'}.",
            pytrace=False,
        )
    assert not found.metadata.deletion_timestamp, f"{workload} is being deleted in {site}, where it is declared to run."


@pytest.mark.check(
    severity="blocker",
    remedy="Look at the pods that are not ready (`kubectl describe pod`) and finish or undo the rollout; "
    "scale to the declared number if it was scaled down.",
)
def test_replicas_ready(workload, kubernetes, site):
    """As many replicas as declared for the site's role are ready, and all of them are of the current revision.

    A rollout that cannot start leaves the old pods serving: every replica is ready, the dashboard is green, and what
    runs is last month's release. On the site that is to take over, too few replicas show only when the load arrives.
    """
    found = kubernetes.workload(workload)
    declared = declared_replicas(workload, site)
    if found is None:
        assert not declared, f"{workload} in {site} has no replica, declared are {declared}: it does not exist."
        raise LookupError(f"{workload} does not exist in {site}, so its replicas cannot be judged.")
    if declared == 0:
        problems = list(stuck(found))
    else:
        problems = [*short(workload, kubernetes, site, found), *unseen(found), *stuck(found), *outdated(found)]
    assert not problems, f"{workload} in {site} is not ready for its role ({role(site)}): {'; '.join(problems)}."


def declared_replicas(workload, site):
    """The number declared for the site's role, or None: a DaemonSet has one replica per node."""
    if workload.replicas is None:
        return None
    return workload.replicas.active if site.active else workload.replicas.passive


def short(workload, kubernetes, site, found):
    """What is missing at ready replicas."""
    declared, asked = declared_replicas(workload, site), found.desired
    if found.kind == "DaemonSet":
        floor, said = max(asked, declared or 0), f"it is to run on {asked} nodes"
        if asked == 0:
            yield "no node is to run it"
    else:
        floor, said = (asked, "") if declared is None else (declared, f"declared are {declared}, ")
        minimum = scaler_minimum(workload, kubernetes)
        scaler = "" if minimum is None else f" by its scaler, which keeps at least {minimum}"
        floor = floor if minimum is None else min(floor, max(minimum, asked))
        said = f"{said}asked for now {asked}{scaler}"
    if found.ready < floor:
        yield f"{found.ready} of {floor} replicas are ready ({said})"


def scaler_minimum(workload, kubernetes):
    """The fewest replicas the declared scaler may leave, or None where none is declared, found, or at work.

    A worker that KEDA has scaled to zero because its queue is empty is as ready as it should be. A paused scaler scales
    nothing, so the declared number counts.
    """
    if not workload.scaler:
        return None
    if workload.scaler == "keda":
        scaled = [each for each in kubernetes.custom("scaledobjects") if each.namespace == workload.namespace]
        return next((least(each) for each in scaled if scales(each, workload)), None)
    for each in kubernetes.horizontal_pod_autoscalers(workload.namespace):
        target = each.spec.scale_target_ref
        if (target.kind, target.name) == (workload.kind, workload.name):
            return 1 if each.spec.min_replicas is None else each.spec.min_replicas
    return None


def least(scaled_object):
    """The fewest replicas KEDA leaves: with nothing to do those of ``idleReplicaCount``, where that is set."""
    idle = scaled_object.spec.get("idleReplicaCount")
    return (scaled_object.spec.get("minReplicaCount") or 0) if idle is None else idle


def scales(scaled_object, workload):
    """Whether a ScaledObject is at work on this workload."""
    target = scaled_object.spec.get("scaleTargetRef") or {}
    marks = scaled_object.annotations
    paused = marks.get("autoscaling.keda.sh/paused") == "true" or "autoscaling.keda.sh/paused-replicas" in marks
    return (target.get("kind") or "Deployment", target.get("name")) == (workload.kind, workload.name) and not paused


def unseen(found):
    """Whether the controller has not yet acted on the latest change."""
    if not found.observed:
        seen = found.status.observed_generation or 0
        yield f"its controller has not seen the latest change (generation {found.metadata.generation}, seen {seen})"


def stuck(found):
    """Whether the rollout has failed, and what hinders it."""
    progress, failure = found.condition("Progressing"), found.condition("ReplicaFailure")
    if progress and (progress.status, progress.reason) == ("False", "ProgressDeadlineExceeded"):
        yield f"its rollout has failed ({brief(progress)})"
    if failure and failure.status == "True":
        yield f"pods cannot be created ({brief(failure)})"


def brief(condition):
    """What a condition says, of readable length."""
    return (condition.message or condition.reason or "no reason given")[:200].rstrip(".")


def outdated(found):
    """How many replicas still run an older revision; a finished rollout leaves none."""
    if found.kind == "StatefulSet" and found.status.current_revision == found.status.update_revision:
        return
    total = found.desired if found.kind == "DaemonSet" else found.existing
    if found.updated < total:
        paused = ", and its rollout is paused" if found.spec.paused else ""
        yield f"{total - found.updated} of {total} replicas run an older revision{paused}"


def role(site):
    """The site's role for the reader."""
    return "active" if site.active else "passive"
