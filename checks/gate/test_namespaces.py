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
    remedy="Declare it under its service, so that it is judged, or remove it from the namespace or the account.",
)
def test_undeclared(namespace, kubernetes, arm_here, site, now, attempt, shortened):
    """All that runs, is scheduled or listens in a service's namespace and on its accounts is declared.

    What nobody declared nobody judged: the worker that was added last month, the export that somebody scheduled by
    hand, the pod that was left from a look around, the event subscription that was made for a test, go into the
    cutover unseen, and are found missing afterwards.
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
    strangers += [f"{thing.kind} {thing.name}" for thing in started_by_hand(namespace, kubernetes)]
    declared = len(namespace.declared_workloads), len(namespace.declared_jobs)
    wrong = []
    if strangers:
        wrong.append(
            f"Namespace {namespace.name} in {site} runs what no service declares: {shortened(strangers)}; "
            f"declared there are {declared[0]} workloads and {declared[1]} jobs."
        )
    listening, missing = attempt(lambda: arm_here[site.name].undeclared_listeners(namespace) if arm_here else ())
    live = [f"{each} to {each.target}" for each in listening or () if each.expires is None or each.expires > now]
    if live:
        wrong.append(
            f"On accounts of {namespace.service} in {site} listens what no service declares: {shortened(live)}."
        )
    assert not wrong, " ".join(wrong)
    if missing:
        raise missing


def started_by_hand(namespace, kubernetes):
    """Jobs and pods that go on, and that nothing keeps: a pod that a workload selects will be its own."""
    for job in kubernetes.jobs(namespace.name):
        over = any(each.type in ("Complete", "Failed") and each.status == "True" for each in job.status.conditions)
        if not job.metadata.owner_references and not over:
            yield job
    for pod in kubernetes.pods(namespace=namespace.name):
        alone = not pod.metadata.owner_references and pod.phase not in ("Succeeded", "Failed")
        if alone and kubernetes.owner_of(pod)[0] == "Pod":
            yield pod
