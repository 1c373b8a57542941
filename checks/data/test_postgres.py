"""PostgreSQL servers: who takes the writes, and who only follows."""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Promote the replica of the active site (`az postgres flexible-server replica promote --promote-mode "
    "switchover`), or make the passive site's server a replica again, and wait until it follows.",
)
def test_postgres(postgres, arm, site, sites):
    """The server takes writes where the site is active, and follows that server where it is passive.

    A replica that was forgotten in the plan refuses every write with "read-only transaction". Worse is a forced
    promotion: two servers take writes, and nobody sees it until the figures of the two differ. Virtual endpoints must
    name the replica, or the name that applications use stays behind.
    """
    servers = {each.site: each for each in arm.postgres_servers(postgres)}
    own, others = servers[site.name], [each for each in servers.values() if each.site != site.name]
    assert own.state is not None, f"PostgreSQL server {own.server} of {postgres.service} does not exist in {site}."
    active = [each for each in others if sites[each.site].active]
    faults = list(ready_faults(own, site))
    faults += active_faults(own, active) if site.active else passive_faults(own, active, site)
    assert not faults, f"PostgreSQL server {own.server} in {site} is not as its role demands: {'; '.join(faults)}."


def ready_faults(own, site):
    """A server that does not run, unless nothing is asked of it: one that is stopped is quiet."""
    if own.state.lower() != "ready" and not (own.state.lower() in ("stopped", "disabled") and quiet(site)):
        yield f"it is {own.state}, declared is Ready while the site is {'active' if site.active else 'passive'}"


def active_faults(own, active):
    """The server of an active site takes writes; where several sites are active, it may follow another of them."""
    if own.replica and not any(each.server == own.source and not each.replica for each in active):
        yield f"it is a replica ({own.role}) of {own.source}, declared is primary while the site is active"


def passive_faults(own, active, site):
    """The server of a passive site follows that of the active one, up to date where the site is to take over."""
    if not active or (own.state.lower() in ("stopped", "disabled") and quiet(site)):
        return  # there is no server to follow where one comes from a legacy place
    sources = [each.server for each in active]
    if not own.replica:
        yield f"it takes writes (its role is {own.role}), declared is a replica while the site is passive"
        return
    if own.source not in sources:
        yield f"it follows {own.source}, declared is {' or '.join(sources)} in the active site"
    if own.replication is None:
        raise LookupError(f"PostgreSQL server {own.server} in {site} does not say how its replication stands.")
    if own.replication.lower() != "active":
        yield f"its replication is {own.replication}, healthy is Active"
    for each in active:
        for name, members in each.endpoints.items():
            if site.target and own.server not in members:
                leads = ", ".join(members) or "nothing"
                yield f"virtual endpoint {name} of {each.server} reads from {leads}, so it cannot follow a move to it"


def quiet(site):
    """Whether the site has been left and is not to take over."""
    return not site.active and not site.target
