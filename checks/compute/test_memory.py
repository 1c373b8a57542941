"""Memory: has every container a limit, and is there room below it for production."""

from collections import Counter

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Give every container, sidecars and init containers too, `resources.limits.memory`, "
    "or the namespace a LimitRange with a default.",
)
def test_memory_limit_set(workload, kubernetes, site):
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
    remedy="Raise the limit or find the leak. Where no peak is known, declare `memory.peak` (per container, "
    "if the pod has several).",
)
def test_memory_headroom(workload, kubernetes, site):
    """The expected peak of every container leaves the declared headroom below its memory limit.

    The site that is to take over idles until it does: its pods are small, green and never restarted. With the load of
    production they pass their limit within minutes and are killed one after the other. What they use now is only a
    floor; the peak to expect is the one declared from the load that production has had.
    """
    containers, where = looked_at(workload, kubernetes, site)
    limited = [container for container in containers if container.memory_limit and under_load(container, workload)]
    tight: Counter[str] = Counter()
    for container in limited:
        expected, verb = max(
            (expected_peak(container, workload, containers) or 0, "expects"), (container.working_set or 0, "now uses")
        )
        usable = workload.memory.usable(container.memory_limit)
        if expected > usable:
            tight[
                f"{container.name} {verb} {size(expected)} of its limit {size(container.memory_limit)}, "
                f"of which {size(usable)} are usable"
            ] += 1
    assert not tight, (
        f"{workload} in {site} keeps less than the declared {workload.memory.headroom} of memory free{where}: "
        f"{shortened(counted(tight))}."
    )
    unproven(workload, site, containers, limited)


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


def expected_peak(container, workload, containers):
    """The declared peak of a container in bytes, or None; a single declared number is that of the main container."""
    peak = workload.memory.peak
    if isinstance(peak, dict):
        return peak.get(container.name)
    regular = {each.name for each in containers if each.kind == "container"}
    main = workload.name if workload.name in regular else next(iter(regular)) if len(regular) == 1 else None
    return peak if container.name == main else None


def unproven(workload, site, containers, limited):
    """Raise LookupError where a container's peak or limit is unknown, or a peak is declared for none of them."""
    unlimited = {each.name for each in containers if not each.memory_limit and under_load(each, workload)}
    unknown = {each.name for each in limited if expected_peak(each, workload, containers) is None}
    peaks = workload.memory.peak if isinstance(workload.memory.peak, dict) else {}
    absent = set(peaks) - {each.name for each in containers}
    for names, what in (
        (unlimited, "has no memory limit to keep clear of"),
        (unknown, "has no known peak (declare memory.peak per container)"),
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


def shortened(parts):
    """The first ten, and how many more there are."""
    return ", ".join(parts[:10]) + (f" and {len(parts) - 10} more" if len(parts) > 10 else "")
