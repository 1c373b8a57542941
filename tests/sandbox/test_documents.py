from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from fixtures.sandbox.documents import parse_documents, read_documents
from fixtures.sandbox.invalid import WorldInvalid
from tests.sandbox import worlds


def test_scalars_are_what_they_look_like_and_nothing_of_yaml_1_1():
    text = """
    words: [yes, NO, on, off, 22:30, 0777, 1.10, 2026-12-05, 2026-12-05T22:00:00Z, 0x1f, 1_000]
    plain: [true, False, null, ~, 12, -3, 1.5, 1e3, '5', "true", "", ]
    empty:
    """
    data = parse_documents(text, "x")[0].data
    assert data["words"] == [
        "yes", "NO", "on", "off", "22:30", "0777", 1.1, "2026-12-05", "2026-12-05T22:00:00Z", "0x1f", "1_000"
    ]  # fmt: skip
    assert data["plain"] == [True, False, None, None, 12, -3, 1.5, 1000.0, "5", "true", ""]
    assert data["empty"] is None


def test_aliases_become_copies():
    data = parse_documents("a: &a {x: [1]}\nb: *a\n", "x")[0].data
    assert data["a"] == data["b"]
    assert data["a"] is not data["b"]
    assert data["a"]["x"] is not data["b"]["x"]


def test_documents_know_their_line():
    assert [each.line for each in parse_documents("a: 1\n---\n# nothing\n---\n\nb: 2\n", "x")] == [1, 6]


def test_json_is_read_as_it_is():
    assert parse_documents('{"a": "NO"}', "x")[0].data == {"a": "NO"}
    assert parse_documents("{a: b}", "x")[0].data == {"a": "b"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", "x:2: a is there twice"),
        ("a: [1\n", "x:2: is not YAML:"),
        ("a: &a [*a]\n", "x:1: an alias leads back to itself"),
        ("a: *nowhere\n", "x:1: is not YAML: found undefined alias"),
        ("? [a]\n: b\n", "x:1: a key must be a plain word"),
        ("a: {<<: {b: c}}\n", "x:1: merge keys (<<) are not part of the format"),
        ("a: " + "[" * 200 + "]" * 200, "nested too deeply"),
        ("a: " + "[" * 50_000, "nested too deeply"),
        ("- " * 50_000 + "a", "nested too deeply"),
        ("a: \x00", "x: is not YAML:"),
    ],
)
def test_what_is_no_document_is_said_with_its_line(text, said):
    with pytest.raises(WorldInvalid) as refused:
        parse_documents(text, "x")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_aliases_that_explode_are_refused():
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(WorldInvalid, match="aliases stand for more than"):
        parse_documents("\n".join(lines), "x")


def test_a_file_that_cannot_be_read(tmp_path: Path):
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9")
    with pytest.raises(WorldInvalid, match=r"latin\.yaml: is not UTF-8: byte 3 is 0xe9"):
        read_documents(tmp_path / "latin.yaml")
    with pytest.raises(WorldInvalid, match="cannot be read"):
        read_documents(tmp_path / "absent.yaml")


def test_many_objects_are_read():
    text = yaml.dump_all([worlds.pod(f"api-{n}") for n in range(700)], Dumper=yaml.CSafeDumper)
    assert len(parse_documents(text, "x")) == 700
