"""Heaps: does what a runtime may take fit below its container's limit?"""

from collections import Counter

import pytest

#: A heap is not all that a process takes: metaspace, threads, code and buffers come on top. A fifth of the limit is
#: the least that is left to them by common advice; of a large container a gibibyte is enough.
ROOM, ENOUGH = 5, 2**30


@pytest.mark.check(
    severity="blocker",
    remedy="Lower the heap (three quarters of the limit is a good start) or raise the memory limit. Mind the units: "
    "`-Xmx` in k, m, g; .NET's variables in hexadecimal; `--max-old-space-size` in MiB.",
)
def test_heap_fits_limit(workload, kubernetes, site, shortened):
    """The heap that a JVM, .NET or Node.js is told fits its container's memory limit, with room for the rest.

    A runtime does not collect garbage before its heap is full. Told more than the container has, it grows under the
    load of production until the kernel kills it, with no OutOfMemoryError in any log. It comes from a limit that was
    lowered for a standby site, from 75 % read as hexadecimal, from gibibytes meant as megabytes, and from a ConfigMap
    that was tuned for larger nodes.
    """
    containers, where = looked_at(workload, kubernetes, site)
    large: Counter[str] = Counter()
    for container in containers:
        for heap in kubernetes.heaps(container):
            limit = container.memory_limit
            most = limit - min(limit // ROOM, ENOUGH)
            if heap.problem:
                large[f"{container.name}: {heap.said} {heap.problem} (its limit is {size(limit)})"] += 1
            elif heap.most > most:
                large[
                    f"{container.name}: {heap.said} lets the heap of {heap.runtime} grow to {size(heap.most)} "
                    f"of its limit {size(limit)}, of which {size(most)} leave room for the rest"
                ] += 1
    assert not large, f"{workload} in {site} has heaps that do not fit{where}: {shortened(counted(large))}."


def looked_at(workload, kubernetes, site):
    """The containers to judge and how a message says so: those of all pods or, where none runs, of the template."""
    if kubernetes.workload(workload) is None:
        raise LookupError(f"{workload} does not exist in {site}, so its heaps cannot be judged.")
    containers = [each for each in kubernetes.containers(workload) if each.phase not in ("Succeeded", "Failed")]
    if containers:
        return containers, ""
    return list(kubernetes.template_containers(workload)), " (no pod runs, this is its template)"


def counted(sentences):
    """The sentences, each with the number of pods of which it is true."""
    return [f"{sentence} (in {count} pods)" if count > 1 else sentence for sentence, count in sentences.items()]


def size(count):
    """Bytes as a limit is written: ``780Mi``."""
    return f"{int(count) / 2**20:.1f}".removesuffix(".0") + "Mi"
