"""Strict YAML: what is text stays text, and what cannot be read is one clear sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fixtures.environment import EnvironmentInvalid, load
from fixtures.environment.document import Loader, parse

FILE = Path("prod.yaml")
INVALID = "is no valid YAML:"


def data(text: str) -> object:
    return parse(text, FILE).data


def refusal(text: str) -> str:
    with pytest.raises(EnvironmentInvalid) as invalid:
        parse(text, FILE)
    (problem,) = invalid.value.problems
    return problem


@pytest.mark.parametrize(
    "text",
    [
        "NO",
        "no",
        "on",
        "Yes",
        "off",
        "True",
        "NULL",
        "22:30",
        "0777",
        "0o17",
        "0x1F",
        "1_000",
        "2026-12-05",
        "1e3",
        ".5",
        ".inf",
        ".nan",
        "1.2.3",
        "9" * 30,
        "=",
    ],
)
def test_yaml_1_1_surprises_stay_text(text: str) -> None:
    assert data(f"key: {text}") == {"key": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("7", 7),
        ("-3", -3),
        ("1.10", 1.1),
        ("0", 0),
    ],
)
def test_plain_values(text: str, value: object) -> None:
    assert data(f"key: {text}") == {"key": value}


@pytest.mark.parametrize("text", ["'true'", '"7"', "'null'", "'~'", "''"])
def test_quoted_is_always_text(text: str) -> None:
    assert data(f"key: {text}") == {"key": text[1:-1]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "prod.yaml: is empty"),
        ("# only a comment\n", "prod.yaml: is empty"),
        ("---\n", "prod.yaml: is empty"),
        ("- a\n- b\n", "prod.yaml:1: must be a mapping of keys, is a list"),
        ("\nhello", "prod.yaml:2: must be a mapping of keys, is text"),
        ("a: 1\n---\nb: 2\n", "prod.yaml:2: a second document begins here: an environment is one document"),
        (
            "a: 1\nb: [1\n",
            "prod.yaml:3: is no valid YAML: did not find expected ',' or ']' while parsing a flow sequence",
        ),
        ("a: b\n c: d\n", "prod.yaml:2: is no valid YAML: mapping values are not allowed in this context"),
        (
            "a: 1\n\tb: 2\n",
            f"prod.yaml:2: {INVALID} found a tab character that violates indentation while scanning a plain scalar",
        ),
        ("a:\n\tb: 2\n", f"prod.yaml:2: {INVALID} a tab stands here, and only spaces indent"),
        ("a: %b\n", f"prod.yaml:1: {INVALID} a value cannot begin with %: put it in quotes"),
        ("a: 1\nb: \x07\n", "prod.yaml:2: is no valid YAML: the character U+0007 is not allowed"),
        ("é: ééé\nb: \x07\n", "prod.yaml:2: is no valid YAML: the character U+0007 is not allowed"),
        ("a: 1\nb: *nothing\n", "prod.yaml:2: the alias *nothing names no anchor above it"),
        ("a: 1\nb: &loop [1, *loop]\n", "prod.yaml:2: the alias *loop stands inside the thing it repeats"),
        ("a: &loop {b: *loop}\n", "prod.yaml:1: the alias *loop stands inside the thing it repeats"),
        (
            "a: !!python/object/apply:os.system [id]\n",
            "prod.yaml:1: the tag tag:yaml.org,2002:python/object/apply:os.system is not supported",
        ),
        ("a: !!int '7'\n", "prod.yaml:1: the tag tag:yaml.org,2002:int is not supported"),
        (
            "base: &b {x: 1}\na:\n  <<: *b\n",
            "prod.yaml:3: merge keys (<<) are not supported: use an alias for the whole value, or extends",
        ),
        ("a:\n  200: x\n", "prod.yaml:2: the key 200 of a is no text: put it in quotes"),
        ("true: x\n", "prod.yaml:1: the key true of the top is no text: put it in quotes"),
        ("? [a]\n: b\n", "prod.yaml:1: a key of the top is no text"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(text: str, sentence: str) -> None:
    if Loader.__name__ == "SafeLoader" and "no valid YAML" in sentence:
        pytest.skip("the other parser words syntax errors in its own way")
    assert refusal(text) == sentence


def test_deep_nesting_is_refused_and_does_not_overrun_the_stack() -> None:
    assert refusal("a: " + "[" * 100_000) == "prod.yaml:1: is nested deeper than 40 levels"
    assert refusal("a: " + "{b: " * 100_000) == "prod.yaml:1: is nested deeper than 40 levels"


def test_alias_bomb() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert refusal("\n".join(lines)) == "prod.yaml:5: aliases repeat more than 20000 values"


def test_an_alias_repeats_a_value_and_its_lines() -> None:
    document = parse("a: &it\n  b: 1\nc: *it\n", FILE)
    assert document.data == {"a": {"b": 1}, "c": {"b": 1}}
    assert document.marks["c",].line == 3
    assert document.marks["c", "b"].line == 2
    assert document.data["a"] is not document.data["c"]


def test_duplicate_keys_are_told_with_both_lines_and_all_at_once(refuses: Callable[..., list[str]], small: str) -> None:
    text = small + "services:\n  orders: {}\n  billing: {quiet: true, quiet: false}\n  orders:\n    quiet: true\n"
    assert refuses(text) == [
        "prod.yaml:18: services.orders: is declared twice, on lines 18 and 20",
        "prod.yaml:19: services.billing.quiet: is declared twice, on lines 19 and 19",
    ]


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.yaml", "no such file or directory"), (tmp_path, "is a directory")):
        with pytest.raises(EnvironmentInvalid) as invalid:
            load(path)
        assert invalid.value.problems == (f"{path.name}: cannot be read: {reason}",)


def test_other_encodings(refuses: Callable[..., list[str]]) -> None:
    assert refuses(b"a: 1\nb: \xff\n") == ["prod.yaml:2: is not UTF-8: byte 0xff at offset 8"]
    assert refuses("a: 1\n".encode("utf-16")) == ["prod.yaml:1: is not UTF-8: byte 0xff at offset 0"]


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert parse("\ufeffa: 1".encode().decode("utf-8-sig"), FILE).data == {"a": 1}


def test_a_huge_file(refuses: Callable[..., list[str]]) -> None:
    text = b"a: " + b"x" * (4 * 1024 * 1024)
    assert refuses(text) == ["prod.yaml: is larger than 4 MiB, which no environment file needs to be"]


def test_hostile_text_is_shown_escaped_and_short(refuses: Callable[..., list[str]], small: str) -> None:
    (problem,) = refuses(small + 'change: "\\e[31m\\u202e\\n' + "x" * 1_000_000 + '"\n')
    assert problem.startswith("prod.yaml:17: change: must be printable text on one line, is '\\x1b[31m\\u202e\\nxxx")
    assert problem.endswith("x... (1000007 characters)'")
    assert problem.isprintable()
    assert len(problem) < 250


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1, max_size=8), PLAIN, min_size=1, max_size=4))
def test_what_the_library_writes_is_read_as_it_was(value: dict[str, object]) -> None:
    assert data(yaml.safe_dump(value, allow_unicode=False)) == value


@given(st.text(max_size=60) | st.text("&*[]{}:-,'\"|>#%@!?<\n ab\x07é", max_size=60))
def test_any_text_is_read_or_refused_in_one_sentence(text: str) -> None:
    try:
        assert isinstance(data(text), dict)
    except EnvironmentInvalid as invalid:
        (problem,) = invalid.problems
        assert problem.startswith("prod.yaml")
        assert problem.isprintable()
