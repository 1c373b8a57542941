"""What every check must say of itself, in its marker and its docstring; nothing about it stands anywhere else."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.check import Check, read_check
from fixtures.discovery import LAYERS, check_ids
from tests.checks.evidence import CHECKS, module_of

FILES = sorted(CHECKS.glob("*/test_*.py"))


def functions() -> list[Any]:
    """Every check function with its file, named by layer and function."""
    found = []
    for file in FILES:
        module = module_of(str(file.relative_to(CHECKS)))
        tests = [each for name, each in vars(module).items() if name.startswith("test_") and inspect.isfunction(each)]
        found += [pytest.param(each, file, id=f"{file.parent.name}.{each.__name__}") for each in tests]
    return found


def read(function: Callable[..., None], file: Path) -> Check:
    return read_check(function, getattr(function, "pytestmark", []), file)


@pytest.mark.parametrize(("function", "file"), functions())
def test_a_check_tells_its_title_its_rationale_and_its_remedy(function: Callable[..., None], file: Path) -> None:
    check = read(function, file)
    assert check.layer in LAYERS
    for sentence in (check.title, check.rationale, check.remedy):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert len(check.title) <= 110, "a title is one line of the board"
    assert len(check.rationale.split()) >= 15, "a rationale tells how it looks in life"
    assert check.title not in check.rationale


@pytest.mark.parametrize(("function", "file"), functions())
def test_a_check_asks_for_everything_by_name_and_takes_nothing_by_default(
    function: Callable[..., None], file: Path
) -> None:
    for name, argument in inspect.signature(function).parameters.items():
        assert argument.kind is argument.POSITIONAL_OR_KEYWORD
        assert argument.default is argument.empty, f"{name} has a default, so it would never be asked for"


def test_titles_and_ids_are_unique() -> None:
    checks = [read(*each.values) for each in functions()]
    for told in ([check.id for check in checks], [check.title for check in checks]):
        assert len(set(told)) == len(told)
    assert sorted(check.id for check in checks) == sorted(check_ids(CHECKS))
