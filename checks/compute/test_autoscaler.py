"""Autoscalers: can they do on this site what they do on the other?"""

import pytest


@pytest.mark.check(
    severity="warning",
    roles=("target", "active"),
    remedy="Give the autoscaler the other site's bounds, repair what it reads its metrics from "
    "(`kubectl describe hpa`), and raise a maximum that the load has reached.",
)
def test_autoscaler(workload, kubernetes, kubernetes_elsewhere, site):
    """Autoscalers go as far as on the other site, can read their metrics, and are not at their limit.

    The maximum was raised on the site that has the load, the evening before the sale, and nowhere else; after the move
    the same load meets half the replicas. An autoscaler that cannot read its metric ("unable to get metrics for
    resource cpu") keeps the number it has: it looks calm, and stays calm under any load.
    """
    found = kubernetes.workload(workload)
    if found is None:
        raise LookupError(f"{workload} does not exist in {site}, so its autoscaler cannot be judged.")
    scalers = list(kubernetes.scalers(workload))
    others = {name: list(view.scalers(workload)) for name, view in kubernetes_elsewhere.items()}
    problems = [*absent(workload, scalers, others), *narrower(workload, scalers, others, site)]
    doubts: list[str] = []
    for scaler in scalers:
        problems += hindered(scaler, site, found, doubts)
    if len(scalers) > 1:
        problems.append(f"{' and '.join(str(each) for each in scalers)} both scale it, each undoing the other")
    assert not problems, f"{workload} in {site} will not scale as it must: {'; '.join(problems)}."
    if doubts:
        raise LookupError(f"The autoscaler of {workload} in {site} cannot be judged: {'; '.join(doubts)}.")


def absent(workload, scalers, others):
    """Whether an autoscaler that is declared, or that the other site has, is missing."""
    elsewhere = [f"{name} has {each}" for name, held in others.items() for each in held]
    if not scalers and (elsewhere or workload.scaler):
        declared = [f"declared is {workload.scaler}"] if workload.scaler else []
        yield f"it has no autoscaler ({', '.join([*declared, *elsewhere])})"


def narrower(workload, scalers, others, site):
    """The bounds that are below those of another site; on a passive site the declared replicas are minimum enough."""
    at_rest = workload.replicas.passive if workload.replicas and not site.active else None
    for scaler in scalers[:1]:
        for name, held in others.items():
            for other in held[:1]:
                if scaler.maximum < other.maximum:
                    yield f"{scaler} has a maximum of {scaler.maximum}, in {name} it is {other.maximum}"
                if scaler.minimum < (other.minimum if at_rest is None else min(other.minimum, at_rest)):
                    yield f"{scaler} has a minimum of {scaler.minimum}, in {name} it is {other.minimum}"


def hindered(scaler, site, found, doubts):
    """What keeps one autoscaler from its work; what it does not tell goes to ``doubts``."""
    if scaler.paused:
        if site.active:
            yield f"{scaler} is paused ({', '.join(sorted(marks(scaler)))}), on a site that is active"
        return
    yield from scaled_object(scaler)
    if scaler.autoscaler is None:
        if scaler.kind == "ScaledObject" and not unready(scaler):
            doubts.append(f"KEDA has made no autoscaler of {scaler}")
        return
    able, active, limited = (scaler.condition(kind) for kind in ("AbleToScale", "ScalingActive", "ScalingLimited"))
    if active is None:
        doubts.append(f"{scaler} has no status.conditions of type ScalingActive")
    for condition, what in ((able, "cannot scale"), (active, "cannot read its metrics")):
        if condition and condition.status == "False" and not at_rest(scaler, condition, site, found):
            yield f"{scaler} {what} ({said(condition.reason, condition.message)})"
    yield from at_its_limit(scaler, limited)


def marks(scaler):
    """The annotations by which KEDA was paused."""
    return [f"{key}: {value}" for key, value in scaler.scaled_object.annotations.items() if "keda.sh/paused" in key]


def unready(scaler):
    """Whether KEDA itself says that a ScaledObject is not ready."""
    ready = scaler.scaled_condition("Ready")
    return bool(ready and ready.get("status") == "False")


def scaled_object(scaler):
    """What KEDA says of a ScaledObject that it cannot work with, or cannot read the triggers of."""
    ready, fallback = scaler.scaled_condition("Ready"), scaler.scaled_condition("Fallback")
    if unready(scaler):
        yield f"{scaler} is not ready ({said(ready.get('reason'), ready.get('message'))})"
    if fallback and fallback.get("status") == "True":
        yield f"{scaler} has fallen back to a fixed number ({said(fallback.get('reason'), fallback.get('message'))})"
    health = scaler.scaled_object.status.get("health") if scaler.scaled_object else None
    for metric, told in sorted(health.items()) if isinstance(health, dict) else ():
        if isinstance(told, dict) and told.get("status") == "Failing":
            yield f"{scaler} cannot read {metric} ({told.get('numberOfFailures', 'several')} failures)"


def at_rest(scaler, condition, site, found):
    """Whether it is idle by design: KEDA wakes what rests at zero, an autoscaler alone never does."""
    if condition.reason != "ScalingDisabled" or found.desired:
        return False
    return scaler.kind == "ScaledObject" or not site.active


def at_its_limit(scaler, limited):
    """Whether the load has reached the maximum; one whose bounds are equal is not meant to scale."""
    pinned = limited and (limited.status, limited.reason) == ("True", "TooManyReplicas")
    if pinned and scaler.minimum < scaler.maximum:
        current = scaler.autoscaler.status.current_replicas
        yield f"{scaler} is at its maximum of {scaler.maximum} and wants more (it has {current})"


def said(reason, message):
    """What a condition says, of readable length."""
    return ": ".join(str(part) for part in (reason, message) if part)[:240].rstrip(".") or "no reason given"
