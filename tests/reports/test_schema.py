"""The schema that others validate ``results.json`` against is the one of the structs that write it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reports.results import decode, encode
from reports.schema import results_schema

from . import made_up

COMMITTED = Path(__file__).parents[2] / "schema" / "results.v1.json"


def test_the_committed_schema_is_in_step() -> None:
    assert json.loads(COMMITTED.read_text()) == results_schema()


def test_results_are_valid() -> None:
    for results in (made_up.go(), made_up.no_go(), made_up.run({})):
        jsonschema.validate(json.loads(encode(results)), results_schema())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"word": "GO"', b'"word": "MAYBE"'),
        (b'"state": "met"', b'"state": "passed"'),
        (b"gonogo.results/v1", b"gonogo.results/v2"),
    ],
)
def test_what_is_no_record_is_refused(old: bytes, new: bytes) -> None:
    written = encode(made_up.run({"compute.ready[neu/orders/api]": "met"}))
    assert old in written
    with pytest.raises(ValueError, match="Invalid"):
        decode(written.replace(old, new))


def test_fields_that_a_later_version_adds_are_no_hindrance() -> None:
    written = encode(made_up.run({})).replace(b'"run":', b'"later": 1, "run":', 1)
    assert decode(written).run
