"""Certificates and versions as the web source sees them, good and bad."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.web.certificates import covers
from fixtures.sources.web.hello import client_hello

from .conftest import INGRESS, endpoint
from .serving import answer

HOST = "api.contoso.example"
URL = f"https://{HOST}/healthz"
AT = f"{INGRESS}:443"


def ingress(**options):
    return endpoint(URL, via="ingress", **options)


def probed(ask, server, **options):
    return ask(ingress(**options), connects={AT: server.port}).web.probe(ingress(**options))


def test_a_good_certificate(serve, ask, authority):
    server = serve(tls=authority.context(HOST, "*.contoso.example", "20.60.1.4"))
    probe = probed(ask, server)
    assert (probe.status, probe.error) == (200, None)
    tls = probe.tls
    assert (tls.version, tls.verified, tls.verify_error, tls.covers) == ("1.3", True, None, True)
    assert tls.names == [HOST, "*.contoso.example", "20.60.1.4"]
    assert (tls.issuer, tls.subject, tls.self_signed) == ("CN=Test Authority", f"CN={HOST}", False)
    assert 89 <= (tls.not_after - datetime.now(UTC)).days <= 90
    assert (tls.minimum, tls.accepted_below) == ("1.2", None)


@pytest.mark.parametrize(
    ("names", "options", "words"),
    [
        ((HOST,), {"days": -2}, "certificate has expired"),
        ((HOST,), {"selfsigned": True}, "self-signed certificate"),
        (("other.contoso.example",), {}, "Hostname mismatch, certificate is not valid for 'api.contoso.example'."),
        (
            ("ingress.local",),
            {"selfsigned": True, "common": "Kubernetes Ingress Controller Fake Certificate"},
            "self-signed",
        ),
        ((), {}, "Hostname mismatch"),
    ],
)
def test_a_bad_certificate_is_refused_and_still_described(serve, ask, authority, names, options, words):
    server = serve(tls=authority.context(*names, **options))
    probe = probed(ask, server)
    assert (probe.error.kind, probe.connected, probe.status) == ("tls", True, None)
    assert words in str(probe.error)
    assert server.heads == []  # nothing is sent to a server that could not prove who it is
    tls = probe.tls
    assert (tls.verified, tls.verify_error) == (False, str(probe.error))
    assert tls.covers == (HOST in names)
    assert tls.self_signed == options.get("selfsigned", False)
    assert tls.subject == f"CN={options.get('common') or (names[0] if names else 'nobody')}"


def test_an_authority_that_is_not_known(serve, ask, authority, tmp_path):
    stranger = type(authority).create(tmp_path, "A Stranger")
    probe = probed(ask, serve(tls=stranger.context(HOST)))
    assert str(probe.error) == "the certificate is not accepted: unable to get local issuer certificate"
    assert (probe.tls.covers, probe.tls.self_signed) == (True, False)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("lowest", "highest", "minimum", "lower"),
    [
        (ssl.TLSVersion.TLSv1, None, "1.2", "1.1"),
        (ssl.TLSVersion.TLSv1_2, None, "1.2", None),
        (ssl.TLSVersion.TLSv1_2, None, "1.3", "1.2"),
        (ssl.TLSVersion.TLSv1_3, None, "1.3", None),
    ],
)
def test_versions_below_the_minimum(serve, ask, authority, lowest, highest, minimum, lower):
    server = serve(tls=authority.context(HOST, lowest=lowest, highest=highest))
    tls = probed(ask, server, tls={"minimum": minimum}).tls
    assert (tls.verified, tls.accepted_below) == (True, lower)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_server_that_has_nothing_better_than_an_old_version(serve, ask, authority):
    server = serve(tls=authority.context(HOST, lowest=ssl.TLSVersion.TLSv1, highest=ssl.TLSVersion.TLSv1))
    probe = probed(ask, server)
    assert probe.error.kind == "tls"
    assert (probe.tls.version, probe.tls.verified, probe.tls.accepted_below) == ("1.0", False, "1.0")


def test_a_plain_server_on_a_tls_port(serve, ask):
    probe = probed(ask, serve(answer(400, b"speak TLS"), eager=True))
    assert (probe.error.kind, probe.connected, probe.tls) == ("tls", True, None)
    assert str(probe.error) == "the TLS handshake fails: wrong version number"


async def never(head, writer):
    await asyncio.sleep(30)


def test_a_server_that_hangs_in_the_handshake(serve, ask):
    server = serve(never, eager=True)
    asked = ask(ingress(), connects={AT: server.port}, seconds=4)
    probe = asked.web.probe(ingress())
    assert (probe.error.kind, probe.connected) == ("timeout", True)
    assert str(probe.error) == "no TLS handshake within 0.6 s"
    with pytest.raises(EvidenceMissing, match=r"no certificate of .* was seen at 20.60.1.4:443"):
        asked.web.handshake(ingress(), probe)


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (["*.contoso.example"], "api.contoso.example", True),
        (["*.contoso.example"], "a.b.contoso.example", False),
        (["*.contoso.example"], "contoso.example", False),
        (["API.Contoso.example"], "api.contoso.example.", True),
        (["10.0.0.1"], "10.0.0.1", True),
        (["*.0.0.1"], "10.0.0.1", False),
        ([], "api.contoso.example", False),
    ],
)
def test_names_that_cover_a_host(names, host, covered):
    assert covers(names, host) is covered


def test_addresses_are_never_named_in_a_greeting():
    assert b"api.contoso.example" in client_hello("api.contoso.example", "1.1")
    assert b"10.0.0.1" not in client_hello("10.0.0.1", "1.1")


def test_a_deadline_that_leaves_no_time_for_an_answer_says_nothing_against_the_server(serve, ask):
    server = serve(never, eager=True)
    asked = ask(ingress(), connects={AT: server.port}, seconds=3)
    with pytest.raises(EvidenceMissing, match="not probed in time"):
        asked.web.probe(ingress())
