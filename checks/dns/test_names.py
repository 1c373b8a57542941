"""Declared names lead where they must, and lead there every time."""

import ipaddress

import pytest

ADDRESSES = ("A", "AAAA")


@pytest.mark.check(
    severity="blocker",
    remedy="Correct the record in the zone that this view reads (public and private zones are different ones), "
    "then wait out its TTL.",
)
def test_record(name, dns, cutover):
    """Every declared name leads where it must in this phase, on every server of the resolver.

    The public record was switched and the private zone was forgotten, so customers see the new site and its own pods
    call the old one. Or a name leads nowhere in the one view that nobody looks from until the switch.
    """
    expected, other = expectations(name, cutover)
    said: dict[str, None] = {}
    for answer in dns.given(name):
        fault = absence(answer) or misled(answer, expected, other)
        if fault:
            said.setdefault(f"{answer.server} {fault}", None)
    assert not said, f"{name} {wanted(expected, cutover)} in the view {dns.place}: {'; '.join(said)}."
    list(dns.answers(name))


@pytest.mark.check(
    severity="blocker",
    remedy="Compare the zone's serial on all its name servers and the records behind each; remove the stale one, "
    "or declare every answer that is meant.",
)
def test_consistent(name, dns, cutover):
    """Asked again, and at every server, a declared name gives one and the same answer.

    A secondary that missed the last transfer, or a second record that was left behind, sends every n-th client to the
    old site. Each single look seems right. Answers in turn are fine where all of them are declared.
    """
    expected, _ = expectations(name, cutover)
    answers = list(dns.given(name))
    held = list(dns.name_servers(name))
    differing = apart(answers, expected)
    for hop in dict.fromkeys(answer.name for answer in held):
        differing += apart([answer for answer in held if answer.name == hop], expected)
    assert not differing, f"{name} has more than one answer in the view {dns.place}: {'; '.join(differing)}."
    list(dns.answers(name))


@pytest.mark.check(
    severity="blocker",
    declares="private",
    remedy="Link the private zone to this site's network and let its record hold the address of this site's private "
    "endpoint; where the zone is shared, give each site a record or a zone of its own.",
)
def test_private_zone(name, dns, arm_of_sites, sites):
    """Every private name leads to an address inside the networks of its own site.

    The private zone was never linked to the new network, so the name leads to the public front end, which the firewall
    closes to everybody. Or one zone serves both sites, and the new pods work on the private endpoint of the old one
    until that site is switched off. Where Azure can be asked, the zone's link to the site's network and its record are
    judged as well: a cache still answers for a while after either is gone.
    """
    own = [sites[name.site]] if name.site else seen_from(dns.place, name, sites)
    said: dict[str, None] = {}
    for answer in dns.given(name):
        fault = unrecorded(answer) if not answer.addresses else outside(answer, own, sites)
        if fault:
            said.setdefault(f"{answer.server} {fault}", None)
    networks = " or ".join(f"{site} ({', '.join(site.networks) or 'none declared'})" for site in own)
    assert not said, f"{name} does not lead into the networks of {networks} in the view {dns.place}: {'; '.join(said)}."
    told = [
        f"in {found.site} {fault}"
        for site in own
        if str(site) in arm_of_sites
        for found in arm_of_sites[str(site)].private_zones(name)
        if found.site == str(site)
        for fault in unzoned(found)
    ]
    assert not told, f"{name} is not looked up as it must be: {'; '.join(told)}."
    list(dns.answers(name))


def seen_from(view, name, sites):
    """The sites whose networks a name of no site may lead into: where it does not move, that of a site's own view."""
    known = [site for site in sites.values() if not site.legacy]
    own = [site for site in known if view in (site.name, site.vantage)]
    return own if len(own) == 1 and not name.before else known


def unzoned(found):
    """In words, what is wrong with every private zone that may answer for a name; nothing where one of them does."""
    faults = [list(misrecorded(zone, found)) for zone in found.zones]
    return [] if [] in faults else [fault for each in faults for fault in each]


def misrecorded(zone, found):
    """In words, everything that is wrong with one zone in the network of a site."""
    where = f"the zone {zone.name} in {zone.group}"
    if zone.link is None and not zone.elsewhere:
        yield f"{where} is not linked to {found.network}"
    elif zone.link is not None and zone.link.lower() != "completed":
        yield f"the link of {where} to {found.network} is {zone.link}"
    if not zone.addresses:
        yield f"{where} lacks the record"
    elif not (
        set(zone.addresses) <= set(found.endpoints) or (found.more and set(zone.addresses) & set(found.endpoints))
    ):
        yield f"{where} says {', '.join(zone.addresses)}, the site's private endpoint has {', '.join(found.endpoints)}"


