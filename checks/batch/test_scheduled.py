"""Scheduled jobs: each live only where it is declared to run, at the declared times."""

import pytest

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@pytest.mark.check(
    severity="blocker",
    remedy='Suspend or resume the CronJob (`kubectl patch cronjob NAME -p \'{"spec":{"suspend":true}}\'`), '
    "or give it the declared schedule and time zone.",
)
def test_scheduled(job, kubernetes, site):
    """Every declared job exists, is live or suspended as its site's role demands, and keeps the declared schedule.

    A settlement that nobody resumed after the move is missed the next morning, by customers. A job without a time zone
    runs by the clock of the control plane, an hour or two beside the one it was planned for.
    """
    found = next((each for each in kubernetes.cron_jobs(job.namespace) if each.name == job.name), None)
    assert found is not None, f"{job} is declared but does not exist in {site}."
    wanted = job.runs_on(active=site.active, is_from=site.is_from, is_to=site.is_to)
    faults = []
    if found.spec.suspend is wanted:
        faults.append(
            f"it is {'suspended' if wanted else 'live'}, declared is {'live' if wanted else 'suspended'} "
            f"while the site is {'active' if site.active else 'passive'}"
        )
    if normalised(found.spec.schedule) != normalised(job.schedule):
        faults.append(f"its schedule is {found.spec.schedule}, declared is {job.schedule}")
    if zone(found.spec.time_zone) != zone(job.time_zone):
        faults.append(f"its time zone is {found.spec.time_zone or 'not set'}, declared is {job.time_zone or 'none'}")
    assert not faults, f"{job} in {site} is not scheduled as declared: {'; '.join(faults)}."


def normalised(schedule):
    """What a schedule means, whatever macros, names, lists and steps it is written with; its text where that is none.

    Of each field the values, and whether it is free: of the two fields for days one that is free is not asked.
    """
    text = " ".join(schedule.split()).upper()
    fields = MACROS.get(text.lower(), text).split(" ")
    if len(fields) != 5:
        return text
    fields[3] = numbered(fields[3], MONTHS, 1)
    fields[4] = numbered(fields[4], DAYS, 0)
    try:
        return tuple(values(field, *limits) for field, limits in zip(fields, LIMITS, strict=True))
    except ValueError:
        return " ".join(fields)


def values(field, low, high):
    """The values of a field, and whether it is free; raises ValueError for what is no field."""
    found: set[int] = set()
    free = False
    for part in field.split(","):
        span, _, step = part.partition("/")
        begin, _, end = (f"{low}-{high}" if span in ("*", "?") else span).partition("-")
        free = free or (span in ("*", "?") and step in ("", "1"))
        first, last, every = int(begin), int(end) if end else high if step else int(begin), int(step or 1)
        if not low <= first <= last <= high or every < 1:
            raise ValueError(field)
        found.update(range(first, last + 1, every))
    return frozenset(found), free


def numbered(field, names, first):
    """A field of a schedule with its names as numbers."""
    for number, name in enumerate(names, first):
        field = field.replace(name, str(number))
    return field


def zone(name):
    """A time zone's name; the ways to write UTC are one."""
    return "UTC" if name in ("Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu") else name
