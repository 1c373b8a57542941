"""Registries: can the nodes of this site pull, and from their own region?"""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Replicate the registry to the site's region (`az acr replication create`), enable the replica's endpoint, "
    "and give the kubelet's identity AcrPull (`az aks update --attach-acr`).",
)
def test_registry(registry, arm, site):
    """The registry answers from the site's region, and the kubelet's identity may pull from it.

    The images on the standby's nodes were pulled months ago. At the move the autoscaler brings new nodes, all of them
    pull at once, from the region that is being left or with an identity that was never let in: ImagePullBackOff.
    """
    found = arm.registry(registry)
    assert found is not None, f"Registry {registry.id}, which {site} pulls from, does not exist."
    problems = [*away(found)]
    if not found.pulls:
        problems.append(f"kubelets of {found.cluster} may not pull (nothing that {found.kubelet} holds allows it)")
    assert not problems, (
        f"Registry {found.name} does not serve {site}: {'; '.join(problems)}; "
        f"declared is that {site} pulls from it, in {found.wanted}."
    )


def away(registry):
    """In words, why images do not come from the site's own region."""
    if not succeeded(registry.provisioning):
        yield f"it is in the state {registry.provisioning}"
    replica = registry.replicas.get(registry.wanted)
    if replica is None:
        if registry.home != registry.wanted:
            others = [each for each in registry.replicas if each != registry.home]
            held = ", ".join(others) or "none"
            yield f"it has no replica in {registry.wanted} (home {registry.home}, replicas {held})"
        return
    if not succeeded(replica.provisioning):
        yield f"its replica in {replica.region} is in the state {replica.provisioning}"
    if replica.status.lower() != "ready":
        yield f"its replica in {replica.region} is {replica.status}, not Ready"
    if not replica.reachable:
        yield f"the endpoint of its replica in {replica.region} is not enabled, so nobody is led there"


def succeeded(state):
    """Whether the last operation went well."""
    return state.lower() == "succeeded"
