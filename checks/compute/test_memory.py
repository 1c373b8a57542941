"""Memory: has every container a limit, and is there room below it for production."""

from collections import Counter

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Give every container, sidecars and init containers too, `resources.limits.memory`, "
    "or the namespace a LimitRange with a default.",
)
def test_memory_limit_set(workload, kubernetes, site, shortened):
    """Every container of every running pod has a memory limit.

    A container without a limit takes what the node has. Under production load it starves its neighbours, and the one
    that the kernel then kills is somebody else's.
    """
    containers, where = looked_at(workload, kubernetes, site)
    unlimited = [named(container) for container in containers if not container.memory_limit]
    assert not unlimited, (
        f"{workload} in {site} has {len(unlimited)} of {len(containers)} containers without a memory limit{where}: "
        f"{shortened(unlimited)}; every container is to have one."
    )


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    declares="memory",
    remedy="Raise the limit, let more replicas share the load (an autoscaler's maximum counts), or find the leak. "
    "Where no peak is known, declare `memory.peak` (per container, if there are several), `sites.<site>.prometheus` "
    "or `sites.<site>.workspace`.",
)
def test_memory_headroom(
    workload, kubernetes, site, sites, kubernetes_elsewhere, prometheus_of_sites, logs_of_sites, shortened
):
    """The expected peak of every container leaves the declared headroom below its memory limit.

    The site that is to take over idles until it does: its pods are small, green and never restarted. With the load of
    production they pass their limit within minutes and are killed one after the other. What they use now is only a
    floor; the peak to expect is the one declared from the load that production has had, else the one measured where
    that load was borne, times the replicas that shared it there over those that can share it here. It is never taken
    for smaller because more replicas will share it: a heap does not shrink with its load.
    """
    containers, where = looked_at(workload, kubernetes, site)
    limited = [container for container in containers if container.memory_limit and under_load(container, workload)]
    declared = {each.name: declared_peak(each, workload, containers) for each in limited}
    peaks = {name: (peak, "") for name, peak in declared.items() if peak is not None}
    stay_clear(workload, site, limited, peaks, where, shortened)
    if any(container.name not in peaks for container in limited):
        meters = (prometheus_of_sites, logs_of_sites)
        peaks = {**measured_peaks(workload, site, sites, kubernetes, kubernetes_elsewhere, *meters), **peaks}
        stay_clear(workload, site, limited, peaks, where, shortened)
    unproven(workload, site, containers, limited, peaks, silent(sites, prometheus_of_sites, logs_of_sites), shortened)


def stay_clear(workload, site, limited, peaks, where, shortened):
    """Fail with all containers whose peak (bytes, how it was had) or present use is more than what is usable."""
    tight: Counter[str] = Counter()
    for container in limited:
        peak, terms = peaks.get(container.name, (0, ""))
        used = container.working_set or 0
        expected, verb = (peak, "expects") if peak >= used else (used, "now uses")
        usable = workload.memory.usable(container.memory_limit)
        if expected > usable:
            tight[
                f"{container.name} {verb} {size(expected)}{terms if verb == 'expects' else ''} of its limit "
                f"{size(container.memory_limit)}, of which {size(usable)} are usable"
            ] += 1
    assert not tight, (
        f"{workload} in {site} keeps less than the declared {workload.memory.headroom} of memory free{where}: "
        f"{shortened(counted(tight))}."
    )


def bearers(sites, *meters):
    """The sites with a meter that bore the load within the window: all but one that only waits to take over.

    A site that was just left counts, since the one that took over has had the load for minutes.
    """
    metered = dict.fromkeys(name for meter in meters for name in meter)
    return [name for name in metered if sites[name].active or not sites[name].target]


def silent(sites, prometheus_of_sites, logs_of_sites):
    """In words, who was asked for a peak and holds none: of each site its Prometheus, else its workspace."""
    borne = bearers(sites, prometheus_of_sites, logs_of_sites)
    first = " and ".join(name for name in borne if name in prometheus_of_sites)
    other = " and ".join(name for name in borne if name not in prometheus_of_sites)
    told = f", and Prometheus of {first} holds no series of it" if first else ""
    return f"{told}, and the workspace of {other} holds no peak of it" if other else told


