"""Legacy hosts and addresses that Azure resources outside of the clusters still refer to."""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Let it refer to what has replaced the legacy place, or disable it. "
    "Allow it under `legacy.allow`, with a reason, if it must stay for the way back.",
)
def test_azure_references(azure_surface, arm, site, legacy, shortened):
    """No Azure resource that leads events, requests, loads or logs on refers to a legacy host, address or network.

    The cluster has forgotten the old data centre; the API gateway in front of it, the nightly load and the webhook
    that wakes the people on duty have not. They work for as long as the old place does.
    """
    found = [
        f"{value} refers to {', '.join(named)}{quoted(value.value, named)}"
        for swept in arm.azure_references(azure_surface)
        for value in swept.values
        if (named := legacy.named_in(value.value)) and not legacy.allowed(value.surface)
    ]
    assert not found, (
        f"Among the {azure_surface} of {site} {shortened(found)}, which is a legacy place; none is declared to stay."
    )


def quoted(value, named):
    """The value around the first name found, unless it is nothing but that name."""
    if value == named[0]:
        return ""
    start = max(0, value.find(named[0]) - 40)
    part = value[start : start + 120]
    return f" in {'...' if start else ''}{part}{'...' if start + 120 < len(value) else ''}"
