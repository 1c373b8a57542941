from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import arm, declared, environment, resource
from tests.checks.configured import declaring, mount, store
from tests.checks.evidence import (
    NOW,
    deployment,
    event,
    instant,
    kubernetes,
    load,
    namespace,
    pod,
    role,
    unmet,
    unproven,
)

check = load("configuration/test_secret_versions.py").test_secret_versions

PODS = [pod("api-1"), pod("api-2")]


def judge(*objects, **values):
    cluster = kubernetes(namespace(), *objects, **values)
    return {"namespace": declaring(), "kubernetes": cluster, "arm_of_sites": {}, "site": role(), "now": NOW}


def test_one_version_in_all_pods_is_fine():
    looked = Looked()
    check(**judge(*PODS, store("vault", "db"), mount("api-1", db="1"), mount("api-2", db="1"), looked=looked))
    assert looked.count > 3


def test_two_versions_are_told_with_their_pods():
    assert unmet(check, **judge(*PODS, store("vault", "db"), mount("api-1", db="1"), mount("api-2", db="2"))) == (
        "Pods of namespace orders in neu do not all hold the current version of their secrets: "
        "secret/db of kv-neu has 2 versions: 1 in pod api-1; 2 in pod api-2; "
        "declared is one version of each, the current one."
    )


def test_two_stores_of_one_vault_are_compared():
    stores = [store("one", "db"), store("two", "db")]
    mounts = [mount("api-1", "one", db="1"), mount("api-2", "two", db="2")]
    assert "secret/db of kv-neu has 2 versions" in unmet(check, **judge(*PODS, *stores, *mounts))


def test_another_version_than_pinned_is_told():
    held = [*PODS, store("vault", "db", version="7"), mount("api-1", db="1"), mount("api-2", db="7")]
    assert "pod api-1 holds 1 of secret db, vault pins 7" in unmet(check, **judge(*held))


def test_a_rotation_that_fails_is_told_for_pods_that_are_there():
    told = event("403 from kv-neu", reason="MountRotationFailed", about="api-1")
    told["metadata"]["namespace"] = "orders"
    held = [PODS[0], store("vault", "db"), mount("api-1", db="1"), told]
    assert "pod api-1 could not be given newer versions (403 from kv-neu)" in unmet(check, **judge(*held))
    check(**judge(told, deployment()))


def test_pods_that_are_gone_or_end_are_innocent():
    ending = pod("api-2", deletionTimestamp=instant(NOW))
    mounts = [mount("api-1", db="1"), mount("api-2", db="2"), mount("api-0", db="0")]
    check(**judge(PODS[0], ending, store("vault", "db"), *mounts))
    check(**judge(*PODS, store("vault", "db"), mounts[0], mount("api-2", mounted=False, db="2")))


def test_what_was_not_seen_or_cannot_be_read_is_unproven():
    assert "does not exist" in unproven(check, **{**judge(), "kubernetes": kubernetes(*PODS)})
    kind = "secretproviderclasspodstatuses"
    assert kind in unproven(check, **judge(*PODS, denied=[kind]))
    absurd = mount("api-1", db="1")
    absurd["status"]["objects"] = "all"
    assert "is malformed" in unproven(check, **judge(*PODS, absurd))
    unreadable = store("vault", "db")
    unreadable["spec"]["parameters"]["objects"] = "array: [: x"
    assert "its objects cannot be read" in unproven(check, **judge(*PODS, unreadable))


def vault(tmp_path, *secrets, **more):
    services = {"orders": {"vaults": [{"name": "kv-<site>", "secrets": ["db"]}]}}
    found = environment(tmp_path, services)
    held = resource("Microsoft.KeyVault/vaults", "KV-neu")
    return {"neu": arm("current_secrets", declared(found, "namespace"), found, held, *secrets, **more)}


def current(version="2", days=9, name="DB"):
    uri = f"https://kv-neu.vault.azure.net/secrets/{name}/{version}" if version else None
    about = {"updated": int((NOW - timedelta(days=days)).timestamp())} if days is not None else {}
    said = {"secretUriWithVersion": uri} if uri else {}
    return resource("Microsoft.KeyVault/vaults/secrets", f"kv-neu/{name}", attributes=about, **said)


def mounted(**versions):
    return judge(*PODS, store("vault", "db"), mount("api-1", **versions), mount("api-2", **versions))


def test_the_current_version_of_the_vault_is_fine(tmp_path):
    check(**{**mounted(db="2"), "arm_of_sites": vault(tmp_path, current())})


@pytest.mark.parametrize(("days", "since"), [(9, " since 2026-11-26 21:00 UTC"), (None, "")])
def test_a_version_that_the_vault_has_replaced_is_told(tmp_path, days, since):
    assert unmet(check, **{**mounted(db="1"), "arm_of_sites": vault(tmp_path, current(days=days))}) == (
        "Pods of namespace orders in neu do not all hold the current version of their secrets: "
        f"secret/db of kv-neu is 1 in pod api-1, pod api-2, the vault has 2{since}; "
        "declared is one version of each, the current one."
    )


def test_what_was_replaced_a_moment_ago_or_is_pinned_or_of_no_declared_vault_is_innocent(tmp_path):
    check(**{**mounted(db="1"), "arm_of_sites": vault(tmp_path, current(days=0.005))})
    pinned = judge(*PODS, store("vault", "db", version="1"), mount("api-1", db="1"), mount("api-2", db="1"))
    check(**{**pinned, "arm_of_sites": vault(tmp_path, current())})
    check(**{**mounted(db="1"), "arm_of_sites": vault(tmp_path, current(name="other"))})


def test_a_vault_that_may_not_be_read_makes_what_is_mounted_of_it_unproven(tmp_path):
    right = "Microsoft.KeyVault/vaults/secrets/read"
    shut = vault(tmp_path, current(), failing={"/secrets": right})
    assert right in unproven(check, **{**mounted(db="2"), "arm_of_sites": shut})
    assert "the version of secret" in unproven(
        check, **{**mounted(db="2"), "arm_of_sites": vault(tmp_path, current(""))}
    )
    check(**{**judge(*PODS), "arm_of_sites": shut})
    two = judge(*PODS, store("vault", "db"), mount("api-1", db="1"), mount("api-2", db="2"))
    assert "has 2 versions" in unmet(check, **{**two, "arm_of_sites": shut})
