"""HTTP through the web source: answers, redirects, content, time, and servers that are ill."""

from __future__ import annotations

import asyncio
import gzip
import time
from datetime import timedelta

import pytest

from fixtures.evidence import EvidenceMissing, Routes

from .conftest import INGRESS, endpoint
from .serving import answer, path_of

URL = "http://api.contoso.example/healthz"
AT = f"{INGRESS}:80"


def ingress(**options):
    return endpoint(URL, via="ingress", **options)


def test_an_answer_through_the_ingress_carries_the_public_host_name(serve, ask):
    server = serve(answer(200, b"fine", server="nginx", set_cookie="session=secret"))
    asked = ask(ingress(), connects={AT: server.port})
    probe = asked.web.probe(ingress())
    assert (probe.status, probe.body, probe.error, probe.connected) == (200, "fine", None, True)
    assert (probe.address, probe.via, probe.host, probe.port) == (INGRESS, INGRESS, "api.contoso.example", 80)
    assert probe.headers == {"content-length": "4", "server": "nginx"}
    assert probe.elapsed_ms > 0
    assert asked.looked.count == 1
    assert server.heads[0].startswith("GET /healthz HTTP/1.1\r\nhost: api.contoso.example\r\n")
    assert len(server.heads) == 1


def test_every_ingress_address_is_probed(serve, ask):
    server = serve()
    asked = ask(ingress(), connects={AT: server.port}, ingress=(INGRESS, "20.60.1.5"))
    probes = list(asked.web.probes(ingress()))
    assert [(probe.address, probe.error and probe.error.kind) for probe in probes] == [
        (INGRESS, None),
        ("20.60.1.5", "refused"),
    ]
    assert asked.web.probe(ingress()).address == "20.60.1.5"


def test_a_site_without_ingress_cannot_be_probed_through_it(ask):
    with pytest.raises(EvidenceMissing, match="neu declares no ingress address"):
        ask(ingress(), ingress=()).web.probe(ingress())


def test_a_name_is_resolved_by_the_view_of_the_site(serve, ask, names):
    server = serve()
    asked = ask(
        endpoint(URL), connects={"20.50.1.4:80": server.port}, resolver=names({"api.contoso.example": "20.50.1.4"})
    )
    probe = asked.web.probe(endpoint(URL))
    assert (probe.address, probe.resolved, probe.via, probe.status) == ("20.50.1.4", ["20.50.1.4"], None, 200)


def test_a_name_that_leads_nowhere_is_unresolved(ask, names):
    probe = ask(endpoint(URL), resolver=names({})).web.probe(endpoint(URL))
    assert (probe.error.kind, str(probe.error)) == ("unresolved", "api.contoso.example does not resolve: NXDOMAIN")


def test_an_address_without_a_route_is_refused_in_a_sandbox(ask):
    probe = ask(ingress()).web.probe(ingress())
    assert (probe.error.kind, probe.connected, probe.status) == ("refused", False, None)


def test_redirects_are_recorded_hop_by_hop(serve, ask, names):
    async def handler(head, writer):
        if path_of(head) == "/healthz":
            await answer(302, location="/next")(head, writer)
        elif path_of(head) == "/next":
            await answer(301, location="http://legacy.contoso.example/orders")(head, writer)
        else:
            await answer(200, b"old")(head, writer)

    server = serve(handler)
    resolver = names({"legacy.contoso.example": "10.20.0.5"})
    asked = ask(ingress(), connects={AT: server.port, "10.20.0.5:80": server.port}, resolver=resolver)
    probe = asked.web.probe(ingress())
    assert [str(hop) for hop in probe.redirects] == [
        "302 to http://api.contoso.example/next",
        "301 to http://legacy.contoso.example/orders",
    ]
    assert (probe.status, probe.body, probe.url) == (200, "old", "http://legacy.contoso.example/orders")
    assert probe.statuses == [302, 301, 200]
    assert probe.address == INGRESS


