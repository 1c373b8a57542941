"""A credential in any value is an error that never shows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.environment.credentials import credential_in, hide

SECRETS = {
    "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=aGlkZGVuaGlkZGVu": "a shared access key",
    "DefaultEndpointsProtocol=https;AccountKey=aGlkZGVuaGlkZGVu==": "an account key",
    "https://st.blob.core.windows.net/c?sv=2024&sig=aGlkZGVuaGlkZGVu%3D": "a shared access signature",
    "SharedAccessSignature sr=x&aGlkZGVuaGlkZGVu": "a shared access signature",
    "Server=sql;User Id=sa;Password=aGlkZGVuaGlkZGVu;": "a password",
    "Server=sql;Uid=sa;Pwd=aGlkZGVuaGlkZGVu": "a password",
    "https://user:aGlkZGVuaGlkZGVu@host.example/path": "a password",
    "eyJhbGciOiJIUzI1NiJ9.aGlkZGVuaGlkZGVu.aGlkZGVuaGlkZGVu": "a token",
    "Bearer aGlkZGVuaGlkZGVu": "a token",
    "-----BEGIN RSA PRIVATE KEY----- aGlkZGVuaGlkZGVu": "a private key",
}
VALUE = "aGlkZGVuaGlkZGVu"


@pytest.mark.parametrize(("text", "kind"), SECRETS.items(), ids=range(len(SECRETS)))
def test_kinds_of_credential(text: str, kind: str) -> None:
    assert credential_in(text) == kind
    assert VALUE not in hide(text)


@pytest.mark.parametrize(
    "text",
    [
        "sb-prod-weu",
        "https://api.contoso.example/healthz?signature=no",
        "https://host:8443/a@b",
        "password rotation is CHG1",
        "design=x",
        "keyJacket",
        "stprod/eyJ",
        "the bearer of this",
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    assert credential_in(text) is None
    assert hide(text) == text


@pytest.mark.parametrize(("text", "kind"), SECRETS.items(), ids=range(len(SECRETS)))
@pytest.mark.parametrize(
    "where", ["change: '{}'", "services: {{a: {{vaults: [{{name: '{}'}}]}}}}", "azure: {{cloud: '{}'}}", "world: '{}'"]
)
def test_a_credential_is_refused_and_never_shown(
    refuses: Callable[..., list[str]], small: str, where: str, text: str, kind: str
) -> None:
    (problem,) = refuses(f"{small}{where.format(text)}\n")
    assert problem.endswith(f": the value holds {kind}: credentials never stand in an environment")
    assert problem.startswith("prod.yaml:17: ")
    assert VALUE not in problem


def test_a_credential_in_a_key_a_variable_or_a_duplicate(refuses: Callable[..., list[str]], small: str) -> None:
    secret = f"AccountKey={VALUE}"
    assert refuses(f"{small}azure: {{apiVersions: {{{secret}: '1'}}}}\n") == [
        "prod.yaml:17: azure.apiVersions: a key holds an account key: credentials never stand in an environment"
    ]
    assert refuses(small + 'change: "${KEY}"\n', {"KEY": secret}) == [
        "prod.yaml:17: change: the variable KEY holds an account key: credentials never stand in an environment"
    ]
    assert VALUE not in "".join(refuses(f"{small}{secret}: 1\n{secret}: 2\n"))
    assert VALUE not in "".join(refuses(f"{small}{secret}: [\n"))
