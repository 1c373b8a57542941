"""Feeds: data keeps arriving where the work is done."""

from datetime import timedelta

import pytest

SLACK = timedelta(minutes=5)  # what the clocks may be apart
LONG_AGO = timedelta(days=3650)  # farther back than any switch began


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    remedy="Ask whoever sends the feed where it is sent to, and have it sent to the account of the active site. Where "
    "only the beginning of a long listing was looked at, declare a narrower `prefix`.",
)
def test_feeds(feed, blob, blob_elsewhere, sites, cutover, since, now):
    """Every declared feed has arrived on time, and not empty, at the site that is active.

    The partner's upload was configured years ago with the host name of the old account, and nothing fails when the
    work moves: files pile up where nobody reads them any more, and the reports of the new site are complete but for
    the shops that sent nothing. Or the export runs, finds no rows, and writes empty files on the minute.
    """
    found = blob.arrivals(feed)
    assert found is not None, f"Feed {feed}: container {feed.container} does not exist in {feed.host} of {feed.site}."
    bound = feed.every + (feed.tolerance or timedelta(0))
    if on_time(found, now - bound, now):
        return
    if found.bounded:
        raise LookupError(
            f"Feed {feed}: of {found.where} only {found.seen} blobs were looked at, and {newest(found)}; what arrived "
            f"later may stand beyond them. A narrower prefix would tell."
        )
    if found.unclear:
        raise LookupError(
            f"Feed {feed}: of {found.unclear} of {found.seen} blobs in {found.where} nobody says how large or how old."
        )
    there = sent_elsewhere(feed, blob_elsewhere, sites, now - bound, now)
    dark = [name for name, each in sites.items() if took_part(each) and name not in blob_elsewhere]
    if not_due(feed, there, dark, sites, started(cutover, since, now), now - bound):
        return
    elsewhere = ", but in " + " and ".join(f"{name}, where {newest(each)}" for name, each in there.items())
    late = f", at most {feed.tolerance} late" if feed.tolerance else ""
    pytest.fail(
        f"Feed {feed} does not arrive in {feed.site}, which is active{elsewhere if there else ''}: in {found.where} "
        f"{newest(found)}; declared is one every {feed.every}{late}."
    )


def on_time(found, earliest, now):
    """Whether something came since then."""
    if found is None or found.at is None:
        return False
    if found.at > now + SLACK:
        raise LookupError(f"{found.name} in {found.where} was written at {instant(found.at)}, which is yet to come.")
    return found.at >= earliest


def sent_elsewhere(feed, blob_elsewhere, sites, earliest, now):
    """By name, the passive sites where a feed has arrived on time."""
    if not any(site.passive and not site.legacy for site in sites.values()):
        return {}  # of two that are active each has a feed of its own
    there = {name: blob_elsewhere[name].arrivals(feed) for name in blob_elsewhere if sites[name].passive}
    timely = {name: each for name, each in there.items() if on_time(each, earliest, now)}
    hidden = [each.where for name, each in there.items() if each and each.bounded and name not in timely]
    if hidden and not moves(sites):
        raise LookupError(
            f"Feed {feed} may have come in time before the work moved: of {', '.join(hidden)} not all was looked at."
        )
    return timely


def moves(sites):
    """Whether the move is yet to come."""
    return any(site.target for site in sites.values())


def took_part(site):
    """Whether a site that is passive now is one of the two of the cutover."""
    return site.passive and (site.is_from or site.is_to)


def not_due(feed, there, dark, sites, switched, earliest):
    """Whether, after a move, the last one came in time where the work was done before, so that the next is yet to come.

    When it came last to a ``dark`` place, which is lost or has no storage accounts, nobody knows.
    """
    if moves(sites):
        return False  # the move is yet to come, so the sender has had all the time there is
    if there and switched is None:
        raise LookupError(
            f"Feed {feed} came last where the work was done before: {'; '.join(map(newest, there.values()))}. Whether "
            f"the next goes to {feed.site} nobody can say before it is due; --started, the instant of the switch, "
            f"would tell."
        )
    if there:
        return all(each.at < switched for each in there.values())
    return bool(dark) and switched is not None and switched > earliest


def started(cutover, since, now):
    """When the switch began, as far as anybody says."""
    begun = since(LONG_AGO)
    if begun > now - LONG_AGO:
        return begun
    return cutover.window.opens if cutover.window.opens <= now else None


def newest(found):
    """What came last, for the reader."""
    told = f"the newest is {found.name} of {instant(found.at)}" if found.at else "nothing has ever arrived"
    if found.hollow:
        told += f" ({found.hollow} newer {'one is' if found.hollow == 1 else 'ones are'} empty)"
    return told


def instant(at):
    """An instant for the reader."""
    return f"{at:%Y-%m-%d %H:%M %Z}"
