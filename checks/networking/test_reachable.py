"""Declared endpoints can be reached, and what is reached is where it must be."""

import ipaddress

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Follow the address that was reached: the DNS zone and its link, the private endpoint, routes, firewalls, "
    "and then the listener.",
    roles=("active", "target", "routed"),
)
def test_reachable(endpoint, web, site, other_sites):
    """Every declared endpoint accepts a connection, at an address where it must be.

    A database whose private endpoint was never created answers from its public address, until the firewall is closed.
    A name that still leads into the other site's network works on the day of the move and fails with that site.
    """
    faults = []
    for probe in web.made(endpoint):
        fault = unreachable(endpoint, probe) or astray(endpoint, probe, site, other_sites)
        faults += [fault] if fault else []
    assert not faults, f"{endpoint} is not reached from {site} as it must be: {'; '.join(faults)}."
    list(web.probes(endpoint))


def unreachable(endpoint, probe):
    """In words, that no connection or no TLS handshake came about; None where it did."""
    at = f"{probe.address or probe.host}:{probe.port}"
    if not probe.connected:
        return f"{at}: {probe.error}"
    if (endpoint.url or "").startswith("https://") and probe.tls is None:
        return f"{at} accepts connections but no TLS handshake: {probe.error}"
    return None


def astray(endpoint, probe, site, other_sites):
    """In words, that the address reached is not one that this site may lead to; None where it is."""
    if endpoint.via == "ingress":
        return None if probe.address in site.ingress else f"{probe.address} is no ingress address of {site}"
    inside = lies_in(probe.address, site.networks)
    owner = next((other for other in other_sites if lies_in(probe.address, other.networks)), None)
    private = endpoint.private or endpoint.from_site is not None
    if endpoint.private and not site.networks and not owner and not ipaddress.ip_address(probe.address).is_private:
        return f"{probe.host} leads to {probe.address}, which is no private address"
    if inside or not (owner or (private and site.networks)):
        return None
    whose = f" and inside those of {owner}" if owner else ""
    return f"{probe.host} leads to {probe.address}, outside the networks of {site} ({', '.join(site.networks)}){whose}"


def lies_in(address, networks):
    """Whether an address lies in any of the networks."""
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(network) for network in networks)
