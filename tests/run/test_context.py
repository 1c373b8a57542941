"""What the reports are told of a run, beside its results."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.context import context_of
from fixtures.environment import load
from fixtures.run import Run

EXAMPLE = Path(__file__).parents[1] / "environment" / "example.yaml"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
VARIABLES = {"AZURE_TENANT_ID": "11111111-tenant", "AZURE_SUBSCRIPTION_ID": "22222222-subscription"}


def context(folder: Path, known: set[str] | None = None, **options: Any) -> dict[str, Any]:
    run = Run(load(EXAMPLE, VARIABLES, now=NOW), "pre-cutover", folder, {}, **options)
    return context_of(run, [], layers=(), suite="1", known=known or set())


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({}, ["weu", "neu"]),
        ({"vantage": "weu"}, ["neu"]),
        ({"sandbox": True}, []),
        ({"vantage": "weu", "sandbox": True}, ["neu"]),
    ],
    ids=["nowhere", "weu", "sandbox", "weu in a sandbox"],
)
def test_each_declared_vantage_must_report(tmp_path: Path, options: dict[str, Any], missing: list[str]) -> None:
    assert context(tmp_path, **options)["vantages_missing"] == missing


def test_a_severity_of_a_check_that_does_not_exist_changes_nothing_and_is_told(tmp_path: Path) -> None:
    told = context(tmp_path, known={"dns.ttl", "dns.record"})
    assert told["unheeded"] == ["policy.severity names dns.ttl_ready, which is no check, did you mean dns.ttl?"]
    assert told["policy"]["severity"] == {}
    assert context(tmp_path, known={"dns.ttl_ready"})["policy"]["severity"] == {"dns.ttl_ready": "warning"}
