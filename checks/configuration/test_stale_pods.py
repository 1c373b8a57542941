"""Pods that still run with a configuration that has been changed since."""

from collections import Counter

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Roll the workload out (`kubectl rollout restart`). A checksum of the ConfigMap among the annotations of "
    "the pod template does it by itself the next time.",
)
def test_stale_pods(namespace, kubernetes, site, now, shortened):
    """No container started before the last change of a ConfigMap or Secret that it takes into its environment.

    The value was corrected an hour ago, the review of the ConfigMap is green, and the pods still hold what they read
    when they started. They take the new value at their next restart, one by one, in the middle of the night.
    """
    stale: Counter[str] = Counter()
    changes = {"ConfigMap": config_maps(kubernetes, namespace.name), "Secret": secrets(kubernetes, namespace.name)}
    for workload in declared_workloads(namespace, kubernetes, site):
        for container in kubernetes.containers(workload):
            started = container.running_since
            if container.kind == "init" or started is None or container.observed.terminating:
                continue
            for reference in dict.fromkeys(container.read_once):
                changed = changes[reference.kind](reference, container.pod)
                if changed is not None and started < changed:
                    stale[
                        f"{workload} ({container.name}) started {ago(now - started)} ago and has read {reference}, "
                        f"which changed {ago(now - changed)} ago"
                    ] += 1
    assert not stale, (
        f"Pods of {namespace} in {site} run with configuration that has changed since they read it: "
        f"{shortened(counted(stale))}; declared is that none is older than what it reads."
    )


def declared_workloads(namespace, kubernetes, site):
    """The declared workloads that exist; the namespace itself is looked at, should there be none."""
    if not any(each.name == namespace.name for each in kubernetes.namespaces()):
        raise LookupError(f"{namespace} does not exist in {site}, so nothing in it can be judged.")
    found = kubernetes.workloads(namespace.name)
    return [each for each in found if (each.kind, each.name) in namespace.declared_workloads]


def config_maps(kubernetes, namespace):
    """A question that answers when the ConfigMap (or the key of it) that a reference names last changed."""
    held = {each.name: each.metadata for each in kubernetes.config_maps(namespace)}
    return lambda reference, _: held[reference.name].changed(reference.key) if reference.name in held else None


def secrets(kubernetes, namespace):
    """The same for Secrets; where they are not read, the secrets store driver tells when it replaced a version."""
    if kubernetes.has("secrets"):
        held = {each.name: each.metadata for each in kubernetes.secrets(namespace)}
        return lambda reference, _: held[reference.name].changed(reference.key) if reference.name in held else None
    makers: dict[str, set[str]] = {}
    for store in kubernetes.secret_stores(namespace):
        for name in store.synced:
            makers.setdefault(name, set()).add(store.name)
    mounts = [each for each in kubernetes.secret_mounts(namespace) if each.rotated is not None]

    def changed(reference, pod):
        named = [each for each in mounts if each.store in makers.get(reference.name, ())]
        own = [each for each in named if each.pod == pod]
        return max((each.rotated for each in own or named), default=None)

    return changed


def ago(duration):
    """A duration as a person says it: 25m, 7h, 3d."""
    minutes = int(duration.total_seconds() // 60)
    return f"{minutes}m" if minutes < 120 else f"{minutes // 60}h" if minutes < 2880 else f"{minutes // 1440}d"


def counted(sentences):
    """The sentences, each with the number of pods of which it is true."""
    return [f"{sentence} (in {count} pods)" if count > 1 else sentence for sentence, count in sentences.items()]
