"""Firewalls of stores, vaults, databases and buses: do they let the site's pods in?"""

import ipaddress

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Add the site's node subnet (and its service endpoint) or its outgoing addresses to the resource's network "
    "rules, or give the resource an approved private endpoint in the site's network.",
)
def test_resource_firewalls(dependency, arm, declared, site):
    """What the site's services need lets them in: by a private endpoint of the site, or by its network rules.

    The rules deny by default and admit the subnets of the site that has always worked. The new site's pods get 403
    "This request is not authorized to perform this operation", and no deployment ever noticed. `bypass: AzureServices`
    helps nobody: a pod is no trusted service.
    """
    found = arm.firewall(dependency)
    if found is None:
        raise LookupError(
            f"ARM knows no {dependency.own_id} in the resource group of {site}, so nobody can say whom it lets in: "
            f"declare it with its full id."
        )
    if any(link.own and link.approved for link in found.links) or (found.joined and found.joined in found.own_networks):
        return
    refusal = refused(dependency, found, [str(each) for way in declared("egress") for each in way.addresses])
    unknown = [link.unknown for link in found.links if link.unknown]
    if refusal and unknown:
        raise LookupError(f"{dependency} may have a private endpoint in {site}, but {'; '.join(unknown)}.")
    links = ", ".join(f"{link.name} is {link.status} in {link.network or 'no network'}" for link in found.links)
    assert not refusal, (
        f"{dependency} does not let {site} in: {refusal}; "
        f"{f'its private endpoints are no help: {links}' if links else 'it has no private endpoint'}."
    )


def refused(dependency, found, egress):
    """In words, why the public front end does not let the site in; None where it does."""
    if found.joined:
        return f"it stands in {tail(found.joined)}, which is not the network of the site's nodes"
    if found.public is None or found.public.lower() not in ("enabled", "disabled"):
        raise LookupError(f"ARM does not say whether {dependency} is open to public networks ({found.public}).")
    if found.public.lower() == "disabled":
        return "public network access is Disabled"
    if found.default is None:
        raise LookupError(f"ARM does not say what the network rules of {dependency} do by default.")
    if found.default == "allow" or found.azure or (egress and all(inside(each, found.ranges) for each in egress)):
        return None
    missing = [node for node in found.nodes if node.id not in found.subnets]
    bare = [node for node in found.nodes if node.id in found.subnets and not node.endpoint]
    if found.nodes and not missing and not bare:
        return None
    if not missing and bare:
        return f"{', '.join(subnet(node.id) for node in bare)} is admitted, but has no service endpoint for it"
    admitted = ", ".join(subnet(each) for each in found.subnets) or "no subnet"
    wanted = ", ".join(subnet(node.id) for node in missing) or "the site's nodes"
    if found.ranges:
        admitted += f" and {', '.join(map(spelled, found.ranges))}"
        wanted += f" or {', '.join(egress) or 'addresses that platform.egress declares'}"
    bypass = f" (bypass {found.bypass} lets no pod in)" if found.bypass else ""
    return f"its rules deny by default{bypass} and admit {admitted}, not {wanted}"


def inside(address, ranges):
    """Whether an address lies in any of the ranges."""
    wanted = ipaddress.ip_address(address)
    bounds = ((ipaddress.ip_address(first), ipaddress.ip_address(last)) for first, last in ranges)
    return any(first.version == wanted.version and int(first) <= int(wanted) <= int(last) for first, last in bounds)


def spelled(range_):
    """A range for the reader: ``20.60.1.0-20.60.1.15``, or its one address."""
    return range_[0] if range_[0] == range_[1] else "-".join(range_)


def subnet(id_):
    """A subnet with its network: ``vnet-neu/snet-nodes``."""
    parts = id_.split("/")
    return f"{parts[-3]}/{parts[-1]}" if len(parts) > 2 else id_


def tail(id_):
    """The name at the end of an id."""
    return id_.rpartition("/")[2]
