from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import NOW, cron_job, job, kubernetes, load, role, unmet, unproven

check = load("batch/test_no_double_schedule.py")
SITES = {"weu": role("weu", active=True), "neu": role(target=True), "dc1": role("dc1", legacy=True)}


def judge(weu, neu, sites=None, looked=None, denied=(), **declared):
    views = {
        "weu": kubernetes(*weu, site="weu", looked=looked),
        "neu": kubernetes(*neu, site="neu", looked=looked, denied=denied),
    }
    jobs = {site: job(site=site, **declared) for site in views}
    return {
        "schedule_by_site": jobs,
        "kubernetes_of_sites": views,
        "arm_of_sites": {},
        "sites": sites or SITES,
        "now": NOW,
    }


def test_live_on_one_site_is_fine():
    looked = Looked()
    check.test_no_double_schedule(**judge([cron_job()], [cron_job(suspend=True)], looked=looked))
    assert looked.count == 2


def test_live_on_both_sites_is_told_with_the_first_common_day():
    assert unmet(check.test_no_double_schedule, **judge([cron_job()], [cron_job(suspend=None, timeZone=None)])) == (
        "CronJob orders/settlement would run twice: CronJob orders/settlement in weu (0 18 * * 1-5, Europe/Amsterdam) "
        "and CronJob orders/settlement in neu (0 18 * * 1-5, no time zone), both on Mon 2026-12-07; "
        "declared is that it runs on weu alone."
    )


@pytest.mark.parametrize(
    "copy",
    [
        cron_job(namespace="orders-old", image="old.example/settlement:0.9"),
        cron_job("settle-by-hand", image="acr.example/settlement:1", args=["--day", "today"]),
    ],
)
def test_a_copy_that_nobody_declared_is_found(copy):
    own = cron_job(args=["--day", "today"])
    said = unmet(
        check.test_no_double_schedule, **judge([own], [{**own, "spec": {**own["spec"], "suspend": True}}, copy])
    )
    assert f"and CronJob {copy['metadata']['namespace']}/{copy['metadata']['name']} in neu" in said


@pytest.mark.parametrize(
    "other",
    [
        cron_job(namespace="billing", image="acr.example/billing/cleanup:1"),
        cron_job("export", image="acr.example/settlement:1", args=["--export"]),
        cron_job("tools", image="acr.example/settlement:1"),
        cron_job("settle-by-hand", image="acr.example/settlement:1", args=["--day"], suspend=True),
    ],
)
def test_other_jobs_of_that_name_or_image_are_innocent(other):
    check.test_no_double_schedule(**judge([cron_job(args=["--day"])], [other]))


def test_disjoint_days_are_innocent_by_each_job_s_own_calendar():
    check.test_no_double_schedule(**judge([cron_job()], [cron_job(schedule="0 18 * * 0,6")]))
    check.test_no_double_schedule(**judge([cron_job(schedule="0 3 1 * *")], [cron_job(schedule="0 3 2-31 * *")]))


def test_days_that_meet_once_a_year_are_found():
    said = unmet(
        check.test_no_double_schedule,
        **judge([cron_job(schedule="0 3 24 10 *")], [cron_job(schedule="0 9 20-26 10 *")]),
    )
    assert "both on Sun 2027-10-24;" in said


def test_where_both_are_meant_both_may_run():
    check.test_no_double_schedule(**judge([cron_job()], [cron_job()], runsOn="both"))
    twins = {name: role(name, active=True) for name in ("weu", "neu")}
    check.test_no_double_schedule(**judge([cron_job()], [cron_job()], sites=twins))


def test_nowhere_means_nowhere():
    said = unmet(check.test_no_double_schedule, **judge([cron_job()], [cron_job()], runsOn="nowhere"))
    assert said.endswith("declared is that it runs nowhere.")


def test_without_any_job_nothing_was_looked_at():
    looked = Looked()
    check.test_no_double_schedule(**judge([], [], looked=looked))
    assert looked.count == 0


def test_a_site_whose_jobs_may_not_be_listed_is_unproven():
    assert "cronjobs" in unproven(check.test_no_double_schedule, **judge([cron_job()], [], denied=["cronjobs"]))
