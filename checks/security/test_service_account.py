"""Service accounts: are the pods given the identity that Azure is to trust?"""

import re

import pytest

CLIENT = "azure.workload.identity/client-id"
TENANT = "azure.workload.identity/tenant-id"
USE = "azure.workload.identity/use"
#: Whom tokens are made for: the public cloud, China, the US government.
AUDIENCES = tuple(f"api://AzureADTokenExchange{cloud}" for cloud in ("", "China", "USGov"))
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@pytest.mark.check(
    severity="blocker",
    remedy=f"Annotate the service account with `{CLIENT}`, label the pod template (not the Deployment) with "
    f'`{USE}: "true"`, and roll the workload out: the webhook gives a token to new pods only.',
)
def test_service_account(namespace, kubernetes, site, shortened):
    """Every pod that is to act with a workload identity has its annotations, its label and its injected token.

    The label stands on the Deployment and not on its template, or the pods started while the webhook was away: all of
    them are green, and the first call to Azure fails with "no managed identity endpoint found".
    """
    if not any(each.name == namespace.name for each in kubernetes.namespaces()):
        raise LookupError(f"{namespace} does not exist in {site}, so nothing in it can be judged.")
    accounts = {each.name: each for each in kubernetes.service_accounts(namespace.name)}
    declared = namespace.declared_workloads | namespace.declared_jobs
    wrong = []
    for template in kubernetes.pod_templates(namespace.name):
        if (template.kind, template.name) in declared:
            account = accounts.get(template.spec.service_account_name or "default")
            wrong += [f"{template.kind} {template.name}: {fault}" for fault in faults_of(template, account, kubernetes)]
    assert not wrong, (
        f"Pods of {namespace} in {site} are not given the identity they are to act with: {shortened(wrong)}; "
        f"declared is an annotated service account, the label {USE} on the template, and a token in every pod."
    )


def faults_of(template, account, kubernetes):
    """What is wrong with the identity of one template's pods, in words; nothing where it asks for none."""
    labelled, annotations = template.labels.get(USE), account.annotations if account else {}
    client = annotations.get(CLIENT)
    if labelled != "true" and client is None:
        return [f"its label {USE} is {labelled!r}, not 'true'"] if labelled is not None else []
    name = template.spec.service_account_name or "default"
    if account is None and name != "default":
        return [f"its service account {name} does not exist"]
    found = []
    if labelled != "true":
        found.append(
            f"service account {name} has a client id, but the template's label {USE} is "
            f"{'absent' if labelled is None else repr(labelled)}"
        )
    if client is None and not names_its_own(template):
        found.append(f"service account {name} has no annotation {CLIENT}")
    found += [
        f"{key} of service account {name} is {value!r}, which is no id"
        for key, value in ((CLIENT, client), (TENANT, annotations.get(TENANT)))
        if value is not None and not GUID.fullmatch(value.strip())
    ]
    return found or pods_without_token(template, client, kubernetes)


def names_its_own(template):
    """Whether a container is told its client id in the template itself."""
    return any(each.name == "AZURE_CLIENT_ID" for container in template.containers for each in container.env)


def pods_without_token(template, client, kubernetes):
    """The running pods without the injected token, or with that of another client."""
    if template.kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        return
    own = names_its_own(template)
    for pod in kubernetes.pods(template):
        if pod.terminating or pod.phase in ("Succeeded", "Failed"):
            continue
        tokens = [source for volume in pod.spec.volumes if volume.projected for source in volume.projected.sources]
        if not any(each.service_account_token and each.service_account_token.audience in AUDIENCES for each in tokens):
            yield f"{pod} was given no token for {AUDIENCES[0]}"
            continue
        given = {
            entry.value
            for container in pod.spec.containers
            for entry in container.env
            if entry.name == "AZURE_CLIENT_ID" and entry.value
        }
        if client is not None and not own and given and {each.lower() for each in given} != {client.strip().lower()}:
            yield f"{pod} acts as {', '.join(sorted(given))}, the annotation says {client}"
