from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Looked
from fixtures.matching import DriftMatcher
from tests.checks.azure import arm, declared, environment, resource
from tests.checks.evidence import config_map, kubernetes, load, namespace, role, unmet, unproven

check = load("configuration/test_resource_region.py").test_resource_region

BUS = "Microsoft.ServiceBus/namespaces"


def bus(name="sb-neu", place: Any = "North Europe"):
    return resource(BUS, name, **({"location": place} if place else {}))


def account(place="North Europe", **properties: Any):
    return resource("Microsoft.Storage/storageAccounts", "stneu", location=place, **properties)


def judge(
    tmp_path: Path, *answers: Any, held: list[Any] | None = None, services: Any = None, looked=None, **more: Any
) -> dict[str, Any]:
    allow = {"allow": [{"surface": "configmap/orders/standby", "reason": "r"}]}
    found = environment(tmp_path, {"orders": {}, **(services or {})}, drift=allow)
    about = declared(found, "namespace")
    objects = [namespace(), *([config_map("a", host=each) for each in held or []])]
    return {
        "namespace": about,
        "kubernetes": kubernetes(*objects, looked=looked),
        "arm": arm("azure_hosts", about, found, *answers, looked=looked, **more),
        "site": role(),
        "drift": DriftMatcher(found, "neu"),
    }


def says(what: str) -> str:
    return (
        f"Configuration of orders in namespace orders of neu names resources of other regions: {what}; "
        "declared is northeurope, or a resource of all sites."
    )


AT = "(configmap/orders/a data.host)"


@pytest.mark.parametrize(
    "value",
    [
        "sb-neu.servicebus.windows.net",
        "Endpoint=sb://SB-NEU.servicebus.windows.net:5671/;Entity=x",
        "https://sb-neu.privatelink.servicebus.windows.net/",
        "amw.northeurope.prometheus.monitor.azure.com",
        "contoso.azurefd.net contoso.trafficmanager.net acr.azurecr.io pg.writer.postgres.database.azure.com",
        "no.azure.host.example servicebus.windows.net x.servicebus.windows.net.example",
    ],
)
def test_hosts_of_this_region_and_of_none_are_fine(tmp_path, value):
    looked = Looked()
    check(**judge(tmp_path, bus(), held=[value], looked=looked))
    assert looked.count > 1


def test_a_resource_of_another_region_is_told_whatever_its_name(tmp_path):
    other = bus(place="West Europe")
    assert unmet(check, **judge(tmp_path, other, held=["sb-neu.servicebus.windows.net"])) == says(
        f"sb-neu.servicebus.windows.net is in westeurope {AT}"
    )


def test_a_region_in_the_name_is_told(tmp_path):
    for host in (
        "dce-a1.westeurope-1.ingest.monitor.azure.com",
        "acr.westeurope.data.azurecr.io",
        "cosmos-a-westeurope.documents.azure.com",
    ):
        assert f"{host} is in westeurope" in unmet(check, **judge(tmp_path, held=[f"https://{host}/x"]))


def test_storage_is_where_its_data_is_served_from(tmp_path):
    blob = ["stneu.blob.core.windows.net"]
    check(**judge(tmp_path, account("westeurope", primaryLocation="northeurope"), held=blob))
    moved = account("northeurope", primaryLocation="westeurope", secondaryLocation="northeurope")
    assert unmet(check, **judge(tmp_path, moved, held=blob)) == says(f"{blob[0]} is in westeurope {AT}")
    check(**judge(tmp_path, moved, held=["stneu-secondary.blob.core.windows.net"]))


def test_a_database_account_is_in_all_of_its_regions(tmp_path):
    def cosmos(*places: str):
        held = [{"locationName": each} for each in places]
        return resource("Microsoft.DocumentDB/databaseAccounts", "c", location="West Europe", locations=held)

    host = ["https://c.documents.azure.com:443/"]
    check(**judge(tmp_path, cosmos("West Europe", "North Europe"), held=host))
    assert "c.documents.azure.com is in westeurope" in unmet(check, **judge(tmp_path, cosmos("West Europe"), held=host))


def test_what_is_declared_for_all_sites_may_be_anywhere(tmp_path):
    group = {"sqlFailoverGroup": "fg", "servers": {"weu": "sql-weu", "neu": "sql-neu"}}
    check(**judge(tmp_path, services={"orders": {"databases": [group]}}, held=["fg.database.windows.net"]))
    shared = {"orders": {"vaults": [{"name": "kv-shared"}]}}
    vault = resource("Microsoft.KeyVault/vaults", "kv-shared", location="westeurope")
    check(**judge(tmp_path, vault, services=shared, held=["https://kv-shared.vault.azure.net/"]))
    own = {"orders": {"vaults": [{"name": "kv-<site>"}]}}
    vault = resource("Microsoft.KeyVault/vaults", "kv-neu", location="westeurope")
    assert unmet(check, **judge(tmp_path, vault, services=own, held=["kv-neu.vault.azure.net"]))


def test_a_replica_of_a_store_has_a_host_and_a_region_of_its_own(tmp_path):
    kind = "Microsoft.AppConfiguration/configurationStores"
    store = resource(kind, "ac", "weu", location="westeurope")
    replica = resource(f"{kind}/replicas", "ac/n", "weu", location="North Europe", endpoint="https://ac-n.azconfig.io")
    services = {"orders": {"appConfigurations": [{"name": "ac", "sites": ["neu"]}]}}
    check(**judge(tmp_path, store, replica, services=services, held=["https://ac-n.azconfig.io"]))
    assert unmet(check, **judge(tmp_path, store, services=services, held=["https://ac.azconfig.io"]))


def test_surfaces_that_may_name_another_site_are_left_alone(tmp_path):
    asked = judge(tmp_path, bus("sb-weu", "westeurope"))
    held = config_map("standby", STANDBY="sb-weu.servicebus.windows.net")
    check(**{**asked, "kubernetes": kubernetes(namespace(), held)})


def test_what_nobody_sees_or_says_is_unproven(tmp_path):
    host = ["sb-neu.servicebus.windows.net"]
    assert f"the host sb-neu.servicebus.windows.net {AT}" in unproven(check, **judge(tmp_path, held=host))
    blob = ["stneu.blob.core.windows.net"]
    assert "storage account stneu" in unproven(check, **judge(tmp_path, account(), held=blob))
    assert "primaryLocation" in unproven(check, **judge(tmp_path, account(primaryLocation=7), held=blob))
    gone = {**judge(tmp_path, bus(), held=host), "kubernetes": kubernetes()}
    assert "does not exist in neu" in unproven(check, **gone)


def test_what_may_not_be_read_is_unproven(tmp_path):
    right = "Microsoft.Resources/subscriptions/resources/read"
    host = ["sb-neu.servicebus.windows.net"]
    assert right in unproven(check, **judge(tmp_path, bus(), held=host, failing={"/resources": right}))
