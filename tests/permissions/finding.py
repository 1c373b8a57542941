"""Finds out, with one sandbox a phase, what each right is needed for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from fixtures.options import SHIPPED
from tests.faults.rigs import Rig
from tests.permissions.documents import Needs
from tests.permissions.withdrawing import (
    PERMISSIONS,
    Right,
    Withdrawal,
    Withdrawn,
    rights_in_azure,
    rights_in_clusters,
    roles_in_data_planes,
)

ENVIRONMENT = SHIPPED / "sandbox.yaml"
#: What the first phase does not judge is judged in the second.
PHASES = ("pre-cutover", "post-cutover")


def withdrawn(rig_in: Callable[[str], Rig]) -> Iterator[Withdrawn]:
    """What came of withdrawing each right, in each phase."""
    seen: set[str] = set()
    for phase in PHASES:
        rig = rig_in(phase)
        withdrawal = Withdrawal(rig, passed_over=seen)
        for right in (*rights_in_clusters(), *rights_in_azure(rig), *roles_in_data_planes(rig)):
            yield withdrawal.of(right)
        seen |= withdrawal.judged - {PERMISSIONS}  # which is about whatever the phase asks for


def needs_of(results: list[Withdrawn]) -> Needs:
    """The checks that need each right: first the rights in clusters, then the actions in Azure by name."""
    found: dict[str, set[str]] = defaultdict(set)
    rights: dict[str, Right] = {}
    for result in results:
        name = result.right.name.lower()
        rights.setdefault(name, result.right)
        found[name] |= result.unproven
    order = sorted(rights, key=lambda name: _place(rights[name], name))
    return {rights[name]: tuple(sorted(found[name])) for name in order}


def _place(right: Right, name: str) -> tuple[int, str]:
    """Rights in clusters as they are listed, then actions, then roles, by name."""
    return (0, "") if right.kind is not None else (2 if right.is_role else 1, name)
