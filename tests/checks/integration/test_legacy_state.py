from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from fixtures.environment.legacy import LegacyEndpoint
from fixtures.environment.model import About
from fixtures.evidence import Looked, Record
from fixtures.sources.web.facts import EndpointFacts, Hop, Probe, ProbeError, WebEvidence
from fixtures.sources.web.probes import Probes, read_probes
from tests.checks.evidence import NOW, load, role, unmet, unproven
from tests.checks.integration.test_redirects import matcher

check = load("integration/test_legacy_state.py").test_legacy_state
URL, ADDRESS = "https://old.contoso.example/orders", "198.51.100.20"


def declared(**document):
    endpoint = LegacyEndpoint.model_validate(
        {"url": URL, "before": {"status": 200}, "after": {"status": [301, 410]}, **document}
    )
    endpoint.stand(About(service="legacy"))
    return endpoint


def probe(**values):
    facts = {"host": "old.contoso.example", "port": 443, "address": ADDRESS, "reached": ADDRESS, "connected": True}
    return Probe(**{**facts, "status": 200, **values})


def judge(*probes, about=None, moved=False, routed=None, missing=None, looked=None):
    about = about or declared()
    facts = WebEvidence(endpoints={f"legacy/{about.id}": EndpointFacts(probes=list(probes), missing=missing)})
    record = Record(
        source="web",
        place="global",
        asked_at=NOW,
        observed_at=NOW,
        duration_ms=1,
        data=msgspec.Raw(msgspec.json.encode(facts)),
    )
    to_site = role("neu", active=moved, routed=moved if routed is None else routed)
    return {
        "legacy_endpoint": about,
        "web": Probes("global", read_probes(record), looked or Looked()),
        "cutover": SimpleNamespace(from_site=role("weu", active=not moved), to_site=to_site),
        "legacy": matcher(),
    }


def redirected(location, status=301, **values):
    return probe(redirects=[Hop(URL, status, location, ADDRESS)], **values)


def test_as_before_until_the_work_moves_and_as_after_from_then_on():
    looked = Looked()
    check(**judge(probe(), looked=looked))
    assert looked.count == 1
    check(**judge(probe(status=410), moved=True))
    check(**judge(redirected("https://api.contoso.example/", reached="20.60.1.4"), moved=True))


def test_still_taking_orders_is_told_exactly():
    assert unmet(check, **judge(probe(), moved=True)) == (
        "legacy/old.contoso.example/orders does not answer as declared while neu does the work: "
        "198.51.100.20 answers 200, declared is 301 or 410."
    )


def test_switched_off_too_early():
    gone = probe(status=None, connected=False, error=ProbeError("refused", "connection refused"))
    said = unmet(check, **judge(gone))
    assert "while weu does the work: 198.51.100.20 gives no answer (connection refused), declared is 200" in said


def test_redirecting_too_early():
    said = unmet(check, **judge(redirected("https://api.contoso.example/")))
    assert "answers 301 to https://api.contoso.example/, declared is 200" in said


def test_a_redirect_that_leads_back_by_name_or_once_names_moved_by_address():
    said = unmet(check, **judge(redirected("https://x.dc1.contoso.example/"), moved=True))
    assert "it redirects (301) to https://x.dc1.contoso.example/, which is legacy" in said
    by_address = redirected("https://api.contoso.example/")
    assert ADDRESS in unmet(check, **judge(by_address, moved=True))
    check(**judge(by_address, moved=True, routed=False))


@pytest.mark.parametrize("kind", ["refused", "timeout", "unresolved"])
def test_refused_as_declared(kind):
    closed = declared(after={"refused": True})
    check(**judge(probe(status=None, connected=False, error=ProbeError(kind, "no")), about=closed, moved=True))


def test_accepting_where_it_must_refuse():
    closed = declared(after={"refused": True})
    assert "198.51.100.20:443 answers 200, declared is that it refuses" in unmet(
        check, **judge(probe(), about=closed, moved=True)
    )
    tls = probe(status=None, error=ProbeError("tls", "certificate expired"))
    assert "accepts connections (certificate expired)" in unmet(check, **judge(tls, about=closed, moved=True))


def test_without_a_declared_answer_before_anything_will_do_before():
    check(**judge(probe(status=500), about=only_after()))


def only_after():
    endpoint = LegacyEndpoint.model_validate({"url": URL, "after": {"status": [410]}})
    endpoint.stand(About(service="legacy"))
    return endpoint


def test_what_was_not_probed_is_unproven():
    assert "late" in unproven(check, **judge(missing="late"))
    assert "was not probed in global" in unproven(
        check, **(judge(probe()) | {"legacy_endpoint": declared(url="https://b.example/")})
    )
