"""Federated identities: does the managed identity believe this cluster when it vouches for a pod?"""

import pytest

CLIENT = "azure.workload.identity/client-id"
TENANT = "azure.workload.identity/tenant-id"


@pytest.mark.check(
    severity="blocker",
    declares="service_account",
    remedy="Give the identity a federated credential with this cluster's issuer (`az aks show --query "
    "oidcIssuerProfile.issuerUrl`, with the slash at its end) and the service account, and leave those of the other "
    "cluster for the way back.",
)
def test_federated_identity(identity, arm, kubernetes, site, shortened):
    """A federated credential names this cluster's issuer and the service account, exactly.

    Every cluster has an issuer of its own. The identity came along, its credential still names the cluster that is
    being left: the pods start, answer their probes on cached tokens or none at all, and the first call to Azure fails
    with AADSTS700211. The same for a slash that the issuer ends with and the credential does not.
    """
    if identity.namespace is None:
        raise LookupError(f"{identity} has a serviceAccount, but its service has no namespace to look for it in.")
    trust = arm.federation(identity)
    account = f"{identity.namespace}/{identity.service_account}"
    assert trust is not None, f"Managed identity {identity.id} of {identity.service} in {site} does not exist."
    faults = [] if trusted(trust, subject_of(identity)) else [distrust(trust, subject_of(identity), shortened)]
    faults += misnamed(trust, account, accounts(identity, kubernetes))
    assert not faults, (
        f"Managed identity {trust.name} does not act for service account {account} of {site}: {'; '.join(faults)}; "
        "declared is that it does."
    )


def subject_of(identity):
    """How a token names the service account."""
    return f"system:serviceaccount:{identity.namespace}:{identity.service_account}"


def accounts(identity, kubernetes):
    """The service accounts of the identity's namespace, by name."""
    return {each.name: each for each in kubernetes.service_accounts(identity.namespace)}


def trusted(trust, subject):
    """Whether one of the credentials is exactly what this cluster's tokens say."""
    return trust.issues and any(
        each.issuer == trust.issuer and each.subject == subject and trust.audience in each.audiences
        for each in trust.credentials
    )


def distrust(trust, subject, shortened):
    """In words, by what the credential that comes nearest misses."""
    if not trust.issues:
        return f"cluster {trust.cluster} issues no tokens (its OIDC issuer is not enabled)"
    own = [each for each in trust.credentials if alike(each.issuer) == alike(trust.issuer)]
    meant = [each for each in own if alike(each.subject) == alike(subject)]
    if meant:
        return "; ".join(missed(each, trust, subject, shortened) for each in meant)
    told = f"none of its {counted(trust)} names the issuer of cluster {trust.cluster} ({trust.issuer})"
    if own:
        told = (
            f"its credentials for cluster {trust.cluster} are for {shortened([each.subject for each in own])}, "
            f"not {subject}"
        )
    others = [each for each in trust.credentials if each.subject == subject]
    if others:
        told += f"; for {subject} it believes {shortened([f'{each.issuer} ({each.name})' for each in others])} alone"
    return told + ("; it has as many as it can have" if len(trust.credentials) >= trust.most else "")


def missed(credential, trust, subject, shortened):
    """In words, what is wrong with a credential that is meant for this cluster and service account."""
    if credential.issuer != trust.issuer:
        slash = credential.issuer.rstrip("/") == trust.issuer.rstrip("/")
        return f"credential {credential.name} has the issuer {credential.issuer}, the cluster's is {trust.issuer}" + (
            " (the slash at the end counts)" if slash else ""
        )
    if credential.subject != subject:
        return f"credential {credential.name} is for {credential.subject}, the service account's is {subject}"
    return (
        f"credential {credential.name} is for the audience {shortened(credential.audiences) or 'of nobody'}, "
        f"tokens are made for {trust.audience}"
    )


def misnamed(trust, account, held):
    """In words, how the service account names another identity; one that names none leaves it to the pods."""
    found = held.get(account.partition("/")[2])
    if found is None:
        yield f"service account {account} does not exist"
        return
    for key, what, own in ((CLIENT, "client id", trust.client_id), (TENANT, "tenant id", trust.tenant_id)):
        named = found.annotations.get(key)
        if named is not None and own is not None and named.strip().lower() != own.lower():
            yield f"the service account names the {what} {named}, the identity's is {own}"


def alike(text):
    """A text without what people get wrong about it."""
    return text.strip().rstrip("/").lower()


def counted(trust):
    """How many credentials there are."""
    return f"{len(trust.credentials)} credential{'' if len(trust.credentials) == 1 else 's'}"
