"""``${NAME}`` as a whole value, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.environment import Environment

Loads = Callable[..., Environment]
Refuses = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("text", "variables", "change"),
    [
        ('"${CHANGE}"', {"CHANGE": "CHG1"}, "CHG1"),
        ("${CHANGE}", {"CHANGE": "007"}, "007"),
        ('"${CHANGE:-CHG2}"', {}, "CHG2"),
        ('"${CHANGE:-CHG2}"', {"CHANGE": "CHG3"}, "CHG3"),
        ('"$CHANGE {x}"', {}, "$CHANGE {x}"),
    ],
)
def test_a_whole_value_is_replaced(loads: Loads, small: str, text: str, variables: dict[str, str], change: str) -> None:
    environment = loads(f"{small}change: {text}\n", variables)
    assert environment.change == change
    assert environment.resolved()["change"] == change


@pytest.mark.parametrize(
    ("text", "variables", "problem"),
    [
        ('change: "${NOPE}"', {}, "change: the variable NOPE is not set"),
        (
            'change: "a ${NOPE}"',
            {},
            'change: ${...} is replaced in whole values only, such as "${NAME}" or "${NAME:-default}"',
        ),
        (
            'change: "${NO PE}"',
            {},
            'change: ${...} is replaced in whole values only, such as "${NAME}" or "${NAME:-default}"',
        ),
        ('change: "${A}"', {"A": "${B}"}, "change: the value of the variable A holds ${...} itself"),
        ('change: "${A}"', {"A": ""}, "change: must not be empty, nor begin or end with a space, is ''"),
        (
            'azure: {apiVersions: {"${A}": "1"}}',
            {"A": "x"},
            'azure.apiVersions["${A}"]: a key cannot hold ${...}: variables are replaced in whole values only',
        ),
        (
            'services: {o: {mode: "${MODE}"}}',
            {"MODE": "both"},
            "services.o.mode: must be active-passive or active-active, is 'both'",
        ),
    ],
)
def test_what_cannot_be_replaced(
    refuses: Refuses, small: str, text: str, variables: dict[str, str], problem: str
) -> None:
    assert refuses(f"{small}{text}\n", variables) == [f"prod.yaml:17: {problem}"]


def test_variables_come_from_the_process_when_none_are_given(
    loads: Loads, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONOGO_TEST_CHANGE", "CHG9")
    from fixtures.environment import load

    path = loads(small).path
    path.write_text(f'{small}change: "${{GONOGO_TEST_CHANGE}}"\n')
    assert load(path).change == "CHG9"
