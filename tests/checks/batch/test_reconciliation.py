from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from fixtures.environment.units import Percentage
from fixtures.evidence import EvidenceMissing
from fixtures.sources.logs.answers import Logs
from fixtures.sources.logs.facts import Answered
from fixtures.sources.logs.topics.reconciliation import Figure, Figures, read
from tests.checks.evidence import load, unmet

check = load("batch/test_reconciliation.py")


def judge(left, right, tolerance="0%"):
    found = Figures(Figure("log-weu", Decimal(left)), Figure("log-neu", Decimal(right)))
    about = SimpleNamespace(name="orders of the day", tolerance=Percentage.parse(tolerance))
    return {"reconciliation": about, "logs": SimpleNamespace(reconciliation=lambda _: found)}


@pytest.mark.parametrize(
    ("left", "right", "tolerance"),
    [("5", "5", "0%"), ("0", "0.0", "0%"), ("1000", "990", "1%"), ("-100", "-99", "1%"), ("0.3", "0.1", "100%")],
)
def test_numbers_that_agree(left, right, tolerance):
    check.test_reconciliation(**judge(left, right, tolerance))


def test_numbers_that_do_not_agree_are_told_with_their_distance():
    assert unmet(check.test_reconciliation, **judge("18422", "20432", "5%")) == (
        "orders of the day do not agree: 18422 in log-weu, 20432 in log-neu, which is 2010 apart (9.84%); "
        "declared is at most 5%."
    )


@pytest.mark.parametrize(("left", "right"), [("0", "1"), ("1", "-1"), ("10000000000000000001", "10000000000000000002")])
def test_a_small_distance_is_one(left, right):
    assert "do not agree" in unmet(check.test_reconciliation, **judge(left, right))


class Answering(Logs):
    """A workspace that gives the same answer to every query."""

    def __init__(self, answer: Answered) -> None:
        azure = SimpleNamespace(subscription="s")
        declared = SimpleNamespace(azure=azure, aks_sites=("weu",), resource_group=lambda _: "rg")
        super().__init__(SimpleNamespace(environment=declared), "weu")  # type: ignore[arg-type]
        self._answer = answer

    def answered(self, query: Any) -> Answered:
        return self._answer


def figures(rows, columns=("value",), **more):
    number = SimpleNamespace(workspace="log-weu", kql="T | count")
    about = SimpleNamespace(name="orders of the day", site=None, left=number, right=number)
    answer = Answered(columns=list(columns), rows=msgspec.Raw(msgspec.json.encode(rows)), **more)
    return read(Answering(answer), about)


@pytest.mark.parametrize(
    ("value", "number"), [(7, "7"), (7.5, "7.5"), ("12.50", "12.50"), (9007199254740993, "9007199254740993"), (0, "0")]
)
def test_numbers_are_read_exactly(value, number):
    assert figures([[value]]).left.value == Decimal(number)


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [
        ([], ["value"], "is 0 rows in log-weu, one is needed"),
        ([[1], [2]], ["value"], "is 2 rows"),
        ([[None]], ["value"], "is null, which is not 0"),
        ([["12 EUR"]], ["value"], "is '12 EUR', which is no number"),
        ([["01:00:00"]], ["value"], "no number"),
        ([["NaN"]], ["value"], "no number"),
        ([["Infinity"]], ["value"], "no number"),
        ([[True]], ["value"], "no number"),
        ([[1]], ["count_"], "value"),
    ],
)
def test_what_is_no_number_is_unproven(rows, columns, said):
    with pytest.raises(EvidenceMissing, match=said):
        figures(rows, columns)


def test_a_part_of_an_answer_is_unproven():
    with pytest.raises(EvidenceMissing, match="in part only"):
        figures([[7]], partial="E_QUERY_RESULT_SET_TOO_LARGE")
