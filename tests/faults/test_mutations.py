"""Whatever a field of the shipped world becomes: no check stumbles, no stranger's item changes, no object is lost."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.arguments import Judging, arguments_of
from fixtures.asking import evidence_file
from fixtures.check import Check
from fixtures.evidence import EvidenceMissing
from fixtures.options import SHIPPED
from fixtures.planning import Item
from fixtures.run import Run
from fixtures.sources.kubernetes.decoding import page
from fixtures.sources.kubernetes.kinds import BY_KEY
from tests.faults.judging import plan_all
from tests.faults.rigs import Rig

Way = tuple[str | int, ...]
Outcome = tuple[str, str]
Change = tuple[str, int, Way, Any]

ENVIRONMENT, SITE = SHIPPED / "sandbox.yaml", "neu"
NAMESPACES = ("orders", "payments", "catalog", "notifications")
ABSENT = "<absent>"
ABSURD: tuple[Any, ...] = (
    *(ABSENT, None, "", "x", -1, 0, 2**31, 2**70, 1.5, True, [], [None], {}, {"a": {"b": [3]}}),
    *("1e400", "-5Gi", "NaN", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "\u202eÄ🚀", "x" * 3000),
)
#: Without these an object may be anybody's, so everybody may be touched.
WHERE: tuple[Way, ...] = (("metadata",), ("metadata", "namespace"))
#: Checks that sweep a kind wherever its objects are, so an object of any service may touch them.
SWEEPING = {
    "cronjobs": ("batch.no_double_schedule",),
    "services": ("networking.service_endpoints",),
    "ingresses": ("networking.service_endpoints",),
    "helmreleases": ("configuration.region_drift", "integration.kubernetes_references"),
    "kustomizations": ("configuration.region_drift", "integration.kubernetes_references"),
}
STUMBLED = "stumbled"
NAMED = (AssertionError, pytest.fail.Exception, LookupError, EvidenceMissing)


class World:
    """A healthy run, its plan, what each item came to, and the objects that its cluster told."""

    def __init__(self, rig: Rig) -> None:
        base = rig.base()
        self.run: Callable[[], Run] = lambda: rig.base((SITE, "kubernetes"))
        self.document = json.loads(evidence_file(base.folder, SITE, "kubernetes").read_bytes())
        self.outcomes = dict(outcomes(base))

    def objects(self, namespace: str) -> list[tuple[str, int]]:
        """Kind and position of every object of a namespace."""
        kinds = self.document["data"]["kinds"]
        return [
            (key, number)
            for key in sorted(kinds)
            for number, item in enumerate(kinds[key].get("items", ()))
            if item["metadata"].get("namespace") == namespace
        ]

    def mutated(self, changes: list[Change]) -> tuple[Run, int, int]:
        """The run with these fields changed; how many objects were told, and of how many something is known."""
        document = copy.deepcopy(self.document)
        kinds = document["data"]["kinds"]
        for key, number, way, value in changes:
            put(kinds[key]["items"][number], way, value)
        told = known = 0
        for key in {change[0] for change in changes}:
            items = kinds[key]["items"]
            objects, malformed, _ = page(BY_KEY[key], json.dumps({"items": items}).encode())
            told, known = told + len(items), known + len(objects) + len(malformed)
            kinds[key] |= {"items": msgspec.to_builtins(objects), "malformed": msgspec.to_builtins(malformed)}
        run = self.run()
        file = evidence_file(run.folder, SITE, "kubernetes")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.encode(document))
        return run, told, known


@pytest.fixture(scope="module")
def world(rig: Callable[[Path, str], Rig]) -> World:
    return World(rig(ENVIRONMENT, "pre-cutover"))


def outcomes(run: Run) -> Iterator[tuple[str, Outcome]]:
    """What each item that reads the cluster comes to."""
    for check, item in plan_all(run):
        if (SITE, "kubernetes") in item.planned.evidence and not item.planned.undeclared:
            yield item.planned.id, outcome(run, check, item)


def outcome(run: Run, check: Check, item: Item) -> Outcome:
    judging = Judging(run, item)
    try:
        check.function(**arguments_of(judging, check.arguments))
    except NAMED as error:
        return STUMBLED if isinstance(error, KeyError | IndexError) else type(error).__name__, str(error)
    except Exception as error:  # noqa: BLE001 - it is what is looked for
        return STUMBLED, f"{type(error).__name__}: {error}"
    return ("met", "") if judging.looked.count else ("unproven", "looked at nothing")


def ways(value: Any, way: Way = ()) -> Iterator[Way]:
    """Every place in plain data."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in pairs:
        yield (*way, key)
        yield from ways(held, (*way, key))


def put(value: Any, way: Way, to: Any) -> None:
    *steps, last = way
    for step in steps:
        if not isinstance(value, dict | list) or (isinstance(step, int) and step >= len(value)):
            return
        value = value[step] if isinstance(value, list) else value.get(step)
    if isinstance(value, dict) and to == ABSENT:
        value.pop(last, None)
    elif isinstance(value, dict) or (isinstance(value, list) and isinstance(last, int) and last < len(value)):
        value[last] = to


def changes(world: World, chance: Random) -> tuple[str, list[Change]]:
    """A namespace, and some fields of some of its objects with what they become."""
    namespace = chance.choice(NAMESPACES)
    found = []
    for key, number in chance.sample(world.objects(namespace), chance.randint(1, 4)):
        item = world.document["data"]["kinds"][key]["items"][number]
        way = chance.choice([way for way in ways(item) if way not in WHERE])
        found.append((key, number, way, chance.choice(ABSURD)))
    return namespace, found


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_no_check_stumbles_and_no_item_of_another_service_changes(world: World, seed: int) -> None:
    namespace, fields = changes(world, Random(seed))
    run, told, known = world.mutated(fields)
    assert known == told, f"an object was lost: {fields}"
    for id_, found in outcomes(run):
        assert found[0] != STUMBLED, f"{id_} stumbles: {found[1]}, after {fields}"
        check, _, rest = id_.partition("[")
        service = rest.split("/")[1]
        if found != world.outcomes[id_] and not any(check in SWEEPING.get(change[0], ()) for change in fields):
            assert service in (namespace, "platform"), f"{id_} is {found}, was {world.outcomes[id_]}, after {fields}"