def test_a_redirect_loop_ends(serve, ask):
    server = serve(answer(302, location=URL))
    probe = ask(ingress(), connects={AT: server.port}).web.probe(ingress())
    assert (probe.error.kind, str(probe.error)) == ("protocol", "more than 10 redirects")
    assert len(probe.redirects) == 10


@pytest.mark.parametrize("location", ["ftp://x.example/", "file:///etc/passwd", "javascript:alert(1)"])
def test_a_redirect_to_something_else_is_not_followed(serve, ask, location):
    server = serve(answer(302, location=location))
    probe = ask(ingress(), connects={AT: server.port}).web.probe(ingress())
    assert probe.error.kind == "protocol"
    assert len(probe.redirects) == 1


def test_content_is_compared_with_what_is_declared(serve, ask):
    server = serve(answer(200, b'{"status": "ok", "parts": [{"name": "db", "up": true}]}'))
    wanted = ingress(
        expect={
            "body": "status",
            "json_": {"$.status": "ok", "$.parts[0].up": True, "$['parts'][0].name": "mq", "$.x": 1},
        }
    )
    probe = ask(wanted, connects={AT: server.port}).web.probe(wanted)
    assert [str(finding) for finding in probe.findings if not finding.matches] == [
        '$[\'parts\'][0].name is "db", not "mq"',
        "$.x is absent, not 1",
    ]
    assert not probe.body_matches


def test_content_that_is_no_json(serve, ask):
    server = serve(answer(200, b"<html>"))
    wanted = ingress(expect={"json_": {"$.status": "ok"}})
    probe = ask(wanted, connects={AT: server.port}).web.probe(wanted)
    assert str(probe.findings[0]) == "$.status is not readable as JSON ('<html>'), not \"ok\""


def test_a_huge_body_is_cut(serve, ask):
    server = serve(answer(200, b"x" * 5_000_000))
    assert len(ask(ingress(), connects={AT: server.port}).web.probe(ingress()).body) == 64 * 1024


def test_a_body_that_inflates_is_cut(serve, ask):
    server = serve(answer(200, gzip.compress(b"x" * 50_000_000), content_encoding="gzip"))
    assert len(ask(ingress(), connects={AT: server.port}).web.probe(ingress()).body) == 64 * 1024


def test_huge_headers_do_not_get_in(serve, ask):
    server = serve(answer(200, b"", server="n" * 50_000))
    probe = ask(ingress(), connects={AT: server.port}).web.probe(ingress())
    assert len(probe.headers["server"]) == 300


async def silence(head, writer):
    await asyncio.sleep(30)


async def half(head, writer):
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")


async def drip(head, writer):
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    for _ in range(300):
        writer.write(b".")
        await asyncio.sleep(0.1)


async def reset(head, writer):
    writer.transport.abort()


async def garbage(head, writer):
    writer.write(b"\x00\xff SSH-2.0-OpenSSH\r\n\r\n")


async def hangup(head, writer):
    writer.close()


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (silence, "timeout"),
        (drip, "timeout"),
        (reset, "reset"),
        (garbage, "protocol"),
        (half, "reset"),
        (hangup, "reset"),
    ],
)
def test_each_illness_has_its_own_kind(serve, ask, handler, kind):
    server = serve(handler)
    probe = ask(ingress(), connects={AT: server.port}, seconds=4).web.probe(ingress())
    assert (probe.error.kind, probe.connected) == (kind, True)
    assert probe.attempts == (2 if kind in ("timeout", "reset") else 1)


def test_what_passes_by_itself_is_asked_again(serve, ask):
    busy = iter([503])

    async def handler(head, writer):
        await answer(next(busy, 200), retry_after="0")(head, writer)

    server = serve(handler)
    probe = ask(ingress(), connects={AT: server.port}).web.probe(ingress())
    assert (probe.status, probe.attempts) == (200, 2)


