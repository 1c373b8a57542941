from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.compute.scaled import budget
from tests.checks.evidence import (
    deployment,
    kubernetes,
    load,
    namespace,
    namespace_of,
    pod,
    role,
    unmet,
    unproven,
)

check = load("compute/test_disruption_budget.py").test_disruption_budget
NOTHING = {"expectedPods": 0, "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0}
ALL = {"desiredHealthy": 3, "disruptionsAllowed": 0}


def keeping(*objects, **values):
    """The arguments of the check."""
    return {
        "namespace": namespace_of(),
        "kubernetes": kubernetes(namespace(), *objects, **values),
        "site": role(target=True),
    }


def labelled(name="api", **values):
    return deployment(name, spec={"template": {"metadata": {"labels": {"app": name}}}}, **values)


def test_a_budget_that_selects_something_and_lets_one_go_is_met():
    looked = Looked()
    check(**keeping(budget(), pod("api-1"), labelled(), looked=looked))
    assert looked.count >= 2


def test_a_namespace_without_budgets_is_met_and_looked_at():
    looked = Looked()
    check(**keeping(looked=looked))
    assert looked.count == 1


def test_a_budget_that_selects_nothing_is_told_with_its_selector():
    assert unmet(check, **keeping(budget("api", status=NOTHING), labelled("web"))) == (
        "Namespace orders in neu has disruption budgets that fail: "
        "api selects no pod and no workload's template (app=api)."
    )
    by_expression = {"matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}]}
    assert "(tier In front)" in unmet(check, **keeping(budget(selector=by_expression, status=NOTHING), labelled()))


def test_a_budget_of_a_workload_that_rests_at_zero_is_met():
    check(**keeping(budget("worker", status=NOTHING), labelled("worker", replicas=0)))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"maxUnavailable": 0}, "maxUnavailable 0"),
        ({"minAvailable": "100%"}, "minAvailable 100%"),
        ({"minAvailable": 3}, "minAvailable 3"),
    ],
)
def test_a_budget_that_keeps_everything_is_told_with_its_rule(spec, said):
    assert unmet(check, **keeping(budget(status=ALL, **spec))) == (
        "Namespace orders in neu has disruption budgets that fail: "
        f"api allows no drain: it wants 3 of 3 pods healthy ({said})."
    )


def test_a_budget_that_allows_nothing_while_a_pod_moves_is_met():
    check(**keeping(budget(status={"currentHealthy": 2, "disruptionsAllowed": 0}), pod("api-1")))


def test_two_budgets_for_the_same_pods_are_told():
    both = [budget("api"), budget("platform", selector={})]
    assert unmet(check, **keeping(*both, pod("api-2"), pod("api-1"), pod("web-1", app="web"))) == (
        "Namespace orders in neu has disruption budgets that fail: api and platform both select api-1, api-2."
    )
    check(**keeping(*both, pod("api-1", phase="Succeeded")))


def test_a_budget_that_the_controller_cannot_keep_is_told():
    failed = {
        "type": "DisruptionAllowed",
        "status": "False",
        "reason": "SyncFailed",
        "message": "no scale subresource.",
    }
    assert "api is not kept (no scale subresource)" in unmet(check, **keeping(budget(status={"conditions": [failed]})))


def test_a_budget_without_a_selector_protects_nothing():
    bare = budget()
    del bare["spec"]["selector"]
    assert "api has no selector" in unmet(check, **keeping(bare))


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"expectedPods": None}, "budget api has no status.expectedPods"),
        ({"desiredHealthy": None}, "budget api has no status.desiredHealthy"),
        ({"desiredHealthy": -1}, "`$.status.desiredHealthy`"),
        ({"observedGeneration": 1}, "status.observedGeneration is 1, its latest change is 2"),
    ],
)
def test_a_status_that_cannot_be_read_is_unproven_with_its_field(status, says):
    assert says in unproven(check, **keeping(budget(status=status)))


def test_a_namespace_that_is_not_there_and_budgets_that_may_not_be_listed_are_unproven():
    missing = keeping()
    missing["kubernetes"] = kubernetes()
    assert "Namespace orders does not exist" in unproven(check, **missing)
    assert "poddisruptionbudgets" in unproven(check, **keeping(denied=["poddisruptionbudgets"]))