def expectations(name, cutover):
    """What the name must lead to now, and what it must not lead on to."""
    before, after = set(map(folded, name.before)), set(map(folded, name.after))
    routed = [cutover.from_site.routed, cutover.to_site.routed]
    expected = set().union(*(targets for targets, now in zip((before, after), routed, strict=True) if now))
    return expected, (before | after) - expected


def absence(answer):
    """In words, that the answer holds no address; None where it does."""
    asked = "it" if answer.canonical == folded(answer.name) else f"its target {answer.canonical}"
    if answer.rcode == "NXDOMAIN":
        return f"says that {asked} does not exist (NXDOMAIN)"
    if answer.rcode != "NOERROR":
        return f"fails to answer ({answer.rcode})"
    return None if answer.addresses else f"has no address for {asked}" + (f" ({answer.error})" if answer.error else "")


def misled(answer, expected, other):
    """In words, that the answer leads elsewhere than expected; None where it does not, or nothing is expected."""
    if not expected:
        return None
    through, ends = set(map(folded, answer.targets)), set(map(folded, answer.addresses))
    if through & other or ends & other or not (through & expected or ends <= expected):
        path = [*answer.targets, ", ".join(answer.addresses)]
        return f"leads to {' and on to '.join(path)}"
    return None


def unrecorded(answer):
    """In words, that a private name has no address: its zone lacks the record, or nothing answers for it."""
    zone = answer.canonical.partition(".")[2]
    if answer.rcode == "NXDOMAIN" and zone.startswith("privatelink."):
        return f"finds no record for {answer.canonical}: the zone {zone} is linked there and lacks it"
    return absence(answer)


def outside(answer, own, sites):
    """In words, that an answer leads out of a site's networks; None where all its addresses lie inside."""
    networks = [network for site in own for network in site.networks]
    strays = [address for address in answer.addresses if not private(address, networks)]
    if not strays:
        return None
    owners = [str(site) for site in sites.values() if any(lies_in(stray, site.networks) for stray in strays)]
    if owners:
        return f"leads to {', '.join(strays)}, which is inside those of {' and '.join(owners)}"
    through = next((target for target in answer.targets if ".privatelink." in f".{folded(target)}"), None)
    zone = through.partition(".")[2] if through else ""
    public = any(not ipaddress.ip_address(stray).is_private for stray in strays)
    return f"leads to {', '.join(strays)}" + (f", as where no zone {zone} is linked" if zone and public else "")


def wanted(expected, cutover):
    """What is not true of the name, in words."""
    if not expected:
        return "leads nowhere"
    routed = " and ".join(str(site) for site in (cutover.from_site, cutover.to_site) if site.routed)
    return f"does not lead to {' or '.join(sorted(expected))}, as it must while {routed} is routed,"


def apart(answers, expected):
    """In words, the answers that differ from one another, each with the servers that gave it; nothing if they agree.

    Addresses of IPv6 are left out where one server was not heard about them, since that makes no second answer.
    """
    whole = not any(answer.error for answer in answers)
    groups: dict[str | tuple[str, ...] | None, dict[str, list[str]]] = {}
    for answer in answers:
        group = groups.setdefault(declared_as(answer, expected), {})
        group.setdefault(content(answer, whole=whole), []).append(answer.server)
    undeclared = None in groups and len(groups) > 1
    if not undeclared and all(len(group) == 1 for key, group in groups.items() if key != ADDRESSES):
        return []
    return [
        f"{' and '.join(dict.fromkeys(servers))} {'says' if len(set(servers)) == 1 else 'say'} {told}"
        for group in groups.values()
        for told, servers in group.items()
    ]


def declared_as(answer, expected):
    """The declared target that the answer runs through; ADDRESSES where all its addresses are declared; else None."""
    target = next((target for target in map(folded, answer.targets) if target in expected), None)
    if target is None and answer.addresses and set(map(folded, answer.addresses)) <= expected:
        return ADDRESSES
    return target


def content(answer, *, whole):
    """What an answer says, in words that do not depend on the order of its records."""
    if answer.rcode != "NOERROR":
        return answer.rcode
    addresses = sorted(hop.target for hop in answer.chain if hop.type == "A" or (whole and hop.type == "AAAA"))
    path = [*map(folded, answer.targets), ", ".join(addresses)]
    return " and on to ".join(step for step in path if step) or "that it has no address"


def private(address, networks):
    """Whether an address lies in the networks, or is private at all where no networks are declared."""
    return lies_in(address, networks) if networks else ipaddress.ip_address(address).is_private


def lies_in(address, networks):
    """Whether an address lies in any of the networks."""
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(network) for network in networks)


def folded(text):
    """A name or address as it is compared: case, the trailing dot and the spelling of IPv6 do not matter."""
    text = str(text).rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text
