"""Declared endpoints answer as declared."""

from urllib.parse import urlsplit

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Ask the ingress itself with the public host name (`curl --resolve HOST:443:ADDRESS URL`); "
    "then look at its rules, the Service and the pods behind it.",
    roles=("active", "target"),
)
def test_http(http_endpoint, web, site, drift):
    """Every declared URL answers with the declared status and content, in the declared time.

    Pods are green and the ingress still answers 404, since it routes another host name, or 503, since its Service
    selects nothing. Asked through the site's own ingress with the public host name, that shows before DNS moves.
    """
    faults = []
    for probe in web.made(http_endpoint):
        found = [*differences(http_endpoint, probe), *led_away(http_endpoint, probe, drift)]
        faults += [f"{probe.address or probe.host} {fault}" for fault in found]
    assert not faults, f"{http_endpoint} in {site} does not answer as declared: {'; '.join(faults)}."
    list(web.probes(http_endpoint))


def differences(endpoint, probe):
    """In words, everything in which the answer is not the declared one."""
    declared = statuses(endpoint)
    redirected = bool(probe.redirects) and probe.redirects[0].status in declared
    if not redirected and probe.error is not None:
        through = f" after {' and '.join(map(str, probe.redirects))}" if probe.redirects else ""
        return [f"gives no answer{through}: {probe.error}"]
    found = []
    if not redirected and probe.status not in declared:
        through = f" after {' and '.join(map(str, probe.redirects))}" if probe.redirects else ""
        found.append(f"answers {probe.status}{through}, declared is {' or '.join(map(str, declared))}")
    if endpoint.expect:
        found += [str(finding) for finding in probe.findings if not finding.matches]
        found += late(endpoint.expect.within, probe.elapsed_ms)
    return found


def led_away(endpoint, probe, drift):
    """In words, the redirects to a host that is called after another site: its answer says nothing of this one."""
    if drift.allowed(f"endpoint/{endpoint.service}/{endpoint.id}", "location"):
        return []
    return [
        f"redirects ({hop.status}) to {hop.location}, which is another site's ({', '.join(named)})"
        for hop in probe.redirects
        if (named := drift.named_in(urlsplit(hop.location).hostname or ""))
    ]


def statuses(endpoint):
    """The declared statuses; 200 where none is declared."""
    declared = endpoint.expect.status if endpoint.expect else 200
    return (declared,) if isinstance(declared, int) else tuple(declared)


def late(within, elapsed):
    """In words, that the answer took longer than declared; nothing where no time is declared."""
    if within is None or elapsed is None or elapsed <= within.total_seconds() * 1000:
        return []
    return [f"takes {elapsed:.0f} ms, declared is at most {within}"]
