"""Plain JSON as a check wants to read it: attributes in snake_case, instants and durations as Python knows them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)")
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")
_ISO_DURATION = re.compile(r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Duration(timedelta):
    """A timedelta that reads as it was declared: ``30m``."""

    declared: str

    def __str__(self) -> str:
        return self.declared


class Spaced(SimpleNamespace):
    """A mapping with its keys as attributes; a key that is not there is None, as an optional one in the file."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


def spaced(value: Any) -> Any:
    """A mapping, and every one within it, as ``Spaced``; texts that are instants or durations become so."""
    if isinstance(value, dict):
        return Spaced(**{snake(str(key)): spaced(each) for key, each in value.items()})
    if isinstance(value, list):
        return [spaced(each) for each in value]
    return _typed(value) if isinstance(value, str) else value


def snake(key: str) -> str:
    """``pointOfNoReturn`` as ``point_of_no_return``; what is a keyword gets its underscore: ``from_``."""
    name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()
    return f"{name}_" if name in {"from", "class", "global"} else name


def _typed(text: str) -> Any:
    if _INSTANT.fullmatch(text):
        return datetime.fromisoformat(text)
    parts = _duration_parts(text)
    if parts is None:
        return text
    duration = Duration(**parts)
    duration.declared = text
    return duration


def _duration_parts(text: str) -> dict[str, float] | None:
    if _DURATION.fullmatch(text):
        return {_UNITS[unit]: float(number) for number, unit in _DURATION_PART.findall(text)}
    iso = _ISO_DURATION.fullmatch(text)
    if iso and any(iso.groupdict().values()):
        return {_UNITS[unit]: float(number) for unit, number in iso.groupdict().items() if number}
    return None
