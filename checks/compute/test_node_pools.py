"""Clusters and node pools, as Azure has them: asked of the management API, which answers for a stopped cluster too."""

import re

import pytest

#: How many minor versions a node may be behind its control plane.
SKEW = 3


@pytest.mark.check(
    severity="blocker",
    remedy="Start what is stopped, finish or repair the operation that is under way, and set the pool's count and its "
    "autoscaler's bounds to what is declared (or correct the declaration).",
)
def test_node_pools(cluster, arm, declared, site):
    """The cluster and its node pools run, are provisioned, and may have as many nodes as declared.

    The standby cluster was stopped to save money, and its pipeline of deployments had been green for weeks. Or a pool
    was resized for a test: its autoscaler stops at three nodes, nobody notices while the site idles, and at the move
    half of the pods stay Pending.
    """
    found = arm.node_pools(cluster)
    assert found is not None, f"{cluster} does not exist in the resource group of {site}, but is declared for it."
    state = stopped(found.power) or unfinished(found.provisioning)
    assert not state, f"{cluster} in {site} {state}, must be Running and Succeeded."
    if not found.pools:
        raise LookupError(f"{cluster} in {site} showed no node pool, and every cluster has one.")
    bounds = {pool.name.lower(): pool for pool in declared("node_pool")}
    names = {pool.name.lower() for pool in found.pools}
    problems = [f"there is no pool {pool.name}, which is declared" for key, pool in bounds.items() if key not in names]
    for pool in found.pools:
        problems += [f"pool {pool.name} {fault}" for fault in faults(pool, found, bounds.get(pool.name.lower()))]
    assert not problems, f"{cluster} in {site}: {'; '.join(problems)}."


def faults(pool, found, bounds):
    """In words, everything that is wrong with a pool."""
    if state := stopped(pool.power) or unfinished(pool.provisioning):
        yield state + (f" ({pool.problem})" if pool.problem else "")
    elif bounds is not None:
        yield from out_of(pool, bounds)
    if skew := behind(pool.version, found.version):
        yield skew


def stopped(power):
    """In words, that something does not run."""
    return None if power.lower() == "running" else f"is {power}"


def unfinished(provisioning):
    """In words, that the last operation failed or goes on."""
    return None if provisioning.lower() == "succeeded" else f"is in the state {provisioning}"


def out_of(pool, bounds):
    """In words, how the size of a pool, now or at most, is outside of what is declared."""
    wanted = f"declared are {bounds.min} to {bounds.max}"
    if not bounds.min <= pool.count <= max(bounds.max, pool.most if pool.autoscaled else 0):
        yield f"has {pool.count} nodes, {wanted}"
    if pool.autoscaled and pool.least < bounds.min:
        yield f"may shrink to {pool.least} nodes, {wanted}"
    if pool.most < bounds.max:
        yield (
            f"may grow to {pool.most} nodes only, {wanted}"
            if pool.autoscaled
            else f"is not autoscaled and stays at {pool.count} nodes, {wanted}"
        )


def behind(version, of_cluster):
    """In words, that a pool's version does not go with the cluster's."""
    own, control = minor(version), minor(of_cluster)
    if own > control:
        return f"has version {version}, newer than the cluster's {of_cluster}"
    if own[0] != control[0] or control[1] - own[1] > SKEW:
        return f"has version {version}, more than {SKEW} minor versions behind the cluster's {of_cluster}"
    return None


def minor(version):
    """Major and minor of a version such as ``1.34.2``."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    if not found:
        raise LookupError(f"{version!r} is no version of Kubernetes.")
    return int(found[1]), int(found[2])
