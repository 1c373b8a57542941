"""Every kind of mistake in an environment file, and the exact sentence that tells it: see mistakes.txt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Refuses = Callable[..., list[str]]

# Six lines: what a mistake adds to this service is on line 23 of the file.
SERVICE = """\
services:
  orders:
    namespace: orders
    workloads:
      - {name: api, replicas: {active: 2, passive: 1}}
      - {name: worker, replicas: {active: 2, passive: 0}}
"""

WAIVER = {
    "checks": '["dns.ttl"]',
    "phases": "[pre-cutover]",
    "reason": "x",
    "risk": "low",
    "owner": "ana",
    "approvedBy": "lead",
    "ticket": "T1",
    "expires": '"2026-12-07T00:00:00Z"',
}


def mistakes(group: str) -> list[tuple[str, list[str]]]:
    """The lines of YAML of one group, each with its problems."""
    text = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8")
    (section,) = [part for part in text.split("## ") if part.startswith(f"{group}\n")]
    found: list[tuple[str, list[str]]] = []
    for line in section.splitlines()[1:]:
        if line.startswith("=> "):
            found[-1][1].append(line.removeprefix("=> "))
        elif line:
            found.append((line, []))
    return found


def below(line: int, problems: list[str]) -> list[str]:
    return [f"prod.yaml:{line}: {problem}" for problem in problems]


def waiver(**changed: str) -> str:
    fields = ", ".join(f"{key}: {value}" for key, value in {**WAIVER, **changed}.items())
    return f"waivers:\n  - {{{fields}}}\n"


@pytest.mark.parametrize(("text", "problems"), mistakes("in a service"))
def test_in_a_service(refuses: Refuses, small: str, text: str, problems: list[str]) -> None:
    assert refuses(f"{small}{SERVICE}    {text}\n") == below(23, problems)


@pytest.mark.parametrize(("text", "problems"), mistakes("in a workload"))
def test_in_a_workload(refuses: Refuses, small: str, text: str, problems: list[str]) -> None:
    service = f"services:\n  orders:\n    namespace: orders\n    workloads:\n      - {text}\n"
    assert refuses(small + service) == below(21, problems)


@pytest.mark.parametrize(("text", "problems"), mistakes("at the top"))
def test_at_the_top(refuses: Refuses, small: str, text: str, problems: list[str]) -> None:
    assert refuses(f"{small}{text}\n") == below(17, problems)


@pytest.mark.parametrize(("text", "problems"), mistakes("in the small file"))
def test_in_the_small_file(refuses: Refuses, small: str, text: str, problems: list[str]) -> None:
    old, new = text.split(" -> ")
    assert old in small
    assert refuses(small.replace(old, new)) == problems


@pytest.mark.parametrize(("text", "problems"), mistakes("in a waiver"))
def test_in_a_waiver(refuses: Refuses, small: str, text: str, problems: list[str]) -> None:
    key, value = text.split(": ", 1)
    assert refuses(small + waiver(**{key: value})) == below(18, problems)


@pytest.mark.parametrize(
    "expires", ["2026-01-01T00:00:00Z", "2026-12-23T12:00:00Z", "2026-12-23T13:00:00+01:00", "2026-12-06T00:00:00Z"]
)
def test_a_waiver_may_be_expired_or_just_within_its_longest_time(
    loads: Callable[..., object], small: str, expires: str
) -> None:
    loads(small + waiver(expires=f'"{expires}"'))


@pytest.mark.parametrize(
    "pattern", ["dns.ttl", "dns.ttl[*]", "dns.ttl[public/orders/*]", "data.postgres[neu/a/b[1]]", "a_b.c_2[x]"]
)
def test_checks_that_a_waiver_may_name(loads: Callable[..., object], small: str, pattern: str) -> None:
    loads(small + waiver(checks=f'["{pattern}"]'))
