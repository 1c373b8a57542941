from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import NOW, load, unmet, unproven
from tests.checks.networking.probes import SITE, endpoint, failed, probe, tls, web

check = load("networking/test_certificate.py")
FAKE = "CN=Kubernetes Ingress Controller Fake Certificate,O=Acme Co"
WHO = "orders/api.contoso.example/healthz in neu shows a certificate that clients will not accept: 20.60.1.4: "


def judge(*probes, declared=None, **facts):
    declared = declared or endpoint(tls={"days": 30, "minimum": "1.2"})
    return {"tls_endpoint": declared, "web": web(declared, *probes, **facts), "site": SITE, "now": NOW}


def shown(**values):
    return probe(tls=tls(**values))


def test_a_good_certificate():
    looked = Looked()
    check.test_certificate(**judge(shown(), looked=looked))
    assert looked.count == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"not_after": NOW - timedelta(hours=3), "verified": False, "verify_error": "x"},
            "it expired on 2026-12-05 18:00 UTC",
        ),
        (
            {"not_after": NOW + timedelta(days=29, hours=23)},
            "it expires in 29 days, on 2027-01-04, declared is at least 30",
        ),
        ({"not_after": NOW + timedelta(hours=30)}, "it expires in 1 day, on 2026-12-07, declared is at least 30"),
        ({"not_before": NOW + timedelta(days=1)}, "it is not valid before 2026-12-06 21:00 UTC"),
        (
            {"names": ["a.example", "b.example"], "covers": False, "verified": False},
            "it is for a.example, b.example, not for api.contoso.example",
        ),
        ({"names": [], "covers": False}, "it is for no name at all, not for api.contoso.example"),
        ({"self_signed": True, "verified": False}, "it is self-signed (CN=api.contoso.example)"),
        (
            {
                "verified": False,
                "verify_error": "the certificate is not accepted: unable to get local issuer certificate",
            },
            "the certificate is not accepted: unable to get local issuer certificate",
        ),
        (
            {
                "subject": FAKE,
                "verified": False,
                "covers": False,
            },
            f"it is an ingress controller's default certificate ({FAKE})",
        ),
        ({"accepted_below": "1.1"}, "TLS 1.1 is still accepted, declared is at least 1.2"),
        ({"version": "1.0"}, "nothing better than TLS 1.0 is spoken, declared is at least 1.2"),
    ],
)
def test_what_clients_will_not_accept_is_unmet(values, words):
    assert unmet(check.test_certificate, **judge(shown(**values))) == f"{WHO}{words}."


def test_everything_wrong_is_named_at_every_address():
    both = shown(names=["x.example"], covers=False, not_after=NOW - timedelta(days=1))
    said = unmet(check.test_certificate, **judge(shown(accepted_below="1.0"), both))
    assert said.count("20.60.1.4: ") == 3


def test_exactly_the_declared_days_are_enough():
    check.test_certificate(**judge(shown(not_after=NOW + timedelta(days=30))))


def test_without_a_declaration_a_fortnight_is_enough():
    declared = endpoint()
    check.test_certificate(**judge(shown(not_after=NOW + timedelta(days=15), accepted_below="1.0"), declared=declared))
    said = unmet(check.test_certificate, **judge(shown(not_after=NOW + timedelta(days=13)), declared=declared))
    assert "declared is at least 14" in said


def test_a_self_signed_certificate_that_is_trusted_is_fine():
    check.test_certificate(**judge(shown(self_signed=True)))


def test_a_certificate_that_nobody_saw_is_unproven():
    assert unproven(check.test_certificate, **judge(failed("refused", "connection refused"))) == (
        "no certificate of orders/api.contoso.example/healthz was seen at 20.60.1.4:443: connection refused"
    )


def test_versions_that_nobody_could_try_are_unproven():
    assert unproven(check.test_certificate, **judge(shown(below_unknown="it does not react to an older greeting"))) == (
        "whether api.contoso.example accepts less than TLS 1.2 is unknown: it does not react to an older greeting"
    )


def test_what_was_not_probed_is_unproven():
    assert "too late" in unproven(check.test_certificate, **judge(shown(), missing="too late"))
