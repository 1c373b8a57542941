"""Declared settings, as the running pods have them."""

from collections import Counter

import pytest


@pytest.mark.check(
    severity="blocker",
    declares="settings",
    remedy="Correct the value where it comes from (the pod template or its ConfigMap) and roll the workload out.",
)
def test_expected_settings(workload, kubernetes, site, shortened):
    """The declared settings have exactly their declared values in every running pod.

    The few values that make a copy of a service belong to its site: its region, its bus, its database. One pod of an
    older release that still has the old value is enough to do the work in the wrong place.
    """
    if kubernetes.workload(workload) is None:
        raise LookupError(f"{workload} does not exist in {site}, so its settings cannot be judged.")
    containers = [each for each in kubernetes.containers(workload) if each.phase not in ("Succeeded", "Failed")]
    where = "" if containers else " (no pod runs, this is its template)"
    containers = containers or kubernetes.template_containers(workload)
    pods = group(containers, kubernetes)
    wrong: Counter[str] = Counter()
    unresolved = []
    for key, declared in workload.settings.items():
        for pod, held in pods.items():
            found = [(name, values[key]) for name, values in held if key in values] or perhaps(key, held)
            if not found:
                wrong[f"{key} is not set, declared {declared}"] += 1
            for name, value in found:
                if not isinstance(value, str):
                    unresolved.append(f"{key} of {name} in {pod} ({value})")
                elif value != declared:
                    wrong[f"{key} is {brief(value)} in {name}, declared {declared}"] += 1
    assert not wrong, (
        f"{workload} in {site} runs with other settings than declared{where}: {shortened(counted(wrong))}."
    )
    if unresolved:
        raise LookupError(
            f"{workload} in {site} takes settings from where they cannot be read: {shortened(unresolved)}."
        )


def group(containers, kubernetes):
    """Pod -> its containers' names and environments."""
    pods: dict[str | None, list[tuple[str, dict[str, object]]]] = {}
    for container in containers:
        if container.kind == "init":
            continue
        pods.setdefault(container.pod, []).append((container.name, kubernetes.environment_of(container)))
    return pods


def perhaps(key, held):
    """What may set a key that no container is known to have: a Secret whose keys cannot be read, or nothing."""
    return [(name, value) for name, values in held if (value := values.get(key)) is not None]


def brief(value):
    """A value in readable length; an empty one is said to be empty."""
    return (value if len(value) <= 80 else f"{value[:80]}...") or "empty"


def counted(sentences):
    """The sentences, each with the number of pods of which it is true."""
    return [f"{sentence} (in {count} pods)" if count > 1 else sentence for sentence, count in sentences.items()]
