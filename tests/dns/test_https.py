"""DNS over HTTPS: GET alone, verified always."""

from __future__ import annotations

import base64

import dns.message
import pytest

from fixtures.evidence import EvidenceMissing
from tests.web.authority import Authority
from tests.web.serving import answer, listening, path_of

from .serving import Serving
from .test_asking import ZONE

HOST = "sql.contoso.example"


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """An authority that the system trusts."""
    made = Authority.create(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", made.file)
    return made


async def resolving(head, writer):
    asked = path_of(head).partition("dns=")[2]
    query = dns.message.from_wire(base64.urlsafe_b64decode(asked + "=" * (-len(asked) % 4)))
    wire = Serving(ZONE).by_zone(query).to_wire()
    await answer(200, wire, content_type="application/dns-message")(head, writer)


def test_answers_come_over_https(authority, ask):
    with listening(resolving, authority.context("localhost")) as server:
        url = f"https://localhost:{server.port}/dns-query"
        answers = list(ask([HOST], [url]).names.answers(HOST))
    assert {(each.server, each.transport, *each.addresses) for each in answers} == {(url, "https", "10.40.0.9")}
    assert all(head.startswith("GET /dns-query?dns=") for head in server.heads)


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (answer(503, b"busy"), "malformed"),
        (answer(200, b"<html>portal</html>"), "malformed"),
        (answer(200, b"x" * 100_000), "malformed"),
    ],
    ids=["status", "page", "huge"],
)
def test_what_is_no_answer_is_malformed(authority, ask, handler, kind):
    with (
        listening(handler, authority.context("localhost")) as server,
        pytest.raises(EvidenceMissing) as raised,
    ):
        list(ask([HOST], [f"https://localhost:{server.port}/dns-query"]).names.answers(HOST))
    assert raised.value.kind == kind


def test_a_server_that_cannot_prove_who_it_is_is_not_believed(authority, ask):
    with (
        listening(resolving, authority.context("other.example")) as server,
        pytest.raises(EvidenceMissing) as raised,
    ):
        list(ask([HOST], [f"https://localhost:{server.port}/dns-query"]).names.answers(HOST))
    assert raised.value.kind == "unreachable"
    assert server.heads == []
