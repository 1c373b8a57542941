"""The DNS source against real servers on the loopback, healthy and ill."""

from __future__ import annotations

import struct
import time

import dns.flags
import dns.message
import dns.rcode
import pytest

from fixtures.evidence import EvidenceMissing, Routes, SourceFailed

SOA = "300 ns1.contoso.example. hostmaster.contoso.example. 1 3600 600 86400 120"
ZONE = {
    ("contoso.example", "SOA"): [SOA],
    ("api.contoso.example", "CNAME"): ["60 weu-gw.contoso.example."],
    ("weu-gw.contoso.example", "A"): ["60 20.50.1.4", "60 20.50.1.3"],
    ("weu-gw.contoso.example", "AAAA"): ["60 2001:db8::4"],
    ("sql.contoso.example", "A"): ["30 10.40.0.9"],
}


def test_a_chain_is_followed_to_both_kinds_of_addresses(serve, ask):
    server, serving = serve(ZONE)
    asked = ask(["API.contoso.example."], [server])
    answers = list(asked.names.answers("api.contoso.example"))
    assert len(answers) == 3
    assert asked.looked.count == 3
    first = answers[0]
    assert (first.rcode, first.transport, first.server, first.attempt) == ("NOERROR", "udp", server, 1)
    assert first.targets == ["weu-gw.contoso.example"]
    assert first.canonical == "weu-gw.contoso.example"
    assert first.addresses == ["20.50.1.3", "20.50.1.4", "2001:db8::4"]
    assert first.ttl == 60
    assert asked.answer.requests == len(serving.asked)


def test_a_chain_that_one_answer_leaves_open_is_followed_up(serve, ask):
    def only_aliases(query, transport):
        response = serving.by_zone(query)
        if response.answer and response.answer[0].rdtype == dns.rdatatype.CNAME:
            response.answer = response.answer[:1]
        return response

    server, serving = serve(ZONE, only_aliases)
    answers = list(ask(["api.contoso.example"], [server]).names.answers("api.contoso.example"))
    assert answers[0].addresses == ["20.50.1.3", "20.50.1.4", "2001:db8::4"]
    assert [hop.type for hop in answers[0].chain] == ["CNAME", "A", "A", "AAAA"]


def test_absence_and_failure_are_told_apart(serve, ask):
    def ill(query, transport):
        response = serving.by_zone(query)
        if "broken" in str(query.question[0].name):
            response = dns.message.make_response(query)
            response.set_rcode(dns.rcode.SERVFAIL)
        return response

    server, serving = serve(ZONE, ill)
    names = ask(["missing.contoso.example", "broken.contoso.example"], [server]).names
    assert {(a.rcode, a.negative_ttl) for a in names.answers("missing.contoso.example")} == {("NXDOMAIN", 120)}
    assert {a.rcode for a in names.answers("broken.contoso.example")} == {"SERVFAIL"}


def test_a_transient_server_failure_is_asked_again(serve, ask):
    failed = []

    def once(query, transport):
        response = serving.by_zone(query)
        if not failed:
            failed.append(query)
            response = dns.message.make_response(query)
            response.set_rcode(dns.rcode.SERVFAIL)
        return response

    server, serving = serve(ZONE, once)
    answers = ask(["sql.contoso.example"], [server]).names.answers("sql.contoso.example")
    assert {a.rcode for a in answers} == {"NOERROR"}


def test_a_cut_answer_is_asked_again_over_tcp(serve, ask):
    def cut(query, transport):
        response = serving.by_zone(query)
        if transport == "udp":
            response.answer.clear()
            response.flags |= dns.flags.TC
        return response

    server, serving = serve(ZONE, cut)
    answers = list(ask(["sql.contoso.example"], [server]).names.answers("sql.contoso.example"))
    assert {(a.transport, *a.addresses) for a in answers} == {("tcp", "10.40.0.9")}


def test_a_server_that_drops_udp_is_heard_over_tcp(serve, ask):
    server, serving = serve(ZONE, lambda query, transport: serving.by_zone(query) if transport == "tcp" else None)
    answers = list(ask(["sql.contoso.example"], [server]).names.answers("sql.contoso.example"))
    assert {a.transport for a in answers} == {"tcp"}


def test_a_silent_server_is_missing_evidence_and_the_others_stand(serve, ask):
    good, _ = serve(ZONE)
    mute, _ = serve(ZONE, lambda query, transport: None)
    names = ask(["sql.contoso.example"], [good, mute]).names
    assert {a.server for a in names.given("sql.contoso.example")} == {good}
    with pytest.raises(EvidenceMissing, match=rf"{mute} \(public\) gave no answer for sql.contoso.example") as raised:
        list(names.answers("sql.contoso.example"))
    assert raised.value.kind == "timeout"


def test_only_silence_is_missing_evidence(serve, ask):
    mute, _ = serve(ZONE, lambda query, transport: None)
    with pytest.raises(EvidenceMissing, match="gave no answer"):
        list(ask(["sql.contoso.example"], [mute]).names.given("sql.contoso.example"))


