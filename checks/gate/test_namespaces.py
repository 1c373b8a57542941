"""The declared namespaces: do they exist, and is all that runs there declared."""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Deploy the service to this site, or correct its `namespace` in the environment file.",
)
def test_namespaces_populated(namespace, kubernetes, site, shortened):
    """Every declared namespace exists on the site and holds something that can run.

    A namespace with a typo, or a cluster that was never deployed to, has no failing pods either: everything that is
    judged per pod would be silent there.
    """
    found = {each.name: each for each in kubernetes.namespaces()}
    assert namespace.name in found, (
        f"Namespace {namespace.name}, declared by {namespace.service}, does not exist in {site}; "
        f"its cluster holds {shortened(sorted(found))}."
    )
    phase = found[namespace.name].status.phase
    assert phase != "Terminating", f"Namespace {namespace.name} of {namespace.service} is being deleted in {site}."
    populated = (
        any(kubernetes.workloads(namespace.name))
        or any(kubernetes.cron_jobs(namespace.name))
        or any(kubernetes.pods(namespace=namespace.name))
    )
    assert populated, (
        f"Namespace {namespace.name} of {namespace.service} is empty in {site}: "
        "no Deployment, StatefulSet, DaemonSet, CronJob or pod, where the service is declared to run."
    )


@pytest.mark.check(
    severity="warning",
    remedy="Declare it under its service, so that it is judged, or remove it from the namespace.",
)
def test_undeclared(namespace, kubernetes, site, shortened):
    """Everything that runs or is scheduled in a declared namespace is declared.

    What nobody declared nobody judged: the worker that was added last month, the export that somebody scheduled by
    hand, go into the cutover unseen, and are found missing afterwards.
    """
    strangers = [
        f"{thing.kind} {thing.name}"
        for things, declared in (
            (kubernetes.workloads(namespace.name), namespace.declared_workloads),
            (kubernetes.cron_jobs(namespace.name), namespace.declared_jobs),
        )
        for thing in things
        if not thing.metadata.owner_references and (thing.kind, thing.name) not in declared
    ]
    declared = len(namespace.declared_workloads), len(namespace.declared_jobs)
    assert not strangers, (
        f"Namespace {namespace.name} in {site} runs what no service declares: {shortened(strangers)}; "
        f"declared there are {declared[0]} workloads and {declared[1]} jobs."
    )
