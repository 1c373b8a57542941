from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import httpx

from fixtures.sandbox.arm import Arm
from fixtures.sandbox.arm_replies import ArmReply
from tests.sandbox import worlds
from tests.sandbox.azure import ACCOUNT, FILE, GROUP, READER, STORAGE, SUB, VERSION, documents, resource


def test_a_resource_as_get_returns_it(arm):
    answer = arm(STORAGE).get(ACCOUNT.upper())
    found = answer.json()
    assert (answer.status_code, found["id"], found["sku"]) == (200, ACCOUNT, {"name": "Standard_RAGRS"})
    assert found["properties"]["primaryEndpoints"] == {}
    assert datetime.fromisoformat(found["properties"]["creationTime"]) < datetime.now(UTC) - timedelta(minutes=9)
    assert abs(parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)) < timedelta(seconds=5)
    assert answer.headers["x-ms-request-id"]
    assert answer.headers["x-ms-ratelimit-remaining-subscription-reads"] == "11999"


def test_expanded_blocks_only_when_asked_for(arm):
    ask = arm(STORAGE)
    assert "geoReplicationStats" not in ask.get(ACCOUNT).json()["properties"]
    stats = ask.get(ACCOUNT, **{"$expand": "geoReplicationStats,blobRestoreStatus"}).json()["properties"]
    assert stats["geoReplicationStats"]["status"] == "Live"
    assert stats["geoReplicationStats"]["lastSyncTime"].endswith("Z")
    listed = ask.get(f"{GROUP}/providers/Microsoft.Storage/storageAccounts").json()["value"]
    assert "geoReplicationStats" not in listed[0]["properties"]


def test_name_and_type_are_told_whoever_wrote_the_document(arm):
    told = arm({"id": ACCOUNT, "location": "northeurope"}).get(ACCOUNT).json()
    assert (told["name"], told["type"]) == ("stneu", "Microsoft.Storage/storageAccounts")


def test_what_is_needed_to_be_answered(arm):
    ask = arm(STORAGE)
    assert ask.code(ACCOUNT, None) == (400, "MissingApiVersionParameter")
    assert ask.code(ACCOUNT, "newest") == (400, "InvalidApiVersionParameter")
    ask.http.headers["Authorization"] = "Basic x"
    refused = ask.get(ACCOUNT)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AuthenticationFailed")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")


