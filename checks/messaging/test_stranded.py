"""What was left behind: messages in the bus of the site that does the work no more."""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("passive",),
    phases=("post-cutover", "post-failback"),
    remedy="Find out who sent them and whether they still may be handled: move them to the bus of the active site or "
    "let the producer send them again, and stop whoever still sends there.",
)
def test_stranded(consumed, arm, bus, site, sites, climb):
    """No message is left in the bus of the site that was left, counted or to be seen by peeking.

    A geo alias takes names along and no messages: forty orders wait in the old queue, paid and confirmed, and nobody
    reads there any more. Retries that were scheduled for the evening and messages that a handler deferred lie there
    as well; a producer that kept its connection even adds to them. Dead letters are another check's.
    """
    counts = arm.entity_counts(consumed)
    if counts is None:
        raise LookupError(f"{consumed} of {consumed.bus} does not exist in {site}: what it held nobody knows.")
    active = [name for name, other in sites.items() if other.active]
    if set(counts.shared) & set(active):
        return  # both sites have this very entity, and the active one takes its messages
    climb(
        f"{consumed} of {consumed.bus} holds what was left behind in {site}, "
        f"while {' and '.join(active)} does the work",
        lambda: counted(counts),
        lambda: peeked(consumed, bus),
    )


def counted(counts):
    """The rung of the counts: nothing waits, is scheduled or under way to another entity; each with its trend."""
    first, second, apart = counts.first, counts.second, counts.apart.total_seconds()
    sorts = {
        "waiting": (first.active, second.active),
        "scheduled": (first.scheduled, second.scheduled),
        "under way to another entity": (first.transfer, second.transfer),
    }
    for sort, (before, now) in sorts.items():
        if now:
            more = f", growing by {now - before} in {apart:.0f} s" if now > before else ""
            yield f"{number(now)} {sort}{more}"


def peeked(entity, bus):
    """The rung of peeking, which shows deferred messages too, and what the counts do not know yet."""
    seen = bus.entity(entity)
    if seen is None:
        raise LookupError(f"{entity.bus} knows no {entity}: what it held nobody knows.")
    if seen.peeked:
        oldest = seen.oldest_enqueued
        since = f", the oldest enqueued at {oldest:%Y-%m-%d %H:%M} UTC" if oldest else ""
        kept = "" if seen.active else ", deferred or scheduled"
        yield f"peeking shows {'at least ' if seen.bounded else ''}{number(seen.peeked)}{kept}{since}"


def number(count):
    """``1 message``, ``12 messages``."""
    return f"{count} message{'' if count == 1 else 's'}"
