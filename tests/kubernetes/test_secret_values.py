from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from fixtures.evidence import EvidenceMissing, Looked
from fixtures.sources.kubernetes.cluster_view import KubernetesView
from fixtures.sources.kubernetes.decoding import page
from fixtures.sources.kubernetes.kinds import BY_KEY
from fixtures.sources.kubernetes.objects.secrets import Secret
from fixtures.sources.kubernetes.secret_values import empty
from fixtures.sources.kubernetes.store import store_of
from tests.kubernetes.cluster import meta, record, view


def named_in(text: str) -> list[str]:
    return [word for word in ("sb-weu", "mq01") if word in text]


def read(type_: str = "Opaque", **data: Any) -> Secret:
    """A Secret as it is recorded."""
    encoded = {
        key: b64encode(value.encode()).decode() if isinstance(value, str) else value for key, value in data.items()
    }
    annotations = {"note": "hunter2", "kubectl.kubernetes.io/last-applied-configuration": "hunter2"}
    made = {"metadata": meta("s", annotations=annotations), "type": type_, "data": encoded}
    found, _, _ = page(BY_KEY["secrets"], json.dumps({"items": [made]}).encode())
    [secret] = found
    assert isinstance(secret, Secret)
    empty(secret, named_in)
    return secret


def test_only_keys_and_declared_names_are_kept() -> None:
    secret = read(url="amqps://user:hunter2@sb-weu.example", other="hunter2")
    assert secret.keys == ("other", "url")
    assert [(match.key, match.path, match.words) for match in secret.matches] == [("url", "", ("sb-weu",))]
    assert b"hunter2" not in msgspec.json.encode(secret)


def test_structured_values_are_taken_apart_and_encoded_ones_opened() -> None:
    inner = b64encode(b"Endpoint=sb://sb-weu.example/;Key=x").decode()
    secret = read(**{"app.json": json.dumps({"bus": {"host": "sb-weu"}}), "twice": inner})
    assert [(match.key, match.path) for match in secret.matches] == [("app.json", "bus.host"), ("twice", "")]


def test_releases_of_the_past_and_certificates_are_not_looked_into() -> None:
    for type_ in ("helm.sh/release.v1", "kubernetes.io/tls", "kubernetes.io/service-account-token"):
        assert read(type_, a="sb-weu").matches == ()


@pytest.mark.parametrize("data", [{"a": None}, {"a": 7}, {"a": "%%%"}, {"a": "/w=="}])
def test_values_that_are_no_text_are_left_out(data: dict[str, Any]) -> None:
    made = {"metadata": meta("s"), "data": data}
    [secret], _, _ = page(BY_KEY["secrets"], json.dumps({"items": [made]}).encode())
    assert isinstance(secret, Secret)
    empty(secret, named_in)
    assert secret.matches == ()


def test_a_secret_whose_keys_cannot_be_told_proves_nothing() -> None:
    [secret], _, _ = page(BY_KEY["secrets"], json.dumps({"items": [{"metadata": meta("s"), "data": "x"}]}).encode())
    assert isinstance(secret, Secret)
    empty(secret, named_in)
    made = record(secrets=[])
    listing = json.loads(bytes(made.data or b"{}"))
    listing["kinds"]["secrets"]["items"] = [json.loads(msgspec.json.encode(secret))]
    held = msgspec.structs.replace(made, data=msgspec.Raw(msgspec.json.encode(listing)))
    [seen] = KubernetesView(held, store_of(held), Looked()).secrets("orders")
    with pytest.raises(EvidenceMissing):
        list(seen.keys)


def test_what_was_found_is_a_surface_without_its_value() -> None:
    matches = [{"key": "url", "path": "bus.host", "words": ["sb-weu"]}]
    cluster = view(secrets=[{"metadata": meta("s"), "keys": ["url"], "matches": matches}])
    told = [(str(held), held.key, held.value) for held in cluster.surfaces("orders")]
    assert told == [("secret/orders/s data.url:bus.host", "url", "sb-weu")]


@given(some.dictionaries(some.text("abc._-", min_size=1, max_size=5), some.text(), max_size=3))
def test_no_value_is_ever_recorded(data: dict[str, str]) -> None:
    marked = {key: f"{value}hunter2{value}" for key, value in data.items()}
    assert b"hunter2" not in msgspec.json.encode(read(**marked))
