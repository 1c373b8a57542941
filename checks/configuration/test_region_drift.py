"""Configuration that still names the other site."""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Let the value name this site, or a name that follows the move. "
    "Allow it under `drift.allow`, with a reason, if it names the other site on purpose.",
)
def test_region_drift(namespace, kubernetes, site, drift, shortened):
    """No configuration of a service on this site names another site.

    The copied ConfigMap with one host left unreplaced: the service starts, answers its probes, and reads from the bus
    of the region that is being left. It is found when that region is switched off, or never, as a double booking.
    """
    strays = [
        f"{surface} names {', '.join(named)}{quoted(surface.value, named)}"
        for surface in kubernetes.surfaces(namespace.name)
        if (named := drift.named_in(surface.value)) and not drift.allowed(surface.surface, surface.path)
    ]
    assert not strays, (
        f"Configuration of {namespace.service} in {namespace} of {site} names another site: {shortened(strays)}; "
        f"declared is that it names {site} alone."
    )


def quoted(value, named):
    """The value around the first name found, unless it is nothing but that name."""
    if value == named[0]:
        return ""
    start = max(0, value.find(named[0]) - 40)
    part = value[start : start + 120]
    return f" in {'...' if start else ''}{part}{'...' if start + 120 < len(value) else ''}"
