"""Zones, their name servers, configured TTLs."""

from __future__ import annotations

import dns.flags
import pytest

from fixtures.evidence import EvidenceMissing, Routes

from .test_asking import SOA, ZONE

OWN = {**ZONE, ("contoso.example", "NS"): ["300 ns1.contoso.example.", "300 ns2.contoso.example."]}


def led_to(server):
    return Routes(resolvers={"public": [server]})


def test_every_hop_is_asked_at_its_zones_own_servers(serve, ask):
    server, serving = serve(OWN)
    asked = ask(["api.contoso.example"], ["1.1.1.1"], routes=led_to(server))
    answers = list(asked.names.authoritative("api.contoso.example"))
    hops = [(answer.server, answer.zone, [str(hop) for hop in answer.chain]) for answer in answers]
    ends = [f"weu-gw.contoso.example {end}" for end in ("A 20.50.1.3", "A 20.50.1.4", "AAAA 2001:db8::4")]
    assert hops == [
        ("ns1.contoso.example", "contoso.example", ["api.contoso.example CNAME weu-gw.contoso.example"]),
        ("ns2.contoso.example", "contoso.example", ["api.contoso.example CNAME weu-gw.contoso.example"]),
        ("ns1.contoso.example", "contoso.example", ends),
        ("ns2.contoso.example", "contoso.example", ends),
    ]
    assert asked.looked.count == 4
    assert asked.names.negative_ttl("api.contoso.example") == 120
    assert ("api.contoso.example", "A", "udp", False) in serving.asked


def test_the_primary_stands_in_where_a_sandbox_zone_names_no_servers(serve, ask):
    server, _ = serve(ZONE)
    names = ask(["sql.contoso.example"], ["1.1.1.1"], routes=led_to(server)).names
    assert [answer.server for answer in names.authoritative("sql.contoso.example")] == ["ns1.contoso.example"]


def test_a_chain_crosses_into_other_zones(serve, ask):
    zone = {
        **ZONE,
        ("www.contoso.example", "CNAME"): ["60 edge.cdn.example."],
        ("edge.cdn.example", "A"): ["3600 20.70.0.1"],
        ("cdn.example", "SOA"): ["900 ns.cdn.example. h.cdn.example. 1 2 3 4 900"],
    }
    server, _ = serve(zone)
    names = ask(["www.contoso.example"], ["1.1.1.1"], routes=led_to(server)).names
    assert {(a.zone, a.ttl) for a in names.authoritative("www.contoso.example")} == {
        ("contoso.example", 60),
        ("cdn.example", 3600),
    }
    assert names.negative_ttl("www.contoso.example") == 120


def test_an_answer_without_authority_is_no_evidence_of_a_ttl(serve, ask):
    def cached(query, transport):
        response = serving.by_zone(query)
        response.flags &= ~dns.flags.AA
        return response

    server, serving = serve(OWN, cached)
    names = ask(["api.contoso.example"], ["1.1.1.1"], routes=led_to(server)).names
    assert list(names.name_servers("api.contoso.example")) == []
    with pytest.raises(EvidenceMissing, match=r"no name server vouches for api.contoso.example \(ns1.+NOERROR without"):
        list(names.authoritative("api.contoso.example"))


def test_name_servers_that_are_not_known_are_missing_evidence(serve, ask):
    server, _ = serve(ZONE)
    names = ask(["sql.contoso.example"], [server]).names
    with pytest.raises(EvidenceMissing, match=r"the name servers of contoso.example are not known to the resolver"):
        list(names.authoritative("sql.contoso.example"))
    with pytest.raises(EvidenceMissing, match="are not known"):
        names.negative_ttl("sql.contoso.example")


def test_a_zone_that_nobody_knows_is_missing_evidence(serve, ask):
    server, _ = serve({("lonely.example", "A"): ["60 10.0.0.1"]})
    with pytest.raises(EvidenceMissing, match=r"no zone is found above lonely.example"):
        list(ask(["lonely.example"], [server]).names.authoritative("lonely.example"))


def test_one_zone_is_looked_for_once(serve, ask):
    server, serving = serve(OWN)
    ask(["sql.contoso.example", "ns1.contoso.example"], ["1.1.1.1"], routes=led_to(server))
    assert sum(kind == "NS" for _, kind, _, _ in serving.asked) == 1


def test_an_alias_below_a_zone_of_its_own_is_asked_there(serve, ask):
    zone = {
        **ZONE,
        ("eu.contoso.example", "SOA"): [SOA.replace("ns1", "ns9")],
        ("a.eu.contoso.example", "CNAME"): ["60 sql.contoso.example."],
    }
    server, _ = serve(dict(sorted(zone.items(), key=lambda item: -len(item[0][0]))))
    names = ask(["a.eu.contoso.example"], ["1.1.1.1"], routes=led_to(server)).names
    first = next(iter(names.authoritative("a.eu.contoso.example")))
    assert (first.zone, first.server) == ("eu.contoso.example", "ns9.contoso.example")
