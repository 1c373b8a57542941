from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, one, sites
from tests.checks.messaging.buses import correlation, declared, everything, replaced, rule, sql, subscription, without

check = load("messaging/test_rules.py").test_rules


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declared(tmp_path)


def judge(environment: Environment, documents: Sequence[Document], **more: Any) -> dict[str, Any]:
    return {
        "subscription": one(environment, "subscription", "neu"),
        "arm": arm(environment, *documents, place="neu", **more),
        "site": sites(environment)["neu"],
    }


def test_exactly_the_declared_rules(environment):
    check(**judge(environment, everything("neu")))


def test_default_beside_the_declared_one(environment):
    documents = [*everything("neu"), sql("neu", "$Default", "1=1")]
    assert unmet(check, **judge(environment, documents)) == (
        "Subscription events/paid of sb-neu in neu has not exactly the declared rules: "
        "it has $Default (1=1), which is not declared."
    )


def test_no_rule_at_all(environment):
    left = without(everything("neu"), rule("neu", "paid-only")["id"], rule("neu", "late")["id"])
    assert "it has no rule at all, so it gets nothing" in unmet(check, **judge(environment, left))


def test_a_rule_is_missing(environment):
    left = without(everything("neu"), rule("neu", "late")["id"])
    assert "it lacks late" in unmet(check, **judge(environment, left))


@pytest.mark.parametrize(
    "text",
    ["status='paid'", "STATUS  =\n'paid'", "user.status = 'paid'", "(status = 'paid')", "((User.Status='paid'))"],
)
def test_a_filter_written_otherwise(environment, text):
    check(**judge(environment, replaced(everything("neu"), sql("neu", "Paid-Only", text))))


@pytest.mark.parametrize(
    "text",
    [
        "status = 'Paid'",
        "status = ' paid'",
        "status != 'paid'",
        "sys.status = 'paid'",
        "status = 'paid' OR 1=1",
        "(status = 'paid') OR (1 = 1)",
        "state = 'paid'",
        "1=1",
    ],
)
def test_a_filter_that_means_something_else(environment, text):
    assert f"paid-only is {text}, declared is status = 'paid'" in unmet(
        check, **judge(environment, replaced(everything("neu"), sql("neu", "paid-only", text)))
    )


@pytest.mark.parametrize(
    "values",
    [{"label": "Late"}, {"label": None}, {"properties": {}}, {"contentType": "text/plain"}, {"properties": {"x": "1"}}],
)
def test_a_correlation_filter_that_means_something_else(environment, values):
    said = unmet(check, **judge(environment, replaced(everything("neu"), correlation("neu", **values))))
    assert "declared is a correlation filter on channel = web and label = late" in said


def test_a_filter_of_the_other_kind(environment):
    said = unmet(check, **judge(environment, replaced(everything("neu"), sql("neu", "late", "1=1"))))
    assert "late is 1=1, declared is a correlation filter" in said


def test_what_is_not_said_is_unproven(environment):
    for silent in (
        rule("neu", "late"),
        rule("neu", "late", filterType="SqlFilter"),
        rule("neu", "late", filterType="CorrelationFilter"),
        rule("neu", "late", filterType=7, sqlFilter={"sqlExpression": "1=1"}),
        rule("neu", "late", filterType="SqlFilter", sqlFilter={"sqlExpression": ["1=1"]}),
    ):
        assert unproven(check, **judge(environment, replaced(everything("neu"), silent)))


def test_what_may_not_be_read_is_unproven(environment):
    denied = [f"{subscription('neu')['id']}/rules"]
    assert "Reader" in unproven(check, **judge(environment, everything("neu"), denied=denied))
