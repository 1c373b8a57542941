from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from fixtures.matching import LegacyMatcher
from tests.checks.azure import arm, environment, group, resource
from tests.checks.evidence import load, role, unmet, unproven

check = load("integration/test_azure_references.py")
LEGACY = {
    "hosts": ["*.dc1.example", "mq01.corp.example"],
    "networks": ["10.20.0.0/16"],
    "allow": [{"surface": "linkedservice/adf-neu/ls-archive", "reason": "for the way back"}],
}
ROUTING = [
    {"trafficManager": "tm-orders", "endpoints": {"weu": "ep-weu", "neu": "ep-neu"}},
    {"frontDoor": "afd-orders", "originGroup": "orders", "origins": {"weu": "o-weu", "neu": "o-neu"}},
]
SERVICES = {
    "orders": {
        "routing": ROUTING,
        "listeners": [
            {"name": "files", "account": "st<site>", "container": "files", "destination": "sb-<site>/queues/files"}
        ],
        "jobs": [{"factory": "adf-<site>", "trigger": "hourly"}],
        "queues": [{"name": "in", "bus": "sb-<site>", "consumer": "api"}],
        "workloads": [{"name": "api", "replicas": {"active": 1, "passive": 1}}],
        "vaults": [{"name": "kv-<site>"}],
    }
}
FACTORY = resource("Microsoft.DataFactory/factories", "adf-neu", location="northeurope")


def linked(name="ls-sales", **properties):
    return resource("Microsoft.DataFactory/factories/linkedservices", f"adf-neu/{name}", **properties)


def judge(tmp_path, surface, *bodies, failing=None, looked=None, site="neu", legacy=LEGACY):
    found = environment(tmp_path, SERVICES, legacy=legacy)
    about = next(each for each in found.declared("azure_surface") if each.name == surface and each.site == site)
    view = arm("azure_references", about, found, *bodies, failing=failing, looked=looked)
    return {"azure_surface": about, "arm": view, "site": role(active=True), "legacy": LegacyMatcher(found)}


SURFACES = [
    "event-subscriptions",
    "front-doors",
    "traffic-managers",
    "api-management",
    "data-factories",
    "diagnostic-settings",
    "action-groups",
]


@pytest.mark.parametrize("surface", SURFACES)
def test_a_group_without_any_of_them_has_been_looked_at(tmp_path, surface):
    looked = Looked()
    check.test_azure_references(**judge(tmp_path, surface, looked=looked))
    assert looked.count


def test_an_action_group_that_is_switched_off_wakes_nobody(tmp_path):
    receivers = [{"serviceUri": "http://a.dc1.example"}]
    off = resource("Microsoft.Insights/actionGroups", "ag", enabled=False, webhookReceivers=receivers)
    check.test_azure_references(**judge(tmp_path, "action-groups", off))


@pytest.mark.parametrize("surface", SURFACES)
def test_what_may_not_be_listed_is_unproven(tmp_path, surface):
    failing = {f"{group()}/providers": "Some.Provider/things/read"}
    told = unproven(check.test_azure_references, **judge(tmp_path, surface, failing=failing))
    assert "Some.Provider/things/read" in told


def test_a_linked_service_is_told_with_its_key_and_its_value(tmp_path):
    body = linked(typeProperties={"connectionString": "Server=ora3.DC1.example;Database=orders"})
    assert unmet(check.test_azure_references, **judge(tmp_path, "data-factories", FACTORY, body)) == (
        "Among the Data Factory linked services of neu linkedservice/adf-neu/ls-sales "
        "properties.typeProperties.connectionString refers to ora3.DC1.example in Server=ora3.DC1.example;"
        "Database=orders, which is a legacy place; none is declared to stay."
    )


@pytest.mark.parametrize(
    "body",
    [
        linked(typeProperties={"url": "https://rates.partner.example", "port": 10.2, "secure": True}),
        linked(description="was ora3.dc1.example", annotations=["ora3.dc1.example"]),
        linked("ls-archive", typeProperties={"host": "nas.dc1.example"}),
        linked(typeProperties={"url": "https://dc1.example.net"}),
    ],
)
def test_what_only_looks_like_one_is_fine(tmp_path, body):
    check.test_azure_references(**judge(tmp_path, "data-factories", FACTORY, body))


@pytest.mark.parametrize("properties", [None, [], "x"])
def test_what_is_not_told_of_a_resource_is_unproven(tmp_path, properties):
    arguments = judge(tmp_path, "data-factories", FACTORY, {**linked(), "properties": properties})
    assert "the properties of linkedservice/adf-neu/ls-sales" in unproven(check.test_azure_references, **arguments)


def settings(of, **properties):
    kind = "Microsoft.Insights/diagnosticSettings"
    return {"id": f"{of}/providers/{kind}/all", "name": "all", "type": kind, "properties": properties}


