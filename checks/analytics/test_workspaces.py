"""Workspaces: do they answer, do they take data, and from this site's network?"""

import ipaddress

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Query from a network that the workspace's private link scope reaches, or allow queries from public "
    "networks while the cutover lasts.",
)
def test_workspace_query(workspace, logs, site):
    """Every declared workspace answers a query from where the run stands.

    The workspace was closed to public networks for an audit, the operators' network has no private endpoint. Nobody
    notices while nothing is wrong: on the night of the move every dashboard is empty, and empty looks like quiet.
    """
    ping = logs.ping(workspace)
    assert ping.answered, f"{workspace} in {site} answers no query: {ping.refused or 'its answer holds no row'}."


@pytest.mark.check(
    severity="blocker",
    remedy="Add the workspace to the private link scope that has an approved endpoint in the site's network, approve "
    "the endpoint, or open the workspace to public networks.",
)
def test_workspace_access(workspace, arm, site):
    """Public access of a workspace, its private link scopes and the site's network agree for data and for queries.

    A workspace takes nothing from public networks, and the new region's network has no endpoint of its scope, or one
    that nobody approved: agents are green and send into the void. Or the network has an endpoint of another scope that
    lets private resources through only: then the names of all workspaces lead there, and this one is not behind it.
    """
    access = arm.workspace_access(workspace)
    assert access is not None, f"{workspace} is declared for {site} but does not exist."
    here = [door for door in access.doors if door.link.approved and lies_in(door.link.prefixes, site.networks)]
    faults = [
        *cut_off("takes data", access.ingestion, access, here, site),
        *cut_off("answers queries", access.query, access, here, site),
        *shut_out("data to", [door for door in here if door.ingestion.lower() == "privateonly"], here),
        *shut_out("queries of", [door for door in here if door.query.lower() == "privateonly"], here),
    ]
    assert not faults, f"{workspace} cannot be reached from the network of {site}: {'; '.join(faults)}."
    known(workspace, access, here, site)


@pytest.mark.check(
    severity="blocker",
    remedy="Raise or remove the daily cap (`az monitor log-analytics workspace update --quota`), or wait for its "
    "reset.",
)
def test_workspace_capacity(workspace, arm, site):
    """Every declared workspace takes data: its daily cap is not reached and ingestion is not stopped.

    The rehearsal in the afternoon logged more than any other day and the cap was reached at five. From then on nothing
    arrived, no alert either, until the cap was reset in the middle of the cutover.
    """
    capacity = arm.workspace_capacity(workspace)
    assert capacity is not None, f"{workspace} is declared for {site} but does not exist."
    assert capacity.stopped is None, (
        f"{workspace} in {site} takes no data, {capacity.stopped}: its status is {capacity.status}{capped(capacity)}."
    )


def capped(capacity):
    """The cap and its next reset for the reader, nothing where there is none."""
    if capacity.cap is None:
        return ""
    reset = f", the next reset is at {capacity.resets:%Y-%m-%d %H:%M} UTC" if capacity.resets else ""
    return f" (the cap is {capacity.cap:g} GB a day{reset})"


def cut_off(what, mode, access, here, site):
    """In words, why what is limited to private links does not pass from this network; nothing where it does."""
    if mode.lower() != "disabled" or any(door.holds for door in here):
        return
    unknown = [door for door in access.doors if door.holds and door.link.prefixes is None]
    if unknown:
        return  # nobody knows where it is: see ``known``
    if not access.scopes:
        yield f"it {what} through private links only, and belongs to no private link scope"
        return
    doors = [door for door in access.doors if door.holds]
    mine = [
        f"{door.link} of {door.scope} is {door.link.status}"
        for door in doors
        if lies_in(door.link.prefixes, site.networks)
    ]
    told = ", ".join(mine) or f"{' and '.join(access.scopes)} has no endpoint in {' or '.join(site.networks)}"
    yield f"it {what} through private links only, and {told}"
    rivals = sorted({door.scope for door in here if not door.holds})
    if rivals:
        yield f"the network's names lead to {' and '.join(rivals)}, which does not hold it"


def shut_out(what, narrow, here):
    """In words, which scopes of this network let private resources through only, of which the workspace is none."""
    if any(door.holds for door in here):
        return
    for scope in sorted({door.scope for door in narrow}):
        yield f"{scope} lets {what} its own resources through only (PrivateOnly), and it is none of them"


def known(workspace, access, here, site):
    """Raise LookupError where nobody knows whether a private link or a perimeter lets this network in."""
    if any(door.holds for door in here):
        return
    modes = {access.ingestion.lower(), access.query.lower()}
    unknown = [door for door in access.doors if door.holds and door.link.prefixes is None]
    if "disabled" in modes and unknown:
        raise LookupError(f"{workspace} in {site} cannot be judged: {unknown[0].link.unknown}")
    if "securedbyperimeter" in modes:
        raise LookupError(
            f"{workspace} in {site} cannot be judged: a network security perimeter guards it, whose rules are not read."
        )


def lies_in(prefixes, networks):
    """Whether one of these address ranges lies in one of the networks."""
    return any(inside(prefix, network) for prefix in prefixes or () for network in networks)


def inside(prefix, network):
    """Whether an address range lies in a network."""
    one, other = ipaddress.ip_network(prefix), ipaddress.ip_network(network)
    return one.network_address in other and one.broadcast_address in other
