"""The rigs of the fault matrix, each started when first wanted and kept for the session."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.rigs import Rig


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path, str], Rig]]:
    """The rig of an environment file in a phase."""
    rigs: dict[tuple[Path, str], Rig] = {}

    def of(environment: Path, phase: str) -> Rig:
        if (environment, phase) not in rigs:
            rigs[environment, phase] = Rig(environment, phase, tmp_path_factory.mktemp(f"{environment.stem}-{phase}"))
        return rigs[environment, phase]

    yield of
    for each in rigs.values():
        each.stop()
