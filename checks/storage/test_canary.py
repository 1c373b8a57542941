"""A blob that is written raises its event: this writes, and only with --allow-writes."""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    writes=True,
    remedy="Look at the canary container's event subscription: provisioning, filter, destination, and whether its "
    "identity may send to the queue; delete a canary blob that was left behind.",
)
def test_canary(canary_container, blob, site):
    """A canary blob in the active site's container raises its event in the declared time.

    Subscriptions that exist, filters that match and counts of deliveries say that events should arrive; one that
    arrives says that they do. Only the declared canary container is written to, and only the blob that was written is
    deleted again; its event is peeked at in the declared queue, from which nothing is received.
    """
    trip = blob.trip(canary_container)
    where = f"{canary_container.container} of {canary_container.account.rpartition('/')[2]}"
    assert trip.raised, (
        f"In {site} a canary blob was written to {where}, and no event of it came to {canary_container.events} "
        f"within {canary_container.within}."
    )
    assert trip.removed, (
        f"In {site} the canary blob {trip.blob} in {where} raised its event and could not be deleted again."
    )
