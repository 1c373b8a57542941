"""Redirects that lead back to a legacy place."""

import ipaddress

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("active", "target"),
    remedy="Correct the redirect where it is made: the ingress's rules and annotations, the application's base URL, "
    "or the record of the name that it leads to.",
)
def test_redirects(http_endpoint, web, site, legacy, sites):
    """No hop of a declared endpoint's redirects is a legacy host or address.

    The new site answers, and its login page sends the browser to the old portal, since the base URL was never changed.
    It works for as long as the old place runs. A name that was forgotten in DNS does the same, one hop later.
    """
    surface = f"endpoint/{http_endpoint.service}/{http_endpoint.id}"
    old = [network for other in sites.values() if other.legacy for network in other.networks]
    found: dict[str, None] = {}
    for probe in web.made(http_endpoint):
        for hop in hops(probe):
            named = [*legacy.named_in(" ".join(hop)), *(word for word in hop if inside(word, old))]
            if named and not legacy.allowed(surface):
                found.setdefault(f"{described(probe, hop)}, which is legacy ({', '.join(dict.fromkeys(named))})", None)
    assert not found, f"{http_endpoint} in {site} leads to a legacy place: {'; '.join(found)}."
    list(web.probes(http_endpoint))


def hops(probe):
    """(URL or host, address) of the endpoint itself and of every place that it redirects to."""
    addresses = [*(hop.address for hop in probe.redirects), probe.reached]
    places = [probe.host, *(hop.location for hop in probe.redirects)]
    return [(place, address or "") for place, address in zip(places, addresses, strict=True)]


def described(probe, hop):
    """One hop for the reader: how it was come to, and the address behind it."""
    place, address = hop
    by = next((f"it redirects ({each.status}) to " for each in probe.redirects if each.location == place), "")
    return f"{by}{place}" + (f" at {address}" if address else "")


def inside(word, networks):
    """Whether a word is an address in one of the networks."""
    try:
        found = ipaddress.ip_address(word)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network) for network in networks)
