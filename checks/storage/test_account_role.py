"""Storage accounts: which region serves them, and whether the copy in the other one would do."""

import pytest

COPIES = {
    "LRS": set(),
    "ZRS": {"zone"},
    "GRS": {"geo"},
    "RAGRS": {"geo", "read"},
    "GZRS": {"zone", "geo"},
    "RAGZRS": {"zone", "geo", "read"},
}


@pytest.mark.check(
    severity="blocker",
    remedy="Fail the account over (`az storage account failover`) or wait for a failover to end; give it the declared "
    "redundancy again (`az storage account update --sku`) and wait until its copy is Live.",
)
def test_account_role(storage_account, arm, sites):
    """The account is served from the region its role demands, with the declared redundancy.

    Its `location` never changes, so after a failover it names the wrong region; `primaryLocation` is where writes go.
    An unplanned failover leaves an account without any copy elsewhere, and ARM then gives no geo statistics: that is
    right for a site that has just taken over, and wrong for one that is to be moved again.
    """
    account = arm.storage_accounts(storage_account)
    assert account is not None, f"Storage account {storage_account.id} of {storage_account.service} does not exist."
    faults = ["a failover is under way"] if account.failing_over else []
    if account.available.lower() != "available":
        faults.append(f"its primary is {account.available}, declared is available")
    faults += location_faults(account, storage_account, sites)
    coming = any(site.target for site in sites.values())
    if coming or not account.failed_over:
        faults += copy_faults(account, storage_account, moves=coming and storage_account.site is None)
        faults += destination_faults(account, sites) if coming and storage_account.site is None else []
    assert not faults, f"Storage account {account.name} is not as its role demands: {'; '.join(faults)}."


def location_faults(account, declared, sites):
    """A primary in another region than that of the account's own site or, of one account for all, of the active."""
    if declared.site is not None:
        if account.primary != sites[declared.site].location:
            yield f"its primary is {account.primary}, declared is {sites[declared.site].location} of {declared.site}"
        return
    active = {name: site.location for name, site in sites.items() if site.active and not site.legacy}
    if active and account.primary not in active.values():
        told = " or ".join(f"{where} of {name}" for name, where in active.items())
        yield f"its primary is {account.primary}, declared is {told}, which is active"


def copy_faults(account, declared, moves):
    """A redundancy that lacks what is declared, or a copy that is not kept up."""
    held, wanted = kinds_of(account.redundancy), kinds_of(declared.redundancy or "LRS")
    if not wanted <= held:
        yield f"its redundancy is {account.redundancy}, declared is {declared.redundancy}"
    if "geo" not in held:
        return  # without a copy in another region there are no statistics of it
    if account.copying is None:
        raise LookupError(f"Storage account {account.name} is {account.redundancy}, but ARM gives no geo statistics.")
    if account.copying.status.lower() != "live":
        yield f"its copy is {account.copying.status}, healthy is Live"
    if (account.secondary_available or "available").lower() != "available":
        yield f"its secondary is {account.secondary_available}, declared is available"
    if moves and account.copying.can_failover is None:
        raise LookupError(f"ARM does not say whether storage account {account.name} can be failed over.")
    if moves and not account.copying.can_failover:
        yield "it cannot be failed over (canFailover is false)"


def destination_faults(account, sites):
    """A copy in another region than the one that is to take over."""
    wanted = {name: site.location for name, site in sites.items() if site.target and not site.active}
    if wanted and account.secondary not in wanted.values():
        told = " or ".join(f"{where} of {name}" for name, where in wanted.items())
        yield f"its copy is in {account.secondary or 'no other region'}, declared is {told}, which is to take over"


def kinds_of(redundancy):
    """What a redundancy keeps: copies in other zones, in another region, and whether that one may be read."""
    if redundancy not in COPIES:
        raise LookupError(f"{redundancy} is no redundancy that is known, so it cannot be judged.")
    return COPIES[redundancy]
