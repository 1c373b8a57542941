"""What a site's services reach over the network, gathered from everything that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.environment import Environment
from fixtures.environment.dependencies import target_of_host

Loads = Callable[..., Environment]
ID = "/subscriptions/s/resourceGroups/rg-data/providers/Microsoft.KeyVault/vaults/kv-weu"


def told(environment: Environment) -> list[tuple[str | None, str, str, bool, bool]]:
    return [(each.site, each.id, each.group, each.private, each.shared) for each in environment.declared("dependency")]


def orders(*lines: str) -> str:
    return "services:\n  orders:\n    namespace: orders\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("host", "name", "type_", "group"),
    [
        ("sb-weu.servicebus.windows.net", "sb-weu", "Microsoft.ServiceBus/namespaces", "namespace"),
        ("SQL-weu.database.windows.net.", "SQL-weu", "Microsoft.Sql/servers", "sqlServer"),
        ("pg.postgres.database.azure.com", "pg", "Microsoft.DBforPostgreSQL/flexibleServers", "postgresqlServer"),
        ("r.redis.cache.windows.net", "r", "Microsoft.Cache/redis", "redisCache"),
        ("kv.vault.azure.net", "kv", "Microsoft.KeyVault/vaults", "vault"),
        ("kv.vault.usgovcloudapi.net", "kv", "Microsoft.KeyVault/vaults", "vault"),
        ("st.dfs.core.windows.net", "st", "Microsoft.Storage/storageAccounts", "dfs"),
        ("c.documents.azure.com", "c", "Microsoft.DocumentDB/databaseAccounts", "Sql"),
        ("a.azurecr.io", "a", "Microsoft.ContainerRegistry/registries", "registry"),
    ],
)
def test_hosts_of_azure_name_a_resource(host: str, name: str, type_: str, group: str) -> None:
    target = target_of_host(host)
    assert target is not None
    assert (target.name, target.types[0], target.group) == (name, type_, group)


@pytest.mark.parametrize(
    "host", ["api.contoso.example", "vault.azure.net", "x.y.vault.azure.net", "kv.vault.example", ""]
)
def test_other_hosts_name_none(host: str) -> None:
    assert target_of_host(host) is None


def test_a_resource_is_one_whoever_names_it_and_private_if_anybody_says_so(loads: Loads, small: str) -> None:
    declared = loads(
        small
        + orders(
            "workloads: [{name: worker, kind: DaemonSet}]",
            "queues: [{name: in, bus: sb-<site>.servicebus.windows.net, consumer: worker}]",
            "eventHubs: [{name: h, bus: eh-<site>, consumer: worker, checkpoints: stchk<site>/checkpoints}]",
            "names: [{host: sb-<site>.servicebus.windows.net, private: true, resolvers: [public]}]",
            "vaults: [{name: kv-<site>, secrets: []}]",
        )
    )
    wanted = {"sb-{}": "namespace", "eh-{}": "namespace", "stchk{}": "blob", "kv-{}": "vault"}
    assert set(told(declared)) == {
        (site, name.format(site), group, name.startswith("sb"), False)
        for site in ("weu", "neu")
        for name, group in wanted.items()
    }
    bus = next(each for each in declared.declared("dependency") if each.id == "sb-weu")
    assert bus.types == ("Microsoft.ServiceBus/namespaces",)


def test_a_private_name_is_needed_by_the_sites_whose_resolvers_must_know_it(loads: Loads, small: str) -> None:
    views = small.replace(
        "resolvers:\n", "resolvers:\n  neu: {servers: [10.60.4.4]}\n  old: {servers: [10.40.4.4], vantage: weu}\n"
    )
    host = "host: sql-a.database.windows.net, private: true"
    for resolvers, sites in (
        ("neu", ["neu"]),
        ("old", ["weu"]),
        ("public", ["weu", "neu"]),
        ("neu, old", ["weu", "neu"]),
    ):
        found = loads(views + orders(f"names: [{{{host}, resolvers: [{resolvers}]}}]"))
        assert [site for site, *_ in told(found)] == sites


def test_what_stands_once_for_all_sites_is_shared(loads: Loads, small: str) -> None:
    stores = "databases: [{cosmos: c}, {sqlFailoverGroup: fg, servers: {weu: sql-a, neu: sql-b}}, {storage: st}]"
    assert set(told(loads(small + orders(stores)))) == {
        ("weu", "c", "Sql", False, True),
        ("neu", "c", "Sql", False, True),
        ("weu", "sql-a", "sqlServer", False, False),
        ("neu", "sql-b", "sqlServer", False, False),
        ("weu", "st", "blob", False, True),
        ("neu", "st", "blob", False, True),
    }


def test_a_full_id_wins_over_a_name(loads: Loads, small: str) -> None:
    vault = f"vaults: [{{name: '{ID}', secrets: [], sites: [weu]}}]"
    names = "names: [{host: kv-<site>.vault.azure.net, private: true, resolvers: [public]}]"
    found = {each.site: each.name for each in loads(small + orders(vault, names)).declared("dependency")}
    assert found == {"weu": ID, "neu": "kv-neu"}


def test_parts_of_one_account_are_told_apart(loads: Loads, small: str) -> None:
    names = (
        "names: [{host: st<site>.blob.core.windows.net, private: true, resolvers: [public]},"
        " {host: st<site>.queue.core.windows.net, private: true, resolvers: [public]}]"
    )
    ids = [each.id for each in loads(small + orders(names)).declared("dependency") if each.site == "weu"]
    assert sorted(ids) == ["stweu", "stweu/queue"]
