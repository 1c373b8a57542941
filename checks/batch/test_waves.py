"""Scheduled jobs after the move: resumed in order, and what the move left out loaded again."""

from datetime import timedelta

import pytest

SLACK = timedelta(minutes=5)  # what the clocks may be apart
FIRST_YEAR = 2015  # before that there was no CronJob
REHEARSED = timedelta(days=1)  # where neither the switch nor the window has begun and no bound is declared


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    phases=("mid-cutover", "post-cutover", "mid-failback", "post-failback"),
    remedy="Suspend the later wave (stop its triggers), run the earlier one (`kubectl create job --from=cronjob/NAME "
    "NAME-by-hand`), and resume the next wave when it has succeeded; run what is declared as a backfill.",
)
def test_waves(wave, kubernetes, arm_here, site, cutover, since, now):
    """No job or trigger of a later wave is live before every earlier wave has succeeded since the move.

    The waves are there because the payout needs the tokens that the rotation makes, and the settlement the queue that
    the sweep has emptied. Resumed all at once they start in the order of their schedules, and the one that comes first
    works on what is not there yet. What the move left out is loaded again only where somebody runs it: the hours
    between the last run on the old site and the first on the new one are else missing in every report, with no error.
    """
    found = {key(job): seen for job, seen in looked_up(wave, kubernetes, arm_here, site)}
    live = [job for job in wave.jobs if runs_on(job, site) and is_live(found[key(job)])]
    faults = []
    for job in wave.earlier if live else ():
        if not runs_on(job, site):
            continue
        success = last_success(found[key(job)], kubernetes, now)
        start = since(window(job, cutover, now))
        if success is None or success < start:
            faults.append(
                f"{named(live)} {'is' if len(live) == 1 else 'are'} live, but {told(job)} of wave {job.wave} last "
                f"succeeded {when(success)}, not since {start:%Y-%m-%d %H:%M %Z}"
            )
    for job in wave.jobs:
        if job.backfill and runs_on(job, site) and job.backfill.start <= now:
            success = last_success(found[key(job)], kubernetes, now)
            if success is None or success < job.backfill.start:
                faults.append(
                    f"the backfill of {told(job)} from {job.backfill.start:%Y-%m-%d %H:%M %Z} is not covered, it last "
                    f"succeeded {when(success)}"
                )
    assert not faults, f"{wave} in {site} is not resumed as declared: {'; '.join(faults)}."


def runs_on(job, site):
    """Whether a job is declared to be live on the site in its present role."""
    return job.runs_on(active=site.active, is_from=site.is_from, is_to=site.is_to)


def looked_up(wave, kubernetes, arm_here, site):
    """What is declared to run on the site now, each with its CronJob, or with what ARM says of its trigger.

    Without that there is nothing to judge, which is told as such elsewhere.
    """
    declared = (*wave.jobs, *wave.earlier)
    triggers = [job for job in declared if job.is_kind("trigger")]
    found = {}
    for job in (each for each in declared if each not in triggers):
        held = (each for each in kubernetes.cron_jobs(job.namespace) if each.name == job.name)
        found[key(job)] = next(held, None)
    if triggers and site.name not in arm_here:
        raise LookupError(f"No subscription is declared, so nobody can say which triggers of {wave} run.")
    for each in arm_here[site.name].wave_triggers(wave) if triggers else ():
        found[each.key] = each if each.trigger else None
    for job in declared:
        if runs_on(job, site):
            if found[key(job)] is None:
                raise LookupError(f"{told(job)} does not exist in {site}, so its wave cannot be judged.")
            yield job, found[key(job)]


def key(job):
    """What tells the jobs and triggers of a service apart."""
    return job.key if job.is_kind("trigger") else (job.namespace, job.name)


def is_live(found):
    """Whether a CronJob is not suspended, or a trigger is started."""
    return found.started if hasattr(found, "started") else not found.spec.suspend


def window(job, cutover, now):
    """How far back the move may lie: to the opening of the window; before it, in a rehearsal, as far as a success may.

    Where the start of the switch is given, time counts from there anyway.
    """
    return (
        now - cutover.window.opens if cutover.window.opens <= now else getattr(job, "last_success", None) or REHEARSED
    )


def last_success(found, kubernetes, now):
    """When a CronJob, a Job made of it by hand, or all that a trigger starts last succeeded; None if never."""
    if hasattr(found, "started"):
        return credible(found.success, "runEnd", f"a run of trigger {found.trigger}", now)
    ended = [(found.status.last_successful_time, "status.lastSuccessfulTime", found)]
    ended += [
        (run.status.completion_time, "status.completionTime", run)
        for run in kubernetes.jobs(cron_job=found)
        if any(each.type == "Complete" and each.status == "True" for each in run.status.conditions)
    ]
    known = [credible(value, field, of, now) for value, field, of in ended if value]
    return max(known, default=None)


def credible(value, field, of, now):
    """An instant that can be true, or None; one of no zone, of year 1 or of the future proves nothing."""
    if value and (value.tzinfo is None or value.year < FIRST_YEAR or value > now + SLACK):
        raise LookupError(f"{of} has the {field} {value.isoformat()}, which cannot be.")
    return value


def when(at):
    """An instant for the reader."""
    return f"at {at:%Y-%m-%d %H:%M %Z}" if at else "never"


def named(jobs):
    """Jobs for the reader: the first ten, and how many more there are."""
    return ", ".join(told(job) for job in jobs[:10]) + (f" and {len(jobs) - 10} more" if len(jobs) > 10 else "")


def told(job):
    """A job or trigger for the reader."""
    return f"trigger {job.trigger} of Data Factory {job.factory}" if job.is_kind("trigger") else str(job)
