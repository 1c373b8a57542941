"""Scheduled jobs and the cutover: what would start by itself at the wrong moment."""

from collections import deque
from datetime import timedelta

import pytest

LATE = timedelta(minutes=15)  # a run that starts this late, or would have come this soon anyway, surprises nobody
FIRST_YEAR = 2015  # before that there was no CronJob
#: How far back a missed tick is looked for: near for the many that are due daily, then beyond a year.
BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=8), timedelta(days=400))


@pytest.mark.check(
    severity="warning",
    roles=("active", "target"),
    remedy="Suspend the job before the window opens, move its schedule, or declare `inWindow: true` where it may run "
    "while the move is under way.",
)
def test_window(job, kubernetes, site, cutover, now):
    """No job is due between the opening of the window and the point of no return, unless that is declared.

    The database is switched at 23:10, and at 23:15 the export starts on a replica that has just become read-only, or
    books half of its work on the side that is about to be left. Nobody thinks of the schedule in that night.
    """
    found = declared_one(job, kubernetes, site)
    if job.in_window or not job.runs_on(active=True, is_from=site.is_from, is_to=site.is_to):
        return
    if site.active and found.spec.suspend:
        return
    window = cutover.window
    start = max(now, window.opens - timedelta(microseconds=1))
    due = []
    for tick in kubernetes.ticks(found, start, window.point_of_no_return) if start < window.point_of_no_return else ():
        due.append(tick)
        if len(due) == 100:
            break
    assert not due, (
        f"{job} in {site} ({found.spec.schedule}, {found.spec.time_zone or 'no time zone'}) is due {times(due)} "
        f"between the opening of the window ({window.opens:%Y-%m-%d %H:%M %Z}) and the point of no return "
        f"({window.point_of_no_return:%Y-%m-%d %H:%M %Z}), first {due[0]:%Y-%m-%d %H:%M %Z}; inWindow is not declared."
    )


@pytest.mark.check(
    severity="warning",
    roles=("target",),
    remedy="Give the CronJob a `startingDeadlineSeconds` of some minutes, so that a run missed long ago is not made up "
    "for when it is resumed; or declare `inWindow: true` where that is wanted.",
)
def test_resume_safety(job, kubernetes, site, cutover, now):
    """A job that is to be resumed on the target does not at once start a run that it missed while suspended.

    The controller counts the ticks since the last run it started, or since the CronJob was created, and starts the
    latest of them the moment `suspend` goes. Without `startingDeadlineSeconds` that may be the settlement of Friday
    18:00, begun on Saturday night in the middle of the move, for a day that the other site has settled already.
    """
    found = declared_one(job, kubernetes, site)
    if job.in_window or not found.spec.suspend:
        return
    if not job.runs_on(active=True, is_from=site.is_from, is_to=site.is_to):
        return
    moment = max(now, cutover.window.opens)
    deadline = deadline_of(found, site)
    missed = latest_tick(found, kubernetes, moment, deadline)
    soon = any(True for _ in kubernetes.ticks(found, moment, moment + LATE))
    if missed is None or soon or moment - missed <= LATE:
        return
    bound = (
        "no startingDeadlineSeconds" if deadline is None else f"startingDeadlineSeconds {deadline.total_seconds():.0f}"
    )
    assert missed <= known_since(found, site, moment), (
        f"{job} in {site}, resumed at {moment:%Y-%m-%d %H:%M %Z}, would at once start its run of "
        f"{missed:%Y-%m-%d %H:%M %Z} ({found.spec.schedule}, {bound}); inWindow is not declared."
    )


def declared_one(job, kubernetes, site):
    """The CronJob that is declared; without it there is nothing to judge, which is told as such elsewhere."""
    found = next((each for each in kubernetes.cron_jobs(job.namespace) if each.name == job.name), None)
    if found is None:
        raise LookupError(f"{job} does not exist in {site}, so its next runs cannot be judged.")
    return found


def deadline_of(cron_job, site):
    """How late a run may start, None without a bound. The API refuses a negative one."""
    seconds = cron_job.spec.starting_deadline_seconds
    if seconds is not None and seconds < 0:
        raise LookupError(f"{cron_job} in {site} has the spec.startingDeadlineSeconds {seconds}, which cannot be.")
    return None if seconds is None else timedelta(seconds=min(seconds, BACK[-1].total_seconds()))


def known_since(cron_job, site, moment):
    """From when on the controller counts ticks: the last run that it started, or the creation of the CronJob."""
    for value, field in (
        (cron_job.status.last_schedule_time, "status.lastScheduleTime"),
        (cron_job.created, "metadata.creationTimestamp"),
    ):
        if value is not None:
            if value.tzinfo is None or value.year < FIRST_YEAR or value > moment + LATE:
                raise LookupError(f"{cron_job} in {site} has the {field} {value.isoformat()}, which cannot be.")
            return value
    raise LookupError(f"{cron_job} in {site} has neither status.lastScheduleTime nor metadata.creationTimestamp.")


def latest_tick(cron_job, kubernetes, moment, deadline):
    """The latest tick up to a moment that may still be made up for then, or None."""
    for back in BACK:
        within = back if deadline is None else min(back, deadline)
        if latest := deque(kubernetes.ticks(cron_job, moment - within, moment), maxlen=1):
            return latest[0]
    return None


def times(due):
    """How often, in words."""
    return "once" if len(due) == 1 else f"{len(due)} times" if len(due) < 100 else "100 times or more"
