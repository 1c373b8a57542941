"""Legacy endpoints that answer as they must before the move, and after it."""

import pytest


@pytest.mark.check(
    severity="warning",
    blocker_in=("mid-cutover", "post-cutover", "mid-failback", "post-failback"),
    remedy="Switch the old front door as the plan says (redirect, 410, or no listener at all), or back on for a "
    "failback; where it is right as it is, correct `legacy.endpoints`.",
)
def test_legacy_state(legacy_endpoint, web, cutover, legacy):
    """Every legacy endpoint answers as declared: as before until the work moves, then it refuses or redirects.

    The old front door still takes orders after the move, into a database that nobody reads any more; they are found a
    week later. Or it was switched off an hour too early, while half of the partners still called it.
    """
    moved = cutover.to_site.active
    expected = legacy_endpoint.after if moved else legacy_endpoint.before
    probes = list(web.made(legacy_endpoint))
    faults: list[str] = []
    for probe in probes if expected is not None else ():
        fault = refusal(probe) if expected.refused else difference(expected, probe)
        faults += [fault] if fault else led_back(probe, legacy, cutover) if moved else []
    doing = f"{cutover.to_site} does the work" if moved else f"{cutover.from_site} does the work"
    assert not faults, f"{legacy_endpoint} does not answer as declared while {doing}: {'; '.join(faults)}."
    list(web.probes(legacy_endpoint))


def refusal(probe):
    """In words, that a connection is accepted where none may be; None where it is refused, filtered or unknown."""
    if not probe.connected:
        return None
    said = f"answers {probe.statuses[0]}" if probe.statuses else f"accepts connections ({probe.error})"
    return f"{probe.address}:{probe.port} {said}, declared is that it refuses"


def difference(expected, probe):
    """In words, that the first answer has another status than declared; None where it is as declared."""
    wanted = " or ".join(map(str, expected.status))
    where = probe.address or probe.host
    if not probe.statuses:
        return f"{where} gives no answer ({probe.error}), declared is {wanted}"
    if probe.statuses[0] in expected.status:
        return None
    leading = f" to {probe.redirects[0].location}" if probe.redirects else ""
    return f"{where} answers {probe.statuses[0]}{leading}, declared is {wanted}"


def led_back(probe, legacy, cutover):
    """In words, that a redirect which is to lead away ends at a legacy place; by address only once names are moved."""
    if not probe.redirects:
        return []
    last = probe.redirects[-1]
    address = (probe.reached or "") if cutover.to_site.routed else ""
    named = legacy.named_in(f"{last.location} {address}")
    return [f"it redirects ({last.status}) to {last.location}, which is legacy ({', '.join(named)})"] if named else []
