"""Redis caches: which one takes the writes, and whether the other is filled."""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Fail over to the active site's cache or unlink the two (`az redis server-link delete`), "
    "so that its cache takes writes; link them again, which empties the secondary, before the next move.",
)
def test_redis(redis, arm, site, sites):
    """The cache takes writes where the site is active, and is linked to that one where it is to take over.

    A geo-secondary refuses every write with READONLY, so sessions and carts are lost as soon as customers arrive. The
    role that a link shows is that of the other cache; read as the own one, everything looks the wrong way round.
    After a forced failover the two are unlinked: healthy for the site that works, but nothing is replicated any more.
    """
    caches = {each.site: each for each in arm.redis_caches(redis)}
    own = caches[site.name]
    assert own.state is not None, f"Redis cache {own.cache} of {redis.service} does not exist in {site}."
    faults = [] if own.state.lower() == "succeeded" else [f"it is {own.state}, declared is Succeeded"]
    faults += [*link_faults(own, caches), *role_faults(own, caches, site, sites)]
    assert not faults, f"Redis cache {own.cache} in {site} is not as its role demands: {'; '.join(faults)}."


def link_faults(own, caches):
    """Links that do not stand, that only one end knows, or whose ends tell different names of the primary."""
    by_name = {each.cache: each for each in caches.values()}
    for link in own.links:
        if link.state.lower() != "succeeded":
            yield f"its link to {link.other} is {link.state}, declared is Succeeded"
        if link.other not in by_name:
            yield f"it is linked to {link.other}, declared are {', '.join(by_name)}"
            continue
        back = next((each for each in by_name[link.other].links if each.other == own.cache), None)
        if back is None:
            yield f"it is linked to {link.other}, which knows of no link back"
        elif back.role == link.role:
            yield f"it and {link.other} both take themselves for {link.role.lower()}"
        elif link.host and back.host and link.host.lower() != back.host.lower():
            yield f"its link names {link.host} as the host of the primary, that of {link.other} names {back.host}"


def role_faults(own, caches, site, sites):
    """The wrong end of a link, or no link where this cache is to take over with the data of the other."""
    links = {link.other: link for link in own.links}
    for name, other in caches.items():
        link = links.get(other.cache)
        if name == site.name:
            continue
        if link and site.active and link.role == "Secondary":
            yield f"it is the secondary of {other.cache} and refuses writes, declared is that {site} is active"
        if link and site.passive and sites[name].active and link.role == "Primary":
            yield f"it is the primary of {other.cache}, declared is secondary while {site} is passive"
        if not link and site.target and site.passive and sites[name].active:
            yield f"it is not linked to {other.cache} of {name}, which is active, so it takes over empty"
