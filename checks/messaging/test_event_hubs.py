"""Event hubs: how far behind is who reads them, and from where will be read after a move?

A hub does not know its readers. How far they have come, and who reads which partition, stands in the blobs of their
checkpoint store; what there is to read, in the properties of the hub's partitions.
"""

from datetime import timedelta

import pytest

#: No SDK lets an ownership stand for longer without being renewed, unless it is told to.
LIVE = timedelta(minutes=5)


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    declares="lag",
    remedy="Look why the consumer does not keep up or does not own the partition: its log, its replicas (more than "
    "partitions do not help), the throttling of hub and checkpoint store.",
)
def test_event_hub_lag(event_hub, blob, bus, now, site, declared):
    """No partition of the event hub lags further behind than declared, and each is owned by one live reader.

    Five of six partitions are read, the pods are green, and every sixth customer's changes wait: the ownership of a
    partition was left behind by a pod that is gone, or two groups of pods take it from one another. A consumer that
    scales to zero owns nothing while there is nothing to read.
    """
    partitions = partitions_of(event_hub, bus, site)
    progress = progress_of(event_hub, blob, site)
    behind = {each.id: lag(each, progress) for each in partitions}
    wrong = [
        f"partition {id_} is {count} events behind"
        for id_, count in behind.items()
        if count is not None and count > event_hub.lag
    ]
    asleep = not any(behind.values()) and scales_to_zero(event_hub, declared)
    wrong += ill_owned(partitions, progress, now, asleep=asleep)
    bound = f"declared is a lag of {event_hub.lag} at most and one live owner each"
    assert not wrong, f"{named(event_hub)} in {site}: {'; '.join(shortened(wrong))}; {bound}."
    unknown = [id_ for id_, count in behind.items() if count is None]
    if unknown:
        raise LookupError(
            f"{named(event_hub)} in {site}: {progress.place} holds no sequence number for {those(unknown)}, "
            "so how far it is behind is not known."
        )
    if not progress.ownerships and not asleep:
        still_read(event_hub, partitions, progress, behind, now, site)


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    declares="checkpoints",
    remedy="Declare startAfterMove and configure the consumer with the same; delete checkpoints that are of another "
    "hub, so that it starts there; create the container.",
)
def test_checkpoints(event_hub, blob, bus, now, site):
    """Every checkpoint lies inside the range of its event hub, and where reading starts after a move is declared.

    Offsets do not survive a move. A store that was copied along with everything else holds numbers of the other
    region's hub: the consumer is given one that its hub never had, and stops, or one that was deleted long ago, and
    reads three days again. Without any checkpoint it starts where its code happens to say.
    """
    partitions = partitions_of(event_hub, bus, site)
    progress = blob.checkpoints(event_hub)
    assert progress, (
        f"{named(event_hub)} in {site}: there is no container {event_hub.checkpoints} to keep checkpoints in."
    )
    known = {each.partition: each for each in progress.checkpoints}
    wrong = [
        fault
        for each in partitions
        if each.id in known and (fault := misplaced(each, known[each.id], event_hub.lag or 0, now))
    ]
    bare = [each.id for each in partitions if each.id not in known and each.empty is not True]
    if event_hub.start_after_move is None and (site.target or bare):
        without = f"no checkpoint for {those(bare)}, and " if bare else ""
        wrong.append(f"{without}where reading starts after a move is not declared (startAfterMove)")
    if site.active and bare and progress.elsewhere:
        wrong.append(f"{progress.place} holds checkpoints for {' and '.join(progress.elsewhere)}, none for this hub")
    assert not wrong, f"{named(event_hub)} in {site}: {'; '.join(shortened(wrong))}."
    unknown = [each.partition for each in progress.checkpoints if each.sequence is None]
    if unknown:
        raise LookupError(
            f"{named(event_hub)} in {site}: {progress.place} holds no sequence number to compare for {those(unknown)}."
        )


def named(event_hub):
    """A hub as its consumers know it."""
    return f"Event hub {event_hub.name} (group {event_hub.group})"


def those(ids):
    """Partitions in words, the first ten."""
    more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""
    return f"partition{'s' if len(ids) > 1 else ''} {', '.join(ids[:10])}{more}"


def shortened(parts):
    """The first ten, and how many more there are."""
    return [*parts[:10], *([f"{len(parts) - 10} more"] if len(parts) > 10 else [])]


