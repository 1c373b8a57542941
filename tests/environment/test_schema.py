"""The committed JSON Schema is in step with the model, and knows what the loader knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from fixtures.environment.schema import environment_schema, schema_text

COMMITTED = Path(__file__).parents[2] / "schema" / "environment.v1.json"
EXAMPLE = Path(__file__).with_name("example.yaml")


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = environment_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def document() -> Any:
    return yaml.safe_load(EXAMPLE.read_text())


def test_the_committed_schema_is_in_step() -> None:
    said = "write it again: gonogo schema > schema/environment.v1.json"
    assert COMMITTED.read_text() == schema_text(), said


def test_the_example_is_valid(validator: jsonschema.Draft202012Validator, document: Any) -> None:
    assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["cutover", "objectives", "rto"], "30"),
        (["cutover", "objectives", "rto"], 30),
        (["cutover", "window", "opens"], "2026-12-05T22:00:00"),
        (["services", "orders", "workloads", 0, "memory", "headroom"], "25"),
        (["services", "orders", "workloads", 0, "kind"], "deployment"),
        (["services", "orders", "workloads", 0, "replicas", "active"], "6"),
        (["services", "orders", "queues", 0, "maxBacklg"], 1),
        (["services", "orders", "queues", 0, "consumer"], None),
        (["services", "orders", "endpoints", 0, "tls", "minimum"], 1.2),
        (["policy", "severity", "dns.ttl"], "warn"),
        (["notApplicable", "dnss"], "why"),
        (["waivers", 0, "checks"], ["dns.*"]),
        (["sites", "a b"], {"kind": "legacy"}),
        (["apiVersion"], "gonogo/v2"),
    ],
)
def test_an_editor_marks_mistakes(
    validator: jsonschema.Draft202012Validator, document: Any, path: list[Any], value: Any
) -> None:
    changed(document, path, value)
    assert list(validator.iter_errors(document))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["cutover", "objectives", "rto"], "${RTO}"),
        (["azure", "cloud"], "${CLOUD:-AzureCloud}"),
        (["services", "orders", "namespace"], "orders-<site>"),
        (["services", "orders", "queues", 0, "bus"], {"weu": "a", "neu": "b"}),
        (["services", "orders", "queues", 0, "backlog", "active"], {"weu": 1, "neu": 2}),
        (["services", "orders", "workloads", 0, "settings", "REGION"], {"weu": "a", "neu": "b"}),
        (["services", "orders", "workloads", 0, "memory", "peak"], {"api": "780Mi", "envoy": "60Mi"}),
        (["services", "orders", "workloads", 0, "sites"], ["weu"]),
        (["services", "orders", "alerts", 0], {"name": "orders-5xx", "sites": ["neu"]}),
        (["sites", "dc1"], {"kind": "legacy", "networks": ["10.20.0.0/16"]}),
    ],
)
def test_an_editor_accepts_what_the_loader_accepts(
    validator: jsonschema.Draft202012Validator, document: Any, path: list[Any], value: Any
) -> None:
    changed(document, path, value)
    assert [error.message for error in validator.iter_errors(document)] == []


def test_every_key_is_described() -> None:
    schema = environment_schema()
    for name, definition in {**schema["$defs"], "the top": schema}.items():
        for key, value in definition.get("properties", {}).items():
            assert "$ref" in value or value.get("description"), f"{name}.{key}"


def test_what_the_schema_is_called() -> None:
    schema = environment_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:gonogo:schema:environment:v1"


def changed(document: Any, path: list[Any], value: Any) -> None:
    *steps, last = path
    for step in steps:
        document = document[step]
    document[last] = value
