"""Messages that are sent on: from a queue or subscription to another entity of the namespace."""

import pytest

TAKES = ("active", "receivedisabled")
MOST = 4


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Set forwardTo as declared, create what it names and let it take messages; what lies in the transfer dead "
    "letter queue is sent again from there.",
)
def test_forwarding(consumed, arm, site):
    """What is forwarded goes where it is declared to go, that takes messages, and nothing is left on the way.

    A queue that is forwarded has no messages and no error, whatever happens to them: where the target is missing or
    disabled they lie in a transfer dead letter queue that no tool shows by default. And a queue that somebody forwards
    for a night starves its own consumer, which is bound and healthy. Such letters of long ago do not count.
    """
    found = arm.forwarding(consumed)
    if found is None:
        raise LookupError(f"{consumed.own_id} of {consumed.bus} does not exist in {site}, so nothing can be forwarded.")
    wrong = [*directed(consumed, found), *(fault for each in found.targets for fault in arriving(each, found))]
    if found.targets:
        wrong += left_behind(found.counts)
    assert not wrong, f"{found.name} in {site} does not forward as declared: {'; '.join(wrong)}."


def directed(consumed, found):
    """Whether messages go where they are declared to, or stay where a consumer is declared."""
    if consumed.forward_to is None and found.to is not None:
        yield f"its messages go on to {found.to}, declared is that {consumed.consumer} consumes them"
    elif consumed.forward_to is not None and found.to is None:
        yield f"its messages stay, declared is that they go on to {consumed.forward_to}"
    elif consumed.forward_to is not None and found.to.lower() != consumed.forward_to.lower():
        yield f"its messages go on to {found.to}, declared is {consumed.forward_to}"


def arriving(target, found):
    """Whether a target is there, takes messages, and does not send them round and round."""
    if target.bus.lower() != found.bus.lower():
        yield f"its {target.what} go to {target.name} of {target.bus}, which is another namespace"
    elif not target.kind:
        yield f"its {target.what} go to {target.name}, which does not exist in {target.bus}"
    elif target.status.lower() not in TAKES:
        yield f"its {target.what} go to {target.kind} {target.name}, which is {target.status} and takes none"
    if 1 + len(target.onward) > MOST:
        yield f"its {target.what} go round: {' to '.join((target.name, *target.onward))}, and {MOST} steps are the most"


def left_behind(counts):
    """Whether more could not be sent on in the second sample than in the first."""
    first, second = counts.first.transfer_dead_letter, counts.second.transfer_dead_letter
    if second > first:
        yield f"messages that could not be forwarded grow from {first} to {second}"
