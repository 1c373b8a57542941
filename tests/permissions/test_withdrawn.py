"""Each right is withdrawn in turn: the documented checks become unproven, and nothing else changes."""

from __future__ import annotations

import json

import pytest
import yaml

from fixtures.sources.arm.connection import READING
from fixtures.sources.arm.objects.grants import Grant
from tests.faults.rigs import PEER
from tests.permissions.documents import ROOT, documents
from tests.permissions.finding import needs_of
from tests.permissions.withdrawing import AZURE, PERMISSIONS, Withdrawn

RBAC = ROOT / "deploy" / "rbac"


def test_nothing_turns_met_or_unmet_nothing_stumbles_and_the_right_is_named(results: list[Withdrawn]) -> None:
    wrong = [each for result in results for each in result.wrongs()]
    assert not wrong, "\n".join(wrong)


def test_every_missing_right_is_news_by_itself(results: list[Withdrawn]) -> None:
    """Kinds of groups that the sandbox's clusters do not have are not asked for."""
    named = {result.right for result in results if any(now.check == PERMISSIONS for _, now in result.changed)}
    asked = [result.right for result in results if result.right.kind is None or not result.right.kind.optional]
    assert not [right.name for right in asked if right not in named]


@pytest.mark.skipif(not PEER, reason="the sandbox has no AMQP peer here, so not every role can be withdrawn")
def test_the_documents_say_what_was_found(results: list[Withdrawn]) -> None:
    """Exactly the named checks are unproven without a right: else the documents are to be made again."""
    outdated = [
        str(file.relative_to(ROOT))
        for file, text in documents(needs_of(results)).items()
        if not file.exists() or file.read_text("utf-8") != text
    ]
    assert not outdated, f"{', '.join(outdated)}: python -m tests.permissions"


def test_every_check_that_asks_azure_needs_some_right(results: list[Withdrawn]) -> None:
    unproven = {check for result in results for check in result.unproven}
    met = {
        before.check
        for result in results
        for before, _ in result.changed
        if before.state == "met" and result.right.sources == AZURE
    }
    assert met - {PERMISSIONS} <= unproven


def test_the_roles_hold_nothing_that_writes() -> None:
    for name in ("kubernetes.yaml", "kubernetes-secrets.yaml"):
        role, binding = yaml.safe_load_all((RBAC / name).read_text("utf-8"))
        assert {verb for rule in role["rules"] for verb in rule["verbs"]} <= {"get", "list"}
        assert binding["roleRef"]["name"] == role["metadata"]["name"]
    held = json.loads((RBAC / "azure-role.json").read_text("utf-8"))
    grant = Grant(actions=tuple(held["Actions"]), not_actions=(), data_actions=(), not_data_actions=())
    assert grant.writes == ()
    posted = [action for action in held["Actions"] if not action.endswith("/read")]
    assert all(READING.search(f"/{action.split('/')[-2]}") for action in posted)


def test_the_default_role_holds_no_secrets() -> None:
    role = next(yaml.safe_load_all((RBAC / "kubernetes.yaml").read_text("utf-8")))
    assert not [rule for rule in role["rules"] if "secrets" in rule.get("resources", ())]
    assert not [rule for rule in role["rules"] if "" in rule.get("apiGroups", ()) and "*" in rule["resources"]]
