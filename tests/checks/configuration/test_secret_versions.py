from __future__ import annotations

from fixtures.evidence import Looked
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
    return {"namespace": declaring(), "kubernetes": cluster, "site": role()}


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