def test_a_server_that_stays_busy_is_told_as_such(serve, ask):
    server = serve(answer(503, retry_after="3600"))
    probe = ask(ingress(), connects={AT: server.port}).web.probe(ingress())
    assert (probe.status, probe.attempts) == (503, 1)


def test_a_slow_answer_is_measured_again(serve, ask):
    slow = iter([1.1])

    async def handler(head, writer):
        await asyncio.sleep(next(slow, 0))
        await answer()(head, writer)

    server = serve(handler)
    wanted = ingress(expect={"within": timedelta(seconds=1)})
    probe = ask(wanted, connects={AT: server.port}).web.probe(wanted)
    assert probe.elapsed_ms < 1000
    assert probe.attempts == 2


def test_the_deadline_keeps_what_was_probed(serve, ask):
    async def handler(head, writer):
        await (silence if "hang" in path_of(head) else answer())(head, writer)

    server = serve(handler)
    hanging = endpoint("http://api.contoso.example/hang", via="ingress")
    begin = time.monotonic()
    asked = ask(ingress(), hanging, connects={AT: server.port}, seconds=3)
    assert time.monotonic() - begin < 20
    assert asked.answer.error.kind == "partial"
    assert "1 were not probed in time (orders/http://api.contoso.example/hang)" in asked.answer.error.message
    assert asked.web.probe(ingress()).status == 200
    with pytest.raises(EvidenceMissing, match="was not probed in time"):
        asked.web.probe(hanging)


def test_an_endpoint_of_another_vantage_is_elsewhere(ask):
    private = endpoint(tcp="127.0.0.1:1", from_site="neu")
    asked = ask(private, routes=Routes(), vantage="weu")
    assert asked.answer.error.message == "of 1 endpoints 1 are judged from elsewhere"
    with pytest.raises(EvidenceMissing, match="is judged from neu; this run looks from weu") as raised:
        asked.web.probe(private)
    assert raised.value.kind == "elsewhere"


def test_proxies_of_the_environment_are_ignored(serve, ask, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server = serve()
    assert ask(ingress(), connects={AT: server.port}).web.probe(ingress()).status == 200


def test_ports_are_connected_to_and_nothing_is_sent(serve, ask, names):
    server = serve()
    sql = endpoint(tcp="sql-prod-neu.database.windows.net:1433")
    resolver = names({"sql-prod-neu.database.windows.net": "10.60.0.9"})
    asked = ask(sql, connects={"10.60.0.9:1433": server.port}, resolver=resolver)
    probe = asked.web.probe(sql)
    assert (probe.connected, probe.address, probe.error, probe.status) == (True, "10.60.0.9", None, None)
    assert server.heads == []
    refused = ask(sql, resolver=resolver).web.probe(sql)
    assert (refused.connected, refused.error.kind, refused.address) == (False, "refused", "10.60.0.9")


def test_outside_a_sandbox_names_are_resolved_by_the_system(serve, ask):
    server = serve()
    local = endpoint(f"http://localhost:{server.port}/healthz")
    probe = ask(local, routes=Routes()).web.probe(local)
    assert (probe.status, probe.address) == (200, "127.0.0.1")
    assert "127.0.0.1" in probe.resolved


def test_hostile_answers_are_cut_and_kept_as_data(serve, ask):
    location = "http://api.contoso.example/" + "%1b[31m" + "x" * 5000

    async def handler(head, writer):
        if path_of(head) == "/healthz":
            await answer(302, location=location)(head, writer)
        else:
            await answer(200, b"##vso[task.complete]\x1b[31m\xff<script>", server="<script>\xe2\x80\xae")(head, writer)

    probe = ask(ingress(), connects={AT: serve(handler).port}).web.probe(ingress())
    assert (probe.status, len(probe.redirects[0].location), len(probe.url)) == (200, 500, 500)
    assert probe.body == "##vso[task.complete]\x1b[31m\ufffd<script>"
