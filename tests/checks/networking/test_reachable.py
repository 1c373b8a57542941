from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import load, role, unmet, unproven
from tests.checks.networking.probes import OTHERS, SITE, endpoint, failed, probe, web

check = load("networking/test_reachable.py")
SQL = "sql-prod-neu.database.windows.net"


def judge(*probes, declared=None, site=SITE, **facts):
    declared = declared or endpoint()
    return {"endpoint": declared, "web": web(declared, *probes, **facts), "site": site, "other_sites": OTHERS}


def sql(**options):
    return endpoint(None, tcp=f"{SQL}:1433", **options)


def at(address, **values):
    return probe(host=SQL, port=1433, address=address, status=None, tls=None, **values)


def test_every_ingress_address_answers():
    looked = Looked()
    check.test_reachable(**judge(probe(), probe(address="20.60.1.5"), looked=looked))
    assert looked.count == 2


def test_one_ingress_address_that_refuses_is_unmet():
    refused = failed("refused", "connection refused", address="20.60.1.5")
    assert unmet(check.test_reachable, **judge(probe(), refused)) == (
        "orders/api.contoso.example/healthz is not reached from neu as it must be: 20.60.1.5:443: connection refused."
    )


def test_a_name_that_leads_nowhere_is_unmet():
    lost = failed("unresolved", "api.contoso.example does not resolve: NXDOMAIN", address=None, connected=False)
    said = unmet(check.test_reachable, **judge(lost))
    assert said.endswith("api.contoso.example:443: api.contoso.example does not resolve: NXDOMAIN.")


def test_a_port_that_speaks_no_tls_is_unmet():
    said = unmet(check.test_reachable, **judge(failed("tls", "the TLS handshake fails: wrong version number")))
    assert (
        "20.60.1.4:443 accepts connections but no TLS handshake: the TLS handshake fails: wrong version number" in said
    )


@pytest.mark.parametrize("kind", ["tls", "timeout", "protocol"])
def test_what_is_wrong_behind_the_handshake_is_for_other_checks(kind):
    check.test_reachable(**judge(failed(kind, "whatever", tls=probe().tls)))


def test_a_plain_url_needs_no_handshake():
    plain = endpoint("http://api.contoso.example/healthz")
    check.test_reachable(**judge(failed("timeout", "no full answer", port=80), declared=plain))


def test_a_private_endpoint_inside_the_networks_of_its_site():
    check.test_reachable(**judge(at("10.60.0.9"), declared=sql(**{"from": "neu"})))


def test_without_declared_networks_a_private_endpoint_has_a_private_address():
    nowhere = role("neu", target=True)
    check.test_reachable(**judge(at("10.99.0.9"), declared=sql(private=True), site=nowhere))
    said = unmet(check.test_reachable, **judge(at("52.236.0.9"), declared=sql(private=True), site=nowhere))
    assert f"{SQL} leads to 52.236.0.9, which is no private address" in said


@pytest.mark.parametrize("declared", [{"from": "neu"}, {"private": True}])
@pytest.mark.parametrize(
    ("address", "whose"), [("20.80.0.9", ""), ("10.40.0.9", " and inside those of weu")], ids=["public", "other site"]
)
def test_a_private_endpoint_elsewhere_is_unmet(declared, address, whose):
    assert unmet(check.test_reachable, **judge(at(address), declared=sql(**declared))) == (
        f"orders/{SQL}:1433 is not reached from neu as it must be: {SQL} leads to {address}, "
        f"outside the networks of neu (10.60.0.0/16){whose}."
    )


@pytest.mark.parametrize("address", ["20.80.0.9", "192.168.7.1", "2603:1020::9"])
def test_an_endpoint_that_is_not_declared_private_may_be_public_or_in_a_shared_network(address):
    check.test_reachable(**judge(at(address), declared=sql()))


def test_an_endpoint_in_the_other_sites_network_is_unmet_even_if_not_declared_private():
    assert "inside those of weu" in unmet(check.test_reachable, **judge(at("10.40.0.9"), declared=sql()))


def test_a_site_without_declared_networks_is_not_judged_by_them():
    check.test_reachable(**judge(at("20.80.0.9"), declared=sql(**{"from": "neu"}), site=role(target=True)))


def test_an_address_that_is_no_ingress_is_unmet():
    assert "20.50.1.4 is no ingress address of neu" in unmet(check.test_reachable, **judge(probe(address="20.50.1.4")))


def test_what_was_not_probed_is_unproven_but_a_refusal_beside_it_unmet():
    assert unproven(check.test_reachable, **judge(probe(), missing="it was not probed in time")) == (
        "orders/api.contoso.example/healthz in neu: it was not probed in time"
    )
    refused = failed("refused", "connection refused")
    assert "connection refused" in unmet(check.test_reachable, **judge(refused, missing="it was not probed in time"))
