// Made by `python -m tests.permissions` from the sources; do not edit.
// az deployment sub create --location <region> --template-file azure-role.bicep --parameters principalId=<object id>
targetScope = 'subscription'

@description('The object id of the identity that runs the gate.')
param principalId string

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'gonogo-reader')
  properties: {
    roleName: 'gonogo-reader'
    description: 'Everything that the checks of gonogo read, and nothing that writes.'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {
        actions: [
          'Microsoft.ApiManagement/service/apis/read'
          'Microsoft.ApiManagement/service/backends/read'
          'Microsoft.ApiManagement/service/namedValues/read'
          'Microsoft.ApiManagement/service/read'
          'Microsoft.AppConfiguration/configurationStores/keyValues/read'
          'Microsoft.AppConfiguration/configurationStores/read'
          'Microsoft.AppConfiguration/configurationStores/replicas/read'
          'Microsoft.Authorization/permissions/read'
          'Microsoft.Authorization/roleAssignments/read'
          'Microsoft.Authorization/roleDefinitions/read'
          'Microsoft.Cache/Redis/linkedServers/read'
          'Microsoft.Cache/redis/read'
          'Microsoft.Cdn/profiles/originGroups/origins/read'
          'Microsoft.Cdn/profiles/originGroups/read'
          'Microsoft.Cdn/profiles/read'
          'Microsoft.Compute/locations/usages/read'
          'Microsoft.Compute/skus/read'
          'Microsoft.ContainerRegistry/registries/read'
          'Microsoft.ContainerRegistry/registries/replications/read'
          'Microsoft.ContainerService/managedClusters/agentPools/read'
          'Microsoft.ContainerService/managedClusters/read'
          'Microsoft.Databricks/workspaces/read'
          'Microsoft.DataFactory/factories/linkedservices/read'
          'Microsoft.DataFactory/factories/querypipelineruns/action'
          'Microsoft.DataFactory/factories/read'
          'Microsoft.DataFactory/factories/triggers/read'
          'Microsoft.DBforPostgreSQL/flexibleServers/administrators/read'
          'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules/read'
          'Microsoft.DBforPostgreSQL/flexibleServers/read'
          'Microsoft.DBforPostgreSQL/flexibleServers/virtualEndpoints/read'
          'Microsoft.DocumentDB/databaseAccounts/read'
          'Microsoft.EventGrid/eventSubscriptions/read'
          'Microsoft.EventGrid/systemTopics/eventSubscriptions/read'
          'Microsoft.EventGrid/systemTopics/read'
          'Microsoft.EventGrid/topics/read'
          'Microsoft.EventHub/namespaces/eventhubs/consumergroups/read'
          'Microsoft.EventHub/namespaces/eventhubs/read'
          'Microsoft.EventHub/namespaces/read'
          'Microsoft.Insights/actionGroups/read'
          'Microsoft.Insights/dataCollectionEndpoints/read'
          'Microsoft.Insights/dataCollectionRuleAssociations/read'
          'Microsoft.Insights/dataCollectionRules/read'
          'Microsoft.Insights/diagnosticSettings/read'
          'Microsoft.Insights/metricAlerts/read'
          'Microsoft.Insights/metrics/read'
          'Microsoft.Insights/privateLinkScopes/read'
          'Microsoft.Insights/scheduledQueryRules/read'
          'Microsoft.KeyVault/vaults/read'
          'Microsoft.KeyVault/vaults/secrets/read'
          'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read'
          'Microsoft.ManagedIdentity/userAssignedIdentities/read'
          'Microsoft.Network/azureFirewalls/read'
          'Microsoft.Network/natGateways/read'
          'Microsoft.Network/networkInterfaces/read'
          'microsoft.network/networksecuritygroups/read'
          'Microsoft.Network/privateDnsZones/A/read'
          'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read'
          'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read'
          'Microsoft.Network/privateEndpoints/read'
          'Microsoft.Network/publicIPAddresses/read'
          'Microsoft.Network/trafficManagerProfiles/read'
          'microsoft.network/virtualnetworks/subnets/read'
          'Microsoft.OperationalInsights/workspaces/query/read'
          'Microsoft.OperationalInsights/workspaces/read'
          'Microsoft.Resources/subscriptions/resources/read'
          'Microsoft.ServiceBus/namespaces/disasterRecoveryConfigs/read'
          'Microsoft.ServiceBus/namespaces/queues/read'
          'Microsoft.ServiceBus/namespaces/read'
          'Microsoft.ServiceBus/namespaces/topics/read'
          'Microsoft.ServiceBus/namespaces/topics/subscriptions/read'
          'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules/read'
          'Microsoft.Sql/servers/administrators/read'
          'Microsoft.Sql/servers/azureADOnlyAuthentications/read'
          'Microsoft.Sql/servers/failoverGroups/read'
          'Microsoft.Sql/servers/firewallRules/read'
          'Microsoft.Sql/servers/read'
          'Microsoft.Sql/servers/virtualNetworkRules/read'
          'Microsoft.Storage/storageAccounts/read'
          'Microsoft.Synapse/workspaces/firewallRules/read'
          'Microsoft.Synapse/workspaces/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, role.id)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role.id
  }
}
