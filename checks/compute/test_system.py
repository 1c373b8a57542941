"""The cluster's own services: what every workload leans on, and no service declares."""

import re
from datetime import UTC, datetime, timedelta

import pytest

NAMESPACES = re.compile(
    r"kube-system|app-routing-system|nginx-ingress|ingress-.+|.+-ingress|keda|cert-manager|external-dns|flux-system|argocd"
    r"|azure-alb-system|envoy-gateway-system|nginx-gateway|projectcontour|haproxy-controller|external-secrets|dapr-system"
    r"|gatekeeper-system|(?:aks-)?istio-.+|calico-.+|tigera-operator|traefik|kong|linkerd.*|azure-workload-identity-system"
)
#: What carries the others, wherever it runs, and what stands idle beside another of its role without harm.
ROLES = {
    "cluster DNS": re.compile(r"coredns|kube-dns"),
    "metrics server": re.compile(r"metrics-server"),
    "ingress controller": re.compile(
        r"(?:.+-)?(?:ingress-nginx|nginx-ingress|ingressgateway)(?:-.+)?"
        r"|(?:traefik|haproxy-ingress|contour|kong)(?:-(?:ingress|controller|gateway|proxy|envoy).*)?"
    ),
    "KEDA": re.compile(r"keda(?:-operator)?"),
}
#: Agents that watch the cluster and carry no request.
WATCHERS = re.compile(r"(?:ama-|omsagent|microsoft-defender|retina|kappie|container-insights).*")
STARTING, SETTLING = timedelta(minutes=3), timedelta(minutes=10)
HOUR, DAY, OFTEN = timedelta(hours=1), timedelta(hours=24), 3
LONG_AGO = datetime.min.replace(tzinfo=UTC)
CLOCKS = timedelta(minutes=5)  # how far a node's clock may be ahead


@pytest.mark.check(
    severity="blocker",
    remedy="Look at the named pods (`kubectl describe pod -n kube-system`) before anything else: what leans on them "
    "cannot be better than they are.",
)
def test_system_pods(cluster, kubernetes, site, since, now):
    """The cluster's own services, such as DNS, network, volumes, ingress and KEDA, are ready and do not restart.

    They are nobody's service, so no list of workloads holds them. CoreDNS that is killed under the load of two sites
    answers every second question; an ingress controller with one pod of three left queues; a KEDA operator that fell
    scales nothing, and its queues grow in silence. Every workload above them is green until then.
    """
    system = [each for each in kubernetes.workloads() if is_system(each)]
    problems = [*absent(system, kubernetes), *idle(system)]
    for workload in system:
        pods = [each for each in kubernetes.pods(workload) if each.phase not in ("Succeeded", "Failed")]
        containers = [each for each in kubernetes.containers(workload) if each.phase not in ("Succeeded", "Failed")]
        falling = [said for each in containers for said in falls(each, since, now)]
        short = unready(workload, pods, containers, now)
        if short or falling:
            problems.append(f"{workload}: {', '.join([*short, *shortened(falling)])}")
    assert not problems, f"Cluster {cluster.id} in {site} leans on services that fail: {'; '.join(problems)}."


def is_system(workload):
    """Whether a workload is one of the cluster's own."""
    if WATCHERS.fullmatch(workload.name):
        return False
    return bool(NAMESPACES.fullmatch(workload.namespace or "")) or role_of(workload) is not None


def role_of(workload):
    """What a workload is for the cluster, by its name or its usual labels; None for any other."""
    labels = (workload.labels.get(key) for key in ("k8s-app", "app.kubernetes.io/name", "app"))
    names = [workload.name, *(label for label in labels if label)]
    return next((role for role, pattern in ROLES.items() if any(pattern.fullmatch(name) for name in names)), None)


def absent(system, kubernetes):
    """What a cluster cannot do without, and has not at all."""
    roles = {role_of(each) for each in system}
    if "cluster DNS" not in roles:
        yield "no cluster DNS (CoreDNS) exists"
    if "KEDA" not in roles and any(True for _ in kubernetes.custom("scaledobjects")):
        yield "ScaledObjects exist, and no KEDA operator that would act on them"


def idle(system):
    """What was scaled to zero while no other of its role works. A DaemonSet for other nodes rightly has no pod."""
    for workload in system:
        role = role_of(workload)
        works = any(each.ready for each in system if role_of(each) == role)
        if role and workload.kind != "DaemonSet" and workload.desired == 0 and not works:
            yield f"{workload} is scaled to zero, and no other {role} works"


def unready(workload, pods, containers, now):
    """How many pods are not ready, those that were created just now left aside, and why the first is not."""
    starting = sum(1 for each in pods if not each.ready and (likely(each.created, now) or LONG_AGO) > now - STARTING)
    if workload.ready + starting >= workload.desired:
        return []
    reasons = [f"{each}: {each.waiting_reason}" for each in containers if each.waiting_reason]
    reasons += [f"{each} is {each.phase}" for each in pods if each.phase not in ("Running", None)]
    why = f" ({reasons[0]})" if reasons else ""
    return [f"{workload.ready} of {workload.desired} pods are ready{why}"]


def falls(container, since, now):
    """Why a container does not hold. What fell while its node was starting, or once and long ago, has recovered."""
    if container.waiting_reason == "CrashLoopBackOff":
        yield f"{container} is in a crash loop after {container.restarts} restarts"
        return
    last, created = likely(container.restarted_at, now), likely(container.observed.created, now)
    kills = [end for end in container.terminations if end.reason == "OOMKilled" and end.finished_at]
    if any(since(DAY) <= end.finished_at <= now + CLOCKS for end in kills):
        yield f"{container} was killed for want of memory at {max(instant(end.finished_at) for end in kills)}"
    elif container.restarts and last is None:
        raise LookupError(f"{container} came with {container.restarts} restarts, and nobody says when it last started.")
    elif container.restarts and (created is None or last > created + SETTLING):
        bound = since(DAY) if container.restarts >= OFTEN else since(HOUR)
        if last >= bound:
            yield f"{container} restarted, {container.restarts} times in all, last at {instant(last)}"


def likely(at, now):
    """An instant, None where it is not told or lies ahead."""
    return at if at and at <= now + CLOCKS else None


def instant(at):
    """An instant for the reader."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def shortened(parts):
    """The first five, and how many more there are."""
    return [*parts[:5], *([f"and {len(parts) - 5} more"] if len(parts) > 5 else [])]
