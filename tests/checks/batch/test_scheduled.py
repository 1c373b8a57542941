from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import cron_job, job, kubernetes, load, role, unmet, unproven

check = load("batch/test_scheduled.py")
ACTIVE, PASSIVE = role(active=True), role(target=True)


def judge(*objects, site=ACTIVE, declared=None, **values):
    return {"job": declared or job(), "kubernetes": kubernetes(*objects, **values), "site": site}


@pytest.mark.parametrize(("site", "suspend"), [(ACTIVE, False), (ACTIVE, None), (PASSIVE, True)])
def test_live_where_active_and_suspended_where_passive(site, suspend):
    looked = Looked()
    check.test_scheduled(**judge(cron_job(suspend=suspend), site=site, looked=looked))
    assert looked.count == 1


def test_suspended_on_the_active_site_is_unmet():
    assert unmet(check.test_scheduled, **judge(cron_job(suspend=True))) == (
        "CronJob orders/settlement in neu is not scheduled as declared: "
        "it is suspended, declared is live while the site is active."
    )


@pytest.mark.parametrize("suspend", [False, None])
def test_live_on_the_passive_site_is_unmet(suspend):
    assert unmet(check.test_scheduled, **judge(cron_job(suspend=suspend), site=PASSIVE)) == (
        "CronJob orders/settlement in neu is not scheduled as declared: "
        "it is live, declared is suspended while the site is passive."
    )


@pytest.mark.parametrize(
    ("runs", "site", "suspend"),
    [
        ("from", role("weu"), False),
        ("from", ACTIVE, True),
        ("to", PASSIVE, False),
        ("both", PASSIVE, False),
        ("nowhere", ACTIVE, True),
    ],
)
def test_where_it_runs_is_declared(runs, site, suspend):
    declared = job(runsOn=runs)
    check.test_scheduled(**judge(cron_job(suspend=suspend), site=site, declared=declared))
    assert "it is " in unmet(check.test_scheduled, **judge(cron_job(suspend=not suspend), site=site, declared=declared))


def test_another_schedule_and_time_zone_are_both_told():
    assert unmet(check.test_scheduled, **judge(cron_job(schedule="0 19 * * *", timeZone=None))) == (
        "CronJob orders/settlement in neu is not scheduled as declared: "
        "its schedule is 0 19 * * *, declared is 0 18 * * 1-5; "
        "its time zone is not set, declared is Europe/Amsterdam."
    )


def test_a_time_zone_that_nobody_declared_is_told():
    assert "its time zone is Europe/Amsterdam, declared is none" in unmet(
        check.test_scheduled, **judge(cron_job(), declared=job(timeZone=None))
    )


@pytest.mark.parametrize(
    ("found", "declared"),
    [
        ("0 18  * * MON-FRI", "0 18 * * 1-5"),
        ("@daily", "0 0 * * *"),
        ("0 0 1 jan *", "@yearly"),
        ("*/5 * * * *", "*/5 * * * *"),
        ("00 18 ? * 1,2,3,4,5", "0 18 * * 1-5"),
        ("0-59/10 * * * *", "*/10 * * * *"),
    ],
)
def test_one_schedule_may_be_written_in_several_ways(found, declared):
    check.test_scheduled(**judge(cron_job(schedule=found), declared=job(schedule=declared)))


@pytest.mark.parametrize(
    ("found", "declared"),
    [
        ("0 18 1-31 * 5", "0 18 * * 5"),  # on each day of the month, or on Fridays
        ("*/15 * * * *", "*/10 * * * *"),
        ("0 18 * * 7", "0 18 * * 0"),
        ("0-99999999999999 18 * * *", "* 18 * * *"),
        ("0/0 18 * * *", "* 18 * * *"),
    ],
)
def test_another_schedule_is_told_as_it_is_written(found, declared):
    said = unmet(check.test_scheduled, **judge(cron_job(schedule=found), declared=job(schedule=declared)))
    assert f"its schedule is {found}, declared is {declared}" in said


def test_coordinated_time_has_several_names():
    check.test_scheduled(**judge(cron_job(timeZone="Etc/UTC"), declared=job(timeZone="UTC")))


def test_an_absent_job_is_unmet():
    assert unmet(check.test_scheduled, **judge(cron_job(namespace="billing"), cron_job("export"))) == (
        "CronJob orders/settlement is declared but does not exist in neu."
    )


def test_jobs_that_may_not_be_listed_are_unproven():
    assert "cronjobs" in unproven(check.test_scheduled, **judge(denied=["cronjobs"]))