def test_what_is_absent(arm):
    ask = arm(STORAGE)
    absent = ask.get(ACCOUNT + "x")
    assert absent.status_code == 404
    assert absent.json()["error"] == {
        "code": "ResourceNotFound",
        "message": "The Resource 'Microsoft.Storage/storageAccounts/stneux' under resource group 'rg-neu' was not "
        "found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    }
    group = ask.get(ACCOUNT.replace("rg-neu", "rg-x")).json()["error"]
    assert group == {"code": "ResourceGroupNotFound", "message": "Resource group 'rg-x' could not be found."}
    assert ask.code(f"{SUB}9/resourceGroups/rg") == (404, "SubscriptionNotFound")
    assert ask.code(f"{ACCOUNT}x/blobServices/default") == (404, "ParentResourceNotFound")
    assert ask.code(f"{ACCOUNT}x/providers/Microsoft.Insights/diagnosticSettings") == (404, "ResourceNotFound")
    assert ask.names(f"{ACCOUNT}/blobServices") == []
    assert ask.names(f"{GROUP}/providers/Microsoft.Sql/servers") == []


def test_lists_by_parent_group_and_subscription(arm):
    service = f"{ACCOUNT}/blobServices/default"
    settings = f"{ACCOUNT}/providers/microsoft.insights/diagnosticSettings/to-logs"
    other = ACCOUNT.replace("rg-neu", "RG-WEU").replace("stneu", "stweu")
    ask = arm(STORAGE, resource(service), resource(settings), resource(other), {"id": GROUP, "name": "rg-neu"})
    assert ask.names(f"{ACCOUNT}/blobServices") == ["default"]
    assert ask.names(f"{ACCOUNT}/providers/Microsoft.Insights/diagnosticSettings") == ["to-logs"]
    assert ask.names(f"{GROUP}/providers/microsoft.storage/storageAccounts") == ["stneu"]
    assert ask.names(f"{SUB}/providers/Microsoft.Storage/storageAccounts") == ["stneu", "stweu"]
    assert ask.names(f"{SUB}/resourceGroups") == ["rg-neu"]


def test_the_generic_lists(arm):
    vault = resource(f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-neu", location="northeurope", properties={"a": 1})
    ask = arm(STORAGE, vault, {"id": GROUP, "name": "rg-neu", "location": "northeurope"})
    assert ask.names(f"{GROUP}/resources") == ask.names(f"{SUB}/resources") == ["stneu", "kv-neu"]
    assert "properties" not in ask.get(f"{GROUP}/resources").json()["value"][1]
    assert ask.names(f"{SUB}/resources", **{"$filter": "resourceType eq 'microsoft.keyvault/Vaults'"}) == ["kv-neu"]
    both = "resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'STNEU'"
    assert ask.names(f"{SUB}/resources", **{"$filter": both}) == []
    assert ask.names(f"{SUB}/resources", **{"$filter": "name eq 'STNEU'"}) == ["stneu"]
    assert ask.code(f"{SUB}/resources", **{"$filter": "name like 'st'"}) == (400, "InvalidFilterInQueryString")


def test_paths_without_an_id_of_their_own(arm):
    usages = f"{SUB}/providers/Microsoft.Compute/locations/westeurope/usages"
    value = [{"name": {"value": "cores"}, "currentValue": 1, "limit": 10}]
    ask = arm({"id": usages, "value": value}, {"id": f"{SUB}/locations", "value": [{"name": "westeurope"}]})
    assert ask.get(usages.replace("westeurope", "WestEurope")).json() == {"value": value}
    assert ask.get(f"{SUB}/locations").json() == {"value": [{"name": "westeurope"}]}


def test_pages_of_a_thousand(arm):
    many = [resource(f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st{n:04}") for n in range(1000)]
    collection = f"{GROUP}/providers/Microsoft.Storage/storageAccounts"
    ask = arm(*many, {"id": collection, "x-gonogo": {"pageSize": 300}})
    sizes, found, link = [], [], collection
    answer = ask.get(link).json()
    while True:
        sizes.append(len(answer["value"]))
        found += [each["name"] for each in answer["value"]]
        if "nextLink" not in answer:
            break
        url = httpx.URL(answer["nextLink"])
        assert (url.host, url.params["api-version"]) == ("management.azure.com", VERSION)
        answer = ask.get(url.path, **{"$skiptoken": url.params["$skiptoken"]}).json()
    assert sizes == [300, 300, 300, 100]
    assert found == [each["name"] for each in many]
    assert ask.code(collection, **{"$skiptoken": "%%"}) == (400, "InvalidContinuationToken")


def test_role_assignments_at_above_and_below(arm):
    def assigned(scope: str, principal: str) -> dict[str, Any]:
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{principal}"
        return resource(path, properties={"principalId": principal.upper(), "scope": scope})

    definition = resource(f"{SUB}/providers/Microsoft.Authorization/roleDefinitions/{READER}", properties={})
    ask = arm(assigned(SUB, "a-1"), assigned(GROUP, "b-2"), assigned(ACCOUNT, "c-3"), STORAGE, definition)
    at = "/providers/Microsoft.Authorization/roleAssignments"
    assert ask.names(GROUP + at) == ["a-1", "b-2", "c-3"]
    assert ask.names(GROUP + at, **{"$filter": "atScope()"}) == ["a-1", "b-2"]
    assert ask.names(GROUP + at, **{"$filter": "principalId eq 'B-2'"}) == ["b-2"]
    assert ask.names(ACCOUNT + at, **{"$filter": "assignedTo('c-3') and atScope()"}) == ["c-3"]
    assert ask.get(f"{ACCOUNT}/providers/Microsoft.Authorization/roleDefinitions/{READER}").json()["name"] == READER


def test_role_assignments_through_a_group(arm):
    at = "/providers/Microsoft.Authorization/roleAssignments"
    held = resource(
        f"{SUB}{at}/g-1", properties={"principalId": "g-1", "scope": SUB}, **{"x-gonogo": {"members": ["m"]}}
    )
    ask = arm(held)
    assert ask.names(SUB + at, **{"$filter": "assignedTo('M')"}) == ["g-1"]
    assert ask.names(SUB + at, **{"$filter": "principalId eq 'm'"}) == []
    assert "x-gonogo" not in ask.get(f"{SUB}{at}/g-1").json()


def test_permissions_are_those_of_the_scope_and_above(arm):
    end = "/providers/Microsoft.Authorization/permissions"
    ask = arm(
        STORAGE,
        {"id": SUB + end, "value": [{"actions": ["*/read"], "notActions": []}]},
        {"id": GROUP + end, "value": [{"actions": ["Microsoft.Storage/*"], "notActions": []}]},
    )
    assert [each["actions"] for each in ask.get(ACCOUNT + end).json()["value"]] == [["*/read"], ["Microsoft.Storage/*"]]
    assert len(ask.get(SUB + end).json()["value"]) == 1


def test_what_stands_inside_its_parent_is_served_by_its_own_id_too(arm):
    net = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
    subnet = {"id": f"{net}/subnets/nodes", "name": "nodes", "properties": {"addressPrefix": "10.0.0.0/24"}}
    cluster = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
    ask = arm(
        resource(net, properties={"subnets": [subnet]}),
        resource(cluster, properties={"agentPoolProfiles": [{"name": "apps", "count": 3}]}),
        {"id": f"{cluster}/agentPools/apps", "x-gonogo": {"status": 429, "times": 1}},
    )
    assert ask.get(subnet["id"]).json() == subnet
    assert ask.names(f"{net}/subnets") == ["nodes"]
    assert ask.get(f"{cluster}/agentPools").status_code == 429
    pool = ask.get(f"{cluster}/agentPools").json()["value"][0]
    assert (pool["id"], pool["properties"]) == (f"{cluster}/agentPools/apps", {"count": 3})


def test_samples(arm):
    ask = arm({**STORAGE, "kind": {"@samples": ["a", "b"]}})
    assert [ask.get(ACCOUNT).json()["kind"] for _ in range(3)] == ["a", "b", "b"]


def test_instants_of_secrets_are_seconds(arm):
    vault = resource(f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv")
    secret = resource(f"{vault['id']}/secrets/s", properties={"attributes": {"enabled": True, "exp": "@now+30d"}})
    expires = arm(vault, secret).get(secret["id"]).json()["properties"]["attributes"]["exp"]
    assert timedelta(days=29) < datetime.fromtimestamp(expires, UTC) - datetime.now(UTC) <= timedelta(days=30)


def test_runs_of_a_factory(arm):
    factory = f"{GROUP}/providers/Microsoft.DataFactory/factories/adf"
    runs = [
        {"pipelineName": name, "runId": name, "status": status, "lastUpdated": at}
        for name, status, at in (("a", "Succeeded", "@now-1h"), ("b", "Failed", "@now-2h"), ("a", "Failed", "@now-3d"))
    ]
    ask = arm(resource(factory, location="x"), {"id": f"{factory}/queryPipelineRuns", "value": runs})
    now = datetime.now(UTC)
    window = {"lastUpdatedAfter": (now - timedelta(days=1)).isoformat(), "lastUpdatedBefore": now.isoformat()}
    named = [{"operand": "PipelineName", "operator": "Equals", "values": ["a"]}]

    def asked(**body: Any) -> list[str]:
        return [each["runId"] for each in ask.post(f"{factory}/queryPipelineRuns", {**window, **body}).json()["value"]]

    assert (asked(), asked(filters=named)) == (["a", "b"], ["a"])
    assert ask.post(f"{factory}/queryPipelineRuns", {}).status_code == 400
    assert ask.get(f"{factory}/queryPipelineRuns").status_code == 405
    assert ask.post(f"{factory}/queryTriggerRuns", window).json() == {"value": []}


def test_other_clouds_and_hosts(serve, client):
    environment = worlds.environment()
    environment.azure = SimpleNamespace(cloud="AzureChinaCloud", endpoints={})
    sandbox = serve({FILE: documents(STORAGE)}, environment=environment)
    assert client(sandbox, "management.chinacloudapi.cn").get(ACCOUNT).status_code == 200
    other = worlds.environment()
    other.azure = SimpleNamespace(cloud="AzureCloud", endpoints={"resourceManager": "https://arm.stack.example/"})
    sandbox.reload(environment=other)
    assert client(sandbox, "arm.stack.example").get(ACCOUNT).status_code == 200
    assert "management.chinacloudapi.cn:443" not in sandbox.routes.connects


def test_a_handler_answers_its_suffix_first(serve, monkeypatch, client):
    asked = []

    def metrics(resource_id, query):
        asked.append((resource_id, query["metricnames"]))
        return ArmReply(200, {"value": []}) if resource_id == ACCOUNT else None

    made = Arm({"/providers/Microsoft.Insights/metrics": metrics})
    monkeypatch.setattr("fixtures.sandbox.landscape.Arm", lambda *_: made)
    ask = client(serve({FILE: documents(STORAGE)}))
    path = "/providers/microsoft.insights/Metrics"
    assert ask.get(ACCOUNT + path, metricnames="UsedCapacity").json() == {"value": []}
    assert asked == [(ACCOUNT, "UsedCapacity")]
    assert ask.code(f"{ACCOUNT}x{path}", metricnames="x")[0] == 404
