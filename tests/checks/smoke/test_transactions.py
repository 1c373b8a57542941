from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fixtures.environment.endpoints import Transaction
from fixtures.environment.model import About
from fixtures.evidence import Looked, Record
from fixtures.sources.web.facts import Attempt, Finding, Hop, Probe, ProbeError, TransactionFacts, WebEvidence
from fixtures.sources.web.probes import Probes, read_probes
from tests.checks.evidence import NOW, load, role, unmet, unproven

check = load("smoke/test_transactions.py").test_transactions
URL = "https://api.contoso.example/orders/smoke"
SITES = {
    "weu": role("weu", tokens=("weu", "westeurope"), networks=("10.40.0.0/16",), ingress=("20.50.1.4",)),
    "neu": role("neu", active=True, tokens=("neu", "northeurope"), networks=("10.60.0.0/16",), ingress=("20.60.1.4",)),
    "dc1": role("dc1", legacy=True, networks=("198.51.100.0/24",), location=None),
}


def declared(**document: Any) -> Transaction:
    given = {"name": "order", "steps": [{"get": URL}], "repeat": 2, "p95": "800ms", **document}
    transaction = Transaction.model_validate(given)
    transaction.stand(About(service="orders", owner="team-orders"))
    return transaction


def step(**values: Any) -> Probe:
    host = {"host": "api.contoso.example", "port": 443, "reached": "20.60.1.4", "connected": True}
    return Probe(**{**host, "status": 200, "elapsed_ms": 100.0, **values})


def judge(*attempts: list[Probe], transaction: Transaction | None = None, missing: str | None = None,
          looked: Looked | None = None, sites: Any = None) -> dict[str, Any]:  # fmt: skip
    about = transaction or declared()
    tried = [Attempt(number=number, steps=list(steps)) for number, steps in enumerate(attempts, 1)]
    facts = WebEvidence(transactions={f"orders/{about.id}": TransactionFacts(attempts=tried, missing=missing)})
    record = Record(
        source="web",
        place="global",
        asked_at=NOW,
        observed_at=NOW,
        duration_ms=1,
        data=msgspec.Raw(msgspec.json.encode(facts)),
    )
    web = Probes("global", read_probes(record), looked or Looked())
    return {"transaction": about, "web": web, "sites": sites or SITES}


def test_every_attempt_succeeds_at_the_active_site():
    looked = Looked()
    check(**judge([step()], [step()], looked=looked))
    assert looked.count == 2


def test_a_failed_attempt_is_told_exactly():
    assert unmet(check, **judge([step()], [step(status=500)])) == (
        f"orders/order does not succeed as declared (2 times through its public name): step 1 ({URL}) answers 500, "
        "declared is 200 in 1 of 2 attempts."
    )


def test_every_kind_of_failure_and_every_step():
    finding = Finding(what="$.status", declared='"ok"', observed='"late"', matches=False)
    about = declared(steps=[{"get": URL}, {"get": f"{URL}/2", "expect": {"within": "1s"}}], repeat=3)
    said = unmet(
        check,
        **judge(
            [step(status=None, error=ProbeError("timeout", "no full answer within 5 s"))],
            [step(findings=[finding]), step(elapsed_ms=1200.0)],
            [step(redirects=[Hop(URL, 302, "https://x.example/")], status=404)],
            transaction=about,
        ),
    )
    for words in ("no full answer within 5 s", '$.status is "late", not "ok"', f"step 2 ({URL}/2) takes longer than 1s",
                  "answers 404 after 302 to https://x.example/"):  # fmt: skip
        assert words in said


def test_the_percentile_is_of_whole_attempts():
    said = unmet(
        check, **judge(*([step(elapsed_ms=float(ms))] for ms in (100, 100, 900)), transaction=declared(repeat=3))
    )
    assert "its p95 is 900 ms (the slowest took 100, 100, 900 ms), declared is 800ms" in said
    check(**judge(*([step(elapsed_ms=900.0 if number == 0 else 100.0)] for number in range(20)),
                  transaction=declared(repeat=20)))  # fmt: skip
    check(**judge([step(elapsed_ms=9000.0)], transaction=unbounded()))


def unbounded() -> Transaction:
    transaction = Transaction.model_validate({"name": "order", "steps": [{"get": URL}]})
    transaction.stand(About(service="orders"))
    return transaction


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (step(reached="20.50.1.4"), "weu answered (at 20.50.1.4) in 1 of 2 attempts, active is neu"),
        (step(headers={"x-served-by": "api.WestEurope"}), "weu answered (x-served-by: api.WestEurope)"),
        (step(reached="198.51.100.20"), "dc1 answered (at 198.51.100.20)"),
    ],
)
def test_another_site_answered(answer, told):
    assert told in unmet(check, **judge([step()], [answer]))


def test_a_redirect_that_is_declared_is_met():
    about = declared(steps=[{"get": URL, "expect": {"status": [302]}}])
    moved = step(redirects=[Hop(URL, 302, "https://x.example/")], status=404)
    check(**judge([moved], [moved], transaction=about))


def test_words_that_contain_a_token_name_no_site():
    far = step(reached="203.0.113.9", headers={"x-served-by": "cache-weurope", "x-site": "neu"})
    check(**judge([far], [far]))


def test_nobody_knows_who_answered():
    far = step(reached="203.0.113.9", headers={"x-served-by": "cache-fra"})
    said = unproven(check, **judge([far], [far]))
    assert "203.0.113.9 is no site's `ingress`" in said


def test_fewer_attempts_than_declared_are_unproven_and_a_failure_among_them_is_not():
    late = "it was not tried as often as declared before the time was up"
    assert late in unproven(check, **judge([step()], missing=late))
    assert late in unproven(check, **judge(missing=late))
    assert "answers 500" in unmet(check, **judge([step(status=500)], missing=late))


def test_a_transaction_that_was_not_tried_is_unproven():
    given = judge([step()]) | {"transaction": declared(name="other")}
    assert "orders/other was not tried in global" in unproven(check, **given)
