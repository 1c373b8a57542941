"""Secret stores: has every pod mounted what it names?"""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Read the pod's FailedMount events: the vault, the identity or the name of a secret is wrong for this site. "
    "Where objects were added later, roll the workload out.",
)
def test_secret_stores(namespace, kubernetes, site, shortened):
    """Every pod has mounted each SecretProviderClass that it names, with all of its objects.

    A vault of the new region lacks one secret, or the identity may not read it. The pods stay in ContainerCreating and
    say so in an event that nobody reads; those that started before the object was added run on without it.
    """
    stores = {each.name: each for each in kubernetes.secret_stores(namespace.name)}
    mounts = {(each.pod, each.store): each for each in kubernetes.secret_mounts(namespace.name)}
    wrong = []
    for pod, named in naming_pods(namespace, kubernetes, site):
        for name in named:
            fault = fault_of(pod, name, stores.get(name), mounts.get((pod.name, name)), kubernetes, shortened)
            if fault:
                wrong.append(fault)
    assert not wrong, (
        f"Pods of {namespace} in {site} have not mounted the secrets they name: {shortened(wrong)}; "
        "declared is that every pod has all of them."
    )


def naming_pods(namespace, kubernetes, site):
    """The pods that name secret stores; the namespace and its templates are looked at, should there be none."""
    if not any(each.name == namespace.name for each in kubernetes.namespaces()):
        raise LookupError(f"{namespace} does not exist in {site}, so nothing in it can be judged.")
    list(kubernetes.pod_templates(namespace.name))
    for pod in kubernetes.pods(namespace=namespace.name):
        if not pod.terminating and pod.phase not in ("Succeeded", "Failed"):
            named = [each.name for each in pod.references if each.kind == "SecretProviderClass"]
            if named:
                yield pod, dict.fromkeys(named)


def fault_of(pod, name, store, mount, kubernetes, shortened):
    """What is wrong with one mount, None where nothing is."""
    if store is None:
        return f"{pod} names SecretProviderClass {name}, which does not exist{said(pod, kubernetes)}"
    if mount is None or not mount.mounted:
        return f"{pod} has not mounted {name}{said(pod, kubernetes)}"
    lacking = [str(each) for each in store.objects if each.id not in mount.versions]
    return f"{pod} has mounted {name} without {shortened(lacking)}" if lacking else None


def said(pod, kubernetes):
    """What the newest event says of the mount that failed."""
    told = [each for each in kubernetes.events(pod.namespace, pod) if each.reason == "FailedMount" and each.message]
    newest = max(told, key=lambda each: (each.at is not None, each.at), default=None) if told else None
    return f" ({newest.message[:200]})" if newest else ""
