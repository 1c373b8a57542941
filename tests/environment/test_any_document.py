"""Whatever stands anywhere in a file: it loads, or it is refused with sentences; nothing else is ever raised."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.environment import EnvironmentInvalid, load

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EXAMPLE = Path(__file__).with_name("example.yaml")
VARIABLES = {"AZURE_TENANT_ID": "t", "AZURE_SUBSCRIPTION_ID": "s"}

words = st.sampled_from(
    ["weu", "neu", "<site>", "<x>", "worker", "30m", "25%", "1Mi", "0 18 * * *", "name", "a/b", "[", ""]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words | st.text(max_size=10)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield (*path, step)
        yield from places(item, (*path, step))


PLAIN = load(EXAMPLE, VARIABLES, now=NOW).resolved()
PLACES = list(places(PLAIN))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=3))
def test_any_value_anywhere(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    def amend(document: dict[str, Any]) -> None:
        for (*steps, last), value in changes:
            at: Any = document
            try:
                for step in steps:
                    at = at[step]
                at[last] = json.loads(json.dumps(value))
            except (TypeError, KeyError, IndexError):
                continue  # an earlier change took this place away

    problems: tuple[str, ...] = ()
    try:
        load(EXAMPLE, VARIABLES, amend, now=NOW).declared("workload")
    except EnvironmentInvalid as invalid:
        problems = invalid.problems or ("",)
    assert all(problem.startswith("example.yaml:") and problem.isprintable() for problem in problems)
