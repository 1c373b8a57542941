"""The evidence of this run: is it fresh enough to decide on."""

from datetime import UTC, timedelta

import pytest


@pytest.mark.check(
    severity="blocker",
    level="run",
    remedy="Run the gate again: this decision needs evidence of now. Raise `decision.evidenceMaxAge` only on purpose.",
)
def test_evidence_age(sources, instant, decision):
    """No evidence is older than the declared age at the instant of this run.

    A verdict is often read long after it was made, and one made of several runs joins what was seen at several times.
    What was ready an hour ago says little about the minute in which traffic moves.
    """
    seen = [source for source in sources if source.observed_at and source.state in ("complete", "partial")]
    limit = decision.evidence_max_age or timedelta(minutes=30)
    stale = [
        f"{source.source} of {source.place} {span(instant - source.observed_at)} before"
        for source in sorted(seen, key=lambda source: source.observed_at)
        if instant - source.observed_at > limit
    ]
    assert not stale, (
        f"Evidence may be {span(limit)} old at {instant.astimezone(UTC):%Y-%m-%d %H:%MZ}, "
        f"but this was observed earlier: {shortened(stale)}."
    )
    if not seen:
        raise LookupError("No source has answered in this run, so there is no evidence whose age could be told.")


def span(age):
    """A timedelta as a reader counts it: ``0.42 s``, ``47 min`` or ``3 h 5 min``."""
    if age.total_seconds() < 60:
        return f"{age.total_seconds():.3g} s"
    total = round(age.total_seconds() / 60)
    return f"{total} min" if total < 120 else f"{total // 60} h {total % 60} min"


def shortened(parts):
    """The first ten, and how many more there are."""
    return ", ".join(parts[:10]) + (f" and {len(parts) - 10} more" if len(parts) > 10 else "")
