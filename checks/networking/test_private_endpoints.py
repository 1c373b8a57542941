"""Private endpoints: the way from a site to what it may reach only in private."""

import pytest


@pytest.mark.check(
    severity="blocker",
    declares="private",
    remedy="Create a private endpoint for the resource in this site's network, with the group named, and approve its "
    "connection at the resource.",
)
def test_private_endpoints(dependency, arm, site):
    """Everything that is reached in private has an approved private endpoint in the network of this site.

    The endpoint was made with the site, and its connection is Pending until somebody with rights on the store approves
    it. Or the new site borrows the endpoint of the old one across the peering, and goes down with it.
    """
    found = arm.private_links(dependency)
    if found is None:
        raise LookupError(
            f"ARM knows no {dependency.own_id} in the resource group of {site}, so nobody can say how it is reached: "
            f"declare it with its full id."
        )
    faults = {link.name: fault(link, dependency, site) for link in found.links if not link.unknown}
    led = None in faults.values()
    unknown = [link.unknown for link in found.links if link.unknown]
    if unknown and not led:
        raise LookupError(f"{dependency} may have a private endpoint in {site}, but {'; '.join(unknown)}.")
    told = "; ".join(f"{name} {said}" for name, said in faults.items()) or "it has none at all"
    assert led, (
        f"{dependency} has no private endpoint for {dependency.group} that lets {site} "
        f"({', '.join(site.networks) or 'no networks declared'}) in: {told}."
    )


def fault(link, dependency, site):
    """In words, why a private endpoint is not the way from the site; None where it is."""
    if not link.own:
        stands = f"stands in {link.network or 'no network'}" + (
            f" ({', '.join(link.addresses)})" if link.addresses else ""
        )
        return f"{stands}, not in the network of {site}"
    if dependency.group.lower() not in {group.lower() for group in link.groups}:
        return f"is for {', '.join(link.groups) or 'no group'}"
    return None if link.approved else f"is {link.status}"