def measured_peaks(workload, site, sites, kubernetes, kubernetes_elsewhere, prometheus_of_sites, logs_of_sites):
    """The peak to expect here, by container: bytes and the terms of which it is made. Of several sites the highest."""
    highest: dict[str, tuple[int, str]] = {}
    for name in bearers(sites, prometheus_of_sites, logs_of_sites):
        prometheus = prometheus_of_sites.get(name)
        peaks = prometheus.peaks(workload) if prometheus is not None else logged_peaks(workload, logs_of_sites[name])
        there, here = 1, 1
        if peaks and name != site.name and workload.kind != "DaemonSet":
            there = replicas_under_load(workload, kubernetes_elsewhere[name], prometheus)
            here = replicas_to_come(workload, site, kubernetes)
        for container, peak in peaks.items():
            expected = -(-int(peak.value) * there // here) if there > here else int(peak.value)
            if expected > highest.get(container, (-1, ""))[0]:
                scaled = f", times {there} replicas there over {here} here" if there > here else ""
                terms = f" ({size(peak.value)} measured in {name} over {workload.memory.window}{scaled})"
                highest[container] = (expected, terms)
    return highest


def logged_peaks(workload, logs):
    """The peaks by container that a site's workspace holds, for a site without Prometheus."""
    return {each.container: each for each in logs.memory_peaks(workload)}


def replicas_under_load(workload, kubernetes, prometheus):
    """Over how many replicas the load was spread: counted at its autoscaler's highest, else the most there can be.

    Without an autoscaler: what the workload wants, or what is declared, if it has been scaled down since.
    """
    known = []
    for scaler in kubernetes.scalers(workload):
        name = scaler.autoscaler.name if scaler.autoscaler else f"keda-hpa-{scaler.name}"
        counted = prometheus.most_replicas(workload.namespace, name, workload) if prometheus is not None else None
        known.append(counted or scaler.maximum)
    return max(known) if known else max(wanted(workload, kubernetes), declared_replicas(workload), 1)


def replicas_to_come(workload, site, kubernetes):
    """Over how many replicas the load will be spread: the autoscaler's maximum, else what is wanted or declared."""
    most = [scaler.maximum for scaler in kubernetes.scalers(workload)]
    running = wanted(workload, kubernetes)
    without = running if site.active and running else declared_replicas(workload) or running
    return max(1, min(most) if most else without)


def wanted(workload, kubernetes):
    """How many replicas the workload asks for now; none where it does not exist."""
    found = kubernetes.workload(workload)
    return found.desired if found is not None else 0


def declared_replicas(workload):
    """How many replicas are declared for the active site."""
    return workload.replicas.active if workload.replicas else 0


def looked_at(workload, kubernetes, site):
    """The containers to judge and how a message says so: those of all pods or, where none runs, of the template."""
    if kubernetes.workload(workload) is None:
        raise LookupError(f"{workload} does not exist in {site}, so its containers cannot be judged.")
    containers = [each for each in kubernetes.containers(workload) if each.phase not in ("Succeeded", "Failed")]
    if containers:
        return containers, ""
    return list(kubernetes.template_containers(workload)), " (no pod runs, this is its template)"


def under_load(container, workload):
    """Whether a container is to be judged: an init container is over when the load comes, unless a peak is declared."""
    return container.kind != "init" or (
        isinstance(workload.memory.peak, dict) and container.name in workload.memory.peak
    )


def declared_peak(container, workload, containers):
    """The declared peak of a container in bytes, or None; a single declared number is that of the main container."""
    peak = workload.memory.peak
    if isinstance(peak, dict):
        return peak.get(container.name)
    regular = {each.name for each in containers if each.kind == "container"}
    main = workload.name if workload.name in regular else next(iter(regular)) if len(regular) == 1 else None
    return peak if container.name == main else None


def unproven(workload, site, containers, limited, peaks, unmeasured, shortened):
    """Raise LookupError where a container's peak or limit is unknown, or a peak is declared for none of them."""
    unlimited = {each.name for each in containers if not each.memory_limit and under_load(each, workload)}
    unknown = {each.name for each in limited if each.name not in peaks}
    declared = workload.memory.peak if isinstance(workload.memory.peak, dict) else {}
    absent = set(declared) - {each.name for each in containers}
    for names, what in (
        (unlimited, "has no memory limit to keep clear of"),
        (unknown, f"has no known peak (declare memory.peak per container{unmeasured})"),
        (absent, "has a declared peak but is no container of its pods"),
    ):
        if names:
            raise LookupError(f"{workload} in {site} cannot be judged: {shortened(sorted(names))} {what}.")


def named(container):
    """A container for the reader, saying so where it is an init container or a sidecar."""
    return str(container) if container.kind == "container" else f"{container.kind} {container}"


def counted(sentences):
    """The sentences, each with the number of pods of which it is true."""
    return [f"{sentence} (in {count} pods)" if count > 1 else sentence for sentence, count in sentences.items()]


def size(count):
    """Bytes as a limit is written: ``780Mi``."""
    return f"{int(count) / 2**20:.1f}".removesuffix(".0") + "Mi"
