from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, declaring, one, resource, sites

check = load("data/test_cosmos.py").test_cosmos
WEU, NEU = "West Europe", "North Europe"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declaring(tmp_path, databases=[{"cosmos": "cosmos-orders"}])


def regions(*names: str, **said: Any) -> list[Document]:
    """Regions by falling priority."""
    return [
        {"locationName": name, "failoverPriority": number, "provisioningState": "Succeeded", **said}
        for number, name in enumerate(names)
    ]


def account(*names: str, site: str = "weu", **said: Any) -> Document:
    about = {
        "provisioningState": "Succeeded",
        "enableMultipleWriteLocations": False,
        "writeLocations": regions(*names[:1]),
        "readLocations": regions(*names),
        "failoverPolicies": [{"locationName": name, "failoverPriority": at} for at, name in enumerate(names)],
        **said,
    }
    return resource(site, "Microsoft.DocumentDB/databaseAccounts", "cosmos-orders", **about)


def judge(environment: Environment, *documents: Document, phase: str = "pre-cutover") -> dict[str, Any]:
    view = arm(environment, *documents)
    return {"cosmos": one(environment, "cosmos"), "arm": view, "sites": sites(environment, phase)}


def test_writes_go_to_the_active_site(environment):
    check(**judge(environment, account(WEU, NEU)))
    check(**judge(environment, account(NEU, WEU, site="neu"), phase="mid-cutover"))
    check(**judge(environment, account("westeurope", "NORTHEUROPE", "France Central")))


def test_the_write_region_was_left_behind(environment):
    assert unmet(check, **judge(environment, account(WEU, NEU), phase="post-cutover")) == (
        "Cosmos DB account cosmos-orders is not as declared: its write region is westeurope, declared is northeurope "
        "of neu, which is active."
    )


def test_a_failover_that_is_under_way(environment):
    said = unmet(check, **judge(environment, account(NEU, WEU, writeLocations=regions(WEU)), phase="mid-cutover"))
    assert "it writes to westeurope while northeurope comes first, as in the middle of a failover" in said


def test_a_site_without_a_region(environment):
    said = unmet(check, **judge(environment, account(WEU, "France Central")))
    assert "it is not in northeurope, the region of neu, only in westeurope, francecentral" in said
    made = account(WEU, NEU, readLocations=[*regions(WEU), *regions(NEU, provisioningState="Creating")])
    assert "its region northeurope of neu is Creating, declared is Succeeded" in unmet(
        check, **judge(environment, made)
    )


def test_a_site_without_a_part_in_the_move_needs_no_region(environment):
    given = judge(environment, account(WEU, NEU))
    third = replace(given["sites"]["neu"], name="seu", location="swedencentral", is_to=False, target=False)
    check(**{**given, "sites": {**given["sites"], "seu": third}})


def test_an_account_of_its_own_for_each_site(tmp_path):
    each = declaring(tmp_path, databases=[{"cosmos": "cosmos-orders", "sites": ["neu"]}])

    def of_neu(*names: str) -> dict[str, Any]:
        view = arm(each, account(*names, site="neu"), place="neu")
        return {"cosmos": one(each, "cosmos", "neu"), "arm": view, "sites": sites(each, "pre-cutover")}

    check(**of_neu(NEU))
    assert "its write region is westeurope, declared is northeurope of neu, whose account it is" in unmet(
        check, **of_neu(WEU, NEU)
    )


def test_several_write_regions(tmp_path):
    both = declaring(tmp_path, mode="active-active", databases=[{"cosmos": "cosmos-orders"}])
    several = {"enableMultipleWriteLocations": True}
    check(**judge(both, account(WEU, NEU, writeLocations=regions(WEU, NEU), **several)))
    said = unmet(check, **judge(both, account(WEU, NEU, **several)))
    assert "northeurope of neu, which is active, takes no writes; westeurope do" in said


def test_an_account_that_is_not_there_or_not_ready(environment):
    assert unmet(check, **judge(environment)) == "Cosmos DB account cosmos-orders of orders does not exist."
    assert "the account is Updating" in unmet(
        check, **judge(environment, account(WEU, NEU, provisioningState="Updating"))
    )


@pytest.mark.parametrize(
    "field",
    ["provisioningState", "enableMultipleWriteLocations", "writeLocations", "readLocations", "failoverPolicies"],
)
@pytest.mark.parametrize("value", [None, 7])
def test_what_is_not_said_is_unproven(environment, field, value):
    assert unproven(check, **judge(environment, account(WEU, NEU, **{field: value})))


def test_no_region_or_two_come_first(environment):
    twice = [{"locationName": name, "failoverPriority": 0} for name in (WEU, NEU)]
    assert "2 regions of failover priority 0" in unproven(
        check, **judge(environment, account(WEU, NEU, failoverPolicies=twice))
    )
