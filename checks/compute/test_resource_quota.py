"""Quotas: does the namespace allow everything in it to grow to its largest?"""

from collections import defaultdict
from decimal import Decimal

import pytest

SCALED = {
    "cpu": ("requests", "cpu"),
    "requests.cpu": ("requests", "cpu"),
    "limits.cpu": ("limits", "cpu"),
    "memory": ("requests", "memory"),
    "requests.memory": ("requests", "memory"),
    "limits.memory": ("limits", "memory"),
    "pods": ("count", "pods"),
    "count/pods": ("count", "pods"),
}


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Raise the quota to what the workloads need at their largest, free what others use of it, or give the "
    "containers the requests and limits that it demands (a LimitRange can give defaults).",
)
def test_resource_quota(namespace, kubernetes, declared, site, shortened):
    """The namespace's ResourceQuotas leave room for every declared workload at its autoscaler's maximum.

    A quota that was measured on an idle site stops the growth with the first load: no pod is Pending, none crashes,
    the Deployment just stays at a few replicas, and only an event of its ReplicaSet says "exceeded quota". A quota on
    something that a container does not state forbids its pods altogether ("must specify limits.cpu").
    """
    if all(each.name != namespace.name for each in kubernetes.namespaces()):
        raise LookupError(f"Namespace {namespace.name} does not exist in {site}, so its quotas cannot be judged.")
    quotas = list(kubernetes.resource_quotas(namespace.name))
    own = [each for each in declared("workload") if each.namespace == namespace.name] if quotas else []
    running = pods_by_owner(kubernetes, namespace.name) if quotas else {}
    grown = [
        growth(kubernetes, each, running) for each in own if kubernetes.workload(each) and each.kind != "DaemonSet"
    ]
    problems, doubts = [], []
    for quota in quotas:
        counted = [each for each in grown if each["count"] and counts(quota, each)]
        hard, used = kubernetes.quota_hard(quota), kubernetes.quota_used(quota)
        problems += [*short(quota, hard, used, counted, shortened), *forbidden(quota, hard, counted)]
        doubts += [f"{quota} has no status.used for {kind}" for kind in hard if kind in SCALED and kind not in used]
    assert not problems, f"Namespace {namespace.name} in {site} cannot grow to its largest: {'; '.join(problems)}."
    if doubts:
        raise LookupError(f"Namespace {namespace.name} in {site} cannot be judged: {'; '.join(doubts)}.")


def pods_by_owner(kubernetes, namespace):
    """What the pods that a quota counts ask for, by their outermost owner."""
    running = defaultdict(list)
    for pod in kubernetes.pods(namespace=namespace):
        if pod.phase not in ("Succeeded", "Failed"):
            running[kubernetes.owner_of(pod)].append(kubernetes.demand_of_pod(pod))
    return running


def growth(kubernetes, workload, running):
    """A workload at its largest: how many pods more than now, what one asks for, what it asks for now."""
    found, demand = kubernetes.workload(workload), kubernetes.demand(workload)
    maxima = [scaler.maximum for scaler in kubernetes.scalers(workload)]
    declared = workload.replicas.active if workload.replicas else None
    fixed = found.desired if declared is None else max(declared, found.desired)
    return {
        "who": str(workload),
        "count": max(maxima, default=fixed),
        "demand": demand,
        "running": running.get((workload.kind, workload.namespace, workload.name), []),
        "priority": found.spec.template.spec.priority_class_name,
    }


def counts(quota, each):
    """Whether a quota counts the pods of a workload, by its scopes; those of a workload have no deadline."""
    selected = quota.spec.scope_selector.match_expressions if quota.spec.scope_selector else ()
    named = [(scope, "Exists", ()) for scope in quota.spec.scopes]
    named += [(held.scope_name, held.operator, held.values) for held in selected]
    return all(in_scope(scope, operator, values, each) for scope, operator, values in named)


def in_scope(scope, operator, values, each):
    """Whether the pods of a workload are in one scope."""
    if scope == "PriorityClass":
        if operator in ("In", "NotIn"):
            return (each["priority"] in values) == (operator == "In")
        return bool(each["priority"]) == (operator == "Exists")
    held = {"NotTerminating": True, "BestEffort": each["demand"].best_effort}
    held["NotBestEffort"] = not held["BestEffort"]
    return held.get(scope, False)


def short(quota, hard, used, counted, shortened):
    """What a quota allows less than is needed."""
    for kind in sorted(set(hard) & set(used) & set(SCALED)):
        more = {each["who"]: extra(kind, each) for each in counted}
        needed = used[kind] + sum(more.values())
        if needed > hard[kind] and any(more.values()):
            largest = sorted((each for each in counted if more[each["who"]]), key=lambda each: -more[each["who"]])
            parts = [
                f"{each['who']} from {len(each['running'])} to {each['count']} +{amount(kind, more[each['who']])}"
                for each in largest
            ]
            yield (
                f"ResourceQuota {quota.name} allows {kind} {amount(kind, hard[kind])}, needed are "
                f"{amount(kind, needed)} (used {amount(kind, used[kind])}, {shortened(parts)})"
            )


def extra(kind, each):
    """How much more of one kind a workload needs at its largest than it has now."""
    bound, resource = SCALED[kind]
    if bound == "count":
        return Decimal(max(each["count"] - len(each["running"]), 0))
    now = sum(getattr(demand, bound)[resource] for demand in each["running"])
    return max(each["count"] * getattr(each["demand"], bound)[resource] - now, Decimal(0))


def forbidden(quota, hard, counted):
    """The workloads whose pods a quota refuses, because a container does not say what it counts."""
    for each in counted:
        asked = {".".join(SCALED[kind]) for kind in hard if kind in SCALED and SCALED[kind][0] != "count"}
        known = [each["demand"], *each["running"]]
        for kind in sorted(asked):
            if all(kind in demand.unsaid for demand in known):
                yield (
                    f"ResourceQuota {quota.name} refuses pods of {each['who']}, "
                    f"whose containers {', '.join(each['demand'].unsaid[kind])} state no {kind}"
                )


def amount(kind, value):
    """An amount as Kubernetes writes it: ``27.8Gi``, ``7.82``, ``110``."""
    if "memory" not in kind:
        return f"{Decimal(value):.2f}".rstrip("0").rstrip(".")
    size, unit = (Decimal(value) / 2**30, "Gi") if abs(value) >= 2**30 else (Decimal(value) / 2**20, "Mi")
    return f"{size:.1f}".removesuffix(".0") + unit
