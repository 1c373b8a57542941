"""Credentials are replaced wherever they stand; names and addresses around them stay."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.redaction import redact, redact_json, redact_named, redact_plain

SECRET = "kW3bQ9vZ1xY7uT5rP2oN8mL6jH4gF0dS"

LEAKS = [
    f"Endpoint=sb://sb-prod-weu.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={SECRET}=",
    f"DefaultEndpointsProtocol=https;AccountName=st;AccountKey={SECRET}==;EndpointSuffix=core.windows.net",
    f"https://st.blob.core.windows.net/c?sv=2024&sig={SECRET}%3D&se=2027",
    f"Server=tcp:sql-weu.database.windows.net;User ID=app;Password={SECRET};Encrypt=True",
    f"postgres://app:{SECRET}@pg-weu.postgres.database.azure.com/orders",
    f"redis://:{SECRET}@redis-weu:6380",
    f"Authorization: Bearer {SECRET}",
    f"eyJhbGciOiJIUzI1NiJ9.{SECRET}.{SECRET}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
    f'{{"password": "{SECRET}"}}',
    f"spring.datasource.password={SECRET}",
    f"client_secret: '{SECRET}'",
    f"api-key = {SECRET}",
    f"https://hooks.weu.example/runtime/webhooks/eventgrid?functionName=f&code={SECRET}%3D%3D",
    f"x-functions-key: {SECRET}",
    f"STORAGE_KEY={SECRET}",
    f"DB_PASS={SECRET}",
    f"worker --password {SECRET} --verbose",
    f"sasToken={SECRET}",
    f"AccountName%3Dst%3BAccountKey%3D{SECRET}",
    f"https%3A%2F%2Fst.blob.core.windows.net%2Fc%3Fsig%3D{SECRET}%26se%3D2027",
    f"{SECRET}{SECRET}{SECRET[:22]}==",
]


@pytest.mark.parametrize("leak", LEAKS, ids=range(len(LEAKS)))
def test_every_form_of_a_credential_is_replaced(leak: str) -> None:
    assert SECRET not in redact(leak)
    assert "<redacted:" in redact(leak)
    assert SECRET not in redact_json(json.dumps({"message": leak}).encode()).decode()


@pytest.mark.parametrize("leak", LEAKS, ids=range(len(LEAKS)))
def test_redacting_twice_changes_nothing(leak: str) -> None:
    assert redact(redact(leak)) == redact(leak)


def test_what_stands_around_a_credential_can_still_be_judged() -> None:
    assert "sb-prod-weu.servicebus.windows.net" in redact(LEAKS[0])
    assert "pg-weu.postgres.database.azure.com" in redact(LEAKS[4])


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "db.password", "clientSecret", "API_KEY", "SERVICE_TOKEN", "pwd", "DB_PASS", "sig"]
)
def test_a_value_is_replaced_when_its_key_says_what_it_is(name: str) -> None:
    assert redact_named(name, "hunter2") == "<redacted:named-secret>"


@pytest.mark.parametrize(
    "value", ["https://login.weu.example/token", "vault.weu.example", "/mnt/secrets/token", "true", "60"]
)
def test_addresses_paths_and_switches_are_no_secrets(value: str) -> None:
    assert redact_named("TOKEN", value) == value


def test_an_environment_variable_is_judged_by_its_name() -> None:
    pod = json.dumps({"env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "REGION", "value": "weu"}]})
    assert json.loads(redact_json(pod.encode()))["env"] == [
        {"name": "DB_PASSWORD", "value": "<redacted:named-secret>"},
        {"name": "REGION", "value": "weu"},
    ]


def test_words_that_verdicts_are_made_of_stay_behind_the_mark() -> None:
    def naming(text: str) -> list[str]:
        return ["weu"] if "weu" in text else []

    assert redact_named("VAULT_SECRET", "orders-db-weu-7", naming) == "<redacted:named-secret> (weu)"


def test_text_without_a_hint_is_not_even_decoded() -> None:
    encoded = b'{"a":   1}'
    assert redact_json(encoded) is encoded


NAMES = st.sampled_from(
    [
        "name",
        "value",
        "DB_PASSWORD",
        "DB_PASS",
        "sig",
        "compass",
        "STORAGE_KEY",
        "token",
        "serviceAccountToken",
        "secretName",
        "env",
        "path",
        "private_key",
        "a",
    ]
)
TEXTS = st.sampled_from(
    [*LEAKS, "hunter2", "API_TOKEN", "token", "/var/run/secrets/kubernetes.io/serviceaccount", "weu", "x" * 40_000, ""]
)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(TREES)
def test_json_taken_apart_is_redacted_as_plain_data_is(tree: object) -> None:
    assert json.loads(redact_json(msgspec.json.encode(tree))) == redact_plain(tree)


@pytest.mark.parametrize(
    "text",
    [
        "sha512-" + "aB3/" * 21 + "aB==",  # what a package manager calls integrity
        "the token = expired",
        "bypass=weu",
        "https://api.weu.example/?code=200",
        "--token $(TOKEN)",
        "primary key: none",
    ],
)
def test_what_only_looks_like_a_credential_stays(text: str) -> None:
    assert redact(text) == text
