from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from fixtures.evidence import SourceError
from fixtures.sources.metrics.facts import Line, Measured
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import line, metrics, sites
from tests.checks.messaging.buses import declared

check = load("messaging/test_throttling.py").test_throttling
QUIET = line(*[0] * 15)
Lines = Mapping[str, Measured | Sequence[Line]]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declared(tmp_path)


def judge(environment: Environment, lines: Lines, name: str = "sb-neu") -> dict[str, Any]:
    found = [each for each in environment.declared("bus_namespace") if each.id == name]
    return {
        "bus_namespace": found[0],
        "metrics": metrics(environment, [], {(name, metric): held for metric, held in lines.items()}, place="neu"),
        "site": sites(environment, "post-cutover")["neu"],
    }


def both(throttled: Sequence[Line] = (QUIET,), errors: Sequence[Line] = (QUIET,)) -> Lines:
    return {"ThrottledRequests": throttled, "ServerErrors": errors}


@pytest.mark.parametrize("name", ["sb-neu", "eh-neu"])
def test_nothing_is_refused(environment, name):
    check(**judge(environment, both(), name))


def test_requests_are_throttled(environment):
    said = unmet(check, **judge(environment, both([line(*[0] * 10, 3, 0, 1, 0, 0, EntityName="in")])))
    assert said == (
        "Namespace sb-neu in neu refuses work: 4 throttled requests (4 of in) within 15 minutes, declared is none."
    )


def test_the_service_fails(environment):
    said = unmet(check, **judge(environment, both(errors=[line(*[2] * 15)])))
    assert "refuses work: 30 server errors within 15 minutes" in said


def test_an_event_hub_is_throttled(environment):
    said = unmet(check, **judge(environment, both([line(*[1] * 15)]), "eh-neu"))
    assert "Namespace eh-neu in neu refuses work" in said


def test_minutes_without_a_value_are_fine_as_long_as_there_are_enough(environment):
    check(**judge(environment, both([line(*[None] * 10, *[0] * 5)])))
    assert "5 are needed" in unproven(check, **judge(environment, both([line(*[None] * 11, *[0] * 4)])))


def test_no_line_is_not_0(environment):
    said = unproven(check, **judge(environment, both(())))
    assert said.startswith("Azure Monitor holds no points of ThrottledRequests of namespace sb-neu, and that is not 0")
    assert "ServerErrors" in unproven(check, **judge(environment, both(errors=())))


def test_what_may_not_be_read_is_unproven(environment):
    error = SourceError(kind="denied", message="Azure Monitor refuses", missing_permission="Monitoring Reader")
    assert "Monitoring Reader" in unproven(check, **judge(environment, {"ThrottledRequests": Measured(error=error)}))
