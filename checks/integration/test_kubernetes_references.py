"""Legacy hosts and addresses that a cluster still refers to."""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Let it refer to what has replaced the legacy place. "
    "Allow it under `legacy.allow`, with a reason, if it must stay for the way back.",
)
def test_kubernetes_references(scope, kubernetes, site, legacy, shortened):
    """Nothing in the cluster's configuration refers to a legacy host, address or network.

    One ExternalName, one host alias, one rewrite in the cluster's own DNS that was meant for the time of the move: each
    request takes the way through the old place, and all is well until it is switched off.
    """
    where = f"Namespace {scope.namespace}" if scope.namespace else "The cluster-wide configuration"
    found = [
        f"{surface} refers to {', '.join(named)}{quoted(surface.value, named)}"
        for surface in kubernetes.surfaces(scope.namespace)
        if (named := legacy.named_in(surface.value)) and not legacy.allowed(surface.surface)
    ]
    assert not found, f"{where} in {site} still refers to a legacy place: {shortened(found)}; none is declared to stay."


def quoted(value, named):
    """The value around the first name found, unless it is nothing but that name."""
    if value == named[0]:
        return ""
    start = max(0, value.find(named[0]) - 40)
    part = value[start : start + 120]
    return f" in {'...' if start else ''}{part}{'...' if start + 120 < len(value) else ''}"