def partitions_of(event_hub, bus, site):
    """The partitions of a hub; without it nothing can be said, and that it is missing is told elsewhere."""
    partitions = bus.partitions(event_hub)
    if not partitions:
        raise LookupError(
            f"{named(event_hub)} in {site}: {event_hub.bus} has no such event hub, so nothing can be judged."
        )
    return partitions


def progress_of(event_hub, blob, site):
    """What the checkpoint store says of a hub."""
    if event_hub.checkpoints is None:
        raise LookupError(
            f"{named(event_hub)} in {site} declares no checkpoints, so how far its consumer is cannot be known."
        )
    progress = blob.checkpoints(event_hub)
    if progress is None:
        raise LookupError(f"{named(event_hub)} in {site}: there is no container {event_hub.checkpoints}.")
    return progress


def lag(partition, progress):
    """How many events a partition is behind, None where that is not known.

    The two are not read at the same moment, so a checkpoint may be ahead of what the hub said a moment before.
    """
    if partition.empty is True:
        return 0
    sequence = next((each.sequence for each in progress.checkpoints if each.partition == partition.id), None)
    if sequence is None or partition.last is None or partition.empty is None:
        return None
    return max(0, partition.last - sequence)


def scales_to_zero(event_hub, declared):
    """Whether the declared consumer is scaled by KEDA, which leaves nobody where nothing waits."""
    return any(
        (each.service, each.name, each.scaler) == (event_hub.service, event_hub.consumer, "keda")
        for each in declared("workload")
    )


def ill_owned(partitions, progress, now, *, asleep):
    """Partitions that no live reader owns although others of the hub are owned, or that several own."""
    if not progress.ownerships:
        return
    unowned = []
    for partition in partitions:
        owners = {
            (each.under.lower(), each.owner.lower())
            for each in progress.ownerships
            if each.partition == partition.id and is_live(each, now)
        }
        if len(owners) > 1:
            yield f"partition {partition.id} is owned {len(owners)} times, under {' and '.join(places_of(owners))}"
        if not owners:
            unowned.append(partition.id)
    if unowned and not (asleep and len(unowned) == len(partitions)):
        yield f"nobody who is alive owns {those(unowned)}{others(progress, now)}"


def places_of(owners):
    """The prefixes under which owners stand, or the owners where they share one."""
    prefixes = sorted({under for under, _ in owners})
    return prefixes if len(prefixes) > 1 else sorted(owner for _, owner in owners)


def others(progress, now):
    """When the newest of the ownerships that are over was renewed, in words."""
    renewed = [each.modified for each in progress.ownerships if each.modified and not is_live(each, now)]
    return f" (last renewed {max(renewed):%Y-%m-%d %H:%M} UTC)" if renewed else ""


def is_live(ownership, now):
    """Whether an ownership stands: it was renewed lately, or its lease is held; a released one has no owner."""
    if not ownership.owner:
        return False
    if ownership.held is not None:
        return ownership.held
    return is_fresh(ownership, now)


def is_fresh(blob, now):
    """Whether a blob was written lately."""
    if blob.modified is None:
        raise LookupError(f"Blob storage does not say when the blob of partition {blob.partition} was written.")
    return now - blob.modified <= LIVE


def still_read(event_hub, partitions, progress, behind, now, site):
    """A consumer that keeps no ownership is known by its checkpoints alone: whatever is behind must be moving."""
    fresh = {each.partition for each in progress.checkpoints if is_fresh(each, now)}
    still = [each.id for each in partitions if behind[each.id] and each.id not in fresh]
    if still:
        raise LookupError(
            f"{named(event_hub)} in {site}: {progress.place} holds no ownership, and no checkpoint moves for "
            f"{those(still)} with events to read: whether anybody reads there is not known."
        )


def misplaced(partition, checkpoint, lag, now):
    """How a checkpoint lies outside the range of its partition, None where it does not or is not to be compared."""
    sequence = checkpoint.sequence
    if sequence is None:
        return None
    if partition.last is None or partition.beginning is None or partition.empty is None:
        raise LookupError(f"Event Hubs does not say what partition {partition.id} holds.")
    ahead = sequence - partition.last
    if ahead > 0 and not (ahead <= lag and is_fresh(checkpoint, now)):  # a fresh one may be newer than the other look
        return f"{checkpoint} is {sequence}, the hub's newest event is {partition.last}: it is of another hub"
    if not partition.empty and sequence < partition.beginning - 1:
        return (
            f"{checkpoint} is {sequence}, the hub's oldest event is {partition.beginning}: "
            f"what lay between is gone, or it is of another hub"
        )
    return None
