"""Regional quota: will Azure hand out the nodes that the target's pools are allowed to ask for?"""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target",),
    remedy="Ask for more quota of the family named in the target's region (it may take days), or let the pools use a "
    "size whose family has room.",
)
def test_regional_quota(node_pool, arm, site):
    """The subscription's core quotas in the target's region cover the cluster's node pools at their largest.

    Quotas belong to a region, and nobody asked for any where the site idles with three nodes. When the load arrives
    the autoscaler asks for the fourth, Azure answers "Operation could not be completed as it results in exceeding
    approved standardDDSv5Family Cores quota", and raising it is a ticket with somebody else's working hours.
    """
    found = arm.regional_quota(node_pool)
    if found is None:
        raise LookupError(f"ARM knows no pool {node_pool.name} in {site}, so nobody can say what it would ask for.")
    assert not found.refused, (
        f"pool {node_pool.name} in {site} cannot grow: {found.size} is not offered to the subscription in "
        f"{found.region} ({found.refused})."
    )
    short = [told(quota) for quota in found.quotas if needed(quota) > max(quota.limit - quota.used, 0)]
    assert not short, (
        f"pool {node_pool.name} in {site} cannot grow as allowed, {found.region} grants {'; '.join(short)}."
    )


def needed(quota):
    """The cores that all pools together may still ask of a quota."""
    return sum(claim.more for claim in quota.claims)


def told(quota):
    """A quota that does not suffice, term by term."""
    terms = ", ".join(
        f"{claim.pool} from {claim.nodes} to {claim.most} x {claim.size} of {claim.cores} vCPUs"
        for claim in quota.claims
        if claim.more
    )
    return f"{quota.limit} of {quota.name}, {quota.used} are used, and {needed(quota)} more are needed ({terms})"
