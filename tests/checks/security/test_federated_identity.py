from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import arm, declared, environment, resource
from tests.checks.configured import CLIENT, service_account
from tests.checks.evidence import kubernetes, load, role, unmet, unproven

check = load("security/test_federated_identity.py").test_federated_identity

IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
HERE = "https://northeurope.oic.prod-aks.azure.com/t/neu/"
THERE = "https://westeurope.oic.prod-aks.azure.com/t/weu/"
SUBJECT = "system:serviceaccount:orders:api"


def credential(name="neu", issuer=HERE, subject=SUBJECT, audiences=("api://AzureADTokenExchange",)):
    fields = {"issuer": issuer, "subject": subject, "audiences": None if audiences is None else list(audiences)}
    kept = {key: value for key, value in fields.items() if value is not None}
    return resource(f"{IDENTITY}/federatedIdentityCredentials", f"id-orders/{name}", **kept)


def cluster(**issuer: Any):
    profile = issuer or {"enabled": True, "issuerURL": HERE}
    return resource("Microsoft.ContainerService/managedClusters", "aks-neu", oidcIssuerProfile=profile)


def identity(**fields: Any):
    return resource(IDENTITY, "id-orders", **{"clientId": CLIENT, "principalId": "p", "tenantId": "t", **fields})


def judge(
    tmp_path: Path, *answers: Any, account=None, held=None, cloud="AzureCloud", looked=None, **more: Any
) -> dict[str, Any]:
    azure = {"cloud": cloud, "subscription": "7c1e4b52-0d3f-4a86-b9e2-6f5a1d8c3e94", "resourceGroup": "rg-<site>"}
    services = {"orders": {"identities": [{"name": "id-orders", "serviceAccount": "api"}]}}
    about = declared(found := environment(tmp_path, services, azure=azure), "identity")
    held = [account or service_account()] if held is None else held
    return {
        "identity": about,
        "arm": arm("federation", about, found, *answers, looked=looked, **more),
        "kubernetes": kubernetes(*held, looked=looked),
        "site": role(),
    }


def says(what: str) -> str:
    return (
        f"Managed identity id-orders does not act for service account orders/api of neu: {what}; "
        "declared is that it does."
    )


def test_a_credential_of_this_cluster_is_fine_and_those_of_the_other_stay(tmp_path):
    looked = Looked()
    both = [credential("weu", THERE), credential()]
    check(**judge(tmp_path, identity(), cluster(), *both, looked=looked))
    assert looked.count > 1


def test_the_client_id_may_be_written_in_either_case_or_left_to_the_pods(tmp_path):
    for account in (service_account(client=CLIENT.upper()), service_account(client=None)):
        check(**judge(tmp_path, identity(), cluster(), credential(), account=account))


@pytest.mark.parametrize(
    ("credentials", "what"),
    [
        (
            [credential("weu", THERE)],
            (
                f"none of its 1 credential names the issuer of cluster aks-neu ({HERE}); for {SUBJECT} it believes "
                f"{THERE} (weu) alone"
            ),
        ),
        ([], f"none of its 0 credentials names the issuer of cluster aks-neu ({HERE})"),
        (
            [credential(issuer=HERE.rstrip("/"))],
            f"credential neu has the issuer {HERE.rstrip('/')}, the cluster's is {HERE} (the slash at the end counts)",
        ),
        (
            [credential(subject="system:serviceaccount:orders:worker")],
            f"its credentials for cluster aks-neu are for system:serviceaccount:orders:worker, not {SUBJECT}",
        ),
        (
            [credential(subject="system:serviceaccount:Orders:api")],
            f"credential neu is for system:serviceaccount:Orders:api, the service account's is {SUBJECT}",
        ),
        (
            [credential(audiences=["api://AzureADTokenExchangeUSGov"])],
            (
                "credential neu is for the audience api://AzureADTokenExchangeUSGov, "
                "tokens are made for api://AzureADTokenExchange"
            ),
        ),
        (
            [credential(f"c{number}", f"https://c{number}/") for number in range(20)],
            f"none of its 20 credentials names the issuer of cluster aks-neu ({HERE}); for {SUBJECT} it believes "
            + ", ".join(f"https://c{number}/ (c{number})" for number in range(10))
            + " and 10 more alone; it has as many as it can have",
        ),
    ],
)
def test_what_the_nearest_credential_misses_is_told(tmp_path, credentials, what):
    assert unmet(check, **judge(tmp_path, identity(), cluster(), *credentials)) == says(what)


def test_each_cloud_has_its_audience(tmp_path):
    china = credential(audiences=["api://AzureADTokenExchangeChina"])
    check(**judge(tmp_path, identity(), cluster(), china, cloud="AzureChinaCloud"))
    assert "AzureADTokenExchangeChina" in unmet(
        check, **judge(tmp_path, identity(), cluster(), credential(), cloud="AzureChinaCloud")
    )


def test_a_service_account_of_another_identity_is_told(tmp_path):
    other = service_account(client="5b1c2d3e-0000-4000-8000-0123456789ab")
    assert unmet(check, **judge(tmp_path, identity(), cluster(), credential(), account=other)) == says(
        f"the service account names the client id 5b1c2d3e-0000-4000-8000-0123456789ab, the identity's is {CLIENT}"
    )
    assert unmet(check, **judge(tmp_path, identity(), cluster(), credential(), held=[service_account("x")])) == says(
        "service account orders/api does not exist"
    )


def test_what_does_not_exist_or_issues_nothing_is_told(tmp_path):
    assert unmet(check, **judge(tmp_path, cluster())) == ("Managed identity id-orders of orders in neu does not exist.")
    off = cluster(enabled=False)
    assert unmet(check, **judge(tmp_path, identity(), off, credential())) == says(
        "cluster aks-neu issues no tokens (its OIDC issuer is not enabled)"
    )


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ([identity(clientId=None), cluster(), credential()], "client id"),
        ([identity(clientId=7), cluster(), credential()], "clientId"),
        ([identity(), cluster(enabled=True), credential()], "issuer of cluster"),
        ([identity(), cluster(), credential(audiences=None)], "audiences"),
        ([identity(), credential()], "the cluster of neu does not exist"),
    ],
)
def test_what_arm_does_not_say_is_unproven(tmp_path, answers, field):
    assert field in unproven(check, **judge(tmp_path, *answers))


def test_what_may_not_be_read_is_unproven(tmp_path):
    right = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read"
    asked = judge(tmp_path, identity(), cluster(), credential(), failing={"federatedIdentityCredentials": right})
    assert right in unproven(check, **asked)
