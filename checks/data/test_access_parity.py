"""Who may reach and administer the database servers that stand for one another."""

import pytest


@pytest.mark.check(
    severity="warning",
    remedy="Give both servers the same firewall rules, subnets, Entra administrators and network settings: they belong "
    "to a server and are not replicated with its databases.",
)
def test_access_parity(server_pair, arm, neutral, shortened):
    """The servers of both sites let in the same addresses and people.

    Data is replicated, what belongs to the server is not. After the failover the report that finance pulls every
    morning finds a closed firewall, and the one who could open it is no administrator of the new server. The sites' own
    networks and ways out are taken for one another.
    """
    found = arm.server_access(server_pair)
    absent = [f"{each.server} of {each.site}" for each in found if not each.exists]
    if absent:
        raise LookupError(f"{' and '.join(absent)} does not exist, so who may reach it cannot be compared.")
    first, *others = found
    differing = [part for other in others for part in differences(first, other, neutral)]
    assert not differing, (
        f"Access to the servers of {server_pair} differs between {' and '.join(each.site for each in found)}: "
        f"{shortened(differing)}; declared is that they stand for one another."
    )


def differences(one, other, neutral):
    """What only one of two servers lets in, and settings that are not equal."""
    for what, first, second in (
        ("administrator", one.administrators, other.administrators),
        ("firewall rule", sited(one, one.firewall, neutral), sited(other, other.firewall, neutral)),
        ("subnet", sited(one, one.subnets, neutral), sited(other, other.subnets, neutral)),
    ):
        for server, own, its in ((one, first, second), (other, second, first)):
            for key in sorted(set(own) - set(its)):
                yield f"{what} {own[key]} ({key}) only on {server.server}"
    for key in one.settings:
        if one.settings[key] != other.settings.get(key):
            told = " and ".join(f"{each.settings.get(key) or 'not set'} on {each.server}" for each in (one, other))
            yield f"{key} is {told}"


def sited(server, rules, neutral):
    """What rules let in, without what belongs to the server's own site."""
    return {neutral(server.site, key): rule for key, rule in rules.items()}