def test_nobody_listening_is_unreachable(ask, closed_port):
    names = ask(["sql.contoso.example"], [f"127.0.0.1:{closed_port}"]).names
    with pytest.raises(EvidenceMissing, match="cannot be reached") as raised:
        list(names.answers("sql.contoso.example"))
    assert raised.value.kind == "unreachable"


@pytest.mark.parametrize(
    "garbage", [b"", b"\x00", b"\xff" * 40, b"GET / HTTP/1.1\r\n\r\n", struct.pack("!6H", 1, 0x8180, 1, 9, 0, 0)]
)
def test_garbage_is_malformed_evidence(serve, ask, garbage):
    server, _ = serve(ZONE, lambda query, transport: garbage)
    names = ask(["sql.contoso.example"], [server]).names
    with pytest.raises(EvidenceMissing) as raised:
        list(names.answers("sql.contoso.example"))
    assert raised.value.kind in ("malformed", "unreachable")


def test_a_right_header_with_a_broken_body_is_malformed(serve, ask):
    server, serving = serve(ZONE, lambda query, transport: serving.by_zone(query).to_wire()[:-3])
    with pytest.raises(EvidenceMissing, match="answered garbage") as raised:
        list(ask(["sql.contoso.example"], [server]).names.answers("sql.contoso.example"))
    assert raised.value.kind == "malformed"


def test_an_answer_to_another_question_is_not_believed(serve, ask):
    def other(query, transport):
        return serving.by_zone(dns.message.make_query("evil.example", "A", id=query.id))

    server, serving = serve(ZONE, other)
    with pytest.raises(EvidenceMissing):
        list(ask(["sql.contoso.example"], [server]).names.answers("sql.contoso.example"))


def test_a_refusal_is_denied_evidence(serve, ask):
    def refuse(query, transport):
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.REFUSED)
        return response

    server, _ = serve(ZONE, refuse)
    with pytest.raises(EvidenceMissing, match="refuses to answer") as raised:
        list(ask(["sql.contoso.example"], [server]).names.given("sql.contoso.example"))
    assert raised.value.kind == "denied"


def test_a_loop_of_aliases_ends(serve, ask):
    zone = {
        ("a.contoso.example", "CNAME"): ["60 b.contoso.example."],
        ("b.contoso.example", "CNAME"): ["60 a.contoso.example."],
        ("contoso.example", "SOA"): [SOA],
    }
    server, _ = serve(zone)
    answers = list(ask(["a.contoso.example"], [server]).names.answers("a.contoso.example"))
    assert answers[0].error == "the chain of CNAMEs does not end"
    assert answers[0].addresses == []


def test_the_deadline_keeps_what_was_heard(serve, ask):
    def slow(query, transport):
        name = str(query.question[0].name)
        if "slow" not in name:
            return serving.by_zone(query)
        time.sleep(0.1)
        response = dns.message.make_response(query)
        response.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", "slow" + name))
        return response

    server, serving = serve(ZONE, slow)
    asked = ask(["sql.contoso.example", "slow.contoso.example"], [server], seconds=1.5)
    assert asked.answer.error.kind == "partial"
    assert asked.answer.error.message == "1 of 2 names were not answered in time: slow.contoso.example"
    assert [a.addresses for a in asked.names.answers("sql.contoso.example")] == [["10.40.0.9"]] * 3
    with pytest.raises(EvidenceMissing, match="not answered in time"):
        list(asked.names.answers("slow.contoso.example"))


def test_a_name_that_was_not_asked_is_missing_evidence(serve, ask):
    server, _ = serve(ZONE)
    with pytest.raises(EvidenceMissing, match="was not asked"):
        list(ask(["sql.contoso.example"], [server]).names.answers("other.contoso.example"))


def test_a_name_that_dns_cannot_hold_spoils_no_other(serve, ask):
    server, _ = serve(ZONE)
    names = ask(["sql.contoso.example", "x" * 70 + ".example"], [server]).names
    assert list(names.answers("sql.contoso.example"))
    with pytest.raises(EvidenceMissing, match="no DNS name"):
        list(names.answers("x" * 70 + ".example"))


def test_a_resolver_of_another_vantage_is_elsewhere(ask):
    with pytest.raises(SourceFailed, match="is judged from neu; this run looks from weu") as raised:
        ask(["sql.contoso.example"], ["127.0.0.1:1"], vantage="weu", resolver_vantage="neu")
    assert raised.value.error.kind == "elsewhere"


def test_a_sandbox_leads_every_declared_server_to_its_view(serve, ask):
    server, _ = serve(ZONE)
    routes = Routes(resolvers={"public": [server]})
    names = ask(["sql.contoso.example"], ["1.1.1.1", "https://dns.example/dns-query"], routes=routes).names
    assert {a.server for a in names.answers("sql.contoso.example")} == {"1.1.1.1", "https://dns.example/dns-query"}


def test_a_resolver_without_a_view_in_the_sandbox_is_unreachable(ask):
    with pytest.raises(SourceFailed, match="no server"):
        ask(["sql.contoso.example"], ["1.1.1.1"], routes=Routes(kubeconfig="k"))
