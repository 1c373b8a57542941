"""What is sent comes back: the one check that writes, and only with --allow-writes."""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    writes=True,
    remedy="Look at the namespace's state, and whether something else consumes the canary queue.",
)
def test_canary(canary_queue, bus, site):
    """A canary message makes its way to the bus of the active site and back.

    Counts and statuses say that a namespace should work; a message that comes back says that it does. Only the declared
    canary queue is written to, and only the message that was sent is taken out again.
    """
    trip = bus.trip(canary_queue)
    message = f"In {site} the canary message to {canary_queue.queue} of {canary_queue.bus.rpartition('/')[2]}"
    assert trip.received, f"{message} was sent and did not come back within {trip.seconds:.0f} s."
    assert trip.removed, f"{message} came back after {trip.seconds:.1f} s and could not be completed."
