from __future__ import annotations

from types import SimpleNamespace

import pytest

from fixtures.evidence import Looked
from fixtures.matching import LegacyMatcher
from fixtures.sources.web.facts import Hop
from tests.checks.evidence import load, role, unmet, unproven
from tests.checks.networking.probes import OTHERS, SITE, endpoint, failed, probe, web

check = load("integration/test_redirects.py").test_redirects
URL = "https://api.contoso.example/healthz"
SITES = {"neu": SITE, "weu": OTHERS[0], "dc1": role("dc1", legacy=True, networks=("10.99.0.0/16",), location=None)}


def matcher(*allowed):
    allow = [SimpleNamespace(surface=surface) for surface in allowed]
    declared = SimpleNamespace(hosts=["*.dc1.contoso.example", "old.contoso.example"], networks=["198.51.100.0/24"],
                               allow=allow)  # fmt: skip
    return LegacyMatcher(SimpleNamespace(legacy=declared))


def judge(*probes, allowed=(), **facts):
    declared = endpoint()
    return {
        "http_endpoint": declared,
        "web": web(declared, *probes, **facts),
        "site": SITE,
        "legacy": matcher(*allowed),
        "sites": SITES,
    }


def moved(location, *, at="20.60.1.4", reached="20.60.1.4", status=302, **values):
    return probe(redirects=[Hop(URL, status, location, at)], reached=reached, **values)


def test_no_redirect_and_one_that_stays():
    looked = Looked()
    check(**judge(probe(reached="20.60.1.4"), moved("https://www.contoso.example/"), looked=looked))
    assert looked.count == 2


def test_a_redirect_to_a_legacy_host_is_told_exactly():
    assert unmet(check, **judge(moved("https://old.contoso.example/x", reached="203.0.113.5"))) == (
        "orders/api.contoso.example/healthz in neu leads to a legacy place: it redirects (302) to "
        "https://old.contoso.example/x at 203.0.113.5, which is legacy (old.contoso.example)."
    )


def test_a_middle_hop_counts_though_the_chain_ends_elsewhere():
    chain = [Hop(URL, 301, "https://a.dc1.contoso.example/", "20.60.1.4"),
             Hop("https://a.dc1.contoso.example/", 302, "https://www.contoso.example/", "203.0.113.5")]  # fmt: skip
    assert "a.dc1.contoso.example" in unmet(check, **judge(probe(redirects=chain, reached="20.60.1.4")))


@pytest.mark.parametrize("address", ["198.51.100.20", "10.99.4.4"])
def test_an_address_in_a_legacy_network_counts_whatever_its_name(address):
    said = unmet(check, **judge(moved("https://login.contoso.example/", reached=address)))
    assert f"https://login.contoso.example/ at {address}, which is legacy ({address})" in said
    assert f"api.contoso.example at {address}" in unmet(check, **judge(probe(reached=address)))


def test_a_legacy_host_that_does_not_answer_any_more_counts():
    gone = failed(
        "unresolved",
        "old.contoso.example does not resolve",
        redirects=[Hop(URL, 302, "http://old.contoso.example/", "20.60.1.4")],
    )
    assert "http://old.contoso.example/" in unmet(check, **judge(gone))


def test_longer_names_and_declared_ones_are_left_alone():
    check(**judge(moved("https://hold.contoso.example/?next=old.contoso.example.evil")))
    check(**judge(moved("https://old.contoso.example/"), allowed=["endpoint/orders/api.contoso.example/healthz"]))


def test_what_was_not_probed_is_unproven():
    assert "late" in unproven(check, **judge(missing="late"))
    assert "late" in unproven(check, **judge(probe(reached="20.60.1.4"), missing="late"))
