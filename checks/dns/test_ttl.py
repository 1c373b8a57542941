"""Time to live: the switch must reach everyone in time."""

import pytest

BEFORE_A_SWITCH = ("pre-cutover", "mid-cutover", "pre-failback", "mid-failback")


@pytest.mark.check(
    severity="warning",
    phases=BEFORE_A_SWITCH,
    remedy="Lower the TTL in the zone at least one old TTL before the switch, and raise it again afterwards.",
)
def test_ttl(name, dns, escalate):
    """No resolver keeps the old answer of a declared name for longer than declared once it is switched.

    The record is changed within a minute and half of the customers stay on the old site for an hour, since their
    resolvers were told that they may. Lowering a TTL on the night itself is too late: the old one counts.
    """
    objective = name.rto if name.before else None
    limit = min((each for each in (name.ttl, objective) if each is not None), default=None)
    kept: dict[str, int] = {}
    for answer in (*dns.given(name), *dns.name_servers(name)):
        for hop in answer.chain:
            kept[hop.name] = max(hop.ttl, kept.get(hop.name, 0))
    if limit is None:
        return  # nothing about this name is switched, so any TTL will do; that it answers was looked at
    if objective is not None and any(seconds > objective.total_seconds() for seconds in kept.values()):
        escalate("blocker")
    long = [f"{hop} for {seconds} s" for hop, seconds in kept.items() if seconds > limit.total_seconds()]
    assert not long, f"{name} may be kept too long in the view {dns.place}: {', '.join(long)}; {allowed(name)}."
    list(dns.authoritative(name))
    absent = dns.negative_ttl(name)
    assert objective is None or absent <= objective.total_seconds(), (
        f"{name}: a resolver that once found it absent may say so for {absent} s; {allowed(name)}."
    )


def allowed(name):
    """What is declared, in words."""
    ttl = f"declared is at most {name.ttl}" if name.ttl is not None else ""
    objective = f"the recovery time objective is {name.rto}" if name.before and name.rto is not None else ""
    return ", ".join(part for part in (ttl, objective) if part)
