"""Versions of the vault's secrets, as pods have mounted them."""

from collections import defaultdict
from datetime import timedelta

import pytest

#: The driver asks the vault for newer versions every two minutes, unless it was told to take longer.
SETTLED = timedelta(minutes=15)


@pytest.mark.check(
    severity="warning",
    roles=("target", "active"),
    remedy="Turn on the driver's rotation (`enableSecretRotation`), or roll out the workload whose pods hold the older "
    "version.",
)
def test_secret_versions(namespace, kubernetes, arm_of_sites, site, now, shortened):
    """Every pod holds the current version of a vault's secrets, or the one that is pinned.

    A password was rotated last week; pods that started since have the new one, the others still log in with the old,
    which is switched off when the rotation ends. Half of the pods then fail, and a restart heals them one by one.
    """
    if not any(each.name == namespace.name for each in kubernetes.namespaces()):
        raise LookupError(f"{namespace} does not exist in {site}, so nothing in it can be judged.")
    list(kubernetes.pod_templates(namespace.name))
    stores = {each.name: each for each in kubernetes.secret_stores(namespace.name)}
    wrong = [*apart(mounted_of(stores, namespace, kubernetes), shortened), *not_pinned(stores, namespace, kubernetes)]
    wrong += failed_rotations(namespace, kubernetes)
    if not wrong and site.name in arm_of_sites:
        wrong = [
            *outdated(mounted_of(stores, namespace, kubernetes), arm_of_sites[site.name], namespace, now, shortened)
        ]
    assert not wrong, (
        f"Pods of {namespace} in {site} do not all hold the current version of their secrets: {shortened(wrong)}; "
        "declared is one version of each, the current one."
    )


def living(namespace, kubernetes):
    """The mounts of pods that are there to stay, each with its pod."""
    pods = {
        each.name: each
        for each in kubernetes.pods(namespace=namespace.name)
        if not each.terminating and each.phase not in ("Succeeded", "Failed")
    }
    mounts = [each for each in kubernetes.secret_mounts(namespace.name) if each.mounted and each.pod in pods]
    return [(each, pods[each.pod]) for each in mounts]


def mounted_of(stores, namespace, kubernetes):
    """For each vault and object the pods by the version that they hold."""
    held: dict[tuple[str, str], dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
    for mount, pod in living(namespace, kubernetes):
        store = stores.get(mount.store)
        pinned = {each.id for each in store.objects if each.version} if store else set()
        for name, version in mount.versions.items():
            if name not in pinned:
                held[(store.vault if store else mount.store) or mount.store, name][version].append(pod)
    return held


def apart(held, shortened):
    """In words, each object of which pods hold several versions."""
    for (vault, name), versions in held.items():
        if len(versions) > 1:
            told = [f"{version[:8]} in {shortened([str(each) for each in pods])}" for version, pods in versions.items()]
            yield f"{name} of {vault} has {len(versions)} versions: {'; '.join(sorted(told))}"


def outdated(held, arm, namespace, now, shortened):
    """In words, each object of which all pods hold a version that is no longer the vault's current one."""
    secrets = arm.current_secrets(namespace)
    for (vault, name), versions in held.items():
        current = secrets.current(vault, name)
        if current is None or (current.since is not None and now - current.since < SETTLED):
            continue
        for version, pods in versions.items():
            if version != current.version:
                since = f" since {current.since:%Y-%m-%d %H:%M} UTC" if current.since else ""
                yield (
                    f"{name} of {vault} is {version[:8]} in {shortened([str(each) for each in pods])}, "
                    f"the vault has {current.version[:8]}{since}"
                )


def not_pinned(stores, namespace, kubernetes):
    """In words, each pod that holds another version than its SecretProviderClass pins."""
    for mount, pod in living(namespace, kubernetes):
        for each in stores[mount.store].objects if mount.store in stores else ():
            version = mount.versions.get(each.id)
            if each.version and version is not None and version != each.version:
                yield f"{pod} holds {version[:8]} of {each}, {mount.store} pins {each.version[:8]}"


def failed_rotations(namespace, kubernetes):
    """In words, each pod of which the driver says that it could not replace its secrets."""
    living_pods = {pod.name for _, pod in living(namespace, kubernetes)}
    for event in kubernetes.events(namespace.name):
        about = event.involved_object
        if event.reason in ("MountRotationFailed", "SecretRotationFailed") and about.name in living_pods:
            yield f"pod {about.name} could not be given newer versions ({(event.message or event.reason)[:200]})"
