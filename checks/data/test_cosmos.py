"""Cosmos DB accounts: where writes go, and whether every site has its region."""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Change the failover priorities so that the active site's region comes first "
    "(`az cosmosdb failover-priority-change`), or add the missing region, and wait until it is provisioned.",
)
def test_cosmos(cosmos, arm, sites):
    """The account takes writes in the active site's region and is provisioned in the region of every site.

    With the old region still first, every write of the new site crosses to where one has just moved away from, and
    ends when that region does. The write region is the one of failover priority 0; an account with several write
    regions takes them everywhere, so each active site needs its own. A third site, which neither works nor has a part
    in the move, needs none.
    """
    account = arm.cosmos_accounts(cosmos)
    assert account is not None, f"Cosmos DB account {cosmos.id} of {cosmos.service} does not exist."
    moved = {name for name, site in sites.items() if site.is_from or site.is_to or site.active}
    wanted = {cosmos.site} if cosmos.site else moved  # an account of its own for each site serves that one alone
    clusters = {name: site for name, site in sites.items() if name in wanted and not site.legacy}
    faults = [] if account.state.lower() == "succeeded" else [f"the account is {account.state}"]
    faults += region_faults(account, clusters)
    served = {name: site.location for name, site in clusters.items() if site.active or cosmos.site}
    faults += several_faults(account, served) if account.multiple else write_faults(account, served, cosmos.site)
    assert not faults, f"Cosmos DB account {account.name} is not as declared: {'; '.join(faults)}."


def region_faults(account, sites):
    """Sites without a region of the account, or with one that is not provisioned."""
    for name, site in sites.items():
        state = account.regions.get(site.location)
        if state is None:
            yield f"it is not in {site.location}, the region of {name}, only in {', '.join(account.regions)}"
        elif state.lower() not in ("succeeded", "online"):
            yield f"its region {site.location} of {name} is {state}, declared is Succeeded"


def write_faults(account, served, own):
    """A write region that is not an active site's; the two places where the account tells it must agree."""
    told = " and ".join(f"{where} of {name}" for name, where in served.items())
    if len(account.first) != 1:
        raise LookupError(
            f"Cosmos DB account {account.name} names {len(account.first)} regions of failover priority 0."
        )
    if set(account.writes) != set(account.first):
        written = ", ".join(account.writes) or "no region"
        yield f"it writes to {written} while {account.first[0]} comes first, as in the middle of a failover"
    if account.first[0] not in served.values():
        why = "whose account it is" if own else "which is active"
        yield f"its write region is {account.first[0]}, declared is {told}, {why}"


def several_faults(account, served):
    """Active sites whose region takes no writes although the account has several write regions."""
    for name, where in served.items():
        if where not in account.writes:
            yield f"{where} of {name}, which is active, takes no writes; {', '.join(account.writes)} do"
