"""Traffic Manager and Front Door: do they lead customers to the site that is to have them, and nowhere else?"""

import pytest

#: What Traffic Manager's probes say of an endpoint that it answers with.
SERVED = ("online", "unmonitored", "checkingendpoint")
#: Points that must be known of an origin's probes.
LEAST = 3


@pytest.mark.check(
    severity="blocker",
    remedy="Enable the endpoint or origin of the site that is to have the traffic, give it the lowest priority number, "
    "mend what its probe asks for, and take the others out of the way.",
)
def test_routing_health(routing, arm, metrics, sites):
    """Traffic Manager and Front Door lead to the sites that names are to lead to, and those answer their probes.

    The switch of priorities was forgotten, so every customer is still led to the site that was emptied. Or the probe
    asks for a path that the new ingress redirects: the endpoint is Degraded, and where all are, Traffic Manager hands
    out every one of them as if nothing were wrong.
    """
    found = arm.routes(routing)
    assert found is not None, f"{routing} does not exist where it is declared, so nobody is led anywhere."
    assert not found.off, f"{found.name} of {routing.service} is {found.off}, so nobody is led anywhere."
    ways = {way.site: way for way in found.ways if way.site}
    declared = routing.endpoints or routing.origins
    lacking = [f"there is no {name} for {site}" for site, name in declared.items() if site not in ways]
    health = {
        site: probed(way, found, metrics.origin_health(routing)) for site, way in ways.items() if needed(sites[site])
    }
    ill = [f"{ways[site].name} of {site} is {said}" for site, said in health.items() if said]
    problems = [*lacking, *missed(found, sites), *strayed(found, sites), *ill]
    told = [way for way in found.ways if way.status is not None]
    if told and not any(map(served, told)):
        problems.append("not one endpoint is healthy, so all that are enabled are handed out")
    routed = " and ".join(str(site) for site in sites.values() if site.routed and str(site) in declared)
    assert not problems, (
        f"{found.name} ({found.method}) does not lead {routing.service} to {routed or 'no site'}, as it must: "
        f"{'; '.join(problems)}."
    )
    checking = [way.name for way in ways.values() if needed(sites[way.site]) and way.status == "CheckingEndpoint"]
    if checking:
        raise LookupError(f"{found.name} is still probing {', '.join(checking)} for the first time.")


def needed(site):
    """Whether a site has the traffic, or may have it soon."""
    return site.routed or site.active or site.target


def served(way):
    """Whether Traffic Manager answers with an endpoint."""
    return way.always or (way.status or "").lower() in SERVED


def receivers(found):
    """The ways that get traffic as things are: of the enabled and healthy ones, the first by priority, or all."""
    enabled = [way for way in found.ways if way.enabled]
    if found.least is None:  # a Front Door's probes are judged by themselves
        enabled = [way for way in enabled if served(way) or way.status is None] or enabled
    if not found.priority:
        return enabled
    first = min((way.priority for way in enabled), default=None)
    return [way for way in enabled if way.priority == first]


def missed(found, sites):
    """In words, the routed sites whose way is switched off."""
    for way in found.ways:
        if way.site and sites[way.site].routed and not way.enabled:
            yield f"{way.name} of {way.site} is Disabled, and {way.site} is routed"


def strayed(found, sites):
    """In words, the ways that take traffic and must not."""
    for way in receivers(found):
        rank = f" with priority {way.priority}" if found.priority else ""
        if way.site is None:
            yield f"{way.name} ({way.host}) takes traffic{rank} and is not declared"
        elif not sites[way.site].routed:
            yield f"{way.name} of {way.site} takes the traffic{rank}, and {way.site} is not routed"


def probed(way, found, health):
    """In words, what is wrong with an enabled way by its probes; None where nothing is."""
    if not way.enabled:
        return None
    if health is None:
        return None if served(way) else way.status
    if found.least is None:
        return None  # nobody probes the group: its origins are taken to be healthy
    line = health.of(way.host, way.name)
    if line is None:
        raise LookupError(f"nothing was measured of the probes of {way.name} ({way.host}) of {found.name}.")
    share = line.average(least=LEAST)
    return None if share >= found.least else f"healthy in {share:.0f} % of its probes, {found.least:.0f} % are needed"
