"""What a customer does, done through the public name."""

import ipaddress
import math
import re
from collections import Counter

import pytest

#: Headers by which gateways and services tell who answered.
TELLING = ("x-served-by", "x-site")


@pytest.mark.check(
    severity="blocker",
    phases=("post-cutover", "post-failback"),
    remedy="Repeat the failing step by hand against the public name and against the site's ingress "
    "(`curl --resolve HOST:443:ADDRESS URL`): where the two differ, look at routing, else at the service.",
)
def test_transactions(transaction, web, sites):
    """What a customer does succeeds each time through the public name, quickly, answered by the active site.

    Every health page is green, and one order in five fails: one replica of the new site misses a secret, or a cold
    cache makes the page take ten seconds. Or all succeeds, since a gateway still hands the requests to the old site.
    Steps are GETs, so nothing is written.
    """
    attempts = list(web.tried(transaction))
    faults = [*failures(transaction, attempts), *slow(transaction, attempts), *misplaced(attempts, sites)]
    assert not faults, (
        f"{transaction} does not succeed as declared ({transaction.repeat} times through its public name): "
        f"{'; '.join(faults)}."
    )
    list(web.attempts(transaction))
    unknown = [attempt for attempt in attempts if not any(told(step, sites) for step in attempt.steps)]
    if unknown:
        reached = ", ".join(dict.fromkeys(str(step.reached) for attempt in unknown for step in attempt.steps))
        raise LookupError(
            f"{transaction} succeeds, and nobody knows which site answered: {reached} is no site's `ingress` and lies "
            f"in no site's `networks`, and no answer carries {' or '.join(TELLING)} with a site's token."
        )


def failures(transaction, attempts):
    """In words, every way in which a step failed, with how many attempts it spoiled."""
    found = Counter(
        f"step {number} ({declared.get}) {fault}"
        for attempt in attempts
        for number, (declared, step) in enumerate(zip(transaction.steps, attempt.steps, strict=False), 1)
        for fault in dict.fromkeys(wrong(declared.expect, step))
    )
    for said, count in found.items():
        yield f"{said} in {count} of {len(attempts)} attempts"


def wrong(expect, step):
    """In words, everything in which the answer to a step is not the declared one."""
    if step.redirects and step.redirects[0].status in expect.status:
        return []
    through = f" after {' and '.join(map(str, step.redirects))}" if step.redirects else ""
    if step.error is not None:
        return [f"gives no answer{through}: {step.error}"]
    found = [str(finding) for finding in step.findings if not finding.matches]
    if step.status not in expect.status:
        found.insert(0, f"answers {step.status}{through}, declared is {' or '.join(map(str, expect.status))}")
    if expect.within is not None and (step.elapsed_ms or 0) > expect.within.total_seconds() * 1000:
        found.append(f"takes longer than {expect.within}")
    return found


def slow(transaction, attempts):
    """In words, that the 95th percentile of the attempts that came to their end is above the declared one."""
    whole = sorted(each.elapsed_ms for each in attempts if len(each.steps) == len(transaction.steps))
    if transaction.p95 is None or not whole:
        return
    reached = whole[math.ceil(0.95 * len(whole)) - 1]
    if reached > transaction.p95.total_seconds() * 1000:
        times = ", ".join(f"{each:.0f}" for each in whole[-5:])
        yield f"its p95 is {reached:.0f} ms (the slowest took {times} ms), declared is {transaction.p95}"


def misplaced(attempts, sites):
    """In words, that a site answered which is not active."""
    found = Counter(
        f"{site} answered ({by})"
        for attempt in attempts
        for site, by in dict.fromkeys(pair for step in attempt.steps for pair in told(step, sites))
        if not sites[site].active
    )
    active = " and ".join(name for name, site in sites.items() if site.active)
    for said, count in found.items():
        yield f"{said} in {count} of {len(attempts)} attempts, active is {active}"


def told(step, sites):
    """(site, what says so) of every site that gave the answer, by the address reached and by what headers tell."""
    found = []
    for name, site in sites.items():
        if step.reached and step.status is not None and belongs(step.reached, site):
            found.append((name, f"at {step.reached}"))
        for header in TELLING:
            value = step.headers.get(header, "")
            if any(is_word(token, value) for token in {*site.tokens, name}):
                found.append((name, f"{header}: {value}"))
    return found


def belongs(address, site):
    """Whether an address is the site's: one of its ingress, or inside its networks."""
    found = ipaddress.ip_address(address)
    return address in site.ingress or any(found in ipaddress.ip_network(network) for network in site.networks)


def is_word(token, text):
    """Whether the token stands in the text as a word."""
    return re.search(rf"(?<![a-z0-9]){re.escape(token)}(?![a-z0-9])", text, re.IGNORECASE) is not None
