"""What pod templates name: does all of it exist, in this cluster, in this namespace?"""

import re

import pytest

NOT_FOUND = (
    re.compile(r'(?P<kind>secret|configmap) \\?"(?P<name>[^"\\]+)\\?" not found', re.IGNORECASE),
    re.compile(r"couldn't find key (?P<key>\S+) in (?P<kind>secret|configmap) \S+/(?P<name>[^\s,]+)", re.IGNORECASE),
)


@pytest.mark.check(
    severity="blocker",
    remedy="Create what is missing in this cluster, or mark the reference `optional: true` if the pod does without. "
    "Secrets that nothing else proves are looked at with `policy.secrets: match` and the right to list them.",
)
def test_references_exist(namespace, kubernetes, site, shortened):
    """Every ConfigMap, Secret, key and volume source that a pod template names exists.

    The site that stands by runs few pods or none, so nobody notices the Secret that was made by hand on the other side.
    When it is scaled up its pods hang in CreateContainerConfigError or ContainerCreating, all of them at once.
    """
    missing: list[str] = []
    unknown: list[str] = []
    held = {}
    for template in declared_templates(namespace, kubernetes, site):
        for reference in (each for each in template.references if not each.optional):
            if reference.kind not in held:
                held[reference.kind] = EXISTING[reference.kind](kubernetes, namespace.name)
            exists = held[reference.kind](reference)
            if not exists:
                told = f"{reference} ({reference.where} of {template.kind} {template.name})"
                (unknown if exists is None else missing).append(told)
    assert not missing, (
        f"Pods of {namespace} in {site} name what does not exist there: {shortened(missing)}; "
        "declared is that every reference which is not optional leads somewhere."
    )
    if unknown:
        raise LookupError(
            f"Whether all exists that pods of {namespace} in {site} name cannot be said: Secrets were not read "
            f"(policy.secrets), and no started pod or secret store proves {shortened(unknown)}."
        )


def declared_templates(namespace, kubernetes, site):
    """The templates of declared workloads and jobs; the namespace itself is looked at, should there be none."""
    if not any(each.name == namespace.name for each in kubernetes.namespaces()):
        raise LookupError(f"{namespace} does not exist in {site}, so nothing in it can be judged.")
    declared = namespace.declared_workloads | namespace.declared_jobs
    return [each for each in kubernetes.pod_templates(namespace.name) if (each.kind, each.name) in declared]


def by_name(objects):
    """A question that answers whether one of these objects is what a reference names."""
    names = {each.name for each in objects}
    return lambda reference: reference.name in names


def config_maps(kubernetes, namespace):
    """Whether a ConfigMap exists and has the key; binary data cannot become a variable, yet a file."""
    keys = {each.name: {*each.data, *each.binary_data} for each in kubernetes.config_maps(namespace)}
    return lambda reference: reference.name in keys and (reference.key is None or reference.key in keys[reference.name])


def secrets(kubernetes, namespace):
    """Whether a Secret exists; where Secrets are not read, whether something proves that it does or does not."""
    if kubernetes.has("secrets"):
        keys = {each.name: each.keys for each in kubernetes.secrets(namespace)}
        return lambda each: each.name in keys and (each.key is None or each.key in keys[each.name])
    there = seen_at_a_start(kubernetes, namespace)
    there |= {(each.name, key) for each in kubernetes.made_secrets(namespace) for key in (None, *each.keys)}
    missing = complained_of(kubernetes, namespace)

    def told(reference):
        named = (reference.name, reference.key)
        if named in there or (reference.key is None and reference.name in {name for name, _ in there}):
            return True
        return False if {named, (reference.name, None)} & missing else None

    return told


EXISTING = {
    "ConfigMap": config_maps,
    "Secret": secrets,
    "ServiceAccount": lambda kubernetes, namespace: by_name(kubernetes.service_accounts(namespace)),
    "PersistentVolumeClaim": lambda kubernetes, namespace: by_name(kubernetes.persistent_volume_claims(namespace)),
    "SecretProviderClass": lambda kubernetes, namespace: by_name(kubernetes.secret_stores(namespace)),
}


def seen_at_a_start(kubernetes, namespace):
    """Names and keys of the Secrets without which a container that has started could not have."""
    started = set()
    for container in kubernetes.containers(namespace=namespace):
        if container.running_since or container.terminations:
            started |= {(each.name, each.key) for each in container.needs if each.kind == "Secret"}
    return started


def complained_of(kubernetes, namespace):
    """Names and keys of the Secrets that the kubelet says it does not find."""
    told = [each.waiting_message or "" for each in kubernetes.containers(namespace=namespace)]
    told += [each.message or "" for each in kubernetes.events(namespace) if each.type == "Warning"]
    found = [match.groupdict() for text in told for pattern in NOT_FOUND for match in pattern.finditer(text)]
    return {(each["name"], each.get("key")) for each in found if each["kind"].lower() == "secret"}
