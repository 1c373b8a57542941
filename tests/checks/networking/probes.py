"""Made-up web evidence, seen through the real view. A test names only what it is about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from fixtures.environment.endpoints import Endpoint
from fixtures.environment.model import About
from fixtures.evidence import Looked, Record
from fixtures.sources.web.facts import EndpointFacts, Probe, ProbeError, Tls, WebEvidence
from fixtures.sources.web.probes import Probes, read_probes
from tests.checks.evidence import NOW, role

HOST, INGRESS = "api.contoso.example", "20.60.1.4"
SITE = role(target=True, networks=("10.60.0.0/16",), ingress=(INGRESS, "20.60.1.5"))
OTHERS = (role("weu", active=True, networks=("10.40.0.0/16",), ingress=("20.50.1.4",)),)


def endpoint(url: str | None = f"https://{HOST}/healthz", **document: Any) -> Endpoint:
    """A declared endpoint; by default a URL through the ingress."""
    given = {"url": url, "via": "ingress"} if url and "from" not in document else {}
    declared = Endpoint.model_validate(given | {key: value for key, value in document.items() if value is not None})
    declared.stand(About(service="orders", owner="team-orders", site="neu"))
    return declared


def tls(**values: Any) -> Tls:
    """A handshake with a good certificate."""
    defaults: dict[str, Any] = {
        "host": HOST,
        "version": "1.3",
        "verified": True,
        "verify_error": None,
        "names": [HOST],
        "covers": True,
        "not_before": NOW - timedelta(days=30),
        "not_after": NOW + timedelta(days=60),
        "issuer": "CN=Authority",
        "subject": f"CN={HOST}",
        "self_signed": False,
        "chain_length": None,
        "minimum": "1.2",
    }
    return Tls(**defaults | values)


def probe(**values: Any) -> Probe:
    """A probe through the ingress that was answered with 200."""
    defaults: dict[str, Any] = {
        "host": HOST,
        "port": 443,
        "address": INGRESS,
        "connected": True,
        "status": 200,
        "elapsed_ms": 40.0,
        "tls": tls(),
    }
    return Probe(**defaults | values)


def failed(kind: Any, message: str, **values: Any) -> Probe:
    """A probe that got no answer."""
    return probe(
        **{"status": None, "error": ProbeError(kind, message), "tls": None, "connected": kind != "refused"} | values
    )


def web(about: Endpoint, *probes: Probe, missing: str | None = None, looked: Looked | None = None) -> Probes:
    """What one site recorded about one endpoint."""
    facts = EndpointFacts(probes=list(probes), missing=missing)
    record = Record(
        source="web",
        place="neu",
        asked_at=NOW,
        observed_at=NOW,
        duration_ms=1,
        data=msgspec.Raw(msgspec.json.encode(WebEvidence(endpoints={f"{about.service}/{about.id}": facts}))),
    )
    return Probes("neu", read_probes(record), looked or Looked())
