"""Text from elsewhere: harmless on a terminal, in a pipeline's log, in Markdown and in XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.escaping import clean, markdown, one_line, xml


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x00b\x07c", "a\\x00b\\x07c"),
        ("\x9b31mred", "\\x9b31mred"),
        ("a\r\nb\tc  d", "a b c d"),
        ("a\u2028b\u2029c", "a b c"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("lone \ud800 surrogate", "lone \\ud800 surrogate"),
        ("##vso[task.complete result=Succeeded;]", "# #vso[task.complete result=Succeeded;]"),
        ("##[error]no", "# #[error]no"),
        ("##teamcity[message]", "# #teamcity[message]"),
        ("::error file=a::no", ": :error file=a::no"),
        ("::Stop-Commands::x", ": :Stop-Commands::x"),
        ("fe80::1 and ::1 and std::string", "fe80::1 and ::1 and std::string"),
        ("# heading ## two", "# heading ## two"),
        ("déjà vu 日本 ✔ 👍", "déjà vu 日本 ✔ 👍"),
    ],
)
def test_one_line(hostile: str, shown: str) -> None:
    assert one_line(hostile) == shown
    assert one_line(shown) == shown


def test_long_text_is_cut_with_its_count() -> None:
    assert one_line("x" * 12, 10) == "xxxxxxxxxx… (2 more characters)"
    assert one_line("\x1b[1m" + "x" * 10, 10) == "xxxxxxxxxx"


def test_a_megabyte_is_cut_to_a_line() -> None:
    for text in ("x" * 1_000_000, "\x1b" * 1_000_000, "##" * 500_000, "\x1b]" * 500_000, " " * 1_000_000):
        assert len(one_line(text)) < 4_100  # a pattern that goes back and forth over it would take minutes


@given(st.text())
def test_no_text_can_do_harm(text: str) -> None:
    shown = one_line(text)
    assert "\n" not in shown
    assert all(each.isprintable() or each.isspace() for each in shown if ord(each) < 0x100)
    assert "##vso[" not in shown
    assert "##[" not in shown
    assert "::error" not in shown.lower()
    shown.encode()
    ET.fromstring(f"<a>{xml(shown).replace('&', '').replace('<', '')}</a>")


@given(st.text(alphabet="\x1b[]#:vso 0mx;\x07errorwning"))
def test_removing_one_thing_does_not_make_another(text: str) -> None:
    shown = one_line(text)
    assert "\x1b" not in shown
    assert "##vso[" not in shown
    assert "##[" not in shown
    assert "::error" not in shown


def test_keys_are_cleaned_too() -> None:
    assert clean({"a\x1b[1m": ["##[b]", 1, None, True]}) == {"a": ["# #[b]", 1, None, True]}


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("<script>", "&lt;script>".replace(">", "\\>")),
        ("[a](http://evil)", "\\[a\\](http://evil)"),
        ("![x](y)", "!\\[x\\](y)"),
        ("a|b", "a\\|b"),
        ("`code`", "\\`code\\`"),
        ("**bold** _it_", "\\*\\*bold\\*\\* \\_it\\_"),
        ("memory_headroom", "memory_headroom"),
        ("@everyone ana@contoso.example", "@\u2060everyone ana@contoso.example"),
        ("&lt;", "&amp;lt;"),
        ("# head", "\\# head"),
        ("- item", "\\- item"),
        ("\\[", "\\\\\\["),
    ],
)
def test_markdown(hostile: str, shown: str) -> None:
    assert markdown(hostile) == shown
