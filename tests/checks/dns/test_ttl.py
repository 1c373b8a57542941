from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.dns.answers import OLD, answer, dns, held, name, to
from tests.checks.evidence import load, unmet, unproven

check = load("dns/test_ttl.py")


def judge(*answers, declared=None, raised=None, **facts):
    raised = [] if raised is None else raised
    return {"name": declared or name(), "dns": dns(*answers or (to(OLD),), **facts), "escalate": raised.append}


def long(first=60, second=60):
    return {"authoritative": (held(OLD, ttl=first), held("20.50.1.4", host=OLD, ttl=second))}


def test_short_enough_everywhere():
    looked, raised = Looked(), []
    check.test_ttl(**judge(looked=looked, raised=raised))
    assert (looked.count, raised) == (3, [])


def test_every_hop_counts_and_is_named():
    raised = []
    assert unmet(check.test_ttl, **judge(**long(120, 300), raised=raised)) == (
        "orders/api.contoso.example may be kept too long in the view public: api.contoso.example for 120 s, "
        "weu-gw.contoso.example for 300 s; declared is at most 60s, the recovery time objective is 30m."
    )
    assert raised == []


def test_longer_than_the_recovery_time_objective_blocks():
    raised = []
    assert "for 3600 s" in unmet(check.test_ttl, **judge(**long(3600), raised=raised))
    assert raised == ["blocker"]


def test_what_a_resolver_still_keeps_counts_where_the_name_servers_cannot_be_asked():
    given = judge(to(OLD, ttl=900), authoritative=(), authority_error="port 53 is closed")
    assert "for 900 s" in unmet(check.test_ttl, **given)
    short = judge(to(OLD, ttl=3), authoritative=(), authority_error="port 53 is closed")
    assert "port 53 is closed" in unproven(check.test_ttl, **short)


def test_without_a_declared_ttl_the_objective_is_the_limit():
    check.test_ttl(**judge(**long(600), declared=name(ttl=None)))
    raised = []
    said = unmet(check.test_ttl, **judge(**long(3600), declared=name(ttl=None), raised=raised))
    assert said.endswith("api.contoso.example for 3600 s; the recovery time objective is 30m.")
    assert raised == ["blocker"]


def test_a_long_absence_is_a_warning():
    raised = []
    assert unmet(check.test_ttl, **judge(negative_ttl=86400, raised=raised)) == (
        "orders/api.contoso.example: a resolver that once found it absent may say so for 86400 s; "
        "declared is at most 60s, the recovery time objective is 30m."
    )
    assert raised == []


def test_an_absence_that_nobody_tells_of_is_unproven():
    assert "no SOA was told" in unproven(check.test_ttl, **judge(negative_ttl=None))


@pytest.mark.parametrize("ttl", [10, 86400])
def test_a_name_that_is_not_switched_may_be_kept_for_any_time(ttl):
    declared = name("sb-prod-neu.servicebus.windows.net", private=True, site="neu")
    looked = Looked()
    given = answer("10.60.20.11", host=declared.host, ttl=ttl)
    check.test_ttl(**judge(given, declared=declared, looked=looked, authoritative=()))
    assert looked.count == 1
