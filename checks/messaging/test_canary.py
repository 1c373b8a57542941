"""What is sent comes back: the one check that writes, and only with --allow-writes."""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    writes=True,
    remedy="Look at the namespace's state, and whether something else consumes the canary queue.",
)
def test_canary(canary_queue, bus):
    """A canary message makes its way to the bus of the active site and back.

    Counts and statuses say that a namespace should work; a message that comes back says that it does. Only the declared
    canary queue is written to, and only the message that was sent is taken out again.
    """
    trip = bus.trip(canary_queue)
    where = f"{canary_queue.queue} of {canary_queue.bus}"
    assert trip.received, f"the canary message to {where} was sent and did not come back within {trip.seconds:.0f} s"
    assert trip.removed, (
        f"the canary message to {where} came back after {trip.seconds:.1f} s and could not be completed"
    )
