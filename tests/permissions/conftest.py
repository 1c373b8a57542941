"""One sandbox for each phase, and what came of withdrawing each right in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults.rigs import Rig
from tests.permissions.finding import ENVIRONMENT, withdrawn
from tests.permissions.withdrawing import Withdrawn


@pytest.fixture(scope="session")
def rig_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Rig]]:
    """The rig of the shipped landscape in a phase."""
    rigs: dict[str, Rig] = {}

    def of(phase: str) -> Rig:
        if phase not in rigs:
            rigs[phase] = Rig(ENVIRONMENT, phase, tmp_path_factory.mktemp(phase))
        return rigs[phase]

    yield of
    for each in rigs.values():
        each.stop()


@pytest.fixture(scope="session")
def results(rig_in: Callable[[str], Rig]) -> list[Withdrawn]:
    """What came of withdrawing each right."""
    return list(withdrawn(rig_in))
