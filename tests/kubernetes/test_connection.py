from __future__ import annotations

import logging
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fixtures.evidence import Routes, SourceFailed
from fixtures.sources.kubernetes import ask
from fixtures.sources.kubernetes.connection import connect
from fixtures.sources.kubernetes.token import AKS_SERVER, aks_token
from tests.kubernetes.api import Api, declared, kubeconfig, question, serving

EXEC = "client.authentication.k8s.io/v1beta1"


def site(**cluster: Any) -> Any:
    return declared(**cluster).declared("cluster")[0]


def refused(kubeconfig: str | None, **cluster: Any) -> str:
    with pytest.raises(SourceFailed) as failed:
        connect("neu", site(**cluster), Routes(kubeconfig=kubeconfig))
    return str(failed.value)


def test_an_unknown_context_names_those_there_are(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "https://x", context="aks-prod-weu")
    assert refused(file) == f"neu: kubeconfig {file} has no context aks-prod-neu; it has aks-prod-weu"
    assert "has no context elsewhere" in refused(file, context="elsewhere")


def test_the_sandbox_names_the_context_of_a_site(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "https://x", context="sandbox-neu")
    routes = Routes(kubeconfig=file, contexts={"neu": "sandbox-neu"})
    assert connect("neu", site(), routes).host == "https://x"


@pytest.mark.parametrize("text", [None, "", "a: [", "[]", "contexts: 3", "contexts: [{name: aks-prod-neu}]", "\x00"])
def test_a_kubeconfig_that_is_none_is_told(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "config"
    if text is not None:
        file.write_text(text)
    assert str(file) in refused(str(file))


def test_the_default_kubeconfig_is_read_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", kubeconfig(tmp_path, "https://x"))
    assert connect("neu", site(), Routes()).host == "https://x"


def test_in_cluster_outside_of_a_cluster_does_not_fall_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", kubeconfig(tmp_path, "https://x"))
    assert "neu is declared inCluster, but this is no pod" in refused(None, in_cluster=True)


def test_no_credential_is_sent_in_the_clear(tmp_path: Path) -> None:
    assert "is not https" in refused(kubeconfig(tmp_path, "http://10.1.2.3:8080"))


def plugin(folder: Path, text: str, name: str = "login") -> dict[str, Any]:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": EXEC, "command": str(file), "args": ["get-token", "--server-id", "server-1"]}}


def test_an_exec_plugin_gives_the_credential(api: Api, tmp_path: Path) -> None:
    told = (
        '{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status": {"token": "tok-2"}}'
    )
    ask(question(kubeconfig(tmp_path, api.url, user=plugin(tmp_path, f"echo '{told}'"))))
    assert {held["authorization"] for held in api.headers} == {"Bearer tok-2"}


def test_a_failing_plugin_does_not_fall_back_to_nobody(api: Api, tmp_path: Path) -> None:
    handlers = list(logging.getLogger().handlers)
    user = plugin(tmp_path, "echo not logged in >&2; exit 1")
    with pytest.raises(SourceFailed, match=r"login of .* gave no credential: .*not logged in") as failed:
        ask(question(kubeconfig(tmp_path, api.url, user=user)))
    assert failed.value.error.kind == "denied"
    assert api.calls == []
    assert logging.getLogger().handlers == handlers


def test_a_plugin_that_waits_for_somebody_is_late(api: Api, tmp_path: Path) -> None:
    user = plugin(tmp_path, "exec sleep 3")
    with pytest.raises(SourceFailed, match="no credential for cluster aks-prod-neu was had in time") as failed:
        ask(question(kubeconfig(tmp_path, api.url, user=user), seconds=0.5))
    assert failed.value.error.kind == "timeout"


def test_without_kubelogin_azure_identity_is_asked(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    user = {"exec": {"apiVersion": EXEC, "command": "/nowhere/kubelogin"}}
    with pytest.raises(SourceFailed, match="kubelogin gave no token, nor did azure-identity") as failed:
        ask(question(kubeconfig(tmp_path, api.url, user=user)))
    assert failed.value.error.kind == "denied"
    assert api.calls == []


class Credential:
    def __init__(self) -> None:
        self.scopes: list[str] = []

    def get_token(self, *scopes: str) -> SimpleNamespace:
        self.scopes += scopes
        if len(self.scopes) > 2:
            raise ClientAuthenticationError("no more\nand details")
        return SimpleNamespace(token=f"tok-{len(self.scopes)}")


@pytest.mark.parametrize(
    ("arguments", "server"),
    [
        ([], AKS_SERVER),
        (["get-token", "--server-id", "s1"], "s1"),
        (["--server-id=s2"], "s2"),
        (["--server-id"], AKS_SERVER),
    ],
)
def test_a_token_is_had_anew_each_time(arguments: list[str], server: str) -> None:
    credential = Credential()
    token = aks_token(arguments, credential)
    assert [token(), token()] == ["tok-1", "tok-2"]
    assert set(credential.scopes) == {f"{server}/.default"}
    with pytest.raises(SourceFailed, match=r"azure-identity: no more$"):
        token()


def certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, str(public)


def test_tls_is_verified_against_the_clusters_own_authority(tmp_path: Path) -> None:
    context, authority = certificate(tmp_path)
    with serving(Api(), tls=context) as api:
        url = api.url.replace("127.0.0.1", "localhost")
        answer = ask(question(kubeconfig(tmp_path, url, **{"certificate-authority": authority})))
        assert answer.error is None


@pytest.mark.parametrize("cluster", [{}, {"insecure-skip-tls-verify": True}])
def test_tls_is_verified_even_where_the_kubeconfig_would_not(tmp_path: Path, cluster: dict[str, Any]) -> None:
    context, _ = certificate(tmp_path)
    with serving(Api(), tls=context) as api:
        url = api.url.replace("127.0.0.1", "localhost")
        with pytest.raises(SourceFailed, match=r"neu: TLS: .*certificate verify failed") as failed:
            ask(question(kubeconfig(tmp_path, url, **cluster)))
        assert failed.value.error.kind == "unreachable"
        assert api.calls == []


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with serving(Api()) as api:
        url = api.url
    with pytest.raises(SourceFailed, match="neu: ConnectionRefusedError") as failed:
        ask(question(kubeconfig(tmp_path, url), seconds=1.0))
    assert failed.value.error.kind == "unreachable"
