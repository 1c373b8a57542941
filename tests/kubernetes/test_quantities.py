from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fixtures.sources.kubernetes.quantities import BINARY, DECIMAL, LARGEST, MalformedQuantity, cpu, memory, quantity

EXACT = f"""
0 0; 780Mi {780 * 2**20}; 1Gi {2**30}; 262144Ki {2**28}; 1G {10**9}; 1k 1000; 129M {129 * 10**6}; 1e3 1000; 1E3 1000;
1E {10**18}; 12e-1 2; 1.5Gi {3 * 2**29}; .5Mi {2**19}; 1. 1; +5 5; -5 -5; 1500m 2; -1500m -2; 1n 1; 8Ei {LARGEST};
128974848000m 128974848
"""
CORES = "250m 0.25; 12345n 0.000012345; 1u 0.000001; 2 2; 0.1n 1E-9"
REFUSED = """
Mi 1mi 1KI 1K 1Kb 1MiB 1e 1e+ --1 1..5 . 1,5 0x10 NaN -Infinity 1e400 1e-400 1e9999999999 9Ei 1e30 \u0661\u0662
<redacted:key>
"""


def table(text: str) -> list[list[str]]:
    return [entry.split() for entry in text.split(";")]


@pytest.mark.parametrize(("written", "value"), table(EXACT))
def test_memory_is_whole_bytes_rounded_up(written: str, value: str) -> None:
    assert memory(written) == int(value)


def test_a_bare_number_is_one_too() -> None:
    assert (memory(1024), memory(1.5)) == (1024, 2)


@pytest.mark.parametrize(("written", "value"), table(CORES))
def test_cpu_is_cores_to_a_billionth(written: str, value: str) -> None:
    assert cpu(written) == Decimal(value)


ODD = ("", " ", "1 Mi", "1\n", "9" * 500, True, float("nan"), float("inf"))


@pytest.mark.parametrize("written", [*REFUSED.split(), *ODD], ids=repr)
def test_what_kubernetes_would_not_accept_is_malformed(written: str) -> None:
    with pytest.raises(MalformedQuantity):
        quantity(written)


def test_a_long_one_is_told_shortened() -> None:
    with pytest.raises(MalformedQuantity, match=r"^'x{37}\.\.\.' is not a quantity$"):
        quantity("x" * 1000)


@given(some.text() | some.floats() | some.integers())
def test_anything_is_a_quantity_or_malformed(written: str | float | int) -> None:
    with suppress(MalformedQuantity):
        assert abs(quantity(written)) <= LARGEST


@given(some.integers(0, 2**53), some.sampled_from(["", *DECIMAL, *BINARY]))
def test_a_suffix_is_its_factor(number: int, suffix: str) -> None:
    factor = Decimal(2 ** BINARY[suffix]) if suffix in BINARY else Decimal(10) ** DECIMAL.get(suffix, 0)
    if number * factor <= LARGEST:
        assert quantity(f"{number}{suffix}") == number * factor
        assert memory(f"-{number}{suffix}") == -memory(f"{number}{suffix}")


@given(some.decimals(0, 10**6, places=12))
def test_rounding_is_up_and_by_less_than_a_billionth(number: Decimal) -> None:
    assert 0 <= cpu(f"{number:f}") - number < Decimal("1E-9")
    assert 0 <= memory(f"{number:f}") - number < 1
