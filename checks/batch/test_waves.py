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
    remedy="Suspend the later wave, run the earlier one (`kubectl create job --from=cronjob/NAME NAME-by-hand`), and "
    "resume the next wave when it has succeeded; run what is declared as a backfill.",
)
def test_waves(wave, kubernetes, site, cutover, since, now):
    """No job of a later wave is live before every earlier wave has succeeded since the move.

    The waves are there because the payout needs the tokens that the rotation makes, and the settlement the queue that
    the sweep has emptied. Resumed all at once they start in the order of their schedules, and the one that comes first
    works on what is not there yet. What the move left out is loaded again only where somebody runs it: the hours
    between the last run on the old site and the first on the new one are else missing in every report, with no error.
    """
    found = {(each.namespace, each.name): each for each in kubernetes.cron_jobs(wave.jobs[0].namespace)}
    live = [job for job in wave.jobs if runs_on(job, site) and not looked_up(job, found, site).spec.suspend]
    faults = []
    for job in wave.earlier if live else ():
        if not runs_on(job, site):
            continue
        success = last_success(looked_up(job, found, site), kubernetes, now)
        start = since(window(job, cutover, now))
        if success is None or success < start:
            faults.append(
                f"{named(live)} {'is' if len(live) == 1 else 'are'} live, but {job} of wave {job.wave} last succeeded "
                f"{when(success)}, not since {start:%Y-%m-%d %H:%M %Z}"
            )
    for job in wave.jobs:
        if job.backfill and runs_on(job, site) and job.backfill.start <= now:
            success = last_success(looked_up(job, found, site), kubernetes, now)
            if success is None or success < job.backfill.start:
                faults.append(
                    f"the backfill of {job} from {job.backfill.start:%Y-%m-%d %H:%M %Z} is not covered, it last "
                    f"succeeded {when(success)}"
                )
    assert not faults, f"{wave} in {site} is not resumed as declared: {'; '.join(faults)}."


def runs_on(job, site):
    """Whether a job is declared to be live on the site in its present role."""
    return job.runs_on(active=site.active, is_from=site.is_from, is_to=site.is_to)


def looked_up(job, found, site):
    """The CronJob that is declared; without it there is nothing to judge, which is told as such elsewhere."""
    if (job.namespace, job.name) not in found:
        raise LookupError(f"{job} does not exist in {site}, so its wave cannot be judged.")
    return found[job.namespace, job.name]


def window(job, cutover, now):
    """How far back the move may lie: to the opening of the window; before it, in a rehearsal, as far as a success may.

    Where the start of the switch is given, time counts from there anyway.
    """
    return now - cutover.window.opens if cutover.window.opens <= now else job.last_success or REHEARSED


def last_success(cron_job, kubernetes, now):
    """When a CronJob, or a Job made of it by hand, last succeeded; None where nothing is known of it."""
    ended = [(cron_job.status.last_successful_time, "status.lastSuccessfulTime", cron_job)]
    ended += [
        (run.status.completion_time, "status.completionTime", run)
        for run in kubernetes.jobs(cron_job=cron_job)
        if any(each.type == "Complete" and each.status == "True" for each in run.status.conditions)
    ]
    for value, field, of in ended:
        if value and (value.tzinfo is None or value.year < FIRST_YEAR or value > now + SLACK):
            raise LookupError(f"{of} has the {field} {value.isoformat()}, which cannot be.")
    return max((value for value, *_ in ended if value), default=None)


def when(at):
    """An instant for the reader."""
    return f"at {at:%Y-%m-%d %H:%M %Z}" if at else "never"


def named(jobs):
    """Jobs for the reader: the first ten, and how many more there are."""
    return ", ".join(map(str, jobs[:10])) + (f" and {len(jobs) - 10} more" if len(jobs) > 10 else "")
