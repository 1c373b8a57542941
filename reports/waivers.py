"""Waivers: dated, owned exceptions that forgive an unmet judgement, and never missing evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from .results import Forgiven, Result, Waiver


def read(plain: dict[str, Any], phase: str, instant: datetime) -> Waiver:
    """A waiver as the environment file has it, judged at the run's instant. One without a readable end is expired."""
    ends = instant_of(plain.get("expires"))
    expires = ends.astimezone(UTC) if ends else None
    return Waiver(
        ticket=str(plain.get("ticket") or "-"),
        reason=str(plain.get("reason") or ""),
        owner=str(plain.get("owner") or ""),
        approved_by=str(plain.get("approvedBy") or plain.get("approved_by") or ""),
        expires=expires,
        checks=[str(pattern) for pattern in plain.get("checks") or []],
        phases=plain.get("phases"),
        risk=plain.get("risk"),
        state=_state(plain.get("phases"), expires, phase, instant),
    )


def apply(results: Sequence[Result], waivers: Sequence[Waiver]) -> tuple[list[Result], list[Waiver]]:
    """The results with the unmet ones forgiven where a valid waiver names them, and the waivers with their counts."""
    matches, forgives = [0] * len(waivers), [0] * len(waivers)
    rules = [_Rule(index, waiver) for index, waiver in enumerate(waivers)]
    judged = []
    for result in results:
        found = [rule for rule in rules if rule.names(result)]
        for rule in found:
            matches[rule.index] += 1
        forgiving = next((rule for rule in found if rule.waiver.state == "valid"), None)
        if forgiving and result.state == "unmet":
            forgives[forgiving.index] += 1
        judged.append(_judged(result, [rule.waiver for rule in found]))
    counted = [
        msgspec.structs.replace(waiver, matches=matches[index], forgives=forgives[index])
        for index, waiver in enumerate(waivers)
    ]
    return judged, counted


def names(pattern: str, check: str, item: str) -> bool:
    """Whether ``layer.check`` or ``layer.check[item]`` names an item; ``*`` is anything, within the brackets only."""
    wanted, bracket, inside = pattern.partition("[")
    if wanted != check:
        return False
    if not bracket:
        return True
    if not inside.endswith("]"):
        return False
    parts = [re.escape(part) for part in inside[:-1].split("*")]
    return re.fullmatch(".*".join(parts), item, re.DOTALL) is not None


def item_of(identity: str) -> str:
    """What stands within the brackets of an id: ``neu/orders/api``."""
    return identity.partition("[")[2].removesuffix("]")


def instant_of(value: object) -> datetime | None:
    """An aware datetime from RFC 3339 text, or None; a time without its offset is no instant."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo else None


class _Rule:
    def __init__(self, index: int, waiver: Waiver) -> None:
        self.index = index
        self.waiver = waiver
        self._checks = {pattern.partition("[")[0] for pattern in waiver.checks}

    def names(self, result: Result) -> bool:
        if result.check not in self._checks:
            return False
        item = item_of(result.id)
        return any(names(pattern, result.check, item) for pattern in self.waiver.checks)


def _state(
    phases: list[str] | None, expires: datetime | None, phase: str, instant: datetime
) -> Literal["valid", "expired", "other-phase"]:
    if expires is None or instant >= expires:
        return "expired"
    return "valid" if phases is None or phase in phases else "other-phase"


def _judged(result: Result, found: list[Waiver]) -> Result:
    if result.state != "unmet":
        return result
    valid = next((waiver for waiver in found if waiver.state == "valid"), None)
    if valid is not None:
        return msgspec.structs.replace(result, state="waived", waiver=_note(valid, expired=False))
    expired = next((waiver for waiver in found if waiver.state == "expired"), None)
    if expired is None:
        return result
    when = f" on {expired.expires:%Y-%m-%d %H:%M} UTC" if expired.expires else ""
    return msgspec.structs.replace(
        result, message=f"{result.message} (waiver {expired.ticket} expired{when})", waiver=_note(expired, expired=True)
    )


def _note(waiver: Waiver, *, expired: bool) -> Forgiven:
    return Forgiven(ticket=waiver.ticket, owner=waiver.owner, expires=waiver.expires, expired=expired)
