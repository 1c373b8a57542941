"""Compares plain data with what an SDK's model writes and reads: the names on the wire, their types and enum values.

Azure's SDKs come in two styles: classes with ``_attribute_map`` (``properties.sku`` is flattened into an attribute) and
classes with ``rest_field`` and annotations. Both say everything that their service may answer.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_ANY = object()
_LISTED = re.compile(r"\[(.+)\]")
_KEYED = re.compile(r"\{(.+)\}")
_DOT = re.compile(r"(?<!\\)\.")
_LEAVES: Mapping[str, Any] = {
    "str": str,
    "int": int,
    "long": int,
    "float": float,
    "bool": bool,
    "iso-8601": dt.datetime,
    "unix-time": dt.datetime,
    "duration": dt.timedelta,
    "rfc-1123": dt.datetime,
    "object": _ANY,
    "JSON": _ANY,
    "bytearray": str,
}
_MARKS = ("x-gonogo",)


@dataclass(frozen=True)
class Listed:
    """A list of one spec."""

    item: Any


@dataclass(frozen=True)
class Keyed:
    """A mapping with free keys and values of one spec."""

    item: Any


def problems(value: Any, spec: Any, place: str = "") -> Iterator[str]:
    """What a service would never answer; a spec is a model, a leaf type, a Listed, a Keyed or a dict of specs."""
    if value is None or spec is _ANY:
        return
    if isinstance(value, dict) and "@samples" in value:
        for sample in value["@samples"]:
            yield from problems(sample, spec, place)
    elif isinstance(spec, Listed | Keyed):
        yield from _collection(value, spec, place)
    elif isinstance(spec, dict) or _is_model(spec):
        yield from _object(value, spec, place)
    elif not _leaf(value, spec):
        yield f"{place}: {value!r} is no {_said(spec)}"


def _collection(value: Any, spec: Listed | Keyed, place: str) -> Iterator[str]:
    wanted = list if isinstance(spec, Listed) else dict
    if not isinstance(value, wanted):
        yield f"{place}: {value!r} is no {wanted.__name__}"
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from problems(item, spec.item, f"{place}[{key}]")


def _object(value: Any, spec: Any, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: {value!r} is no object"
        return
    name = "" if isinstance(spec, dict) else f" of {_narrowed(spec, value).__name__}"
    known = spec if isinstance(spec, dict) else _fields(_narrowed(spec, value))
    for key, item in value.items():
        here = f"{place}.{key}" if place else key
        if key in known:
            yield from problems(item, known[key], here)
        elif "" not in known and key not in _MARKS:
            yield f"{here}: no such field{name}"


def _leaf(value: Any, spec: Any) -> bool:
    if isinstance(spec, type) and issubclass(spec, enum.Enum):
        return str(value).lower() in {str(each.value).lower() for each in spec}
    if spec is dt.datetime:
        return isinstance(value, int) or _is_instant(value)
    if spec is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if spec is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if spec in (dt.timedelta, bytes, dt.time):
        return isinstance(value, str)
    return isinstance(value, spec)


def _is_instant(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return value.startswith("@now") or bool(dt.datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_model(spec: Any) -> bool:
    return hasattr(spec, "_attribute_map") or getattr(spec, "_is_model", False)


def _narrowed(model: Any, value: Mapping[str, Any]) -> Any:
    """The subclass that the discriminators of a value choose."""
    for key, choices in _discriminators(model):
        chosen = _chosen(choices, value.get(key))
        if chosen is not None and chosen is not model:
            return _narrowed(chosen, value)
    return model


def _chosen(choices: Mapping[Any, Any], said: Any) -> Any:
    """The class of a discriminator's value; some stand below a class that is itself one of several."""
    if said in choices:
        return choices[said]
    below = (getattr(each, "__mapping__", {}) for each in choices.values())
    return next((each[said] for each in below if said in each), None)


def _discriminators(model: Any) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    if hasattr(model, "_attribute_map"):
        package = sys.modules[model.__module__.rpartition(".")[0]]
        for attribute, choices in getattr(model, "_subtype_map", {}).items():
            key = model._attribute_map[attribute]["key"].replace("\\", "")
            yield key, {said: getattr(package, name) for said, name in choices.items()}
        return
    for field in _rest_fields(model).values():
        if field._is_discriminator:
            yield field._rest_name, _mapping(model)


def _mapping(model: Any) -> Mapping[Any, Any]:
    """The subclasses by what their discriminator says, those of subclasses too."""
    mapped = dict(getattr(model, "__mapping__", {}))
    for below in model.__subclasses__():
        mapped |= _mapping(below)
    return mapped


@cache
def _fields(model: Any) -> dict[str, Any]:
    """What may stand in a model, by its name on the wire; ``""`` where anything else may as well."""
    if hasattr(model, "_attribute_map"):
        return _mapped(model)
    package = sys.modules[model.__module__.rpartition(".")[0]]
    hints = get_type_hints(model, localns={**vars(package), "_models": package})
    return {field._rest_name: _spec(hints[name]) for name, field in _rest_fields(model).items()}


def _rest_fields(model: Any) -> Mapping[str, Any]:
    if f"{model.__module__}.{model.__qualname__}" not in model._calculated:
        model.__new__(model)
    fields: Mapping[str, Any] = model._attr_to_rest_field
    return fields


def _mapped(model: Any) -> dict[str, Any]:
    """The flattened attributes, laid out again as they are on the wire."""
    package = sys.modules[model.__module__.rpartition(".")[0]]
    found: dict[str, Any] = {}
    for said in model._attribute_map.values():
        *steps, last = (part.replace("\\.", ".") for part in _DOT.split(said["key"]))
        within = found
        for step in steps:
            within = within.setdefault(step, {})
        within[last] = _named(said["type"], package)
    return found


def _named(text: str, package: types.ModuleType) -> Any:
    """The spec of a type's name in an attribute map."""
    if match := _LISTED.fullmatch(text):
        return Listed(_named(match[1], package))
    if match := _KEYED.fullmatch(text):
        return Keyed(_named(match[1], package))
    return _LEAVES[text] if text in _LEAVES else getattr(package, text)


def _spec(hint: Any) -> Any:
    """The spec of an annotation."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        meant = [each for each in inner if each is not type(None)]
        enums = [each for each in meant if isinstance(each, type) and issubclass(each, enum.Enum)]
        if enums:
            return enums[0]
        return _spec(meant[0]) if len(meant) == 1 else _ANY
    if origin is list:
        return Listed(_spec(inner[0]))
    if origin is dict:
        return Keyed(_spec(inner[1]))
    if origin is not None or not isinstance(hint, type) or hint in (object, Any):
        return _ANY if str(origin) != "typing.Literal" else enum.Enum("Literal", {str(each): each for each in inner})
    return hint


def _said(spec: Any) -> str:
    if isinstance(spec, type) and issubclass(spec, enum.Enum):
        return f"{spec.__name__} ({', '.join(str(each.value) for each in spec)})"
    return str(getattr(spec, "__name__", spec))
