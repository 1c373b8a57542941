"""Namespaces that refuse work."""

import pytest


@pytest.mark.check(
    severity="warning",
    roles=("active",),
    remedy="Give the namespace the messaging or throughput units of the other site, which a pairing does not copy, and "
    "let senders wait as the service says; raise a ticket where server errors go on.",
)
def test_throttling(bus_namespace, metrics, site):
    """No namespace that works throttles requests or fails at them itself.

    The stand-by was kept small to save money. After the move it refuses every tenth request, the clients wait and try
    again, and everything is slower than yesterday without a single error in a log. Counts are read as empty from a
    namespace that is throttled, so a backlog seems to be gone just when it grows.
    """
    refused = [each for each in metrics.refusals(bus_namespace) if each.count]
    told = "; ".join(described(each) for each in refused)
    assert not refused, (
        f"Namespace {bus_namespace.own_id} in {site} refuses work: {told} within 15 minutes, declared is none."
    )


def described(refusals):
    """How many, and of which entities."""
    names = sorted(refusals.by_entity.items(), key=lambda each: -each[1])
    of = f" ({', '.join(f'{count} of {name}' for name, count in names[:5])})" if names else ""
    return f"{refusals.count} {refusals.what}{of}"