CLUSTER = f"{group()}/providers/Microsoft.ContainerService/managedClusters/aks-neu"
VAULT = f"{group()}/providers/Microsoft.KeyVault/vaults/kv-neu"
ACCOUNT = f"{group()}/providers/Microsoft.Storage/storageAccounts/stneu"
EVENTS = "Microsoft.EventGrid/eventSubscriptions"
TOPIC = resource("Microsoft.EventGrid/topics", "egt-neu", location="northeurope")
SERVICE = resource("Microsoft.ApiManagement/service", "apim-neu", location="northeurope")


@pytest.mark.parametrize(
    ("surface", "bodies", "said"),
    [
        (
            "event-subscriptions",
            [
                {
                    "id": f"{ACCOUNT}/providers/{EVENTS}/push",
                    "name": "push",
                    "properties": {"destination": {"properties": {"endpointBaseUrl": "https://in.dc1.example/x"}}},
                }
            ],
            "eventsubscription/stneu/push properties.destination.properties.endpointBaseUrl refers to in.dc1.example",
        ),
        (
            "event-subscriptions",
            [TOPIC, resource("Microsoft.EventGrid/topics/eventSubscriptions", "egt-neu/push", x=["10.20.1.1"])],
            "eventsubscription/egt-neu/push properties.x[0] refers to 10.20.1.1",
        ),
        ("diagnostic-settings", [settings(CLUSTER, x="mq01.corp.example")], "diagnosticsetting/aks-neu/all"),
        ("diagnostic-settings", [settings(VAULT, x="mq01.corp.example")], "diagnosticsetting/kv-neu/all"),
        (
            "action-groups",
            [
                resource(
                    "Microsoft.Insights/actionGroups", "ag", webhookReceivers=[{"serviceUri": "http://a.dc1.example"}]
                )
            ],
            "actiongroup/ag properties.webhookReceivers[0].serviceUri refers to a.dc1.example",
        ),
        (
            "api-management",
            [SERVICE, resource("Microsoft.ApiManagement/service/apis", "apim-neu/pay", serviceUrl="http://10.20.7.7")],
            "api/apim-neu/pay properties.serviceUrl refers to 10.20.7.7",
        ),
    ],
)
def test_every_surface_is_gone_through(tmp_path, surface, bodies, said):
    assert said in unmet(check.test_azure_references, **judge(tmp_path, surface, *bodies))


def origin(name, host="api.dc1.example", **more):
    kind = "Microsoft.Cdn/profiles/originGroups/origins"
    return resource(kind, f"afd-orders/orders/{name}", hostName=host, **more)


DOOR = [
    resource("Microsoft.Cdn/profiles", "afd-orders", location="Global"),
    resource("Microsoft.Cdn/profiles/originGroups", "afd-orders/orders"),
]


@pytest.mark.parametrize("name", ["o-neu", "o-old"])
def test_an_origin_of_this_site_and_one_that_nobody_declared(tmp_path, name):
    told = unmet(check.test_azure_references, **judge(tmp_path, "front-doors", *DOOR, origin(name)))
    assert f"origin/afd-orders/orders/{name} properties.hostName refers to api.dc1.example" in told


@pytest.mark.parametrize(
    "found", [origin("O-WEU"), origin("o-neu", enabledState="Disabled"), origin("o-neu", host="api.example")]
)
def test_an_origin_of_another_site_and_a_disabled_one_lead_nothing(tmp_path, found):
    check.test_azure_references(**judge(tmp_path, "front-doors", *DOOR, found))


def profile(name, site="neu", **more):
    endpoint = {"name": name, "properties": {"target": "10.20.1.1", "endpointStatus": "Enabled", **more}}
    return resource("Microsoft.Network/trafficManagerProfiles", "tm-orders", site, endpoints=[endpoint])


@pytest.mark.parametrize(("name", "site"), [("ep-neu", "neu"), ("ep-old", "weu")])
def test_an_endpoint_wherever_its_profile_stands(tmp_path, name, site):
    told = unmet(check.test_azure_references, **judge(tmp_path, "traffic-managers", profile(name, site)))
    assert f"endpoint/tm-orders/{name} properties.target refers to 10.20.1.1" in told


@pytest.mark.parametrize("found", [profile("ep-weu"), profile("ep-neu", endpointStatus="disabled")])
def test_an_endpoint_of_another_site_and_a_disabled_one_lead_nothing(tmp_path, found):
    check.test_azure_references(**judge(tmp_path, "traffic-managers", found))


@pytest.mark.parametrize("endpoints", [None, "x", ["x"], [{"name": "ep-neu"}]])
def test_endpoints_that_are_not_told_are_unproven(tmp_path, endpoints):
    found = resource("Microsoft.Network/trafficManagerProfiles", "tm-orders", endpoints=endpoints)
    assert "ARM does not say" in unproven(check.test_azure_references, **judge(tmp_path, "traffic-managers", found))


def test_without_anything_legacy_there_is_nothing_to_judge(tmp_path):
    assert not environment(tmp_path, SERVICES).declared("azure_surface")
