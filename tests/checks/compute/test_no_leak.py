from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.evidence import Looked, SourceError
from tests.checks.evidence import (
    NOW,
    container,
    deployment,
    instant,
    kubernetes,
    load,
    pod,
    role,
    unmet,
    unproven,
    usage,
    workload,
)
from tests.checks.measured import prometheus

check = load("compute/test_no_leak.py").test_no_leak
WEEK = timedelta(days=8)


def since(age):
    return {"state": {"running": {"startedAt": instant(NOW - age)}}}


def running(name="api-1", *containers, age=WEEK, init=(), **about):
    held = containers or (container(),)
    return pod(name, *held, init=init, statuses={each["name"]: since(age) for each in (*held, *init)}, **about)


def judge(*objects, window="7d", looked=None, measured=None, **told):
    return {
        "workload": workload(site="weu", memory={"headroom": "25%", "window": window}),
        "kubernetes": kubernetes(*(objects or (deployment(replicas=1), running())), site="weu", looked=looked),
        "prometheus": measured or prometheus(**told),
        "site": role("weu", active=True),
        "now": NOW,
    }


POD = "api-5d8b9c7f6d-x2k4q"
ONE = (deployment(replicas=1), running(POD))


def test_what_stays_level_is_no_leak():
    looked = Looked()
    check(**judge(*ONE, looked=looked, used={f"{POD}/api": 600}, trends={f"{POD}/api": 0.1}))
    assert looked.count == 2  # the workload and the container; the series count themselves


def test_steady_growth_into_the_headroom_is_told_with_the_hour_of_the_end():
    said = unmet(check, **judge(*ONE, used={f"{POD}/api": 640}, trends={f"{POD}/api": 8}))
    assert said == (
        "Deployment orders/api in weu grows steadily over 7d: api in pod api-5d8b9c7f6d-x2k4q grows by 8Mi an hour, "
        "uses 640Mi of its limit 1024Mi, and is there in 48 h."
    )


def test_a_slow_leak_is_told_in_days():
    said = unmet(check, **judge(*ONE, used={f"{POD}/api": 700}, trends={f"{POD}/api": 1}))
    assert said.endswith("and is there in 14 days.")


def test_one_replica_of_several_and_a_sidecar_are_enough():
    other = "api-5d8b9c7f6d-zz7pw"
    sidecar = container("proxy", limit="128Mi", restartPolicy="Always")
    pods = (running(POD), running(other, init=[sidecar]))
    flat = {f"{POD}/api": 300, f"{other}/api": 300, f"{other}/proxy": 60}
    trends = {f"{POD}/api": 0, f"{other}/api": 0, f"{other}/proxy": 2}
    said = unmet(check, **judge(deployment(replicas=2), *pods, used=flat, trends=trends))
    assert "proxy in pod api-5d8b9c7f6d-zz7pw grows by 2Mi an hour" in said
    assert "api in pod" not in said


def test_growth_that_leaves_the_headroom_free_is_no_leak():
    check(**judge(*ONE, used={f"{POD}/api": 200}, trends={f"{POD}/api": 1}))  # 368Mi after another week


def test_the_first_hours_are_never_drawn_out_to_a_week():
    fresh = (deployment(replicas=1), running(POD, age=timedelta(hours=2)))
    check(**judge(*fresh, used={f"{POD}/api": 400}, trends={f"{POD}/api": 60}))
    said = unmet(check, **judge(*fresh, used={f"{POD}/api": 700}, trends={f"{POD}/api": 200}))
    assert said.endswith("and is there in 2 h.")


def test_a_container_that_has_just_started_has_no_slope_yet():
    fresh = (deployment(replicas=1), running(POD, age=timedelta(minutes=5)))
    check(**judge(*fresh, used={f"{POD}/api": 700}, trends={f"{POD}/api": 900}))


def test_a_wobble_above_the_headroom_is_no_growth():
    check(**judge(*ONE, used={f"{POD}/api": 800}, trends={f"{POD}/api": 0.1}))


def test_memory_that_is_given_back_is_no_leak():
    check(**judge(*ONE, used={f"{POD}/api": 760}, trends={f"{POD}/api": -20}))


def test_a_worker_at_zero_cannot_grow():
    check(**judge(deployment(replicas=0)))


def test_an_init_container_is_over():
    pods = running(POD, init=[container("migrate")])
    check(**judge(deployment(replicas=1), pods, used={f"{POD}/api": 100}, trends={f"{POD}/api": 0}))


def test_use_is_taken_from_the_metrics_api_where_prometheus_does_not_know_it():
    cluster = (*ONE, usage(POD, api="700Mi"))
    assert "uses 700Mi" in unmet(check, **judge(*cluster, trends={f"{POD}/api": 1}))
    assert "has no known working set" in unproven(check, **judge(*ONE, trends={f"{POD}/api": 1}))


def test_what_is_not_measured_is_unproven():
    assert "has no memory-trend in Prometheus" in unproven(check, **judge(*ONE, used={f"{POD}/api": 1}))
    bare = (deployment(replicas=1), running(POD, container(limit=None)))
    told = {"used": {f"{POD}/api": 1}, "trends": {f"{POD}/api": 0}}
    assert "has no memory limit to grow towards" in unproven(check, **judge(*bare, **told))
    assert "does not exist in weu" in unproven(check, **judge(pod("other-1", app="other")))
    absurd = (deployment(replicas=1), running(POD, age=timedelta(days=-2000)))
    assert "started at 2032" in unproven(check, **judge(*absurd, **told))


@pytest.mark.parametrize("name", ["memory-trend", "memory-working-set"])
def test_a_query_that_failed_is_unproven(name):
    error = SourceError(kind="partial", message="the answer is not the whole: a store is down")
    measured = prometheus(used={f"{POD}/api": 1}, trends={f"{POD}/api": 0}, failed={name: error})
    assert f"{name}: the answer is not the whole" in unproven(check, **judge(*ONE, measured=measured))


def test_a_trend_that_is_no_number_is_unproven():
    said = unproven(check, **judge(*ONE, used={f"{POD}/api": 1}, trends={f"{POD}/api": None}))
    assert "memory-trend of api in pod api-5d8b9c7f6d-x2k4q is NaN, no number" in said
