"""Geo aliases: one name for two namespaces, which must lead to the one that works."""

import ipaddress
from functools import partial

import pytest

PRIMARY, SECONDARY, NOT_PAIRED = "primary", "secondary", "primarynotreplicating"


@pytest.mark.check(
    severity="blocker",
    remedy="Fail the alias over to the namespace of the active site; before the next move pair the two again "
    "(`az servicebus georecovery-alias set`), which needs the other namespace to be empty of entities.",
)
def test_alias(alias_name, dns, arm_of_sites, sites, climb):
    """Every geo alias leads to the active site's namespace, and is paired wherever a move lies ahead.

    The alias is failed over by hand, in one direction only: a failover breaks the pairing, and nobody can come back
    before the two are paired again. Where it is forgotten, every client of the new site works on the bus of the old
    one. Between the two moves a namespace that knows of no partner is what a failover leaves, and no fault.
    """
    members = [site for site in alias_name.members if site in arm_of_sites]
    rungs = [partial(misled, alias_name, dns, sites)]
    rungs += [partial(paired, alias_name, arm_of_sites, site, sites) for site in members]
    where = " and ".join(f"{bus} in {site}" for site, bus in alias_name.members.items())
    climb(f"Alias {alias_name.own_id} of {where} does not stand as it must in the view {dns.place}", *rungs)
    list(dns.answers(alias_name))


def leader(alias_name, sites):
    """The only member that is active; None where both are, or neither."""
    active = [site for site in alias_name.members if sites[site].active]
    return active[0] if len(active) == 1 else None


def misled(alias_name, dns, sites):
    """The rung of the name: in this view it leads to the namespace of the active site."""
    active = leader(alias_name, sites)
    for answer in dns.given(alias_name):
        named = [site for target in answer.targets for site in named_in(target, alias_name)]
        if answer.rcode != "NOERROR" or not answer.addresses:
            said = answer.rcode if answer.rcode != "NOERROR" else "no address"
            yield f"{answer.server} does not know where {alias_name.host} is ({said})"
        elif active is None:
            continue
        elif named and named[-1] != active:
            yield f"{answer.server} leads to {alias_name.members[named[-1]]}, declared is that {active} is active"
        elif not named and not lies_in(answer.addresses, sites[active].networks):
            elsewhere = [site for site in sites.values() if lies_in(answer.addresses, site.networks)]
            if not elsewhere:
                raise LookupError(
                    f"{answer} leads to {', '.join(answer.addresses)}, which is neither member's by name."
                )
            yield f"{answer.server} leads to an address in {elsewhere[0]}, declared is that {active} is active"


def named_in(target, alias_name):
    """The site whose namespace a name of the chain is that of, if any."""
    first = target.lower().partition(".")[0]
    return [site for site, bus in alias_name.members.items() if bus.lower() == first]


def lies_in(addresses, networks):
    """Whether all addresses lie in the networks."""
    found = [ipaddress.ip_network(network) for network in networks]
    return all(any(ipaddress.ip_address(address) in network for network in found) for address in addresses)


def paired(alias_name, arm_of_sites, site, sites):
    """The rung of one member: its role, its partner, and that nothing is under way."""
    member = arm_of_sites[site].alias_members(alias_name).of(site)
    what = f"{alias_name.members[site]} in {site}"
    ahead = any(sites[each].target and sites[each].passive for each in alias_name.members)
    if not member.exists:
        yield f"{what} does not exist"
        return
    yield from miscast(alias_name, member, what, sites, ahead=ahead)
    others = [bus.lower() for each, bus in alias_name.members.items() if each != site]
    if member.role in (PRIMARY, SECONDARY) and member.partner not in others:
        yield f"{what} is paired with {member.partner}, declared is {' or '.join(others)}"
    if member.role is not None and member.state.lower() != "succeeded":
        yield f"the pairing on {what} is {member.state}, which is not finished"
    if member.pending:
        yield f"{member.pending} operations on {what} are not yet on the other"


def miscast(alias_name, member, what, sites, *, ahead):
    """What is wrong with a member's role, for that of its site; a pairing is needed only where a move lies ahead."""
    active = leader(alias_name, sites)
    if member.role not in (None, PRIMARY, SECONDARY, NOT_PAIRED):
        raise LookupError(f"{what} has a role that nobody knows: {member.told}.")
    leads = member.role in (PRIMARY, NOT_PAIRED)
    if active == member.site and not leads:
        said = f"is {member.told}" if member.role else f"knows of no alias {alias_name.own_id}"
        yield f"{what} {said}, declared is that {active} is active"
    elif active is not None and active != member.site and leads:
        yield f"{what} is {member.told}, declared is that {active} is active"
    elif ahead and member.role in (None, NOT_PAIRED):
        said = f"is {member.told}" if member.role else f"knows of no alias {alias_name.own_id}"
        yield f"{what} {said}, so nothing can be failed over"
