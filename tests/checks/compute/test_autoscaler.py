from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.compute.scaled import hpa, scaled_object
from tests.checks.evidence import daemon_set, deployment, kubernetes, load, role, unmet, unproven, workload

check = load("compute/test_autoscaler.py").test_autoscaler
TARGET, ACTIVE = role(target=True), role(active=True)
MADE_BY_KEDA = [{"kind": "ScaledObject", "name": "api", "controller": True}]


def scaled(*objects, elsewhere=(), site=ACTIVE, declared=None, replicas=2, **values):
    """The arguments of the check: a Deployment api with these autoscalers, and the other site's."""
    return {
        "workload": declared or workload(),
        "kubernetes": kubernetes(deployment("api", replicas=replicas), *objects, **values),
        "kubernetes_elsewhere": {"weu": kubernetes(*elsewhere, site="weu")} if elsewhere is not None else {},
        "site": site,
    }


def test_an_autoscaler_that_works_and_goes_as_far_as_the_other_is_met():
    looked = Looked()
    check(**scaled(hpa(), elsewhere=[hpa()], looked=looked))
    assert looked.count == 2
    check(**scaled(hpa(maxReplicas=9), elsewhere=[hpa()]))
    check(**scaled(hpa(), elsewhere=None))


def test_a_workload_that_nothing_scales_is_met_and_looked_at():
    looked = Looked()
    check(**scaled(looked=looked))
    assert looked.count == 1
    agent = workload("agent", kind="DaemonSet", replicas=None)
    arguments = scaled(declared=agent)
    arguments["kubernetes"] = kubernetes(daemon_set("agent"))
    check(**arguments)


def test_bounds_below_the_other_sites_are_told():
    assert unmet(check, **scaled(hpa(minReplicas=1), elsewhere=[hpa(maxReplicas=9)])) == (
        "Deployment orders/api in neu will not scale as it must: HorizontalPodAutoscaler orders/api has a maximum "
        "of 6, in weu it is 9; HorizontalPodAutoscaler orders/api has a minimum of 1, in weu it is 2."
    )


def test_an_autoscaler_and_a_scaled_object_are_compared_by_what_they_allow():
    check(**scaled(scaled_object(minReplicaCount=2), hpa(owners=MADE_BY_KEDA), elsewhere=[hpa()]))
    keda = scaled_object(maxReplicaCount=None, minReplicaCount=2)
    assert "in weu it is 100" in unmet(check, **scaled(hpa(), elsewhere=[keda]))


def test_the_declared_passive_replicas_are_minimum_enough_on_a_site_that_rests():
    check(**scaled(hpa(minReplicas=1), elsewhere=[hpa(minReplicas=4)], site=TARGET))
    assert "minimum of 1" in unmet(
        check,
        **scaled(
            hpa(minReplicas=1),
            elsewhere=[hpa(minReplicas=4)],
            site=TARGET,
            declared=workload(replicas={"active": 4, "passive": 2}),
        ),
    )


def test_a_missing_autoscaler_is_told_with_who_has_or_declares_it():
    assert unmet(check, **scaled(elsewhere=[hpa()], declared=workload(scaler="hpa"))) == (
        "Deployment orders/api in neu will not scale as it must: it has no autoscaler "
        "(declared is hpa, weu has HorizontalPodAutoscaler orders/api)."
    )


def test_metrics_that_cannot_be_read_are_told_with_the_reason():
    blind = hpa(conditions={"ScalingActive": "!FailedGetResourceMetric"})
    assert unmet(check, **scaled(blind)) == (
        "Deployment orders/api in neu will not scale as it must: HorizontalPodAutoscaler orders/api cannot read its "
        "metrics (FailedGetResourceMetric: the autoscaler says FailedGetResourceMetric)."
    )
    unable = hpa(conditions={"AbleToScale": "!FailedGetScale"})
    assert "cannot scale (FailedGetScale" in unmet(check, **scaled(unable))


def test_what_rests_at_zero_is_met_where_somebody_wakes_it():
    resting = hpa(conditions={"ScalingActive": "!ScalingDisabled"}, owners=MADE_BY_KEDA)
    check(**scaled(scaled_object(), resting, replicas=0))
    alone = hpa(conditions={"ScalingActive": "!ScalingDisabled"})
    check(**scaled(alone, replicas=0, site=TARGET))
    assert "ScalingDisabled" in unmet(check, **scaled(alone, replicas=0))


def test_an_autoscaler_at_its_limit_is_told_unless_it_is_content_or_fixed():
    limit = {"ScalingLimited": "TooManyReplicas"}
    assert "is at its maximum of 6 and wants more (it has 6)" in unmet(
        check, **scaled(hpa(conditions=limit, current=6))
    )
    check(**scaled(hpa(conditions={"ScalingLimited": "!DesiredWithinRange"}, current=6)))
    check(**scaled(hpa(conditions=limit, minReplicas=6, current=6)))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            {
                "conditions": [
                    {"type": "Ready", "status": "False", "reason": "ScaledObjectCheckFailed", "message": "no"}
                ]
            },
            "ScaledObject orders/api is not ready (ScaledObjectCheckFailed: no)",
        ),
        ({"conditions": [{"type": "Fallback", "status": "True", "reason": "FallbackExists"}]}, "has fallen back"),
        ({"health": {"s0-bus": {"status": "Failing", "numberOfFailures": 7}}}, "cannot read s0-bus (7 failures)"),
    ],
)
def test_what_keda_says_of_itself_is_told(status, said):
    assert said in unmet(check, **scaled(scaled_object(status=status), hpa(owners=MADE_BY_KEDA)))


@pytest.mark.parametrize(
    "marks", [{"autoscaling.keda.sh/paused": "true"}, {"autoscaling.keda.sh/paused-replicas": "0"}]
)
def test_a_paused_scaler_is_told_on_the_active_site_only(marks):
    check(**scaled(scaled_object(marks=marks), site=TARGET))
    assert "is paused (autoscaling.keda.sh/paused" in unmet(check, **scaled(scaled_object(marks=marks)))
    check(**scaled(scaled_object(marks={"autoscaling.keda.sh/paused": "false"}), hpa(owners=MADE_BY_KEDA)))


def test_two_autoscalers_that_fight_are_told():
    twice = scaled(hpa(), scaled_object(minReplicaCount=2), elsewhere=None)
    assert "ScaledObject orders/api and HorizontalPodAutoscaler orders/api both scale it" in unmet(check, **twice)


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        ([hpa(conditions={"ScalingActive": ""})], "no status.conditions of type ScalingActive"),
        ([hpa(maxReplicas=None)], "spec.maxReplicas of HorizontalPodAutoscaler orders/api is not set"),
        (
            [hpa(minReplicas=-1)],
            "HorizontalPodAutoscaler orders/api is malformed: Expected `int` >= 0 - at `$.spec.minReplicas`",
        ),
        ([scaled_object(minReplicaCount="two")], "spec.minReplicaCount of ScaledObject orders/api is 'two'"),
        ([scaled_object(minReplicaCount=2)], "KEDA has made no autoscaler of ScaledObject orders/api"),
    ],
)
def test_what_cannot_be_read_is_unproven_with_its_field(objects, says):
    assert says in unproven(check, **scaled(*objects, elsewhere=[hpa()]))


def test_a_workload_that_is_not_there_and_autoscalers_that_may_not_be_listed_are_unproven():
    missing = scaled(hpa())
    missing["kubernetes"] = kubernetes(hpa())
    assert "does not exist" in unproven(check, **missing)
    assert "horizontalpodautoscalers" in unproven(check, **scaled(denied=["horizontalpodautoscalers"]))
