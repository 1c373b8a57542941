"""Every shipped fault in each of its phases is found, every innocent is left alone, and nothing else turns red."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.options import SHIPPED
from fixtures.roles import PHASES
from fixtures.sandbox.faults import Fault, load_fault
from fixtures.session import find_sources
from tests.faults.expectations import disappointments
from tests.faults.judging import shipped_checks
from tests.faults.rigs import PEER, Rig
from tests.faults.table import PROPERTY, told

ENVIRONMENTS = tuple(sorted(SHIPPED.glob("sandbox*.yaml")))
FAULTS = tuple(
    (environment, file)
    for environment in ENVIRONMENTS
    for file in sorted((SHIPPED / environment.stem / "faults").glob("*/*.yaml"))
)
SOURCES = frozenset(find_sources())
#: The checks that look at a bus.
PEEKING = {each.id for each in shipped_checks() if any(name.startswith("bus") for name in each.arguments)}
RigOf = Callable[[Path, str], Rig]


def cases() -> list[object]:
    """Fault files by phase, the phases together: each has one sandbox."""
    found = [(file, environment, phase) for environment, file in FAULTS for phase in load_fault(file).phases]
    found.sort(key=lambda case: (case[1], PHASES.index(case[2]), case[0]))
    return [
        pytest.param(*case, id=f"{case[2]}-{case[0].parent.name}-{case[0].stem}", marks=marks(case[0]))
        for case in found
    ]


def marks(file: Path) -> list[pytest.MarkDecorator]:
    """What is changed on a bus, or is to be found there, cannot be seen where no bus is served; no canary is sent."""
    fault = load_fault(file)
    found = {each.partition("[")[0] for each in (*fault.expect.unmet, *fault.expect.unmet_any)}
    needs = file.name.startswith("canary-") or any(each.file.startswith("bus/") for each in fault.changes)
    unseen = not PEER and (needs or found & PEEKING)
    return [pytest.mark.skip(reason="the sandbox has no AMQP peer here")] if unseen else []


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=[file.stem for file in ENVIRONMENTS])
def test_the_shipped_world_is_healthy(rig: RigOf, environment: Path, phase: str) -> None:
    results = rig(environment, phase).healthy
    red = [
        f"{each.id} is {each.state}: {each.message}" for each in results.results if each.state in ("unmet", "unproven")
    ]
    assert not red, "\n".join(red)
    assert results.verdict.word == "GO", results.verdict.sentence


@pytest.mark.parametrize(("file", "environment", "phase"), cases())
def test_a_fault_is_found_and_an_innocent_is_not(
    rig: RigOf, file: Path, environment: Path, phase: str, record_property: Callable[[str, object], None]
) -> None:
    fault = load_fault(file)
    results = rig(environment, phase).with_faults([fault])
    wrong = list(disappointments(fault, results))
    record_property(PROPERTY, told(file, fault, results, disappointed=bool(wrong)))
    assert not wrong, "\n".join([fault.title, *wrong])


def found_by(check: str) -> tuple[list[Fault], list[Fault]]:
    """The faults that turn a check unmet, and the innocents that lie in its folder and must not."""
    faults = [load_fault(file) for _, file in FAULTS]
    unmet = [
        fault
        for fault in faults
        if (fault.expect.state or "unmet") == "unmet"
        and any(each.partition("[")[0] == check for each in (*fault.expect.unmet, *fault.expect.unmet_any))
    ]
    return unmet, [fault for fault in faults if check in fault.innocent_of]


@pytest.mark.parametrize("check", [check.id for check in shipped_checks()])
def test_every_check_has_a_fault_that_turns_it_unmet_and_an_innocent_that_does_not(check: str) -> None:
    unmet, innocent = found_by(check)
    assert unmet, f"no shipped fault turns {check} unmet"
    assert innocent, f"no shipped innocent tempts {check}"


def test_the_shipped_world_meets_every_check_at_least_once(rig: RigOf) -> None:
    met = {
        result.check
        for environment in ENVIRONMENTS
        for phase in PHASES
        for result in rig(environment, phase).healthy.results
        if result.state == "met"
    }
    asking = {
        check.id for check in shipped_checks() if SOURCES & {name.removesuffix("_by_site") for name in check.arguments}
    }
    unserved = set() if PEER else PEEKING
    assert not sorted(asking - met - unserved)


def one_of_each_layer() -> list[object]:
    """A fault of each layer that changes the world alone, with its environment and its first phase."""
    first: dict[str, object] = {}
    for environment, file in FAULTS:
        fault = load_fault(file)
        if not fault.environment_changes and not fault.vantage and "pre-cutover" in fault.phases:
            first.setdefault(
                fault.layer, pytest.param(environment, file, id=f"{file.parent.name}-{file.stem}", marks=marks(file))
            )
    return list(first.values())


@pytest.mark.parametrize(("environment", "file"), one_of_each_layer())
def test_judging_again_what_changed_comes_to_the_same_as_judging_everything(
    rig: RigOf, environment: Path, file: Path
) -> None:
    one, fault = rig(environment, "pre-cutover"), load_fault(file)
    told = [
        {each.id: each.state for each in one.with_faults([fault], everything=everything).results}
        for everything in (False, True)
    ]
    assert told[0] == told[1]
