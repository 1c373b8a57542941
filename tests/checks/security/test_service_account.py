from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.configured import CLIENT, declaring, having, service_account
from tests.checks.evidence import (
    container,
    cron_job,
    deployment,
    kubernetes,
    load,
    namespace,
    pod,
    role,
    unmet,
    unproven,
)

check = load("security/test_service_account.py").test_service_account

USE = {"azure.workload.identity/use": "true"}
TOKEN = {"serviceAccountToken": {"audience": "api://AzureADTokenExchange", "path": "azure-identity-token"}}
GIVEN = [{"name": "azure-identity-token", "projected": {"sources": [TOKEN]}}]


def judge(*objects, jobs=(), **values):
    cluster = kubernetes(namespace(), *objects, **values)
    return {"namespace": declaring(*jobs), "kubernetes": cluster, "site": role()}


def api(labels=USE, account="api", **env):
    return having(deployment("api", container(env=env)), labels=labels, serviceAccountName=account)


def running(client=CLIENT, volumes=GIVEN, name="api-1"):
    return having(pod(name, container(env={"AZURE_CLIENT_ID": client})), volumes=volumes)


def says(fault):
    return (
        f"Pods of namespace orders in neu are not given the identity they are to act with: {fault}; declared is an "
        "annotated service account, the label azure.workload.identity/use on the template, and a token in every pod."
    )


def test_annotation_label_and_token_are_fine():
    looked = Looked()
    check(**judge(api(), running(), service_account(), looked=looked))
    assert looked.count > 3


@pytest.mark.parametrize("cloud", ["China", "USGov"])
def test_tokens_of_other_clouds_have_another_audience(cloud):
    token = {"serviceAccountToken": {**TOKEN["serviceAccountToken"], "audience": f"api://AzureADTokenExchange{cloud}"}}
    volumes = [{"name": "t", "projected": {"sources": [token]}}]
    check(**judge(api(), running(volumes=volumes), service_account()))


@pytest.mark.parametrize(
    ("objects", "fault"),
    [
        (
            [api(labels={}), service_account()],
            (
                "Deployment api: service account api has a client id, "
                "but the template's label azure.workload.identity/use is absent"
            ),
        ),
        (
            [api(labels={"azure.workload.identity/use": "True"}), service_account()],
            (
                "Deployment api: service account api has a client id, "
                "but the template's label azure.workload.identity/use is 'True'"
            ),
        ),
        (
            [api(), service_account(client=None)],
            "Deployment api: service account api has no annotation azure.workload.identity/client-id",
        ),
        ([api()], "Deployment api: its service account api does not exist"),
        (
            [api(), service_account(client="id-orders-neu")],
            (
                "Deployment api: azure.workload.identity/client-id of service account api is 'id-orders-neu', "
                "which is no id"
            ),
        ),
        (
            [api(), service_account(), running(volumes=[])],
            "Deployment api: pod api-1 was given no token for api://AzureADTokenExchange",
        ),
        (
            [api(), service_account(), running("0d6f83aa-91c2-4be7-a5d4-3c7e20918bf5")],
            f"Deployment api: pod api-1 acts as 0d6f83aa-91c2-4be7-a5d4-3c7e20918bf5, the annotation says {CLIENT}",
        ),
    ],
)
def test_what_is_wrong_is_told(objects, fault):
    assert unmet(check, **judge(*objects)) == says(fault)


def test_one_pod_without_a_token_is_enough():
    pods = [running(name="api-1"), running(name="api-2", volumes=[])]
    assert "pod api-2 was given no token" in unmet(check, **judge(api(), service_account(), *pods))


def test_jobs_count_by_their_templates():
    job = having(cron_job(), serviceAccountName="api")
    assert "CronJob settlement" in unmet(check, **judge(job, service_account(), jobs=["settlement"]))


def test_who_asks_for_no_identity_is_innocent():
    check(**judge(api(labels={}, account=None), pod("api-1")))
    check(**judge(api(labels={}), service_account(client=None), pod("api-1")))


def test_who_names_the_client_in_the_template_is_innocent():
    named = "0d6f83aa-91c2-4be7-a5d4-3c7e20918bf5"
    check(**judge(api(AZURE_CLIENT_ID=named), service_account(), running(named)))
    check(**judge(api(AZURE_CLIENT_ID=named), service_account(client=None), running(named)))


def test_an_id_in_upper_case_is_the_same():
    check(**judge(api(), service_account(client=CLIENT.upper()), running()))


def test_what_was_not_seen_is_unproven():
    assert "serviceaccounts" in unproven(check, **judge(api(), denied=["serviceaccounts"]))
    assert "does not exist" in unproven(check, **{**judge(), "kubernetes": kubernetes(api())})
    broken = service_account()
    broken["metadata"]["annotations"] = "none"
    assert "annotations" in unproven(check, **judge(api(), running(), broken))
