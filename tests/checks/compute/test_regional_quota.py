from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.compute.pools import agents, managed, pool
from tests.checks.evidence import load, role, unmet, unproven
from tests.checks.resources import arm, environment_of, listed

check = load("compute/test_regional_quota.py").test_regional_quota
FAMILY = "standardDDSv5Family"
APPS = pool()


def usage(name=FAMILY, used=32, limit=100, words="Standard DDSv5 Family vCPUs"):
    said = {"currentValue": used, "limit": limit, "name": {"value": name, "localizedValue": words}, "unit": "Count"}
    return {key: value for key, value in said.items() if value is not None}


def sku(name="Standard_D8ds_v5", cores="8", **about):
    said = {
        "resourceType": "virtualMachines",
        "name": name,
        "family": FAMILY,
        "locations": ["northeurope"],
        "capabilities": [{"name": "vCPUs", "value": cores}],
        "restrictions": [],
        **about,
    }
    return {key: value for key, value in said.items() if value is not None}


def usages(*items):
    return listed("providers/Microsoft.Compute/locations/northeurope/usages", *items)


def skus(*items):
    return listed("providers/Microsoft.Compute/skus", *items)


REGION = usage("cores", 40, 350, "Total Regional vCPUs")


def judged(*documents, pools=(APPS,), quotas=(), sizes=(), **options):
    about = environment_of(node_pool=pools)
    offered = (usages(*(quotas or (usage(limit=104), REGION))), skus(*(sizes or (sku(),))))
    found = arm(*(documents or (managed(), agents())), *offered, environment=about, **options)
    return {"node_pool": pools[0], "arm": found, "site": role(target=True)}


def test_exactly_enough_is_enough():
    looked = Looked()
    check(**judged(looked=looked))
    assert looked.count == 1


def test_every_term_of_what_is_missing_is_told():
    system = agents("system", count=2, maxCount=5, minCount=2, vmSize="standard_d4DS_V5")
    arguments = judged(
        managed(),
        agents(),
        system,
        quotas=(usage(limit=100), REGION),
        sizes=(sku(), sku("Standard_D4ds_v5", "4", family="StandardDDSv5family")),
    )
    assert unmet(check, **arguments) == (
        "pool apps in neu cannot grow as allowed, northeurope grants 100 of Standard DDSv5 Family vCPUs, 32 are used, "
        "and 84 more are needed (apps from 3 to 12 x Standard_D8ds_v5 of 8 vCPUs, "
        "system from 2 to 5 x Standard_D4ds_v5 of 4 vCPUs)."
    )


def test_the_region_as_a_whole_may_be_full():
    tight = usage("cores", 340, 350, "Total Regional vCPUs")
    assert "350 of Total Regional vCPUs, 340 are used" in unmet(check, **judged(quotas=(usage(limit=900), tight)))


def test_the_declared_maximum_counts_where_the_autoscaler_stops_before_it():
    few = (managed(), agents(maxCount=3))
    assert "apps from 3 to 12" in unmet(check, **judged(*few, quotas=(usage(limit=40), REGION)))


def test_a_size_that_the_subscription_is_not_offered():
    closed = {"type": "Location", "values": ["North Europe"], "reasonCode": "NotAvailableForSubscription"}
    assert unmet(check, **judged(sizes=(sku(restrictions=[closed]),))) == (
        "pool apps in neu cannot grow: Standard_D8ds_v5 is not offered to the subscription in northeurope "
        "(NotAvailableForSubscription)."
    )


def test_a_pool_that_has_all_its_nodes_needs_no_more():
    check(**judged(managed(location="North Europe"), agents(count=12), quotas=(usage(used=96, limit=96), REGION)))


def test_a_zone_that_is_closed_closes_no_region():
    zone = {"type": "Zone", "values": ["northeurope"], "reasonCode": "NotAvailableForSubscription"}
    check(**judged(sizes=(sku(restrictions=[zone]),)))


def test_spot_nodes_count_against_their_own_quota():
    spot = (managed(), agents(scaleSetPriority="Spot"))
    check(**judged(*spot, quotas=(usage(limit=0), usage("lowPriorityCores", 0, 100, "Total Regional Spot vCPUs"))))
    few = (usage(limit=900), usage("lowPriorityCores", 0, 10, "Total Regional Spot vCPUs"))
    assert "10 of Total Regional Spot vCPUs" in unmet(check, **judged(*spot, quotas=few))


@pytest.mark.parametrize(
    "options",
    [
        {"quotas": (REGION,)},
        {"quotas": (usage(limit=104),)},
        {"quotas": (usage(limit=None), REGION)},
        {"quotas": (usage(used=None), REGION)},
        {"quotas": (usage(limit="many"), REGION)},
        {"sizes": (sku("Standard_D2s_v5"),)},
        {"sizes": (sku(locations=["westeurope"]),)},
        {"sizes": (sku(family=None),)},
        {"sizes": (sku(capabilities=[]),)},
        {"sizes": (sku(cores="many"),)},
        {"denied": ["usages"]},
        {"denied": ["skus"]},
        {"denied": ["agentPools"]},
    ],
)
def test_what_arm_does_not_say_is_unproven(options):
    unproven(check, **judged(**options))


@pytest.mark.parametrize("documents", [(managed(),), (agents(),), (managed(), agents(vmSize=None))])
def test_a_pool_that_arm_does_not_know_is_unproven(documents):
    unproven(check, **judged(*documents))
