"""The waivers: are they in force, and still needed."""

import re
from datetime import UTC

import pytest


@pytest.mark.check(
    severity="warning",
    level="run",
    remedy="Remove the waiver, correct the ids that it names, or have it approved again with a later expiry.",
)
def test_waivers(waiver, results, instant, cutover, phase):
    """Every waiver is still in force, still matches something, and is still needed.

    A waiver is a promise with a date. One that has expired counts against the cutover at the worst moment, one with a
    typo forgives nothing, and one whose defect has long been repaired will silently forgive the next defect.
    """
    if waiver.phases and phase not in waiver.phases:
        return
    faults = [fault for pattern in waiver.checks if (fault := misfit(pattern, results))]
    if waiver.expires <= instant:
        faults.insert(0, f"expired at {utc(waiver.expires)}, so what it forgave counts again")
    elif cutover.closes and waiver.expires < cutover.closes:
        faults.insert(0, f"expires at {utc(waiver.expires)}, before the cutover window closes at {utc(cutover.closes)}")
    assert not faults, f"Waiver {waiver.ticket} of {waiver.owner} {'; it '.join(faults)}."


def misfit(pattern, results):
    """Why a pattern of a waiver does not fit the results of this run, or None."""
    states = {result.state for result in results if covers(pattern, result)}
    if not states:
        return f"names {pattern}, which is no item of this run"
    if states & {"met", "unmet", "waived", "unproven"} == {"met"}:
        return f"names {pattern}, which is met again"
    return None


def covers(pattern, result):
    """Whether a waiver's pattern means this result; ``*`` stands for anything, within the brackets only."""
    check, bracket, subject = pattern.partition("[")
    if not bracket:
        return result.check == check
    wanted = ".*".join(re.escape(part) for part in subject.removesuffix("]").split("*"))
    found = result.id.partition("[")[2].removesuffix("]")
    return result.check == check and re.fullmatch(wanted, found) is not None


def utc(moment):
    """An instant to the minute: ``2026-12-06 03:00Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%MZ}"
