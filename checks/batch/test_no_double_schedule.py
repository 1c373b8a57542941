"""Scheduled jobs: none does its work twice, on two sites."""

from datetime import timedelta

import pytest

#: How far ahead two schedules are compared, in days: soon for the many that meet within two weeks, then beyond a year.
HORIZONS = (15, 60, 400)


@pytest.mark.check(
    severity="blocker",
    remedy="Suspend the job on the site where it is not to run; remove the copy, if that is what runs.",
)
def test_no_double_schedule(job_by_site, kubernetes_by_site, sites, now):
    """No job runs on both sites on the same day, not even as a copy that nobody declared.

    Two settlements of one day book everything twice, and neither of them fails. It happens when one site is resumed
    before the other is suspended, or when somebody keeps a copy in a namespace that no list of jobs mentions.
    """
    jobs = {site: list(kubernetes.cron_jobs()) for site, kubernetes in kubernetes_by_site.items()}
    declared = [each for site, job in job_by_site.items() for each in jobs[site] if is_itself(each, job)]
    job = next(iter(job_by_site.values()))
    live = [
        (site, each)
        for site, found in jobs.items()
        for each in found
        if (is_itself(each, job) or any(is_copy(each, other) for other in declared)) and not each.spec.suspend
    ]
    meant = [site for site, each in job_by_site.items() if runs_on(each, sites[site])]
    if len(meant) > 1:
        return
    doubles = [
        f"{said(one, here)} and {said(other, there)}, both on {days[0]:%a %Y-%m-%d}"
        for index, (here, one) in enumerate(live)
        for there, other in live[index + 1 :]
        if here != there
        and (days := common_days((kubernetes_by_site[here], one), (kubernetes_by_site[there], other), now))
    ]
    assert not doubles, f"{job} would run twice: {shortened(doubles)}; declared is that it runs {on(meant)}."


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


def common_days(one, other, now):
    """The days, by each job's own calendar, on which both are due; as far ahead as it takes to find one."""
    for horizon in HORIZONS:
        end = now + timedelta(days=horizon)
        dues = [{tick.date() for tick in kubernetes.ticks(cron_job, now, end)} for kubernetes, cron_job in (one, other)]
        if days := sorted(dues[0] & dues[1]):
            return days
    return []


def said(cron_job, site):
    """A live CronJob for the reader."""
    return f"{cron_job} in {site} ({cron_job.spec.schedule}, {cron_job.spec.time_zone or 'no time zone'})"


def on(sites):
    """Where a job is declared to run."""
    return f"on {sites[0]} alone" if sites else "nowhere"


def shortened(parts):
    """The first ten, and how many more there are."""
    return ", ".join(parts[:10]) + (f" and {len(parts) - 10} more" if len(parts) > 10 else "")
