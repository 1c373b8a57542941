from __future__ import annotations

import socket
import time

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.resolver
import msgspec
import pytest

from fixtures.sandbox.world import WorldInvalid

ZONE = """
$TTL 300
$ORIGIN contoso.example.
@        60 IN SOA ns1 admin 1 3600 600 86400 45
@           IN NS  ns1
ns1         IN A   192.0.2.53
api      30 IN CNAME weu-gw
weu-gw      IN A   20.50.1.4
            IN AAAA 2001:db8::4
*.apps      IN A   20.50.1.9
a.b         IN TXT "x"
loop1       IN CNAME loop2
loop2       IN CNAME loop1
out         IN CNAME elsewhere.example.
private     IN CNAME sb.privatelink.example.
two         IN A   20.0.0.1
two         IN A   20.0.0.2
$ORIGIN privatelink.example.
$TTL 10
@  IN SOA ns1.contoso.example. admin 1 3600 600 86400 5
sb IN A 10.0.0.4
; rcode ill.contoso.example. SERVFAIL
; rcode *.broken.example. REFUSED
; delay late.contoso.example. 300ms
late.contoso.example. IN A 20.0.0.9
; rotate two.contoso.example. 1
"""


@pytest.fixture
def ask(serve):
    sandbox = serve({"dns/public.zone": ZONE, "dns/empty.zone": ""})

    def asking(name, kind="A", view="public", over=dns.query.udp, **options):
        host, port = sandbox.routes.resolvers[view][0].rsplit(":", 1)
        query = dns.message.make_query(name, kind, **options)
        return over(query, host, port=int(port), timeout=5)

    asking.sandbox = sandbox
    return asking


def told(answer):
    return [line for rrset in answer.answer for line in rrset.to_text().splitlines()]


@pytest.mark.parametrize("over", [dns.query.udp, dns.query.tcp])
def test_chains_are_followed_inside_the_view(ask, over):
    answer = ask("API.Contoso.Example", over=over)
    assert [line.lower().replace(" in ", " IN ") for line in told(answer)] == [
        "api.contoso.example. 30 IN cname weu-gw.contoso.example.",
        "weu-gw.contoso.example. 300 IN a 20.50.1.4",
    ]
    assert answer.flags & dns.flags.AA
    assert answer.flags & dns.flags.RA


def test_a_chain_into_another_zone(ask):
    assert told(ask("private.contoso.example"))[-1] == "sb.privatelink.example. 10 IN A 10.0.0.4"
    assert told(ask("api.contoso.example", "CNAME")) == ["api.contoso.example. 30 IN CNAME weu-gw.contoso.example."]


def test_absent_names_and_types(ask):
    absent = ask("nothing.contoso.example")
    assert absent.rcode() == dns.rcode.NXDOMAIN
    assert absent.authority[0].to_text().startswith("contoso.example. 45 IN SOA ns1.contoso.example.")
    for name, kind in (("weu-gw.contoso.example", "TXT"), ("b.contoso.example", "A")):
        empty = ask(name, kind)
        assert (empty.rcode(), empty.answer) == (dns.rcode.NOERROR, [])
        assert empty.authority
    outside = ask("out.contoso.example")
    assert outside.rcode() == dns.rcode.NXDOMAIN
    assert told(outside) == ["out.contoso.example. 300 IN CNAME elsewhere.example."]
    assert ask("api.contoso.example", view="empty").rcode() == dns.rcode.NXDOMAIN


def test_wildcards(ask):
    assert told(ask("x.y.apps.contoso.example")) == ["x.y.apps.contoso.example. 300 IN A 20.50.1.9"]
    assert ask("apps.contoso.example").rcode() == dns.rcode.NOERROR


def test_a_loop_is_a_failure(ask):
    assert ask("loop1.contoso.example").rcode() == dns.rcode.SERVFAIL


def test_directives(ask):
    assert ask("ill.contoso.example").rcode() == dns.rcode.SERVFAIL
    assert ask("deep.below.broken.example").rcode() == dns.rcode.REFUSED
    begun = time.monotonic()
    assert told(ask("late.contoso.example"))
    assert time.monotonic() - begun >= 0.3
    turns = [told(ask("two.contoso.example"))[0].split()[-1] for _ in range(3)]
    assert turns == ["20.0.0.1", "20.0.0.2", "20.0.0.1"]


