"""Memory over time: does any container only ever grow?"""

from datetime import timedelta

import pytest

#: Growth below this share of the limit, over the time that is looked ahead, is no more than a wobble.
WOBBLE = 0.05
#: A container that has run for less may have too few samples for a slope.
FIRST_SAMPLES = timedelta(minutes=30)


@pytest.mark.check(
    severity="warning",
    roles=("active",),
    declares="memory",
    remedy="Take a heap dump of the named pod before it is killed, and find what is never let go; a rolling restart "
    "(`kubectl rollout restart`) before the move buys the time until then.",
)
def test_no_leak(workload, kubernetes, prometheus, site, now, shortened):
    """No container of the active site grows steadily towards the end of its memory.

    A leak looks like health until the limit: then one replica is killed, its load falls on the others, and they follow
    within minutes, often in the very hours after a move, which restarted all of them at the same time. Judged is the
    lesser of the slopes over the window and over its last quarter, so that caches which filled up and heaps that were
    committed once are left alone, and never further ahead than a container has run: the first hours prove no leak.
    """
    if kubernetes.workload(workload) is None:
        raise LookupError(f"{workload} does not exist in {site}, so its containers cannot be judged.")
    running = [each for each in kubernetes.containers(workload) if each.kind != "init" and each.running_since]
    trends, used = (prometheus.trends(workload), prometheus.working_sets(workload)) if running else ({}, {})
    growing, unknown = [], []
    for container in running:
        key, age = (container.pod, container.name), now - container.running_since
        if age < FIRST_SAMPLES:
            problem = f"started at {container.running_since}" if age < -FIRST_SAMPLES else None
        else:
            problem = unseen(container, key, trends, used)
        if problem:
            unknown.append(f"{container} {problem}")
        elif age >= FIRST_SAMPLES:
            growing += told(workload, container, trends[key], in_use(container, used.get(key)), age)
    assert not growing, f"{workload} in {site} grows steadily over {workload.memory.window}: {shortened(growing)}."
    if unknown:
        raise LookupError(f"{workload} in {site} cannot be judged: {shortened(unknown)}.")


def unseen(container, key, trends, used):
    """What is missing to judge a container, or None."""
    if key not in trends:
        return "has no memory-trend in Prometheus"
    if not container.memory_limit:
        return "has no memory limit to grow towards"
    return None if in_use(container, used.get(key)) else "has no known working set"


def in_use(container, measured):
    """Bytes in use now: by Prometheus, else by metrics.k8s.io."""
    return measured if measured is not None else container.working_set


def told(workload, container, rate, used, age):
    """One sentence where a container of this age (rate: bytes an hour) grows past what is usable of its limit."""
    ahead = min(age, workload.memory.window) / timedelta(hours=1)
    usable = workload.memory.usable(container.memory_limit)
    if rate * ahead < WOBBLE * container.memory_limit or used + rate * ahead <= usable:
        return []
    left = max(0.0, (container.memory_limit - used) / rate)
    when = f"{left:.0f} h" if left < 72 else f"{left / 24:.0f} days"
    limit = size(container.memory_limit)
    return [
        f"{container} grows by {size(rate)} an hour, uses {size(used)} of its limit {limit}, and is there in {when}"
    ]


def size(count):
    """Bytes as a limit is written: ``780Mi``."""
    return f"{int(count) / 2**20:.1f}".removesuffix(".0") + "Mi"
