from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.configured import declaring, having, mount, mounting, store
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

check = load("security/test_secret_stores.py").test_secret_stores


def judge(*objects, **values):
    cluster = kubernetes(namespace(), *objects, **values)
    return {"namespace": declaring(), "kubernetes": cluster, "site": role()}


def api(name="api-1", **about):
    return having(pod(name, **about), volumes=mounting())


def says(fault):
    return (
        f"Pods of namespace orders in neu have not mounted the secrets they name: {fault}; "
        "declared is that every pod has all of them."
    )


def test_pods_that_have_mounted_everything_are_fine():
    looked = Looked()
    check(**judge(api(), store("vault", "DB"), mount("api-1", db="1"), looked=looked))
    assert looked.count > 2


def test_a_mount_that_is_missing_is_told_with_the_event():
    told = event("failed to get objectName:db: SecretNotFound", reason="FailedMount", about="api-1")
    told["metadata"]["namespace"] = "orders"
    told["involvedObject"] = {"kind": "Pod", "namespace": "orders", "name": "api-1"}
    expected = says("pod api-1 has not mounted vault (failed to get objectName:db: SecretNotFound)")
    assert unmet(check, **judge(api(phase="Pending"), store("vault", "db"), told)) == expected


@pytest.mark.parametrize(
    ("objects", "fault"),
    [
        ([store("vault", "db"), mount("api-1", mounted=False, db="1")], "pod api-1 has not mounted vault"),
        ([store("vault", "db", "sb"), mount("api-1", db="1")], "pod api-1 has mounted vault without secret sb"),
        ([mount("api-1", db="1")], "pod api-1 names SecretProviderClass vault, which does not exist"),
        ([store("vault", "db"), mount("api-1", "other", db="1")], "pod api-1 has not mounted vault"),
    ],
)
def test_what_is_not_mounted_is_told(objects, fault):
    assert unmet(check, **judge(api(), *objects)) == says(fault)


def test_pods_that_end_or_name_none_are_innocent():
    ended = [api(phase="Succeeded"), api("api-2", deletionTimestamp=instant(NOW)), pod("api-3")]
    check(**judge(*ended, store("vault", "db")))
    check(**judge(deployment(replicas=0)))


def test_what_was_not_seen_is_unproven():
    kind = "secretproviderclasspodstatuses"
    assert kind in unproven(check, **judge(api(), store(), denied=[kind]))
    assert "does not exist" in unproven(check, **{**judge(), "kubernetes": kubernetes(api())})
    absurd = mount("api-1", db="1")
    absurd["status"]["mounted"] = "perhaps"
    assert "is malformed" in unproven(check, **judge(api(), store(), absurd))
