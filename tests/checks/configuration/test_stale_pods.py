from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.evidence import Looked
from tests.checks.configured import dated, declaring, having, mount, running, secret, store
from tests.checks.evidence import (
    NOW,
    config_map,
    container,
    deployment,
    instant,
    kubernetes,
    load,
    namespace,
    pod,
    role,
    unmet,
    unproven,
)

check = load("configuration/test_stale_pods.py").test_stale_pods

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHOLE = [{"configMapRef": {"name": "api"}}]
ONE = [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "api", "key": "A"}}}]
FROM_SECRET = [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]


def judge(*objects, **values):
    cluster = kubernetes(namespace(), deployment(), *objects, **values)
    return {"namespace": declaring(), "kubernetes": cluster, "site": role(), "now": NOW}


def api(name="api-1", since=DAY, **spec):
    return pod(name, container(**spec), statuses={"api": running(NOW - since)})


def changed(ago, *keys, **more):
    made = config_map("api", A="1", B="2")
    made["metadata"].update(dated(NOW - ago, *(keys or ("A",)), **more), creationTimestamp=instant(NOW - 30 * DAY))
    return made


def test_pods_that_started_after_the_change_are_fine():
    looked = Looked()
    check(**judge(api(envFrom=WHOLE, since=HOUR), changed(DAY), looked=looked))
    assert looked.count > 2


def test_pods_that_started_before_are_told_once():
    pods = [api("api-1", envFrom=WHOLE), api("api-2", envFrom=WHOLE)]
    assert unmet(check, **judge(*pods, changed(HOUR))) == (
        "Pods of namespace orders in neu run with configuration that has changed since they read it: "
        "Deployment orders/api (api) started 24h ago and has read ConfigMap api, which changed 60m ago (in 2 pods); "
        "declared is that none is older than what it reads."
    )


def test_a_config_map_made_anew_counts_as_changed():
    made = config_map("api", A="1")
    made["metadata"]["creationTimestamp"] = instant(NOW - 2 * HOUR)
    assert "which changed 2h ago" in unmet(check, **judge(api(env=ONE), made))


def test_files_mounted_by_sub_path_are_read_once():
    mounts = {"volumeMounts": [{"name": "v", "mountPath": "/a", "subPath": "A"}]}
    held = having(api(**mounts), volumes=[{"name": "v", "configMap": {"name": "api"}}])
    assert "ConfigMap api" in unmet(check, **judge(held, changed(HOUR)))


@pytest.mark.parametrize(
    "innocent",
    [
        [api(env=ONE), changed(HOUR, "B")],
        [
            having(
                api(volumeMounts=[{"name": "v", "mountPath": "/a"}]),
                volumes=[{"name": "v", "configMap": {"name": "api"}}],
            ),
            changed(HOUR),
        ],
        [api("api-old", envFrom=WHOLE) | {"status": {"phase": "Succeeded"}}, changed(HOUR)],
        [api(envFrom=[{"configMapRef": {"name": "gone", "optional": True}}])],
    ],
    ids=["another-key", "kept-up-to-date", "ended", "optional"],
)
def test_what_is_not_read_or_not_changed_is_innocent(innocent):
    check(**judge(*innocent))


def test_a_container_that_restarted_since_has_read_it_anew():
    restarted = api(envFrom=WHOLE, since=timedelta(minutes=5))
    restarted["metadata"]["creationTimestamp"] = instant(NOW - DAY)
    check(**judge(restarted, changed(HOUR)))


def test_a_rotated_secret_counts():
    kept = [api(env=FROM_SECRET), store("vault", "db", synced={"db": ["password"]}), mount("api-1", db="2")]
    kept[2]["metadata"].update(creationTimestamp=instant(NOW - DAY))
    check(**judge(*kept))
    kept[2]["metadata"]["managedFields"] = [{"time": instant(NOW - HOUR), "fieldsV1": {"f:status": {"f:objects": {}}}}]
    assert "has read key password of Secret db, which changed 60m ago" in unmet(check, **judge(*kept))


def test_a_secret_that_is_read_counts():
    assert "Secret db" in unmet(check, **judge(api(env=FROM_SECRET), secret("db", NOW - HOUR, password="x")))
    check(**judge(api(env=FROM_SECRET), secret("db", NOW - 2 * DAY, password="x")))


def test_a_younger_pods_mount_does_not_make_the_older_one_stale():
    mounts = [mount("api-1", db="1"), mount("api-2", db="1")]
    for each, age in zip(mounts, (DAY, HOUR), strict=True):
        each["metadata"]["creationTimestamp"] = instant(NOW - age)
    check(**judge(api(env=FROM_SECRET), store("vault", "db", synced={"db": ["password"]}), *mounts))


def test_what_was_not_seen_is_unproven():
    assert "configmaps" in unproven(check, **judge(denied=["configmaps"]))
    assert "does not exist" in unproven(check, **{**judge(), "kubernetes": kubernetes(deployment())})
    broken = changed(HOUR)
    broken["metadata"]["managedFields"][0]["time"] = "yesterday"
    assert "time" in unproven(check, **judge(api(envFrom=WHOLE), broken))
