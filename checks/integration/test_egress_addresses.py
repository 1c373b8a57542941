"""The addresses by which partners know a site."""

import ipaddress

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Let the site leave through the addresses that partners know (the NAT gateway, the load balancer's outbound "
    "addresses, the firewall), or have the new ones put on their lists before the move.",
)
def test_egress_addresses(egress, arm, site):
    """The site leaves only through addresses that partners have on their allow-lists.

    Everything inside works, and the first call to the bank is dropped without an answer: the new site leaves through
    an address that nobody announced, since its NAT gateway got a second one for its ports, or since the subnet was
    never put behind it.
    """
    found = arm.outgoing_addresses(egress)
    assert found is not None, f"The cluster of {site} does not exist, so it leaves through no declared address."
    declared = ", ".join(str(address) for address in egress.addresses)
    assert not found.closed, (
        f"Cluster {found.cluster} in {site} is to leave through NAT gateways (outboundType {found.outbound_type}), "
        f"but {', '.join(found.closed)} has none: its pods leave through no declared address ({declared})."
    )
    assert not found.astray, (
        f"Cluster {found.cluster} in {site} does not leave through the addresses that partners know ({declared}): "
        f"{'; '.join(found.astray)} (outboundType {found.outbound_type})."
    )
    assert found.addresses, (
        f"Cluster {found.cluster} in {site} has no public way out (outboundType {found.outbound_type}), "
        f"declared is {declared}."
    )
    known = [ipaddress.ip_network(str(address)) for address in egress.addresses]
    strange = [f"{each.block} of {each.through}" for each in found.addresses if not within(each.block, known)]
    assert not strange, (
        f"Cluster {found.cluster} in {site} leaves through {', '.join(strange)} (outboundType {found.outbound_type}), "
        f"of which partners know nothing: declared is {declared}."
    )


def within(block, known):
    """Whether every address of a block is declared."""
    network = ipaddress.ip_network(block)
    return all(any(each.version == one.version and each.subnet_of(one) for one in known) for each in pieces(network))


def pieces(network):
    """The single addresses of a small block; a large one as a whole."""
    return network.subnets(new_prefix=network.max_prefixlen) if network.num_addresses <= 256 else [network]
