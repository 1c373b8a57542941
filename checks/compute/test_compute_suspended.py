"""The site that is to rest: does nothing run there beyond what is declared for it?"""

from collections import Counter, defaultdict

import pytest


@pytest.mark.check(
    severity="warning",
    blocker_in=("post-cutover", "post-failback"),
    roles=("passive",),
    remedy="Scale the workload to its declared passive replicas, pause its scaler, suspend its jobs and end their "
    "pods, remove what nobody declared; give the node pool its declared size.",
)
def test_compute_suspended(tenant, kubernetes, declared, site, shortened):
    """The passive site runs its declared passive replicas, nothing beside them, on pools of the declared size.

    One Deployment was forgotten when the old site was scaled down, a run of last night's export goes on, a copy that
    somebody made by hand still consumes: the work is done twice, with stale data, at a place nobody watches any more.
    A pool that was shrunk below its minimum instead cannot take the work back.
    """
    problems = (
        sizes(tenant, kubernetes) if tenant.namespace is None else extra(tenant, kubernetes, declared, site, shortened)
    )
    what = "are not of the declared size" if tenant.namespace is None else "does not rest"
    assert not problems, f"{str(tenant).capitalize()} in {site}, which is passive, {what}: {'; '.join(problems)}."


def sizes(tenant, kubernetes):
    """The pools with fewer or more nodes than declared."""
    nodes = Counter(node.pool for node in kubernetes.nodes())
    return [
        f"{pool.name} has {nodes[pool.name]} nodes, declared are {pool.min} to {pool.max}"
        for pool in tenant.pools
        if not pool.min <= nodes[pool.name] <= pool.max
    ]


def extra(tenant, kubernetes, declared, site, shortened):
    """What runs in a namespace beyond the declared passive replicas of its service."""
    if all(each.name != tenant.namespace for each in kubernetes.namespaces()):
        raise LookupError(f"Namespace {tenant.namespace} does not exist in {site}, so nobody can say what runs in it.")
    running = defaultdict(list)
    for pod in kubernetes.pods(namespace=tenant.namespace):
        if pod.phase not in ("Succeeded", "Failed"):
            running[kubernetes.owner_of(pod)].append(pod)
    own = [each for each in declared("workload") if each.namespace == tenant.namespace]
    jobs = [each for each in declared("job") if each.namespace == tenant.namespace]
    problems = [
        problem
        for workload in own
        if workload.service == tenant.service and workload.replicas is not None
        for problem in awake(workload, kubernetes.workload(workload), running, shortened)
    ]
    problems += [
        f"{job} still runs ({told(running['CronJob', job.namespace, job.name], shortened)})"
        for job in jobs
        if job.service == tenant.service
        and ("CronJob", job.namespace, job.name) in running
        and not job.runs_on(active=site.active, is_from=site.is_from, is_to=site.is_to)
    ]
    known = {(each.kind, each.namespace, each.name) for each in own} | {
        ("CronJob", job.namespace, job.name) for job in jobs
    }
    return [*problems, *strangers(kubernetes, tenant.namespace, running, known, shortened)]


def awake(workload, found, running, shortened):
    """Whether a workload asks for more than its passive replicas, or its pods live on where none are to be."""
    pods = running.get((workload.kind, workload.namespace, workload.name), [])
    wanted = workload.replicas.passive
    if found is not None and found.desired > wanted:
        yield f"{workload} asks for {found.desired} replicas, declared are {wanted} ({len(pods)} pods run)"
    elif pods and wanted == 0:
        yield f"{workload} is scaled to zero, and still there are {told(pods, shortened)}"


def strangers(kubernetes, namespace, running, known, shortened):
    """What runs and nobody declared; agents of the nodes, and what an operator keeps, are not of the service."""
    kept = {
        (each.kind, each.namespace, each.name)
        for each in kubernetes.workloads(namespace)
        if each.metadata.owner_references
    }
    for owner, pods in sorted(running.items()):
        if owner not in known and owner not in kept and owner[0] in LOOSE:
            yield f"{owner[0]} {owner[2]}, which nobody declared, runs ({told(pods, shortened)})"


LOOSE = ("Deployment", "StatefulSet", "ReplicaSet", "CronJob", "Job", "Pod")


def told(pods, shortened):
    """Pods by name, those that are being ended as such."""
    names = sorted(f"{pod.name}{' being ended' if pod.terminating else ''}" for pod in pods)
    return shortened([f"pod {name}" for name in names])
