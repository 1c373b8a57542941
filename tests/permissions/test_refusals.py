"""The services of the sandbox refuse, and what is judged then is what was judged over the changed evidence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.sources.kubernetes.kinds import BY_KEY
from tests.faults.rigs import PEER, Rig
from tests.permissions.finding import PHASES
from tests.permissions.withdrawing import METRICS, Right, Withdrawal, Withdrawn

needs_peer = pytest.mark.skipif(not PEER, reason="the sandbox has no AMQP peer here")


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
        Right("Storage Blob Data Reader"),
        pytest.param(Right("Azure Service Bus Data Receiver"), marks=needs_peer),
        pytest.param(Right("Azure Event Hubs Data Receiver"), marks=needs_peer),
    ],
    ids=lambda right: right.name,
)
def test_a_refusal_comes_to_what_was_supposed(rig_in: Callable[[str], Rig], right: Right) -> None:
    withdrawal = Withdrawal(rig_in(PHASES[0]))
    refused = withdrawal.refused(right)
    assert states(refused) == states(withdrawal.of(right))
    assert states(refused)
    assert not list(refused.wrongs())
