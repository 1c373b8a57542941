"""Runs of scheduled jobs: do they end, and end well, where the work is now?"""

from datetime import timedelta

import pytest

SLACK = timedelta(minutes=5)  # what the clocks and the controller may take
FIRST_YEAR = 2015  # before that there was no CronJob


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    declares="last_success",
    remedy="Read the log of the last run (`kubectl logs job/NAME`), mend its cause, and run it once by hand: "
    "`kubectl create job --from=cronjob/NAME NAME-by-hand`.",
)
def test_last_success(job, kubernetes, site, other_sites, since, now):
    """Every job of the active site has succeeded within the declared time.

    A job that is live, is started on time and fails every time looks scheduled: the CronJob is there, its Jobs come and
    go with `BackoffLimitExceeded`, and the settlement of three days is missing before somebody counts. Nor does a job
    run whose ticks the controller misses. A job that has had no tick yet since the site took over has not failed.
    """
    found = declared_one(job, kubernetes, site)
    if not job.runs_on(active=site.active, is_from=site.is_from, is_to=site.is_to):
        return
    runs = list(kubernetes.jobs(cron_job=found))
    success = latest(
        [instant(found.status.last_successful_time, "status.lastSuccessfulTime", found, now)]
        + [instant(each.status.completion_time, "status.completionTime", each, now) for each in runs if complete(each)]
    )
    if success and success >= now - job.last_success:
        return
    started = instant(found.status.last_schedule_time, "status.lastScheduleTime", found, now)
    begun = latest([started, *(began(each, now) for each in runs)])
    failed = [each for each in runs if ended_as(each, "Failed") and (not success or began(each, now) > success)]
    settled = site.target or any(other.target or other.active for other in other_sites)
    running = bool(found.status.active) or any(not over(each) for each in runs)
    problem = None
    if begun and (not success or begun > success) and (failed or settled or not running):
        said = ", ".join(sorted({ended_as(each, "Failed").reason or "Failed" for each in failed}))
        verb = "has run since" if running else "ran"
        problem = f"it {verb} {when(begun, now)} without success{f' ({said})' if said else ''}"
    elif due := missed(job, found, kubernetes, begun, since, settled, now):
        problem = f"it was due {when(due, now)} and did not start"
    assert not problem, (
        f"{job} in {site} last succeeded {when(success, now) if success else 'never'}, declared is within "
        f"{job.last_success}: {problem}."
    )


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    remedy="See what the run waits for (`kubectl describe job NAME` and its pods), then delete the Job; give the "
    "CronJob's template `activeDeadlineSeconds`, so that the next one ends by itself.",
)
def test_not_stuck(job, kubernetes, site, now, shortened):
    """No run of a job lasts longer than declared, and none holds back the runs that follow it.

    A run that waits for a lock, a node or an image never fails: it stays `active`. Under `concurrencyPolicy: Forbid`
    every later tick is then skipped without an error. So it is with a Job that can make no pod at all, for want of
    quota or by an admission policy: it counts 0 active pods, and is unfinished for ever.
    """
    found = declared_one(job, kubernetes, site)
    faults = []
    for run in kubernetes.jobs(cron_job=found):
        if over(run):
            continue
        start = began(run, now)
        pods = "" if run.status.active else ", suspended" if run.spec.suspend else ", without a pod"
        since_when = f"{run} is unfinished since {when(start, now)}{pods}"
        bound = job.max_runtime
        if bound is not None and now - start > bound:
            faults.append(f"{since_when}, declared is at most {bound}{held_back(found, kubernetes, start, now)}")
        elif bound is None and (held := held_back(found, kubernetes, start, now)):
            faults.append(f"{since_when}{held}")
    assert not faults, f"{job} in {site} is stuck: {shortened(faults)}."


def declared_one(job, kubernetes, site):
    """The CronJob that is declared; without it there is nothing to judge, which is told as such elsewhere."""
    found = next((each for each in kubernetes.cron_jobs(job.namespace) if each.name == job.name), None)
    if found is None:
        raise LookupError(f"{job} does not exist in {site}, so its runs cannot be judged.")
    return found


def missed(job, found, kubernetes, begun, since, settled, now):
    """A tick that should have started a run by now and did not, or None.

    A site that took over only now owes no tick of the time before: then they count from the start of the switch, where
    that is known, and otherwise not at all.
    """
    if found.spec.suspend:
        return None
    start = since(job.last_success)
    if not settled and start <= now - job.last_success:
        return None
    created = instant(found.created, "metadata.creationTimestamp", found, now)
    ticks = list(kubernetes.ticks(found, latest([start, begun, created]), now - SLACK))
    return ticks[-1] if ticks else None


def held_back(found, kubernetes, start, now):
    """What a Forbid holds back because a run is unfinished, in words; empty where it holds nothing back."""
    if found.spec.concurrency_policy != "Forbid":
        return ""
    count, first = 0, None
    for tick in kubernetes.ticks(found, start + SLACK, now - SLACK):
        count, first = count + 1, first or tick
        if count == 100:
            break
    runs = "1 run" if count == 1 else f"{count} runs" if count < 100 else "100 runs or more"
    return f", and Forbid has held back {runs} since {when(first, now)}" if count else ""


def over(run):
    """Whether a Job is finished, one way or the other."""
    return bool(ended_as(run, "Complete") or ended_as(run, "Failed"))


def complete(run):
    """Whether a Job succeeded."""
    return ended_as(run, "Complete") is not None


def ended_as(run, type_):
    """The condition of a Job that says it ended so, or None."""
    return next((each for each in run.status.conditions if each.type == type_ and each.status == "True"), None)


def began(run, now):
    """When a Job began: its start, or its creation where it could not even start."""
    for value, field in ((run.status.start_time, "status.startTime"), (run.created, "metadata.creationTimestamp")):
        if value is not None:
            return instant(value, field, run, now)
    raise LookupError(f"{run} has neither status.startTime nor metadata.creationTimestamp.")


def instant(value, field, of, now):
    """An instant that can be true, or None; one of no zone, of year 1 or of the future proves nothing."""
    if value is not None and (value.tzinfo is None or value.year < FIRST_YEAR or value > now + SLACK):
        raise LookupError(f"{of} has the {field} {value.isoformat()}, which cannot be.")
    return value


def latest(instants):
    """The latest of the instants that are known, or None."""
    return max((each for each in instants if each is not None), default=None)


def when(at, now):
    """An instant for the reader, with how long ago it was."""
    minutes = max(0, int((now - at).total_seconds() // 60))
    days, hours = minutes // 1440, minutes // 60
    ago = f"{days} days" if days > 3 else f"{hours} h" if hours > 3 else f"{minutes} min"
    return f"{at:%Y-%m-%d %H:%M %Z} ({ago} ago)"