def test_name_servers_can_be_found_and_reached(ask):
    assert told(ask("contoso.example", "NS")) == ["contoso.example. 300 IN NS ns1.contoso.example."]
    assert told(ask("contoso.example", "SOA"))
    assert ask.sandbox.routes.connects["192.0.2.53:53"] == ask.sandbox.routes.resolvers["public"][0]


def test_dnspython_resolves(ask):
    host, port = ask.sandbox.routes.resolvers["public"][0].rsplit(":", 1)
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [host], int(port)
    assert resolver.resolve("api.contoso.example", "AAAA")[0].address == "2001:db8::4"
    assert dns.resolver.zone_for_name("weu-gw.contoso.example", resolver=resolver).to_text() == "contoso.example."
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("nothing.contoso.example")
    with pytest.raises(dns.resolver.NoAnswer):
        resolver.resolve("api.contoso.example", "MX")


def test_what_does_not_fit_is_cut_and_asked_again_over_tcp(serve):
    lines = "".join(f"big.example. 60 IN A 10.0.{n // 250}.{n % 250}\n" for n in range(200))
    sandbox = serve({"dns/v.zone": lines})
    host, port = sandbox.routes.resolvers["v"][0].rsplit(":", 1)
    query = dns.message.make_query("big.example", "A", use_edns=False)
    cut = dns.query.udp(query, host, port=int(port), timeout=5)
    assert cut.flags & dns.flags.TC
    assert not cut.answer
    answer, over_tcp = dns.query.udp_with_fallback(query, host, port=int(port), timeout=5)
    assert over_tcp
    assert len(answer.answer[0]) == 200
    larger = dns.message.make_query("big.example", "A", use_edns=0, payload=4096)
    assert not dns.query.udp(larger, host, port=int(port), timeout=5).flags & dns.flags.TC


def test_what_is_asked_wrongly(ask):
    assert ask("contoso.example", "AXFR", over=dns.query.udp).rcode() == dns.rcode.REFUSED
    assert ask("contoso.example", "TXT", rdclass="CH").rcode() == dns.rcode.REFUSED


def test_garbage_is_ignored(ask):
    host, port = ask.sandbox.routes.resolvers["public"][0].rsplit(":", 1)
    address = (host, int(port))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(0.2)
        for wire in (b"", b"\x00", b"x" * 600, dns.message.make_response(dns.message.make_query("a.", "A")).to_wire()):
            udp.sendto(wire, address)
        with pytest.raises(TimeoutError):
            udp.recv(512)
    with socket.create_connection(address, 2) as tcp:
        tcp.sendall(b"\x00\x05hello")
        assert tcp.recv(10) == b""
    assert told(ask("api.contoso.example"))


def test_queries_are_logged(ask):
    ask("api.contoso.example")
    ask("nothing.contoso.example", "AAAA", over=dns.query.tcp)
    seen = [msgspec.structs.astuple(each)[1:] for each in ask.sandbox.requests]
    assert seen == [
        ("dns", "public", "QUERY", "api.contoso.example A", "NOERROR", "udp"),
        ("dns", "public", "QUERY", "nothing.contoso.example AAAA", "NXDOMAIN", "tcp"),
    ]


def test_a_query_without_a_question_is_logged_as_that(ask):
    host, port = ask.sandbox.routes.resolvers["public"][0].rsplit(":", 1)
    query = dns.message.Message()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(2)
        udp.sendto(query.to_wire(), (host, int(port)))
        udp.recv(512)
    (seen,) = ask.sandbox.requests
    assert (seen.method, seen.path, seen.status) == ("QUERY", "(no question)", "FORMERR")


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("a. 60 IN CNAME b.\na. 60 IN A 1.2.3.4\n", "a has a CNAME and something beside it"),
        ("; rcode a. NOSUCH\n", "rcode a. NOSUCH"),
        ("; delay a. soon\n", "delay a. soon: 'soon' is no duration"),
        ("; rotate a. often\n", "rotate a. often"),
    ],
)
def test_views_that_cannot_be_served(serve, zone, said):
    with pytest.raises(WorldInvalid) as refused:
        serve({"dns/v.zone": zone})
    assert said in str(refused.value)
