"""Whatever a ScaledObject and a workload hold: the checks judge it, or say what they cannot read."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.evidence import EvidenceMissing
from fixtures.rungs import climb
from tests.checks.evidence import kubernetes, load, role, since
from tests.checks.messaging.made_up import (
    ENV,
    account,
    consumer,
    drift,
    event_hub,
    scaled,
    subscription,
    trigger,
    worker,
    worker_pod,
)
from tests.checks.messaging.made_up_broker import broker

CONSUMERS, SINGLE_HOME = load("messaging/test_consumers.py"), load("messaging/test_single_home.py")
BOUND = load("messaging/test_consumer_bound.py")
ENTITIES = (None, subscription(), event_hub(), event_hub("$Default"))

LEAF = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8))
JSON = st.recursive(
    LEAF,
    lambda held: st.one_of(st.lists(held, max_size=3), st.dictionaries(st.text(max_size=5), held, max_size=3)),
    max_leaves=5,
)
TEXT = st.one_of(st.sampled_from(["true", "", "(", "sb-weu", "<redacted:key>", "0001-01-01"]), st.text(max_size=8))


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a tree."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, held in pairs for deeper in paths(held, (*path, key)))]


def mutated(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The tree with another value in one place."""
    changed = copy.deepcopy(tree)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


WHOLE = [
    worker(labels={"azure.workload.identity/use": "true"}, account="orders-worker"),
    worker_pod(env={**ENV, "ELSE": "x"}),
    scaled(trigger(), trigger(None, connectionFromEnv="SERVICEBUS_FQNS", useRegex="true"), marks={"a": "b"}),
    account(),
]
PLACES = [
    (number, path)
    for number, each in enumerate(WHOLE)
    for path in paths(each)
    if path and path != ("kind",) and path[0] != "metadata"
]


@settings(max_examples=300, deadline=None)
@given(place=st.sampled_from(PLACES), value=st.one_of(JSON, TEXT), entity=st.sampled_from(ENTITIES))
def test_any_change_of_any_field_is_judged_or_named(place: Any, value: Any, entity: Any) -> None:
    number, path = place
    objects = [mutated(each, path, value) if at == number else each for at, each in enumerate(WHOLE)]
    arguments = {"consumer": consumer(entity=entity), "site": role(active=True), "drift": drift()}
    for check, more in ((CONSUMERS.test_scaler, {}), (CONSUMERS.test_consumer_ready, {"arm_here": {}})):
        with suppress(AssertionError, LookupError, EvidenceMissing):
            check(kubernetes=kubernetes(*objects), **arguments, **more, climb=climb)
    told = {key: value for key, value in broker().items() if key in ("arm_here", "metrics_here", "attempt")}
    with suppress(AssertionError, LookupError, EvidenceMissing):
        SINGLE_HOME.test_single_home(
            kubernetes=kubernetes(*objects), **arguments, **told, logs_of_sites={}, since=since, climb=climb
        )
    with suppress(AssertionError, LookupError, EvidenceMissing):
        BOUND.test_consumer_bound(kubernetes=kubernetes(*objects), **arguments, **broker())
