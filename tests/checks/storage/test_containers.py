from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import arm, declared, environment, resource
from tests.checks.evidence import load, unmet, unproven
from tests.checks.stored import blob, entry, error

check = load("storage/test_containers.py")
FEED = {"name": "pos", "account": "st<site>", "container": "landing", "every": "1h"}
LISTENER = {"name": "landed", "account": "st<site>", "container": "landing", "destination": "sb-<site>/queues/landed"}
ACCOUNT = resource("Microsoft.Storage/storageAccounts", "stneu", location="northeurope")
GONE = error("stneu.blob.core.windows.net: name not known", "unreachable")


def judge(tmp_path, stored, *bodies, failing=None, looked=None, refused=None, service=None):
    found = environment(tmp_path, {"orders": service or {"feeds": [FEED], "listeners": [LISTENER]}})
    about = declared(found, "blob_container")
    return {
        "blob_container": about,
        "blob": blob("container", about, found, stored, failing=failing, looked=looked),
        "arm": arm("blob_account", about, found, *bodies, failing=refused),
    }


@pytest.mark.parametrize("blobs", [[], [entry("pos/1.csv")], [entry(f"{number}") for number in range(9)]])
def test_a_container_that_is_there_is_enough_even_without_a_blob(tmp_path, blobs):
    looked = Looked()
    check.test_containers(**judge(tmp_path, {"stneu/landing": blobs}, looked=looked))
    assert looked.count == 1


def test_a_container_that_is_not_there(tmp_path):
    assert unmet(check.test_containers, **judge(tmp_path, {"stneu/invoices": []})) == (
        "Container landing does not exist in storage account stneu of orders in neu, "
        "declared for feed pos, listener landed."
    )


def test_an_account_that_is_not_there(tmp_path):
    assert unmet(check.test_containers, **judge(tmp_path, {}, failing={"LIST": GONE})) == (
        "Storage account stneu of orders in neu does not exist, declared for feed pos, listener landed."
    )


@pytest.mark.parametrize("site", ["neu", "weu"])
def test_an_account_that_is_there_and_answers_nobody_is_unproven(tmp_path, site):
    account = resource("Microsoft.Storage/storageAccounts", "stneu", site, location="northeurope")
    told = unproven(check.test_containers, **judge(tmp_path, {}, account, failing={"LIST": GONE}))
    assert told == (
        "Nobody answers for storage account stneu of orders in neu: stneu.blob.core.windows.net: name not known."
    )


def test_an_account_that_may_not_be_read_is_unproven_whatever_arm_says(tmp_path):
    refused = error("stneu/landing: 403 (missing: Storage Blob Data Reader on stneu)")
    told = unproven(check.test_containers, **judge(tmp_path, {}, ACCOUNT, failing={"LIST": refused}))
    assert "Storage Blob Data Reader on stneu" in told


def test_where_neither_answers_nothing_is_proven(tmp_path):
    given = judge(tmp_path, {}, failing={"LIST": GONE}, refused={"/storageaccounts/": "read"})
    assert "ARM refuses" in unproven(check.test_containers, **given)


def test_what_the_containers_are_needed_for(tmp_path):
    hub = {"name": "telemetry", "bus": "eh-<site>", "group": "orders", "consumer": "api", "checkpoints": "stchk/points"}
    id_ = f"{ACCOUNT['id'].rpartition('/')[0]}/StShared"
    service = {
        "workloads": [{"name": "api", "replicas": {"active": 1, "passive": 1}}],
        "eventHubs": [hub],
        "feeds": [FEED, {**FEED, "name": "prices", "account": id_}],
    }
    canary = {"owner": "p", "canary": {"account": "st<site>", "container": "canary"}}
    found = environment(tmp_path, {"orders": service}, platform=canary)
    told = {each.id: each.users for each in found.declared("blob_container") if each.site == "neu"}
    assert told == {
        "stchk/points": ("the checkpoints of telemetry/orders",),
        "stneu/landing": ("feed pos",),
        "stshared/landing": ("feed prices",),
        "stneu/canary": ("the canary",),
    }
    keys = [each.key for each in found.declared("blob_container") if each.site == "neu"]
    assert len(set(keys)) == len(keys)
