"""What waits in queues and subscriptions, and what was given up, by the entity's own counts and by peeking.

Each check climbs rungs, plain functions that give what is wrong in words. All are climbed, also where one cannot be
looked at: what is wrong on one is told even if another is unknown.
"""

from collections import Counter
from datetime import timedelta

import pytest

#: How far ahead of ours the broker's clock may be.
CLOCKS = timedelta(minutes=5)
TOLD = 3


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    declares="waiting_bounds",
    remedy="See whether the consumer keeps up (replicas, throttling, a slow dependency) before more traffic comes; "
    "an old message in front of a short queue is often one that no handler can take.",
)
def test_backlog(consumed, arm, bus, site, climb):
    """No more messages wait than declared, and none of them for longer.

    The consumer is bound, and takes less than arrives: the queue doubles every ten minutes, and nobody looks at it
    before customers ask for their orders. Or it is short and stands still, as its first message kills whoever takes
    it. The count is told with its trend, the age by peeking, which takes nothing out. Peeking shows what a handler
    holds as well, so a message may be older by as long as it may be held.
    """
    bounds = consumed.waiting_bounds
    climb(
        f"{named(consumed)} in {site} is behind",
        lambda: too_many(counts_of(consumed, arm, site), bounds.active) if bounds.active is not None else [],
        lambda: too_old(consumed, arm, bus, site) if bounds.age is not None else [],
    )


@pytest.mark.check(
    severity="blocker",
    remedy="Read the reasons of the newest ones, mend what the handler cannot take, then resubmit or remove them; old "
    "ones that are known and stay are declared (`backlog.deadLetter`).",
)
def test_dead_letters(consumed, arm, bus, metrics, site, attempt, climb):
    """There are no more dead letters than declared, and none was added within half an hour.

    After the move every tenth payment is given up after ten attempts, since the new site may not write to a table:
    the queue looks empty, the consumer busy, and the work lies in the dead-letter queue. A number of old ones that is
    declared and stays is no fault. Growth shows between two samples of the count, of a queue also in its metric.
    """
    counts = counts_of(consumed, arm, site)
    bound = consumed.backlog.dead_letter if consumed.backlog else None
    climb(
        f"{named(consumed)} in {site} gives messages up",
        lambda: given_up(counts, bound, earliest(consumed, metrics, attempt)),
        beside=lambda: explained(consumed, bus, attempt),
    )


def named(entity):
    """An entity for the reader: ``orders/orders-in of sb-neu``."""
    return f"{entity} of {entity.bus}"


def counts_of(entity, arm, site):
    """The two samples of an entity's counts; that it is missing is told elsewhere."""
    counts = arm.entity_counts(entity)
    if counts is None:
        raise LookupError(f"{named(entity)} does not exist in {site}, so what it holds cannot be judged.")
    return counts


def too_many(counts, bound):
    """The rung of the count, with its trend."""
    first, second = counts.first.active, counts.second.active
    if second > bound:
        yield f"{second} messages wait ({trend(first, second, counts.apart)}), at most {bound} are declared"


def too_old(entity, arm, bus, site):
    """The rung of the age of the oldest message; nobody can tell one that a handler holds from one that waits."""
    bound, held = entity.backlog.age, entity.max_processing
    seen = bus.entity(entity)
    if seen is None:
        raise LookupError(f"{entity.bus} knows no {entity}, so how long its messages wait cannot be judged.")
    oldest = seen.oldest_enqueued
    if oldest is None and seen.active:
        raise LookupError(f"The messages of {named(entity)} do not say when they were enqueued.")
    if oldest is None and seen.bounded:
        raise LookupError(
            f"The first {seen.peeked} messages of {named(entity)} are deferred or scheduled: "
            "how long those behind them wait was not looked at."
        )
    if oldest is not None and oldest > seen.at + CLOCKS:
        raise LookupError(
            f"The oldest message of {named(entity)} was enqueued at {oldest:%H:%M} UTC, which is to come."
        )
    if oldest is None or seen.at - oldest <= bound:
        return
    held = counts_of(entity, arm, site).lock_duration if held is None else held
    if seen.at - oldest > bound + held:
        yield (
            f"the oldest message waits since {oldest:%Y-%m-%d %H:%M} UTC, at most {bound} are declared, "
            f"and {minutes(held)} to hold it"
        )


def earliest(entity, metrics, attempt):
    """The first number of dead letters that the metric of a queue tells; None where it tells none, which is not 0."""
    if not entity.is_kind("queue"):
        return None
    line, _ = attempt(lambda: metrics.dead_letters(entity))
    return next((point for point in line.points if point.value is not None), None) if line else None


def given_up(counts, bound, before):
    """The rung of the dead letters: how many there are, and whether they become more."""
    first, second = counts.first.dead_letter, counts.second.dead_letter
    way = trend(first, second, counts.apart)
    if second == first and before is not None and second > before.value:
        way = f"{second - before.value:.0f} more than at {before.at:%H:%M} UTC"
        first = before.value
    if bound is not None and second > bound:
        yield f"{second} dead letters ({way}), at most {bound} are declared"
    elif second > first:
        at_most = f"at most {bound} are declared, and " if bound is not None else ""
        yield f"{second} dead letters, {way}; {at_most}none may be added"


def explained(entity, bus, attempt):
    """The reasons of the newest dead letters, or that nobody could see them."""
    told, missing = attempt(lambda: list(reasons(bus.entity(entity))))
    return ["why, nobody could peek"] if missing else told


def reasons(seen):
    """Why the newest dead letters are there, as far as one can see."""
    letters = seen.dead_letters if seen else ()
    found = Counter(reason_of(each) for each in letters)
    if found:
        listed = ", ".join(f"{count} times {reason}" for reason, count in found.most_common(TOLD))
        yield f"the newest {len(letters)}: {listed}"


def reason_of(letter):
    """A dead letter's reason, with the broker's own words where it is the broker's."""
    return f"{letter} ({letter.description})" if letter.description else str(letter)


def minutes(span):
    """A span of time: ``5m``, ``90s``."""
    seconds = round(span.total_seconds())
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


def trend(first, second, apart):
    """Which way a count goes: ``growing by 420 in 5 s``."""
    if first == second:
        return f"steady over {apart.total_seconds():.0f} s"
    way = "growing" if second > first else "falling"
    return f"{way} by {abs(second - first)} in {apart.total_seconds():.0f} s"
