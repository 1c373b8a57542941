from __future__ import annotations

from types import SimpleNamespace

import pytest

from fixtures.evidence import Looked
from fixtures.sources.web.facts import Finding, Hop
from tests.checks.evidence import load, unmet, unproven
from tests.checks.networking.probes import SITE, endpoint, failed, probe, web

check = load("networking/test_http.py")
DRIFT = SimpleNamespace(
    named_in=lambda text: ["weu"] if "weu-gw" in text else [], allowed=lambda surface, _: "/declared" in surface
)
WHO = "orders/api.contoso.example/healthz in neu does not answer as declared: "


def judge(*probes, declared=None, **facts):
    declared = declared or endpoint()
    return {"http_endpoint": declared, "web": web(declared, *probes, **facts), "site": SITE, "drift": DRIFT}


def expecting(**expect):
    return endpoint(expect=expect)


def redirect(status=302, to="https://login.contoso.example/"):
    return Hop("https://api.contoso.example/healthz", status, to)


def test_the_declared_answer():
    looked = Looked()
    check.test_http(**judge(probe(), declared=expecting(status=200, within="500ms"), looked=looked))
    assert looked.count == 1


def test_another_status_is_unmet_at_each_address():
    given = judge(probe(status=503), probe(status=404, address="20.60.1.5"))
    assert unmet(check.test_http, **given) == (
        WHO + "20.60.1.4 answers 503, declared is 200; 20.60.1.5 answers 404, declared is 200."
    )


def test_any_of_several_declared_statuses_is_fine():
    check.test_http(**judge(probe(status=401), declared=expecting(status=[200, 401])))
    said = unmet(check.test_http, **judge(probe(status=500), declared=expecting(status=[200, 401])))
    assert said.endswith("20.60.1.4 answers 500, declared is 200 or 401.")


def test_a_redirect_to_a_host_of_another_site_is_unmet():
    led = redirect(to="https://weu-gw.contoso.example/healthz")
    assert unmet(check.test_http, **judge(probe(redirects=[led]))) == (
        WHO + "20.60.1.4 redirects (302) to https://weu-gw.contoso.example/healthz, which is another site's (weu)."
    )
    check.test_http(**judge(probe(redirects=[redirect(to="https://login.contoso.example/?back=weu-gw")])))
    check.test_http(**judge(probe(redirects=[led]), declared=endpoint("https://api.contoso.example/declared")))


def test_the_end_of_a_redirect_counts_unless_the_redirect_is_declared():
    check.test_http(**judge(probe(redirects=[redirect()])))
    check.test_http(**judge(probe(status=404, redirects=[redirect()]), declared=expecting(status=302)))
    said = unmet(check.test_http, **judge(probe(status=404, redirects=[redirect()])))
    assert said.endswith("20.60.1.4 answers 404 after 302 to https://login.contoso.example/, declared is 200.")


def test_a_declared_redirect_counts_even_where_it_leads_nowhere():
    lost = failed("unresolved", "login.contoso.example does not resolve", redirects=[redirect()])
    check.test_http(**judge(lost, declared=expecting(status=[301, 302])))
    said = unmet(check.test_http, **judge(lost))
    assert "gives no answer after 302 to https://login.contoso.example/: login.contoso.example does not resolve" in said


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("refused", "connection refused"),
        ("timeout", "no full answer within 5 s"),
        ("tls", "the certificate is not accepted: certificate has expired"),
        ("reset", "the connection was closed before the answer was complete"),
        ("protocol", "the answer breaks HTTP: illegal status line"),
    ],
)
def test_no_answer_is_unmet(kind, message):
    assert unmet(check.test_http, **judge(failed(kind, message))) == WHO + f"20.60.1.4 gives no answer: {message}."


def test_content_that_differs_is_unmet():
    wrong = Finding(what="$.status", declared='"ok"', observed='"degraded"', matches=False)
    right = Finding(what="$.version", declared="1", observed="1", matches=True)
    declared = expecting(json={"$.status": "ok", "$.version": 1})
    said = unmet(check.test_http, **judge(probe(findings=[wrong, right]), declared=declared))
    assert said == WHO + '20.60.1.4 $.status is "degraded", not "ok".'


def test_an_answer_that_takes_too_long_is_unmet():
    said = unmet(check.test_http, **judge(probe(elapsed_ms=812.4), declared=expecting(within="500ms")))
    assert said == WHO + "20.60.1.4 takes 812 ms, declared is at most 500ms."
    check.test_http(**judge(probe(elapsed_ms=500.0), declared=expecting(within="500ms")))


def test_what_was_not_probed_is_unproven():
    assert "it was not probed in time" in unproven(
        check.test_http, **judge(probe(), missing="it was not probed in time")
    )
