"""Made-up DNS evidence, seen through the real view. A test names only what it is about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec

from fixtures.environment.endpoints import Name
from fixtures.environment.model import About
from fixtures.environment.units import Duration
from fixtures.evidence import Looked, Record
from fixtures.sources.dns.facts import Answer, DnsEvidence, Hop, NameFacts, Zone
from fixtures.sources.dns.names import Names, read_names
from tests.checks.evidence import NOW, role

HOST = "api.contoso.example"
OLD, NEW = "weu-gw.contoso.example", "neu-gw.contoso.example"
GATEWAYS = {OLD: "20.50.1.4", NEW: "20.60.1.4"}


def name(host: str = HOST, *, site: str | None = None, rto: str | None = "30m", **document: Any) -> Name:
    """A declared name; by default one that moves from the old gateway to the new one."""
    moving = {} if document.get("private") else {"type": "CNAME", "before": [OLD], "after": [NEW], "ttl": "60s"}
    declared = Name.model_validate({"host": host, "resolvers": ["public"], **moving, **document})
    objective = Duration.parse(rto) if rto else None
    declared.stand(About(service="orders", owner="team-orders", site=site, rto=objective))
    return declared


def answer(*through: str, server: str = "1.1.1.1", host: str = HOST, ttl: int = 60, **values: Any) -> Answer:
    """An answer that leads through names to addresses: ``answer("weu-gw.contoso.example", "20.50.1.4")``."""
    chain, at = [], host
    for step in through:
        kind = "AAAA" if ":" in step else "A" if step.replace(".", "").isdigit() else "CNAME"
        chain.append(Hop(at, kind, ttl, step))
        at = step.lower() if kind == "CNAME" else at
    values = {"rcode": "NOERROR", "transport": "udp", "attempt": 1} | values
    return Answer(name=host, server=server, chain=chain, **values)


def to(gateway: str, **values: Any) -> Answer:
    """An answer that leads to one of the gateways."""
    return answer(gateway, GATEWAYS[gateway], **values)


def held(*through: str, server: str = "ns1.example", **values: Any) -> Answer:
    """What a name server holds itself."""
    return answer(*through, server=server, authoritative=True, **values)


def dns(
    *answers: Answer,
    authoritative: tuple[Answer, ...] | None = None,
    negative_ttl: int | None = 60,
    looked: Looked | None = None,
    servers: tuple[str, ...] = (),
    **facts: Any,
) -> Names:
    """What one resolver recorded about one name."""
    own = (held(OLD), held("20.50.1.4", host=OLD)) if authoritative is None else authoritative
    host = answers[0].name if answers else HOST
    zone = Zone(name="contoso.example", servers=["ns1.example"], negative_ttl=negative_ttl)
    told = NameFacts(host=host, answers=list(answers), authoritative=list(own), zones=[zone], **facts)
    asked = list(dict.fromkeys([*servers, *(each.server for each in answers)]))
    record = Record(
        source="dns",
        place="public",
        asked_at=NOW,
        observed_at=NOW,
        duration_ms=1,
        data=msgspec.Raw(msgspec.json.encode(DnsEvidence(servers=asked, names={host: told}))),
    )
    return Names("public", read_names(record), None, looked or Looked())


def cutover(routed: str = "weu") -> Any:
    """The cutover from weu to neu with the sites that names lead to: ``weu``, ``neu`` or ``weu+neu``."""
    places = {place: role(place, active=place in routed, routed=place in routed) for place in ("weu", "neu")}
    return SimpleNamespace(from_site=places["weu"], to_site=places["neu"])


SITES = {
    "weu": role("weu", active=True, networks=("10.40.0.0/16",)),
    "neu": role("neu", target=True, networks=("10.60.0.0/16",)),
    "dc1": role("dc1", legacy=True, networks=("10.20.0.0/16",)),
}
