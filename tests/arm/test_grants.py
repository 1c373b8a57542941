"""Which of a role's actions write."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.arm.objects.grants import Grant

EMPTY: dict[str, Any] = {"actions": (), "not_actions": (), "data_actions": (), "not_data_actions": ()}


def writes(*actions: str, without: tuple[str, ...] = (), data: tuple[str, ...] = ()) -> tuple[str, ...]:
    return Grant(**{**EMPTY, "actions": actions, "not_actions": without, "data_actions": data}).writes


@pytest.mark.parametrize(
    "action",
    [
        "*/read",
        "Microsoft.Storage/storageAccounts/READ",
        "Microsoft.Authorization/*/read",
        "Microsoft.Support/*",
        "microsoft.datafactory/factories/querytriggerruns/action",
        "Microsoft.OperationalInsights/workspaces/analytics/query/action",
        "Microsoft.OperationalInsights/workspaces/search/action",
        "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
        "Microsoft.ServiceBus/*/receive/action",
        "Microsoft.EventHub/namespaces/messages/receive/action",
    ],
)
def test_what_reads(action: str) -> None:
    assert writes(action) == ()
    assert writes(data=(action,)) == ()


@pytest.mark.parametrize(
    "action",
    [
        "*",
        "Microsoft.Sql/*",
        "Microsoft.Sql/servers/failoverGroups/failover/action",
        "*/write",
        "Microsoft.Storage/storageAccounts/listKeys/action",
        "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
        "Microsoft.ServiceBus/*/send/action",
    ],
)
def test_what_writes(action: str) -> None:
    assert writes(action) == (action,)
    assert writes(data=(action,)) == (action,)


def test_what_is_taken_out_again_is_not_held() -> None:
    assert writes("*", without=("*/write", "*/Delete", "*/action")) == ()
    assert writes("*", without=("Microsoft.Authorization/*/write",)) == ("*",)
    assert writes("Microsoft.Sql/*", without=("microsoft.sql/*",)) == ()
    assert writes("Microsoft.Sql/*", without=("Microsoft.Sql/*/write", "*/delete")) == ("Microsoft.Sql/*",)
    assert writes("Microsoft.Sql/servers/write", without=("Microsoft.Sql/*",)) == ()


@pytest.mark.parametrize("field", sorted(EMPTY))
def test_what_arm_leaves_out_is_not_known(field: str) -> None:
    with pytest.raises(EvidenceMissing, match="ARM does not say"):
        _ = Grant(**{**EMPTY, field: None}).writes
