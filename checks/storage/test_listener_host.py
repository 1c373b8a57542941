"""Blob triggers: is there a host that looks for new blobs?"""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    remedy="Start the function app or the pods of the host, and look at its log; where its id has changed, declare the "
    "new one; break a lease that never ends (`az storage blob lease break`).",
)
def test_listener_host(blob_trigger, blob, site):
    """The host of each declared blob trigger holds a live lease of its lock on the active site.

    Nobody delivers blobs to a blob trigger, its host looks for them. It is deployed on the new site, scaled to zero or
    stopped since the drill, and no error is anywhere: the files lie there. A lease says that a host runs, not that its
    function succeeds.
    """
    found = blob.host_lock(blob_trigger)
    host = f"Host {blob_trigger.host} of {blob_trigger} in {site}"
    assert found.there, f"{host} never ran: storage account {found.account} has no container azure-webjobs-hosts."
    assert found.lock, (
        f"{host} never ran: storage account {found.account} has no blob locks/{blob_trigger.host}/host{told(found)}."
    )
    lock = found.lock
    last = f", last held by instance {lock.instance}" if lock.instance else ""
    assert lock.held, (
        f"{host} does not run: its lock in {found.account} is {lock.state} ({lock.status}), not leased{last}."
    )
    assert lock.duration != "infinite", (
        f"{host} may not run: its lock in {found.account} has a lease without end{last}, and no host takes such a one."
    )
    if lock.duration is None:
        raise LookupError(f"{host}: Blob storage does not say how long the lease of its lock is.")


def told(found):
    """The hosts that have a lock there, in words."""
    if not found.others:
        return ""
    more = f" and {len(found.others) - 5} more" if len(found.others) > 5 else ""
    return f", it has locks of {', '.join(found.others[:5])}{more}"
