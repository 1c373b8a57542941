"""From what happened to a planned item to its state: the only place where states are decided."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from .escaping import one_line

DEFERRED = "deferred"
_JUDGEMENTS = (AssertionError, pytest.fail.Exception)  # pytest's xfail is a kind of fail, and no judgement
#: Evidence that is not to be had here: from another vantage it is; what a sandbox cannot serve is not there at all.
_NOT_HERE = {"elsewhere": "elsewhere", "unserved": "undeclared"}
_WORST_FIRST = ("unmet", "unproven", "elsewhere", "undeclared", "met", DEFERRED)


def outcome(
    planned: dict[str, Any],
    exception: BaseException | None,
    when: str,
    looked_at: int,
    severity: str | None,
    duration_ms: float,
    redact: Callable[[str], str] = lambda text: text,
) -> dict[str, Any]:
    """What one phase of one planned item says, as plain JSON.

    Args:
        planned: the item as the planner wrote it.
        exception: what the phase raised, or None.
        when: ``setup``, ``call`` or ``teardown``.
        looked_at: how many observed objects the check looked at.
        severity: what the check raised its own severity to, or None.
        duration_ms: of the phase.
        redact: removes credentials from the message.

    Returns:
        ``id``, ``environment``, ``state``, ``message``, ``severity``, ``looked_at``, ``duration_ms`` and
        ``missing_permission``; the state is one of met, unmet, unproven, elsewhere, undeclared, or deferred for what is
        judged after all others.

    """
    state, message = _judge(planned, exception, when, looked_at)
    permission = getattr(exception, "missing_permission", None)
    return {
        "id": planned["id"],
        "environment": planned.get("environment"),
        "state": state,
        "message": one_line(redact(message)),
        "severity": severity,
        "looked_at": looked_at,
        "duration_ms": round(duration_ms, 3),
        "missing_permission": one_line(redact(permission)) if isinstance(permission, str) else None,
        **({"undeclared_by": "sandbox"} if getattr(exception, "kind", None) == "unserved" else {}),
    }


def unproven(planned: dict[str, Any], message: str) -> dict[str, Any]:
    """The outcome of an item of which nothing was heard."""
    return {
        "id": planned["id"],
        "environment": planned.get("environment"),
        "state": "unproven",
        "message": one_line(message),
        "severity": None,
        "looked_at": 0,
        "duration_ms": 0.0,
        "missing_permission": None,
    }


def worst(outcomes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The one that counts, of what the phases of one item said; the first of equals, since it came first."""
    return min(outcomes, key=lambda each: _WORST_FIRST.index(each["state"]))


def _judge(planned: dict[str, Any], exception: BaseException | None, when: str, looked_at: int) -> tuple[str, str]:
    if planned.get("undeclared") and when == "setup" and isinstance(exception, pytest.skip.Exception):
        return "undeclared", str(planned["undeclared"])
    if planned.get("level") == "run":
        return DEFERRED, ""
    if exception is None:
        return _silent(looked_at)
    if when == "call" and isinstance(exception, _JUDGEMENTS) and not isinstance(exception, pytest.xfail.Exception):
        return "unmet", _sentence(exception)
    if getattr(exception, "kind", None) in _NOT_HERE:
        return _NOT_HERE[getattr(exception, "kind", "")], _text(exception)
    return "unproven", _why_unproven(planned, exception, when)


def _silent(looked_at: int) -> tuple[str, str]:
    if looked_at > 0:
        return "met", ""
    return "unproven", "the check was silent without having looked at anything"


def _sentence(exception: BaseException) -> str:
    """The assertion's own sentence; pytest's assertion rewriting puts its explanation on a line after it."""
    own, rewritten, _ = _text(exception).rpartition("\nassert ")
    text = own if rewritten else _text(exception)
    return text.strip() or "the check does not hold, and does not say why"


def _why_unproven(planned: dict[str, Any], exception: BaseException, when: str) -> str:
    if isinstance(exception, pytest.skip.Exception):
        return f"the check skipped itself: {_text(exception) or 'no reason given'}"
    if isinstance(exception, pytest.xfail.Exception):
        return f"the check expects itself to fail: {_text(exception) or 'no reason given'}"
    if isinstance(getattr(exception, "kind", None), str) or (type(exception) is LookupError and when == "call"):
        return _text(exception)  # the check says so itself
    happened = {"setup": "could not be prepared", "teardown": "could not be cleaned up after"}.get(when, "stumbled")
    return f"{planned['check']} {happened}{_where(planned, exception)}: {_type_and_text(exception)}"


def _text(exception: BaseException) -> str:
    own = (
        getattr(exception, "msg", None)
        if isinstance(exception, pytest.fail.Exception | pytest.skip.Exception)
        else None
    )
    if own is None and exception.args:
        own = exception.args[0]
    return own if isinstance(own, str) else _type_and_text(exception)


def _type_and_text(exception: BaseException) -> str:
    """``KeyError: 'limit'``; the traceback module survives exceptions whose own text cannot be had."""
    return "".join(traceback.format_exception_only(exception)).strip()


def _where(planned: dict[str, Any], exception: BaseException) -> str:
    file = str(planned.get("file") or "")
    lines = [
        number
        for frame, number in traceback.walk_tb(exception.__traceback__)
        if file and frame.f_code.co_filename.endswith(file)
    ]
    return f" at {file}:{lines[-1]}" if lines else ""
