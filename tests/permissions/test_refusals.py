"""The services of the sandbox refuse, and what is judged then is what was judged over the changed evidence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.sources.kubernetes.kinds import BY_KEY
from tests.faults.rigs import Rig
from tests.permissions.finding import PHASES
from tests.permissions.withdrawing import METRICS, Right, Withdrawal, Withdrawn


def listing(key: str) -> Right:
    return Right(f"list {BY_KEY[key].full}", BY_KEY[key])


def states(withdrawn: Withdrawn) -> dict[str, str]:
    return {after.id: after.state for _, after in withdrawn.changed}


@pytest.mark.parametrize(
    "right",
    [
        listing("poddisruptionbudgets"),
        listing("scaledobjects"),
        listing("replicasets"),
        Right("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read"),
        Right("Microsoft.Sql/servers/failoverGroups/read"),
        Right("Microsoft.Storage/storageAccounts/read"),
        Right(METRICS),
    ],
    ids=lambda right: right.name,
)
def test_a_refusal_comes_to_what_was_supposed(rig_in: Callable[[str], Rig], right: Right) -> None:
    withdrawal = Withdrawal(rig_in(PHASES[0]))
    refused = withdrawal.refused(right)
    assert states(refused) == states(withdrawal.of(right))
    assert states(refused)
    assert not list(refused.wrongs())
