from __future__ import annotations

import json
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fixtures.sources.kubernetes.leaves import leaves_of, leaves_of_text


def told(text: str, name: str = "") -> dict[str, str]:
    return dict(leaves_of_text(dedent(text), name))


def test_a_file_of_properties_may_be_one_line() -> None:
    assert not list(leaves_of_text("# once sb-weu\n", "notes.properties"))
    assert list(leaves_of_text("host = sb-neu", "app.properties")) == [("host", "sb-neu")]
    assert list(leaves_of_text("#fff", "COLOUR")) == [("", "#fff")]


def test_a_plain_value_stands_for_itself() -> None:
    assert told("sb-weu.servicebus.windows.net # no comment") == {"": "sb-weu.servicebus.windows.net # no comment"}


def test_json_is_taken_apart() -> None:
    text = '{"bus": {"hosts": ["a", "b"], "port": 5671, "tls": true, "none": null}, "inner": "{\\"x\\": \\"y\\"}"}'
    assert told(text) == {
        "bus.hosts[0]": "a",
        "bus.hosts[1]": "b",
        "bus.port": "5671",
        "bus.tls": "true",
        "inner:x": "y",
    }


def test_json_with_comments_loses_them_and_keeps_its_keys() -> None:
    text = '{\n  // was sb-weu\n  "url": "https://neu", // was https://weu\n /* weu */ "x": ["a//b", "/* c */"],\n}'
    expected = {"url": "https://neu", "x[0]": "a//b", "x[1]": "/* c */"}
    assert told(text, "appsettings.json") == told(text) == expected


def test_json_that_cannot_be_read_is_told_by_line_without_its_comments() -> None:
    text = '{\n  // was sb-weu\n  "url": https://neu, // was https://weu\n}'
    assert list(told(text, "appsettings.json").values()) == ["{", '"url": https://neu,', "}"]


def test_yaml_is_taken_apart_as_written() -> None:
    text = """
        # region: weu
        region: NO
        at: 22:30
        mode: 0777
        hosts: &hosts [a, b]
        again: *hosts
        text: |
          x=1
          # y=2
    """
    found = told(text, "application.yaml")
    assert found == {
        "region": "NO",
        "at": "22:30",
        "mode": "0777",
        "hosts[0]": "a",
        "hosts[1]": "b",
        "text:line 1": "x=1",
    }


def test_yaml_without_the_name_is_known_by_its_look() -> None:
    found = told("array:\n  - |\n    objectName: orders-db\n    objectType: secret\n")
    assert found == {"array[0]:objectName": "orders-db", "array[0]:objectType": "secret"}


def test_several_documents_are_all_told() -> None:
    assert told("a: 1\n---\nb: 2\n", "x.yaml") == {"[0].a": "1", "[1].b": "2"}


def test_properties_keep_what_is_no_comment_there() -> None:
    text = """
        # old=weu
        ! old=weu
        spring.url = jdbc:sqlserver://sql-neu;database=x#y
        color: #fff
    """
    assert told(text, "app.properties") == {"spring.url": "jdbc:sqlserver://sql-neu;database=x#y", "color": "#fff"}


def test_other_text_loses_its_comments_by_line() -> None:
    text = """
        contoso.local:53 {
            # forward . 10.20.0.9
            forward . 10.60.0.4  # was 10.20.0.9
            log "a # b"
        }
        ; old
        // old
        <!-- old
             older -->
        https://neu//x
    """
    assert told(text, "contoso.server") == {
        "line 2": "contoso.local:53 {",
        "line 4": "forward . 10.60.0.4",
        "line 5": 'log "a # b"',
        "line 6": "}",
        "line 11": "https://neu//x",
    }


def test_a_comment_of_markup_is_none_of_the_value() -> None:
    assert told("<a>neu<!-- weu --></a>") == {"": "<a>neu</a>"}


def test_a_cycle_ends_and_a_bomb_does_not_go_off() -> None:
    assert (
        "c: d" in told("a: &x\n  b: *x\n  c: d\n", "x.yaml").values()
    )  # no tree can be made of it, so it is read by line
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    assert told(bomb, "x.yaml") == {"a0[0]": "x"}


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 5000 + "1" + "}" * 5000, "a: " + "[" * 3000, "\x00\n\x01", "- *none\n- b: c\n"]
)
def test_a_hostile_text_is_told_somehow(text: str) -> None:
    assert any(value for name in ("", "x.json", "x.yaml") for _, value in leaves_of_text(text, name))


def test_what_lies_very_deep_is_not_lost() -> None:
    deep: object = "sb-weu"
    for _ in range(100):
        deep = {"a": deep}
    assert any("sb-weu" in value for _, value in leaves_of(deep))


TREES = some.recursive(
    some.text(alphabet="abc-. :#", max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text("xyz", min_size=1), inner),
)


@given(TREES)
def test_every_scalar_of_a_tree_is_told(tree: object) -> None:
    def scalars(value: object) -> list[str]:
        if isinstance(value, dict | list):
            return [leaf for held in (value.values() if isinstance(value, dict) else value) for leaf in scalars(held)]
        return [str(value)]

    expected = sorted(scalars(tree))
    assert sorted(value for _, value in leaves_of(tree)) == expected
    if isinstance(tree, dict | list):
        assert sorted(value for _, value in leaves_of_text(json.dumps(tree))) == expected


@given(some.text(), some.sampled_from(["", "a.json", "a.yaml", "a.properties", "a.xml"]))
def test_any_text_can_be_read(text: str, name: str) -> None:
    list(leaves_of_text(text, name))
