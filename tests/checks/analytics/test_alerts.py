from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import SUBSCRIPTION, arm, declared, environment, group, resource
from tests.checks.evidence import load, role, unmet, unproven

check = load("analytics/test_alerts.py").test_alerts

METRIC, QUERY = "Microsoft.Insights/metricAlerts", "Microsoft.Insights/scheduledQueryRules"
BUS = resource("Microsoft.ServiceBus/namespaces", "sb-neu", location="North Europe")
OLD = resource("Microsoft.ServiceBus/namespaces", "sb-weu", "weu", location="westeurope")


@pytest.fixture
def found(tmp_path: Path) -> Any:
    return environment(tmp_path, {"orders": {"alerts": ["late"]}})


def rule(*scopes: str, kind: str = METRIC, site: str = "neu", enabled: Any = True, **more: Any):
    told = {"scopes": list(scopes or (BUS["id"],)), "enabled": enabled, **more}
    return resource(kind, "late", site, **{key: value for key, value in told.items() if value is not None})


def judge(found, *bodies: Any, **more: Any) -> dict[str, Any]:
    about = declared(found, "alert")
    return {"alert": about, "arm": arm("alert_rules", about, found, *bodies, **more), "site": role(target=True)}


@pytest.mark.parametrize(
    "alert",
    [
        rule(),
        rule(kind=QUERY),
        rule(BUS["id"].upper().replace("/SUBSCRIPTIONS", "/subscriptions")),
        rule(OLD["id"], BUS["id"]),
        rule(BUS["id"], site="weu"),
        rule(group()),
        rule(f"/subscriptions/{SUBSCRIPTION}", targetResourceRegion="North Europe"),
        rule(f"/subscriptions/{SUBSCRIPTION.upper()}/"),
    ],
)
def test_a_rule_that_watches_the_site(found, alert):
    looked = Looked()
    check(**judge(found, alert, BUS, OLD, looked=looked))
    assert looked.count == 1


def test_something_that_is_of_no_region(found):
    door = resource("Microsoft.Cdn/profiles", "afd", "weu", location="Global")
    check(**judge(found, rule(door["id"]), door))


def test_no_rule_or_one_that_is_off(found):
    assert unmet(check, **judge(found)) == "orders/late is declared for neu but there is no such alert rule."
    assert unmet(check, **judge(found, rule(enabled=False), BUS)) == "orders/late in neu is disabled: nobody is told."


@pytest.mark.parametrize(
    ("alert", "seen"),
    [
        (rule(OLD["id"]), "sb-weu in westeurope"),
        (rule(BUS["id"].replace("sb-neu", "sb-gone")), "sb-gone which does not exist"),
        (rule(group("weu")), "rg-weu"),
        (rule(f"/subscriptions/{SUBSCRIPTION}", targetResourceRegion="westeurope"), f"{SUBSCRIPTION} in westeurope"),
        (rule(group().replace("rg-neu", "rg-n")), "rg-n"),
    ],
)
def test_a_rule_that_watches_something_else(found, alert, seen):
    assert (
        unmet(check, **judge(found, alert, BUS, OLD)) == f"orders/late in neu watches nothing of this site, but {seen}."
    )


def test_what_nobody_knows_is_unproven(found):
    assert "whether late is enabled" in unproven(check, **judge(found, rule(enabled=None), BUS))
    nothing = rule()
    del nothing["properties"]["scopes"]
    assert "what late watches" in unproven(check, **judge(found, nothing))
    odd = {**rule(), "properties": {"enabled": "yes", "scopes": [BUS["id"]]}}
    assert "enabled" in unproven(check, **judge(found, odd, BUS))
    bare = {**rule(), "properties": {"enabled": True, "scopes": []}}
    assert "it names nothing that it watches" in unproven(check, **judge(found, bare))
    said = unproven(check, **judge(found, rule(OLD["id"], BUS["id"]), OLD, failing={"sb-neu": "Reader on it"}))
    assert said.startswith("orders/late in neu cannot be judged: where sb-neu is, nobody knows (ARM refuses sb-neu")
