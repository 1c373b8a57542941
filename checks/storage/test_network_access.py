"""Storage accounts: may the pods of a site come in?"""

import ipaddress

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Approve the private endpoint of the site (`az network private-endpoint-connection approve`), or add the "
    "subnet of its nodes to the account's network rules, with a service endpoint for storage.",
)
def test_network_access(storage_account, arm, sites):
    """The account lets in every site that works or is to work: by a private endpoint of the site, or by its rules.

    The endpoint of the new site waits for somebody to approve it, or the rules still admit the subnet of the old one:
    every read ends with 403 AuthorizationFailure. Rules for public addresses do not help a site in the account's own
    region, since requests from there come from private addresses.
    """
    refused = []
    for seen in arm.storage_networks(storage_account):
        if sites[seen.site].active or sites[seen.site].target:
            refused += closed(storage_account, seen)
    assert not refused, (
        f"Storage account {storage_account.id} of {storage_account.service} is closed: {'; '.join(refused)}."
    )


def closed(account, seen):
    """In words, why an account does not let a site in; nothing where it does."""
    if seen.firewall is None:
        raise LookupError(f"Storage account {account.id} does not exist, so nobody can say whom it lets in.")
    own = [link for link in seen.firewall.links if link.own]
    if any(link.approved and link.serves("blob") for link in own):
        return
    reason = by_rules(account, seen)
    unknown = [link.unknown for link in seen.firewall.links if link.unknown]
    if reason and unknown:
        raise LookupError(f"{account.id} may have a private endpoint in {seen.site}, but {'; '.join(unknown)}.")
    if reason:
        endpoints = ", ".join(f"its private endpoint {link.name} there is {told(link)}" for link in own)
        yield f"to {seen.site}, since {reason}, and {endpoints or 'it has no private endpoint there'}"


def by_rules(account, seen):
    """In words, why the rules of the account do not let a site in; None where they do."""
    found = seen.firewall
    if found.public is None:
        raise LookupError(f"ARM does not say whether storage account {account.id} is open to public networks.")
    if found.public.lower() == "securedbyperimeter":
        raise LookupError(f"A network security perimeter guards storage account {account.id}; its rules are not read.")
    if found.public.lower() != "enabled":
        return f"public network access is {found.public}"
    if found.default is None:
        raise LookupError(f"ARM does not say what the network rules of storage account {account.id} do by default.")
    if found.default == "allow" or (not seen.near and within(seen.egress, found.ranges)):
        return None
    missing = [node.id for node in found.nodes if node.id not in found.subnets]
    bare = [node.id for node in found.nodes if node.id in found.subnets and not node.endpoint]
    if found.nodes and not missing and not bare:
        return None
    if bare and not missing:
        return f"its rules admit {named(bare)}, which has no service endpoint for storage"
    near = " (rules for addresses do not count in the account's own region)" if seen.near and found.ranges else ""
    return f"its rules admit {named(found.subnets)}, not {named(missing) or 'the nodes of the site'}{near}"


def told(link):
    """What keeps an endpoint from letting anybody in to blobs: its state, or that it leads to something else."""
    return link.status if link.serves("blob") else f"for {', '.join(link.groups)}, not for blob"


def within(addresses, ranges):
    """Whether all addresses lie in the ranges; without any address nothing is known to."""
    bounds = [(int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last))) for first, last in ranges]
    told = [int(ipaddress.ip_address(address)) for address in addresses]
    return bool(told) and all(any(first <= each <= last for first, last in bounds) for each in told)


def named(subnets):
    """Subnets with their networks: ``vnet-neu/snet-nodes``."""
    return ", ".join("/".join((each.split("/")[-3], each.split("/")[-1])) for each in subnets) or "no subnet"
