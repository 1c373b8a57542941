"""Data platforms: do their networks let the site in?"""

import ipaddress

import pytest

#: The rule by which a firewall admits whatever runs in Azure, and so whatever leaves a cluster.
AZURE = (ipaddress.ip_address(0), ipaddress.ip_address(0))


@pytest.mark.check(
    severity="blocker",
    remedy="Approve the private endpoint in the site's network, or admit the site's outgoing addresses.",
)
def test_platform_workspaces(data_platform, arm, site, declared):
    """Every declared data platform lets this site in: through an approved private endpoint, or in public.

    The platform's firewall knows the outgoing addresses of the old region. Jobs start on the new one, wait for their
    workspace until they time out, and the report of the morning is missing.
    """
    found = arm.data_platforms(data_platform)
    assert found is not None, f"{data_platform} is declared for {site} but does not exist."
    near = [link for link in found.links if lies_in(link.prefixes, site.networks)]
    if any(link.approved for link in near):
        return
    unknown = [link for link in found.links if link.prefixes is None and link.approved]
    pending = "".join(f"; {link} is {link.status}" for link in near)
    if not found.public:
        told = f"it refuses public networks, and has no approved private endpoint in {' or '.join(site.networks)}"
    elif found.firewall is None:
        return
    else:
        egress = [address for each in declared("egress") for address in each.addresses]
        told = strangers(data_platform, site, found, egress)
    if unknown and told:
        raise LookupError(f"{data_platform} in {site} cannot be judged: {unknown[0].unknown}")
    assert not told, f"{found.kind} workspace {data_platform} does not let {site} in: {told}{pending}."


def strangers(data_platform, site, found, egress):
    """In words, which outgoing addresses of the site the firewall does not know; nothing where it knows all."""
    spans = [(ipaddress.ip_address(each.first), ipaddress.ip_address(each.last)) for each in found.firewall]
    if AZURE in spans or any(int(first) == 0 and int(last) == 2**first.max_prefixlen - 1 for first, last in spans):
        return None
    if not egress:
        raise LookupError(
            f"{data_platform} in {site} cannot be judged: it admits {named(found.firewall)}, and platform.egress does "
            "not declare from which addresses the site leaves."
        )
    absent = [address for address in egress if not any(within(address, span) for span in spans)]
    return f"no firewall rule admits {', '.join(absent)}; it admits {named(found.firewall)}" if absent else None


def within(address, span):
    """Whether an address lies between two, of the same version."""
    one = ipaddress.ip_address(address)
    return one.version == span[0].version and span[0] <= one <= span[1]


def named(firewall):
    """The rules for the reader."""
    return ", ".join(f"{each.first} to {each.last} ({each.rule})" for each in firewall) or "nobody"


def lies_in(prefixes, networks):
    """Whether one of these address ranges lies in one of the networks."""
    return any(inside(prefix, network) for prefix in prefixes or () for network in networks)


def inside(prefix, network):
    """Whether an address range lies in a network."""
    one, other = ipaddress.ip_network(prefix), ipaddress.ip_network(network)
    return one.network_address in other and one.broadcast_address in other
