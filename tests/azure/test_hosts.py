from __future__ import annotations

import pytest

from fixtures.azure.hosts import hosts_in, meaning_of

REGIONS = {"westeurope", "northeurope"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tcp:SQL-a.database.windows.net,1433;Database=x", ("sql-a.database.windows.net",)),
        ("https://kv.vault.azure.net/ kv.vault.azure.net", ("kv.vault.azure.net",)),
        ("amqps%3A%2F%2Fsb.servicebus.windows.net", ("sb.servicebus.windows.net",)),
        ("a.blob.core.windows.net,b.azconfig.azure.cn", ("a.blob.core.windows.net", "b.azconfig.azure.cn")),
        ("*.vault.azure.net disk.csi.azure.com kubernetes.azure.com servicebus.windows.net", ()),
        ("sb.servicebus.windows.net.example sb.servicebus.windows.network", ()),
    ],
)
def test_hosts_are_found_as_wholes(text, found):
    assert hosts_in(text) == found


@pytest.mark.parametrize(
    ("host", "kind", "name"),
    [
        ("sb.servicebus.windows.net", "microsoft.eventhub/namespaces", "sb"),
        ("sb.privatelink.servicebus.usgovcloudapi.net", "microsoft.servicebus/namespaces", "sb"),
        ("kv.privatelink.vaultcore.azure.net", "microsoft.keyvault/vaults", "kv"),
        ("mi.a1b2.database.windows.net", "microsoft.sql/managedinstances", "mi"),
        ("pg.postgres.database.azure.com", "microsoft.dbforpostgresql/flexibleservers", "pg"),
        ("c.mongo.cosmos.azure.com", "microsoft.documentdb/databaseaccounts", "c"),
    ],
)
def test_a_host_stands_for_a_resource_of_its_name(host, kind, name):
    meant = meaning_of(host, REGIONS)
    assert kind in meant.types
    assert (meant.name, meant.region, meant.everywhere) == (name, None, False)


@pytest.mark.parametrize(
    "host",
    [
        "a.northeurope.azmk8s.io",
        "a.northeurope-1.eventgrid.azure.net",
        "northeurope-3.in.applicationinsights.azure.com",
        "acr.northeurope.data.azurecr.io",
        "c-northeurope.documents.azure.com",
        "name-a1.northeurope-01.azurewebsites.net",
    ],
)
def test_a_region_in_the_name_counts(host):
    assert meaning_of(host, REGIONS).region == "northeurope"


def test_what_follows_the_traffic_is_everywhere():
    for host in ("a.trafficmanager.net", "a.azurefd.net", "acr.azurecr.io", "pg.writer.postgres.database.azure.com"):
        assert meaning_of(host, REGIONS).everywhere
    assert meaning_of("a-secondary.blob.core.windows.net", REGIONS).secondary
    unknown = meaning_of("a.eastus.azmk8s.io", REGIONS)
    assert (unknown.types, unknown.region, unknown.everywhere) == ((), None, False)
