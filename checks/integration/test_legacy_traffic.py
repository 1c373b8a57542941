"""Traffic that still goes to a legacy place, whatever the configuration says."""

import pytest


@pytest.mark.check(
    severity="warning",
    blocker_in=("post-cutover", "post-failback"),
    roles=("target", "active"),
    remedy="Find the sender by its address (`kubectl get pods -A -o wide`; of an overlay network it is the node's) and "
    "let it call what has replaced the legacy place. Without flow logs, have them sent to the site's workspace.",
)
def test_legacy_traffic(legacy_flow, logs, site, since, shortened):
    """No flow went from the site to a legacy address within the last hour.

    No configuration names the old place any more, and still something calls it: an address that was built into an
    image, a connection that was opened before the switch and never closed. Only the network has seen it.
    """
    found = logs.legacy_flows(legacy_flow)
    began = since(found.window)
    flows = [each for each in found.legacy if each.at >= began]
    assert not flows, (
        f"{site} still sends traffic to legacy addresses: {shortened([str(each) for each in flows])}; none is to flow."
    )
    if found.newest is None or found.newest < began:
        last = f", the last is of {found.newest:%H:%M} UTC" if found.newest else ""
        raise LookupError(
            f"No flow at all reached {found.workspace} since {began:%H:%M} UTC{last}: "
            f"whether {site} sends traffic to legacy addresses is not known."
        )
