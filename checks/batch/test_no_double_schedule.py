"""Scheduled jobs: none does its work twice, on two sites."""

from datetime import timedelta
from functools import partial
from itertools import combinations

import pytest

#: How far ahead two schedules are compared, in days: soon for the many that meet within two weeks, then beyond a year.
HORIZONS = (15, 60, 400)


@pytest.mark.check(
    severity="blocker",
    remedy="Suspend the job, or stop the trigger, on the site where it is not to run; remove the copy, if that is what "
    "runs.",
)
def test_no_double_schedule(schedule_by_site, kubernetes_of_sites, arm_of_sites, sites, now, shortened):
    """No job runs on both sites on the same day, not even as a copy that nobody declared.

    Two settlements of one day book everything twice, and neither of them fails. It happens when one site is resumed
    before the other is suspended, or when somebody keeps a copy in a namespace that no list of jobs mentions. Both
    Data Factories come from one template, and publishing it starts the triggers of both.
    """
    job = next(iter(schedule_by_site.values()))
    triggered = job.is_kind("trigger")
    live = (
        live_triggers(schedule_by_site, arm_of_sites) if triggered else live_jobs(schedule_by_site, kubernetes_of_sites)
    )
    meant = [site for site, each in schedule_by_site.items() if runs_on(each, sites[site])]
    if len(meant) > 1:
        return
    doubles = [
        told
        for one, other in between_sites(live)
        if (told := two_triggers(one, other, now) if triggered else two_jobs(one, other, kubernetes_of_sites, now))
    ]
    assert not doubles, f"{job} would run twice: {shortened(doubles)}; declared is that it runs {on(meant)}."


def live_jobs(job_by_site, kubernetes_by_site):
    """What is live of a CronJob, and of copies of it: (site, CronJob)."""
    jobs = {site: list(kubernetes_by_site[site].cron_jobs()) for site in job_by_site}
    declared = [each for site, job in job_by_site.items() for each in jobs[site] if is_itself(each, job)]
    job = next(iter(job_by_site.values()))
    return [
        (site, each)
        for site, found in jobs.items()
        for each in found
        if (is_itself(each, job) or any(is_copy(each, other) for other in declared)) and not each.spec.suspend
    ]


def two_jobs(one, other, kubernetes_by_site, now):
    """In words, that two CronJobs of different sites are due on the same days; None where they are not."""
    days = common_days(*(partial(due, kubernetes_by_site[site], each, now) for site, each in (one, other)), now=now)
    return f"{said(*reversed(one))} and {said(*reversed(other))}, both on {days[0]:%a %Y-%m-%d}" if days else None


def live_triggers(trigger_by_site, arm_by_site):
    """What is started of a Data Factory trigger, and of undeclared ones that start the same: (site, trigger)."""
    trigger = next(iter(trigger_by_site.values()))
    if trigger_by_site.keys() - arm_by_site.keys():
        raise LookupError(f"Nobody asks Azure about {trigger}: the environment names no azure.subscription.")
    factories = {site: arm_by_site[site].factory_schedules(each) for site, each in trigger_by_site.items()}
    found = {site: factory.triggers for site, factory in factories.items() if factory}
    name = trigger.trigger.lower()
    works = {each.work for triggers in found.values() for each in triggers if each.name.lower() == name} - {frozenset()}
    return [
        (site, each)
        for site, triggers in found.items()
        for each in triggers
        if (each.name.lower() == name or (not each.known and each.work in works)) and each.started
    ]


def two_triggers(one, other, now):
    """In words, that two triggers of different sites start the same; None where they do not."""
    when = clash(one[1], other[1], now)
    told = (f"{each} in {site} ({each.rhythm})" for site, each in (one, other))
    return f"{' and '.join(told)}, both on {when}" if when else None


def clash(one, other, now):
    """When two triggers start for the same; by events of different accounts each starts for its own."""
    if one.events_of and other.events_of:
        under = one.events_under, other.events_under
        same = one.events_of == other.events_of and (under[0].startswith(under[1]) or under[1].startswith(under[0]))
        return f"every event of {one.events_of.rpartition('/')[2]}" if same else None
    timed = [each for each in (one, other) if not each.events_of]  # the events of the other may come on any day
    days = common_days(*(partial(planned, each, now) for each in timed), now=now)
    return f"{days[0]:%a %Y-%m-%d}" if days else None


def between_sites(live):
    """Every two of what is live, of different sites."""
    return [pair for pair in combinations(live, 2) if pair[0][0] != pair[1][0]]


def is_itself(cron_job, job):
    """Whether this CronJob is the declared one."""
    return (cron_job.namespace, cron_job.name) == (job.namespace, job.name)


def is_copy(cron_job, original):
    """Whether a CronJob does what the original does: the same image under the same name, or with the same arguments.

    The registry and the tag do not matter, a copy is often an older one. The name alone does not matter either: every
    other service has a ``cleanup``.
    """
    ours, theirs = program(original), program(cron_job)
    if cron_job.name == original.name:
        return bool({image for image, *_ in ours} & {image for image, *_ in theirs})
    return ours == theirs and any(command or arguments for _, command, arguments in ours)


def program(cron_job):
    """What a CronJob's containers run: (image without registry and tag, command, arguments)."""
    containers = cron_job.spec.job_template.spec.template.spec.containers
    return [(repository(each.image or ""), each.command, each.args) for each in containers]


def repository(image):
    """``acr.azurecr.io/orders/settlement:1.2@sha256:...`` as ``orders/settlement``."""
    head, _, tail = image.partition("@")[0].rpartition("/")
    registry, _, folders = head.partition("/")
    return "/".join(
        part for part in (folders if "." in registry or ":" in registry else head, tail.partition(":")[0]) if part
    )


def runs_on(job, site):
    """Whether a job is declared to be live on a site in its present role."""
    return job.runs_on(active=site.active, is_from=site.is_from, is_to=site.is_to)


def common_days(*dues, now):
    """The days, by each job's own calendar, on which all are due; as far ahead as it takes to find one."""
    for horizon in HORIZONS:
        end = now + timedelta(days=horizon)
        if days := sorted(set.intersection(*(days(end) for days in dues))):
            return days
    return []


def due(kubernetes, cron_job, now, end):
    """The days on which a CronJob is due."""
    return {tick.date() for tick in kubernetes.ticks(cron_job, now, end)}


def planned(trigger, now, end):
    """The days on which a trigger is due."""
    return set(trigger.days(now.date(), end.date()))


def said(cron_job, site):
    """A live CronJob for the reader."""
    return f"{cron_job} in {site} ({cron_job.spec.schedule}, {cron_job.spec.time_zone or 'no time zone'})"


def on(sites):
    """Where a job is declared to run."""
    return f"on {sites[0]} alone" if sites else "nowhere"
