"""Hosts and tokens in values of any shape: found wherever they stand as a whole, in whatever way they are written."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from fixtures.matching import DriftMatcher, LegacyMatcher
from fixtures.neutral import neutral_of
from fixtures.sources.kubernetes.leaves import leaves_of_text
from fixtures.sources.kubernetes.secret_values import matches
from tests.run.test_matching import environment

HOST = "mq01.corp.contoso.example"
BEFORE = some.sampled_from(
    ["", " ", "amqps://", "user:p%40ss@", "Server=tcp:", '"', "'", "(", ",", ";", "=", "接続先", "\t", "//"]
)
AFTER = some.sampled_from(["", " ", ":5672", "/queue", "?x=1", '"', "'", ")", ",other", ";Port=1", ".", ". Then", "の"])
WORDS = some.text("abcdefghijklmnopqrstuvwxyzßéжλ0123456789", min_size=1, max_size=8)


def cased(text: str) -> some.SearchStrategy[str]:
    """The text with any of its letters in upper case."""
    return some.lists(some.booleans(), min_size=len(text), max_size=len(text)).map(
        lambda ups: "".join(char.upper() if up else char for char, up in zip(text, ups, strict=True))
    )


@given(BEFORE, cased(HOST), AFTER)
def test_a_host_is_found_between_anything_that_is_no_name(before: str, host: str, after: str) -> None:
    assert LegacyMatcher(environment()).named_in(before + host + after) == [host]


@given(WORDS, some.booleans())
def test_a_longer_name_in_any_alphabet_is_another_host(word: str, ahead: bool) -> None:
    value = f"{word}{HOST}" if ahead else f"{HOST}{word}"
    assert LegacyMatcher(environment()).named_in(value) == []
    assert LegacyMatcher(environment()).named_in(f"{word}-{HOST} {HOST}.{word}") == []


@given(WORDS, some.booleans())
def test_a_longer_word_in_any_alphabet_is_no_token(word: str, ahead: bool) -> None:
    assert DriftMatcher(environment(), "neu").named_in(f"{word}weu" if ahead else f"weu{word}") == []


@given(cased("weu"), BEFORE, AFTER)
def test_a_token_is_found_as_a_word(token: str, before: str, after: str) -> None:
    assert DriftMatcher(environment(), "neu").named_in(before + token + after) == [token]


@given(cased(HOST), some.sampled_from(["json", "yaml", "properties", "nested", "url", "escaped", "wide", "lines"]))
def test_a_host_is_found_however_the_value_wraps_it(host: str, way: str) -> None:
    config = {"bus": {"hosts": ["other.example", f"amqp://{host}:5672"]}}
    text = {
        "json": json.dumps(config),
        "yaml": yaml.safe_dump(config),
        "properties": f"# note\nbus.host = {host}\n",
        "nested": json.dumps({"inner": json.dumps(config)}),
        "url": "https://neu.example/go?to=" + quote(f"amqp://{host}:5672", safe=""),
        "escaped": json.dumps(json.dumps(f"a\n{host}\n"))[1:-1],
        "wide": "".join(chr(ord(char) + 0xFEE0) if char.isalnum() else char for char in host),
        "lines": f"server {{\n  proxy_pass http://{host}; # was neu\n}}\n",
    }[way]
    found = [word for _, leaf in leaves_of_text(text) for word in LegacyMatcher(environment()).named_in(leaf)]
    assert [word.lower() for word in found] == [HOST]
    encoded = b64encode(text.encode()).decode()
    [match] = matches("key", encoded, LegacyMatcher(environment()).named_in)
    assert [word.lower() for word in match.words] == [HOST]


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("Server=tcp:10.20.0.5,1433", ["10.20.0.5"]),
        ("http://10.20.0.5/8/list", ["10.20.0.5/8"]),
        ("http://10.20.0.5/99", ["10.20.0.5/99"]),
        ("::ffff:10.20.0.5", ["::ffff:10.20.0.5"]),
        ("10.20.0.1-10.20.0.9", ["10.20.0.1", "10.20.0.9"]),
        ("地址10.20.0.5の", ["10.20.0.5"]),
        (".dc1.contoso.example", [".dc1.contoso.example"]),
        ("localhost,*.dc1.contoso.example", ["*.dc1.contoso.example"]),
        ("mq01\u200b.corp.contoso.example", [HOST]),
        ("mq01。corp。contoso。example", [HOST]),
        ("v10.20.0.5", []),
        ("10.20.0.5.6", []),
        ("10.0.0.0/8", []),
        ("010.020.000.005", []),
        ("xdc1.contoso.example", []),
    ],
)
def test_addresses_wildcards_and_odd_characters(value: str, named: list[str]) -> None:
    assert LegacyMatcher(environment()).named_in(value) == named


def test_a_host_of_another_alphabet_is_found_as_dns_has_it() -> None:
    matcher = LegacyMatcher(environment(hosts=["bücher.contoso.example"]))
    assert matcher.named_in("https://xn--bcher-kva.contoso.example/") == ["xn--bcher-kva.contoso.example"]
    assert matcher.named_in("https://BÜCHER.contoso.example/") == ["BÜCHER.contoso.example"]


def test_an_account_is_found_without_its_domain() -> None:
    declared = environment()
    declared.own_names = lambda site: (f"stprod{site}.blob.core.windows.net", f"chk{site}/checkpoints", "same.example")
    assert DriftMatcher(declared, "neu").named_in("stprodweu,chkweu,stprodneu,same") == ["stprodweu", "chkweu"]


def test_values_of_two_sites_are_equal_without_them() -> None:
    neutral = neutral_of(environment())
    told = [
        neutral(site, f"https://stprod{site}.example/{site.upper()} 10.{net}.3.7 {ingress} {location}")
        for site, net, ingress, location in (
            ("weu", 40, "20.50.1.4", "WestEurope"),
            ("neu", 60, "20.60.1.4", "NorthEurope"),
        )
    ]
    assert told[0] == told[1] == "https://stprod<site>.example/<site> <address of site> <ingress of site> <site>"
    assert neutral("neu", "sb-weu") == "sb-<other site>" != neutral("weu", "sb-weu")


def test_a_name_that_is_declared_in_several_cases_is_one_name() -> None:
    declared = environment()
    declared.own_names = lambda site: (f"rg-prod-{site}", f"RG-Prod-{site}") if site == "neu" else (f"Rg-prod-{site}",)
    neutral = neutral_of(declared)
    assert neutral("weu", "/x/RG-PROD-WEU/y") == neutral("neu", "/x/rg-prod-neu/y") == "/x/rg-prod-<site>/y"


@given(some.text())
def test_any_text_can_be_made_neutral(text: str) -> None:
    assert isinstance(neutral_of(environment())("neu", text), str)
