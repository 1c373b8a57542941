from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.arguments import attempt
from fixtures.environment import Environment
from fixtures.evidence import Looked
from fixtures.rungs import climb
from tests.checks.evidence import (
    NOW,
    container,
    deployment,
    instant,
    kubernetes,
    load,
    pod,
    since,
    unmet,
    unproven,
    workload,
)
from tests.checks.logged import logs, refused, table
from tests.checks.managed import declaring, one, sites

CHECK = load("smoke/test_error_rate.py").test_error_rate
COLUMNS = "Window Requests Failed"
USUAL = table(COLUMNS, ["before", 100_000, 120])
REFUSED = (SimpleNamespace(count=7, what="throttled requests"), SimpleNamespace(count=0, what="server errors"))
_MINUTES, _DAYS = timedelta(minutes=20), timedelta(days=2)
WORSE = "orders does worse in neu than before the switch: "


def environment(folder: Path, *, own: str = "log-neu", other: str = "log-weu") -> Environment:
    """Two sites with a workspace each."""
    api = {"name": "api", "kind": "Deployment", "replicas": {"active": 2, "passive": 1}}
    return declaring(folder, workloads=[api], logs_to={"neu": own, "weu": other})


def declaring_of(found: Environment) -> Any:
    """What is declared for neu, and a bus that another service uses."""
    other = SimpleNamespace(service="billing", bus="sb-billing")
    namespaces = (Bus("sb-neu"), Bus("sb-billing"))
    of = {
        "workload": (workload(),),
        "bus_namespace": namespaces,
        "entity": (SimpleNamespace(service="orders", bus="sb-neu"), other),
    }
    return lambda kind: of[kind]


class Bus(SimpleNamespace):
    """A namespace."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)

    def __str__(self) -> str:
        return f"namespace {self.name}"


def judge(
    folder: Path, now: Any, before: Any = USUAL, *objects: Any, looked: Looked | None = None, **names: Any
) -> dict[str, Any]:
    found = environment(folder, **names)
    service = one(found, "service", "neu")
    views = {
        site: logs("error_rate", service, found, {"error-rate": told}, looked, place=site)
        for site, told in (("neu", now), ("weu", before))
    }
    evidence = kubernetes(deployment("api"), *(objects or (pod(),)))
    return {
        "service": service,
        "logs": views["neu"],
        "logs_of_sites": views,
        "kubernetes": evidence,
        "metrics": SimpleNamespace(refusals=lambda namespace: REFUSED),
        "attempt": attempt,
        "climb": climb,
        "declared": declaring_of(found),
        "site": sites(found, "post-cutover")["neu"],
        "since": since,
    }


def counted(requests: int, failed: int, window: str = "since") -> Any:
    return table(COLUMNS, [window, requests, failed])


def test_as_many_failures_as_before_are_met(tmp_path: Path) -> None:
    looked = Looked()
    CHECK(**judge(tmp_path, counted(10_000, 12), looked=looked))
    assert looked.count >= 1


@pytest.mark.parametrize(("requests", "failed"), [(10_000, 23), (100, 2), (3, 1), (9, 0)])
def test_a_few_more_than_before_are_chance(tmp_path: Path, requests: int, failed: int) -> None:
    CHECK(**judge(tmp_path, counted(requests, failed)))


def test_more_failures_than_before_are_told(tmp_path: Path) -> None:
    assert unmet(CHECK, **judge(tmp_path, counted(10_000, 300))) == (
        f"{WORSE}300 of 10000 requests (3.00%) failed since, 120 of 100000 requests (0.12%) before; "
        "at that level at most 24 were to be expected; meanwhile namespace sb-neu has 7 throttled requests."
    )
    unmeasured = judge(tmp_path, counted(10_000, 300)) | {"metrics": None, "declared": lambda kind: ()}
    assert unmet(CHECK, **unmeasured).endswith("at most 24 were to be expected.")
    assert "3 of 3 requests (100.00%) failed since" in unmet(CHECK, **judge(tmp_path, counted(3, 3)))


def test_a_short_time_before_tells_little(tmp_path: Path) -> None:
    CHECK(**judge(tmp_path, counted(1_000, 150), counted(10, 0, "before")))


def test_where_nothing_fails_no_level_before_is_needed(tmp_path: Path) -> None:
    CHECK(**judge(tmp_path, counted(400, 0), refused()))


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (table(COLUMNS), USUAL, "log-neu holds no request to orders since the switch"),
        (counted(0, 0), USUAL, "log-neu holds no request to orders since the switch"),
        (counted(100, 1), table(COLUMNS), "No workspace holds a request to orders before the switch"),
        (counted(100, 1), counted(0, 0, "before"), "No workspace holds a request to orders before the switch"),
        (refused(), USUAL, "the workspace refuses queries"),
        (counted(100, 1), refused(), "the workspace refuses queries"),
        (counted(100, 101), USUAL, "log-neu tells of 101 failed of 100 requests"),
        (counted(100, -1), USUAL, "log-neu tells of -1 failed of 100 requests"),
        (table(COLUMNS, ["since", None, 0]), USUAL, "a row of the query error-rate is not as expected"),
        (table("Window Requests", ["since", 5]), USUAL, "a row of the query error-rate is not as expected"),
    ],
)
def test_what_is_not_told_is_unproven(tmp_path: Path, now: Any, before: Any, said: str) -> None:
    assert said in unproven(CHECK, **judge(tmp_path, now, before))


def test_one_workspace_for_both_sites_is_counted_once(tmp_path: Path) -> None:
    both = table(COLUMNS, ["before", 1_000, 10], ["since", 1_000, 10])
    CHECK(**judge(tmp_path, both, both, own="log-one", other="LOG-ONE"))


def test_a_new_pod_that_falls_again_and_again_is_told(tmp_path: Path) -> None:
    fallen = pod(
        "api-1", container(), statuses={"api": {"restartCount": 3}}, creationTimestamp=instant(since(_MINUTES))
    )
    assert unmet(CHECK, **judge(tmp_path, counted(100, 0), USUAL, fallen)).startswith(
        f"{WORSE}api in pod api-1 restarted 3 times since its pod came at"
    )
    assert "restarted 3 times" in unmet(CHECK, **judge(tmp_path, refused(), USUAL, fallen))


def test_restarts_that_are_few_or_old_or_another_checks_are_met(tmp_path: Path) -> None:
    twice = pod("api-1", container(), statuses={"api": {"restartCount": 2}}, creationTimestamp=instant(since(_MINUTES)))
    old = pod("api-2", container(), statuses={"api": {"restartCount": 9}}, creationTimestamp=instant(since(_DAYS)))
    CHECK(**judge(tmp_path, counted(100, 0), USUAL, twice, old))
    often = pod("api-3", container(), statuses={"api": {"restartCount": 9}}, creationTimestamp=instant(NOW))
    bound = workload(restarts={"max": 20, "window": "24h"})
    CHECK(
        **{
            **judge(tmp_path, counted(100, 0), USUAL, often),
            "declared": lambda kind: (bound,) if kind == "workload" else (),
        }
    )
