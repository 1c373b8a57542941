from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, declaring, one, resource, sites

check = load("storage/test_account_role.py").test_account_role
ACCOUNT = "Microsoft.Storage/storageAccounts"
BOTH = {"storage": "stshared", "redundancy": "GRS"}
OWN = {"storage": "st<site>", "redundancy": "ZRS"}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declaring(tmp_path, databases=[BOTH, OWN])


def account(name: str = "stshared", sku: str | None = "Standard_RAGRS", site: str = "weu", **said: Any) -> Document:
    """Made in westeurope and copied to northeurope."""
    about = {
        "primaryLocation": "westeurope",
        "statusOfPrimary": "available",
        "secondaryLocation": "northeurope",
        "statusOfSecondary": "available",
        "geoReplicationStats": {"status": "Live", "lastSyncTime": "2026-12-05T20:58:00Z", "canFailover": True},
        **said,
    }
    made = resource(site, ACCOUNT, name, **about)
    return {**made, **({"sku": {"name": sku}} if sku else {})}


def moved(sku: str = "Standard_LRS", **said: Any) -> Document:
    """After an unplanned failover: one copy, in the other region."""
    gone = dict.fromkeys(["secondaryLocation", "statusOfSecondary", "geoReplicationStats"])
    about = {"primaryLocation": "North Europe", "lastGeoFailoverTime": "2026-12-05T20:00:00Z", **gone, **said}
    return account(sku=sku, **about)


def judge(environment: Environment, *documents: Document, site: str | None = None, phase: str = "pre-cutover") -> Any:
    return {
        "storage_account": one(environment, "storage_account", site),
        "arm": arm(environment, *documents, place=site or "global"),
        "sites": sites(environment, phase),
    }


def test_before_and_after_a_failover(environment):
    check(**judge(environment, account()))
    for phase in ("mid-cutover", "post-cutover"):
        check(**judge(environment, moved(), phase=phase))
        check(**judge(environment, moved("Standard_GRS"), phase=phase))


def test_the_location_that_never_changes_is_not_looked_at(environment):
    assert account()["location"] == moved()["location"] == "West Europe"
    assert unmet(check, **judge(environment, account(), phase="mid-cutover")) == (
        "Storage account stshared is not as its role demands: its primary is westeurope, declared is northeurope of "
        "neu, which is active."
    )


def test_what_is_to_be_moved_again_needs_its_copy(environment):
    said = unmet(check, **judge(environment, moved(), phase="pre-failback"))
    assert (
        "its redundancy is LRS, declared is GRS; its copy is in no other region, declared is westeurope of weu" in said
    )
    stuck = account(geoReplicationStats={"status": "Live", "canFailover": False})
    assert "it cannot be failed over (canFailover is false)" in unmet(check, **judge(environment, stuck))
    far = account(secondaryLocation="France Central")
    assert "its copy is in francecentral, declared is northeurope of neu" in unmet(check, **judge(environment, far))


def test_an_account_that_is_not_well(environment):
    assert "a failover is under way" in unmet(check, **judge(environment, account(failoverInProgress=True)))
    assert "its primary is unavailable" in unmet(check, **judge(environment, account(statusOfPrimary="unavailable")))
    assert "its secondary is unavailable" in unmet(
        check, **judge(environment, account(statusOfSecondary="unavailable"))
    )
    late = account(geoReplicationStats={"status": "Unavailable", "canFailover": True})
    assert "its copy is Unavailable, healthy is Live" in unmet(check, **judge(environment, late))


def test_an_account_of_one_site(environment):
    own = account("stneu", "Standard_ZRS", "neu", primaryLocation="northeurope", geoReplicationStats=None)
    for phase in ("pre-cutover", "post-cutover"):
        check(**judge(environment, own, site="neu", phase=phase))
    wrong = account("stneu", "Standard_LRS", "neu", geoReplicationStats=None)
    assert unmet(check, **judge(environment, wrong, site="neu")) == (
        "Storage account stneu is not as its role demands: its primary is westeurope, declared is northeurope of neu; "
        "its redundancy is LRS, declared is ZRS."
    )


def test_no_such_account(environment):
    assert unmet(check, **judge(environment)) == "Storage account stshared of orders does not exist."


@pytest.mark.parametrize(
    "broken",
    [
        {"primaryLocation": None},
        {"primaryLocation": 7},
        {"statusOfPrimary": None},
        {"geoReplicationStats": None},
        {"geoReplicationStats": {"canFailover": True}},
        {"geoReplicationStats": {"status": "Live"}},
        {"geoReplicationStats": {"status": "Live", "canFailover": "yes"}},
        {"failoverInProgress": "perhaps"},
        {"lastGeoFailoverTime": "yesterday"},
        {"sku": None},
        {"sku": "Standard_TRIPLE"},
    ],
)
def test_what_is_not_said_is_unproven(environment, broken):
    phase = "post-cutover" if "lastGeoFailoverTime" in broken else "pre-cutover"
    base = {"primaryLocation": "northeurope"} if phase == "post-cutover" else {}
    assert unproven(check, **judge(environment, account(**{**base, **broken}), phase=phase))
