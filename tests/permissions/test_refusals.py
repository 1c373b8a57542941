"""The services of the sandbox refuse, and what is judged then is what was judged over the changed evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.sandbox.faults import load_fault
from fixtures.sources.kubernetes.kinds import BY_KEY
from tests.faults.rigs import Rig
from tests.permissions.finding import PHASES
from tests.permissions.withdrawing import METRICS, Right, Withdrawal


def in_cluster(key: str) -> tuple[Right, list[dict[str, Any]]]:
    kind = BY_KEY[key]
    denied = [{"verbs": ["list"], "apiGroups": [kind.group], "resources": [kind.resource]}]
    files = [f"kubernetes/{site}/access.yaml" for site in ("weu", "neu")]
    return Right(f"list {kind.full}", kind), [{"file": file, "set": {"deny": denied}} for file in files]


def in_azure(action: str) -> tuple[Right, list[dict[str, Any]]]:
    rule = {"id": "/*", "x-gonogo": {"status": 403, "actions": [action]}}
    return Right(action), [{"file": "arm/base.yaml", "add": rule}]


@pytest.mark.parametrize(
    ("right", "changes"),
    [
        in_cluster("poddisruptionbudgets"),
        in_cluster("scaledobjects"),
        in_cluster("replicasets"),
        in_azure("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read"),
        in_azure("Microsoft.Sql/servers/failoverGroups/read"),
        in_azure("Microsoft.Storage/storageAccounts/read"),
        in_azure(METRICS),
    ],
    ids=lambda value: value.name if isinstance(value, Right) else "",
)
def test_a_refusal_comes_to_what_was_supposed(
    rig_in: Callable[[str], Rig], tmp_path: Path, right: Right, changes: list[dict[str, Any]]
) -> None:
    rig = rig_in(PHASES[0])
    file = tmp_path / "gate" / "withdrawn.yaml"
    file.parent.mkdir()
    document = {"title": right.name, "layer": "gate", "phases": [PHASES[0]], "change": changes}
    file.write_text(yaml.safe_dump({**document, "expect": {"verdict": "NO-GO"}}), "utf-8")
    supposed = Withdrawal(rig).of(right)
    healthy = {result.id: result.state for result in rig.healthy.results}
    refused = rig.with_faults([load_fault(file)])
    assert {each.id: each.state for each in refused.results if each.state != healthy[each.id]} == {
        now.id: now.state for _, now in supposed.changed
    }
    unnamed = [each.id for each in refused.results if each.state == "unproven" and right.name not in each.message]
    assert not unnamed
