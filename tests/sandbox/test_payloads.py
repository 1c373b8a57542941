"""Every ARM document of the shipped worlds is something that its service could answer, as far as its SDK knows."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fixtures.sandbox.arm_paths import parse
from fixtures.sandbox.world import PHASES, read_world
from tests.sandbox.wire import problems

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
WORLDS = sorted(path.parent for path in ENVIRONMENTS.glob("*/world/arm"))

#: The model of each type, as ``package:class`` under azure.mgmt; ``items of`` where a path answers a list of them.
MODELS: Mapping[str, str] = {
    "microsoft.apimanagement/service": "apimanagement:ApiManagementServiceResource",
    "microsoft.apimanagement/service/backends": "apimanagement:BackendContract",
    "microsoft.apimanagement/service/namedvalues": "apimanagement:NamedValueContract",
    "microsoft.appconfiguration/configurationstores": "appconfiguration:ConfigurationStore",
    "microsoft.appconfiguration/configurationstores/keyvalues": "appconfiguration:KeyValue",
    "microsoft.appconfiguration/configurationstores/replicas": "appconfiguration:Replica",
    "microsoft.authorization/permissions": "authorization.v2022_04_01:Permission",
    "microsoft.authorization/roleassignments": "authorization.v2022_04_01:RoleAssignment",
    "microsoft.authorization/roledefinitions": "authorization.v2022_04_01:RoleDefinition",
    "microsoft.cache/redis": "redis:RedisResource",
    "microsoft.cache/redis/firewallrules": "redis:RedisFirewallRule",
    "microsoft.cache/redis/linkedservers": "redis:RedisLinkedServerWithProperties",
    "microsoft.cache/redis/privateendpointconnections": "redis:PrivateEndpointConnection",
    "microsoft.cdn/profiles": "cdn:Profile",
    "microsoft.cdn/profiles/afdendpoints": "cdn:AFDEndpoint",
    "microsoft.cdn/profiles/afdendpoints/routes": "cdn:Route",
    "microsoft.cdn/profiles/customdomains": "cdn:AFDDomain",
    "microsoft.cdn/profiles/origingroups": "cdn:AFDOriginGroup",
    "microsoft.cdn/profiles/origingroups/origins": "cdn:AFDOrigin",
    "microsoft.compute/locations/usages": "compute:Usage",
    "microsoft.compute/skus": "compute:ResourceSku",
    "microsoft.containerregistry/registries": "containerregistry:Registry",
    "microsoft.containerregistry/registries/privateendpointconnections": "containerregistry:PrivateEndpointConnection",
    "microsoft.containerregistry/registries/replications": "containerregistry:Replication",
    "microsoft.containerservice/managedclusters": "containerservice:ManagedCluster",
    "microsoft.containerservice/managedclusters/agentpools": "containerservice:AgentPool",
    "microsoft.databricks/workspaces": "databricks:Workspace",
    "microsoft.datafactory/factories": "datafactory:Factory",
    "microsoft.datafactory/factories/datasets": "datafactory:DatasetResource",
    "microsoft.datafactory/factories/integrationruntimes": "datafactory:IntegrationRuntimeResource",
    "microsoft.datafactory/factories/linkedservices": "datafactory:LinkedServiceResource",
    "microsoft.datafactory/factories/pipelines": "datafactory:PipelineResource",
    "microsoft.datafactory/factories/querypipelineruns": "datafactory:PipelineRun",
    "microsoft.datafactory/factories/querytriggerruns": "datafactory:TriggerRun",
    "microsoft.datafactory/factories/triggers": "datafactory:TriggerResource",
    "microsoft.dbforpostgresql/flexibleservers": "postgresqlflexibleservers:Server",
    "microsoft.dbforpostgresql/flexibleservers/administrators": "postgresqlflexibleservers:AdministratorMicrosoftEntra",
    "microsoft.dbforpostgresql/flexibleservers/configurations": "postgresqlflexibleservers:Configuration",
    "microsoft.dbforpostgresql/flexibleservers/databases": "postgresqlflexibleservers:Database",
    "microsoft.dbforpostgresql/flexibleservers/firewallrules": "postgresqlflexibleservers:FirewallRule",
    "microsoft.dbforpostgresql/flexibleservers/replicas": "postgresqlflexibleservers:Server",
    "microsoft.dbforpostgresql/flexibleservers/virtualendpoints": "postgresqlflexibleservers:VirtualEndpoint",
    "microsoft.documentdb/databaseaccounts": "cosmosdb:DatabaseAccountGetResults",
    "microsoft.documentdb/databaseaccounts/sqldatabases": "cosmosdb:SqlDatabaseGetResults",
    "microsoft.documentdb/databaseaccounts/sqldatabases/containers": "cosmosdb:SqlContainerGetResults",
    "microsoft.eventgrid/eventsubscriptions": "eventgrid:EventSubscription",
    "microsoft.eventgrid/systemtopics": "eventgrid:SystemTopic",
    "microsoft.eventgrid/systemtopics/eventsubscriptions": "eventgrid:EventSubscription",
    "microsoft.eventgrid/topics": "eventgrid:Topic",
    "microsoft.eventhub/namespaces": "eventhub:EHNamespace",
    "microsoft.eventhub/namespaces/disasterrecoveryconfigs": "eventhub:ArmDisasterRecovery",
    "microsoft.eventhub/namespaces/eventhubs": "eventhub:Eventhub",
    "microsoft.eventhub/namespaces/eventhubs/consumergroups": "eventhub:ConsumerGroup",
    "microsoft.eventhub/namespaces/networkrulesets": "eventhub:NetworkRuleSet",
    "microsoft.eventhub/namespaces/privateendpointconnections": "eventhub:PrivateEndpointConnection",
    "microsoft.insights/actiongroups": "monitor:ActionGroupResource",
    "microsoft.insights/activitylogalerts": "monitor:ActivityLogAlertResource",
    "microsoft.insights/datacollectionendpoints": "monitor:DataCollectionEndpointResource",
    "microsoft.insights/datacollectionruleassociations": "monitor:DataCollectionRuleAssociationProxyOnlyResource",
    "microsoft.insights/datacollectionrules": "monitor:DataCollectionRuleResource",
    "microsoft.insights/metricalerts": "monitor:MetricAlertResource",
    "microsoft.insights/scheduledqueryrules": "monitor:ScheduledQueryRuleResource",
    "microsoft.keyvault/vaults": "keyvault:Vault",
    "microsoft.keyvault/vaults/keys": "keyvault:Key",
    "microsoft.keyvault/vaults/privateendpointconnections": "keyvault:PrivateEndpointConnection",
    "microsoft.keyvault/vaults/secrets": "keyvault:Secret",
    "microsoft.managedidentity/userassignedidentities": "msi.v2024_11_30:Identity",
    "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials": (
        "msi.v2024_11_30:FederatedIdentityCredential"
    ),
    "microsoft.monitor/accounts": "monitor:AzureMonitorWorkspaceResource",
    "microsoft.network/applicationgateways": "network:ApplicationGateway",
    "microsoft.network/azurefirewalls": "network:AzureFirewall",
    "microsoft.network/firewallpolicies": "network:FirewallPolicy",
    "microsoft.network/firewallpolicies/rulecollectiongroups": "network:FirewallPolicyRuleCollectionGroup",
    "microsoft.network/frontdoors": "frontdoor:FrontDoor",
    "microsoft.network/loadbalancers": "network:LoadBalancer",
    "microsoft.network/locations/usages": "network:Usage",
    "microsoft.network/natgateways": "network:NatGateway",
    "microsoft.network/networkinterfaces": "network:NetworkInterface",
    "microsoft.network/networksecuritygroups": "network:NetworkSecurityGroup",
    "microsoft.network/privatednszones": "privatedns:PrivateZone",
    "microsoft.network/privatednszones/a": "privatedns:RecordSet",
    "microsoft.network/privatednszones/aaaa": "privatedns:RecordSet",
    "microsoft.network/privatednszones/cname": "privatedns:RecordSet",
    "microsoft.network/privatednszones/virtualnetworklinks": "privatedns:VirtualNetworkLink",
    "microsoft.network/privateendpoints": "network:PrivateEndpoint",
    "microsoft.network/privateendpoints/privatednszonegroups": "network:PrivateDnsZoneGroup",
    "microsoft.network/publicipaddresses": "network:PublicIPAddress",
    "microsoft.network/publicipprefixes": "network:PublicIPPrefix",
    "microsoft.network/routetables": "network:RouteTable",
    "microsoft.network/trafficmanagerprofiles": "trafficmanager:Profile",
    "microsoft.network/virtualnetworks": "network:VirtualNetwork",
    "microsoft.network/virtualnetworks/subnets": "network:Subnet",
    "microsoft.network/virtualnetworks/virtualnetworkpeerings": "network:VirtualNetworkPeering",
    "microsoft.notificationhubs/namespaces": "notificationhubs:NamespaceResource",
    "microsoft.operationalinsights/workspaces": "loganalytics:Workspace",
    "microsoft.operationalinsights/workspaces/tables": "loganalytics:Table",
    "microsoft.resources/subscriptions/resourcegroups": "resource.resources:ResourceGroup",
    "microsoft.servicebus/namespaces": "servicebus:SBNamespace",
    "microsoft.servicebus/namespaces/disasterrecoveryconfigs": "servicebus:ArmDisasterRecovery",
    "microsoft.servicebus/namespaces/networkrulesets": "servicebus:NetworkRuleSet",
    "microsoft.servicebus/namespaces/privateendpointconnections": "servicebus:PrivateEndpointConnection",
    "microsoft.servicebus/namespaces/queues": "servicebus:SBQueue",
    "microsoft.servicebus/namespaces/topics": "servicebus:SBTopic",
    "microsoft.servicebus/namespaces/topics/subscriptions": "servicebus:SBSubscription",
    "microsoft.servicebus/namespaces/topics/subscriptions/rules": "servicebus:Rule",
    "microsoft.sql/servers": "sql:Server",
    "microsoft.sql/servers/administrators": "sql:ServerAzureADAdministrator",
    "microsoft.sql/servers/azureadonlyauthentications": "sql:ServerAzureADOnlyAuthentication",
    "microsoft.sql/servers/connectionpolicies": "sql:ServerConnectionPolicy",
    "microsoft.sql/servers/databases": "sql:Database",
    "microsoft.sql/servers/databases/replicationlinks": "sql:ReplicationLink",
    "microsoft.sql/servers/failovergroups": "sql:FailoverGroup",
    "microsoft.sql/servers/firewallrules": "sql:FirewallRule",
    "microsoft.sql/servers/privateendpointconnections": "sql:PrivateEndpointConnection",
    "microsoft.sql/servers/virtualnetworkrules": "sql:VirtualNetworkRule",
    "microsoft.storage/storageaccounts": "storage:StorageAccount",
    "microsoft.storage/storageaccounts/blobservices": "storage:BlobServiceProperties",
    "microsoft.storage/storageaccounts/blobservices/containers": "storage:BlobContainer",
    "microsoft.storage/storageaccounts/objectreplicationpolicies": "storage:ObjectReplicationPolicy",
    "microsoft.storage/storageaccounts/privateendpointconnections": "storage:PrivateEndpointConnection",
    "microsoft.synapse/workspaces": "synapse:Workspace",
    "microsoft.synapse/workspaces/firewallrules": "synapse:IpFirewallRuleInfo",
}
#: Types without a model in any package that is at hand, and why.
WITHOUT = {
    "microsoft.insights/diagnosticsettings": "azure-mgmt-monitor 7 has left them out",
    "microsoft.insights/privatelinkscopes": "azure-mgmt-monitor 7 has left them out",
    "microsoft.insights/privatelinkscopes/scopedresources": "azure-mgmt-monitor 7 has left them out",
    "microsoft.resources/subscriptions": "they are in a package of their own, which says nothing more of them",
    "microsoft.resources/subscriptions/locations": "they are in a package of their own",
}
#: What services answer and their SDKs have left out or renamed: ``type field``, each with the reason beside it.
ANSWERED = frozenset(
    {
        "microsoft.network/privateendpoints/privatednszonegroups type",  # as every resource says it
    }
)
INDEX = re.compile(r"\[[^]]*\]")


def _documents() -> Iterator[tuple[str, dict[str, Any]]]:
    seen: set[tuple[str, str]] = set()
    for world in WORLDS:
        for phase in PHASES:
            for file in read_world(world, phase).values():
                for record in file.records if file.source == "arm" else ():
                    key = (str(file.origin.resolve()), record["id"].lower())
                    if key not in seen and not record["id"].endswith("*"):
                        seen.add(key)
                        yield file.where(record), record


def _by_type() -> dict[str, list[tuple[str, dict[str, Any]]]]:
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for where, record in _documents():
        found.setdefault(parse(record["id"]).type.lower(), []).append((where, record))
    return found


FOUND = _by_type()


@pytest.mark.parametrize("kind", sorted(FOUND))
def test_no_field_is_invented(kind):
    if kind in WITHOUT:
        pytest.skip(WITHOUT[kind])
    assert kind in MODELS, f"say in MODELS which SDK's model {kind} is, or in WITHOUT why there is none"
    package, _, name = MODELS[kind].partition(":")
    models = pytest.importorskip(f"azure.mgmt.{package}.models")
    model = getattr(models, name)
    wrong = [
        f"{where}: {problem}"
        for where, record in FOUND[kind]
        for item in _items(record)
        for problem in problems(item, model)
        if f"{kind} {re.sub(INDEX, '[]', problem.partition(':')[0])}" not in ANSWERED
    ]
    assert not wrong, "\n".join(wrong)


def test_the_table_names_models_that_exist():
    for kind, said in MODELS.items():
        package, _, name = said.partition(":")
        try:
            models = importlib.import_module(f"azure.mgmt.{package}.models")
        except ImportError:
            continue
        assert hasattr(models, name), f"{kind}: {said}"


def test_what_a_service_would_not_answer_is_found():
    models = pytest.importorskip("azure.mgmt.storage.models")
    account = {
        "id": "/x",
        "locations": "weu",
        "kind": "Storage",
        "properties": {
            "accessTier": "Lukewarm",
            "supportsHttpsTrafficOnly": "true",
            "creationTime": "@now-1h",
            "networkAcls": {"defaultAction": "deny", "ipRules": [{"value": "10.0.0.1", "allow": True}]},
        },
    }
    assert [problem.partition(" (")[0] for problem in problems(account, models.StorageAccount)] == [
        "locations: no such field of StorageAccount",
        "properties.accessTier: 'Lukewarm' is no AccessTier",
        "properties.supportsHttpsTrafficOnly: 'true' is no bool",
        "properties.networkAcls.ipRules[0].allow: no such field of IPRule",
    ]


def test_flattened_and_polymorphic_models_too():
    models = pytest.importorskip("azure.mgmt.eventgrid.models")
    subscription = {
        "id": "/x",
        "properties": {
            "provisioningState": "Succeeded",
            "destination": {"endpointType": "ServiceBusQueue", "properties": {"resourceId": "/q", "queue": "q"}},
            "eventTimeToLive": 5,
        },
    }
    assert list(problems(subscription, models.EventSubscription)) == [
        "properties.destination.properties.queue: no such field",
        "properties.eventTimeToLive: no such field",
    ]


def _items(record: dict[str, Any]) -> list[Any]:
    """The resource, or the items of a path that answers a list."""
    if parse(record["id"]).name is not None:
        return [record]
    items: list[Any] = record.get("value", [])
    return items
