"""Reconciliations: two numbers that must agree, before a move and after it."""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Find out which records are missing or counted twice before traffic is routed; only a declared tolerance "
    "may be left over.",
)
def test_reconciliation(reconciliation, logs):
    """The two numbers of every declared reconciliation agree within the declared tolerance.

    All jobs ran and all are green, and yet one side has two thousand orders more: a load that ran on both sites, a
    replica that stopped an hour before the switch. A number that nobody gave is no agreement either.
    """
    figures = logs.reconciliation(reconciliation)
    left, right = figures.left.value, figures.right.value
    apart, most = abs(left - right), max(abs(left), abs(right))
    assert apart <= reconciliation.tolerance.of(most), (
        f"{reconciliation.name} do not agree: {figures.left}, {figures.right}, which is {apart:f} apart "
        f"({share(apart, most)}); declared is at most {reconciliation.tolerance}."
    )


def share(part, whole):
    """A part of a whole in percent."""
    return f"{part * 100 / whole:.2f}%"
