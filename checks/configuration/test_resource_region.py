"""Azure resources that configuration names: do they stand in this site's region?"""

from collections import defaultdict

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Name the resource of this site's region, or one that follows the move. Allow a host under `drift.allow`, "
    "with a reason, if it is in another region on purpose.",
)
def test_resource_region(namespace, kubernetes, arm, site, drift, shortened):
    """Every Azure host in a service's configuration is that of a resource in this site's region, or of a global one.

    Names promise nothing: the account of the new site was made in the old region by a default of the pipeline, or its
    data is served from the other region since the last failover. Everything works, until that region is gone.
    """
    if not any(each.name == namespace.name for each in kubernetes.namespaces()):
        raise LookupError(f"{namespace} does not exist in {site}, so nothing in it can be judged.")
    azure = arm.azure_hosts(namespace)
    found = named(kubernetes.surfaces(namespace.name), azure, drift)
    placed = {host: azure.regions_of(host) for host in found}
    away = [
        f"{host} is in {shortened(regions)} ({told(found[host])})"
        for host, regions in placed.items()
        if regions is not None and azure.here not in regions
    ]
    assert not away, (
        f"Configuration of {namespace.service} in {namespace} of {site} names resources of other regions: "
        f"{shortened(away)}; declared is {azure.here}, or a resource of all sites."
    )
    unknown = [f"{host} ({told(found[host])})" for host, regions in placed.items() if regions is None]
    if unknown:
        raise LookupError(
            f"Where configuration of {namespace} in {site} leads cannot be said: no resource that may be seen in the "
            f"subscription has the host {shortened(unknown)}."
        )


def named(surfaces, azure, drift):
    """The surfaces by the Azure hosts that they name, without those that may name another site."""
    found = defaultdict(list)
    for surface in surfaces:
        for host in azure.named_in(surface.value):
            if not drift.allowed(surface.surface, surface.path):
                found[host].append(str(surface))
    return found


def told(surfaces):
    """The first surface, and how many more there are."""
    kept = list(dict.fromkeys(surfaces))
    return kept[0] + (f" and {len(kept) - 1} more" if len(kept) > 1 else "")
