from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.configured import claim, declaring, having, mount, mounting, running, secret, service_account, store
from tests.checks.evidence import (
    NOW,
    config_map,
    container,
    cron_job,
    deployment,
    event,
    kubernetes,
    load,
    metadata,
    namespace,
    pod,
    role,
    unmet,
    unproven,
)

check = load("configuration/test_references_exist.py").test_references_exist

FROM_MAP = [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "api", "key": "A"}}}]
FROM_SECRET = [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]


def judge(*objects, jobs=(), **values):
    cluster = kubernetes(namespace(), *objects, **values)
    return {"namespace": declaring(*jobs), "kubernetes": cluster, "site": role()}


def says(missing):
    return (
        f"Pods of namespace orders in neu name what does not exist there: {missing}; "
        "declared is that every reference which is not optional leads somewhere."
    )


def test_what_exists_is_fine_wherever_it_is_named():
    looked = Looked()
    volumes = [
        {"name": "c", "configMap": {"name": "api", "items": [{"key": "A", "path": "a"}]}},
        {"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
        *mounting(),
    ]
    api = having(deployment("api", container(env=FROM_MAP)), volumes=volumes, serviceAccountName="api")
    check(**judge(api, config_map("api", A="1"), claim("data"), service_account(), store(), looked=looked))
    assert looked.count > 4


@pytest.mark.parametrize(
    ("spec", "env", "missing"),
    [
        ({}, FROM_MAP, "key A of ConfigMap api (variable A of container api of Deployment api)"),
        ({"serviceAccountName": "api"}, [], "ServiceAccount api (serviceAccountName of Deployment api)"),
        ({"volumes": mounting()}, [], "SecretProviderClass vault (volume s of Deployment api)"),
        (
            {"volumes": [{"name": "v", "projected": {"sources": [{"configMap": {"name": "other"}}]}}]},
            [],
            "ConfigMap other (volume v of Deployment api)",
        ),
        (
            {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]},
            [],
            "PersistentVolumeClaim data (volume v of Deployment api)",
        ),
    ],
)
def test_what_is_missing_is_told_with_who_names_it(spec, env, missing):
    api = having(deployment("api", container(env=env)), **spec)
    assert unmet(check, **judge(api, config_map("api", B="1"))) == says(missing)


def test_init_containers_and_suspended_jobs_count():
    job = having(cron_job(suspend=True), initContainers=[container("wait", envFrom=[{"configMapRef": {"name": "x"}}])])
    expected = says("ConfigMap x (envFrom of container wait of CronJob settlement)")
    assert unmet(check, **judge(job, jobs=["settlement"])) == expected
    check(**judge(job))  # it is not declared


def test_optional_references_and_empty_values_are_innocent():
    optional = [
        {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "no", "key": "A", "optional": True}}},
        {"name": "B", "value": "b", "valueFrom": {"secretKeyRef": {"name": "no", "key": "x"}}},
    ]
    sources = [{"secretRef": {"name": "no", "optional": True}}]
    check(**judge(deployment("api", container(env=optional, envFrom=sources))))


def test_secrets_that_are_read_are_judged_by_their_keys():
    api = deployment("api", container(env=FROM_SECRET))
    check(**judge(api, secret("db", password="x")))
    expected = says("key password of Secret db (variable P of container api of Deployment api)")
    assert unmet(check, **judge(api, secret("db", user="x"))) == expected
    assert "list secrets" in unproven(check, **judge(api, denied=["secrets"]))


def test_a_secret_is_proved_by_what_has_started_with_it():
    worker = deployment("worker", container("worker", env=FROM_SECRET), replicas=0)
    api = pod("api-1", container(env=FROM_SECRET), statuses={"api": running(NOW)})
    check(**judge(worker, api))
    waiting = {"state": {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "db" not found'}}}
    stuck = pod("api-1", container(env=FROM_SECRET), statuses={"api": waiting})
    assert "key password of Secret db" in unmet(check, **judge(worker, stuck))


def test_a_secret_is_proved_by_what_makes_it():
    worker = deployment("worker", container("worker", env=FROM_SECRET), replicas=0)
    made = store("vault", "db", synced={"db": ["password"]})
    check(**judge(worker, made, mount("api-1", db="1")))
    assert "Secret db" in unproven(check, **judge(worker, made))
    sealed = {"kind": "SealedSecret", "metadata": metadata("db"), "spec": {"encryptedData": {"password": "Ag"}}}
    synced = {"status": {"conditions": [{"type": "Synced", "status": "True"}]}}
    check(**judge(worker, {**sealed, **synced}))
    assert "Secret db" in unproven(check, **judge(worker, sealed))


def test_a_secret_that_nothing_proves_is_unproven():
    worker = deployment("worker", container("worker", env=FROM_SECRET), replicas=0)
    assert unproven(check, **judge(worker)) == (
        "Whether all exists that pods of namespace orders in neu name cannot be said: Secrets were not read "
        "(policy.secrets), and no started pod or secret store proves key password of Secret db "
        "(variable P of container worker of Deployment worker)."
    )


def test_a_key_that_the_kubelet_does_not_find_is_missing():
    worker = deployment("worker", container("worker", env=FROM_SECRET))
    told = event("Error: couldn't find key password in Secret orders/db", reason="Failed")
    told["metadata"]["namespace"] = "orders"
    assert "key password of Secret db" in unmet(check, **judge(worker, told))


def test_what_was_not_seen_is_unproven():
    api = deployment("api", container(env=FROM_MAP))
    assert "configmaps" in unproven(check, **judge(api, denied=["configmaps"]))
    assert "does not exist in neu" in unproven(check, namespace=declaring(), kubernetes=kubernetes(api), site=role())
    absurd = deployment("api", container(env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": 7}}}]))
    assert unproven(check, **judge(absurd))
