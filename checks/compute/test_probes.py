"""Probes: does a pod that cannot serve say so?"""

from collections import Counter

import pytest


@pytest.mark.check(
    severity="warning",
    remedy="Give the container a `readinessProbe` that asks what the Service's callers need.",
)
def test_probes(workload, kubernetes, site, shortened):
    """Every container that serves, because a Service leads to its port, has a readiness probe.

    Without one a pod is ready as soon as its process exists. At the switch, and with every pod that is added for the
    load, requests reach a runtime that is still loading, and the first minutes are errors that no dashboard of ready
    replicas explains. The probe of a container beside it proves nothing for this one.
    """
    found = kubernetes.workload(workload)
    if found is None:
        raise LookupError(f"{workload} does not exist in {site}, so its probes cannot be judged.")
    leading = [each for each in kubernetes.services(workload.namespace) if leads_to_ready_pods(each)]
    bare: Counter[str] = Counter()
    pods, where = pods_of(workload, kubernetes, found)
    for labels, containers in pods:
        for service in leading:
            if service.spec.selector.items() <= labels.items():
                for port in service.spec.ports:
                    bare.update(without_probe(service, port, containers))
    assert not bare, (
        f"{workload} in {site} has containers that serve without a readiness probe{where}: {shortened(counted(bare))}."
    )


def leads_to_ready_pods(service):
    """Whether a Service selects pods, and of them those that are ready."""
    return bool(service.spec.selector) and not service.spec.publish_not_ready_addresses


def pods_of(workload, kubernetes, found):
    """The labels and the lasting containers of each pod or, where none runs, of the template."""
    pods: dict[str, tuple[dict[str, str], list[object]]] = {}
    for each in kubernetes.containers(workload):
        if each.phase not in ("Succeeded", "Failed") and not each.observed.terminating:
            pods.setdefault(each.pod, (each.observed.labels, []))[1].append(each)
    if pods:
        return [(labels, lasting(containers)) for labels, containers in pods.values()], ""
    template = lasting(kubernetes.template_containers(workload))
    return [(found.spec.template.metadata.labels, template)], " (no pod runs, this is its template)"


def lasting(containers):
    """The containers that run as long as their pod."""
    return [each for each in containers if each.kind != "init"]


def without_probe(service, port, containers):
    """The container behind a port of a Service, if it has no readiness probe.

    Containers need not declare their ports: where none declares this one, any of them may serve it.
    """
    target = port.port if port.target_port is None else port.target_port
    if isinstance(target, str) and target.isdecimal():
        target = int(target)
    named = isinstance(target, str)
    behind = [
        each
        for each in containers
        if any(target == (held.name if named else held.container_port) for held in each.spec.ports)
    ]
    candidates = behind or ([] if named else containers)
    if candidates and not any(each.spec.readiness_probe for each in candidates):
        yield f"{' or '.join(each.name for each in candidates)} behind port {port.port} of {service}"


def counted(sentences):
    """The sentences, each with the number of pods of which it is true."""
    return [f"{sentence} (in {count} pods)" if count > 1 else sentence for sentence, count in sentences.items()]
