from __future__ import annotations

from types import SimpleNamespace

import pytest

from fixtures.evidence import Looked
from tests.checks.compute.scaled import declaring
from tests.checks.evidence import load, role, unmet, unproven
from tests.checks.networking.links import NODES, cluster, connection, dependency, endpoint, vault
from tests.checks.resources import arm, resource

check = load("networking/test_resource_firewalls.py").test_resource_firewalls
OTHER = NODES.replace("neu", "weu")
DENY = {"defaultAction": "Deny", "bypass": "AzureServices"}


def judged(*documents, about=None, egress=(), **options):
    ways = [SimpleNamespace(addresses=egress)] if egress else []
    return {
        "dependency": about or dependency(private=False),
        "arm": arm(*documents, *cluster("Microsoft.KeyVault"), **options),
        "declared": declaring(egress=ways),
        "site": role(networks=("10.60.0.0/16",)),
    }


def opened(**acls):
    return vault(publicNetworkAccess="Enabled", networkAcls={**DENY, **acls})


def test_a_private_endpoint_lets_the_site_in_and_nothing_else_is_asked():
    looked = Looked()
    check(**judged(vault(connection()), *endpoint(), denied=["subnets", "agentPools"], looked=looked))
    assert looked.count == 1


def test_the_other_sites_subnets_are_the_classic_miss():
    assert unmet(check, **judged(opened(virtualNetworkRules=[{"id": OTHER}]))) == (
        "orders/kv-neu does not let neu in: its rules deny by default (bypass AzureServices lets no pod in) and admit "
        "vnet-weu/snet-nodes, not vnet-neu/snet-nodes; it has no private endpoint."
    )


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (vault(), "public network access is Disabled"),
        (opened(), "admit no subnet, not vnet-neu/snet-nodes"),
        (opened(virtualNetworkRules=[{"id": NODES, "state": "NetworkSourceDeleted"}]), "admit no subnet"),
        (
            opened(ipRules=[{"value": "20.50.1.0/28"}]),
            "admit no subnet and 20.50.1.0-20.50.1.15, not vnet-neu/snet-nodes or 20.60.1.9;",
        ),
        (vault(publicNetworkAccess=None), "its rules deny by default"),
        (vault(connection(status="Pending")), "its private endpoints are no help: pe-kv-neu is Pending in vnet-neu"),
    ],
)
def test_who_is_not_let_in(document, said):
    assert said in unmet(check, **judged(document, *endpoint(), egress=("20.60.1.9",)))


def test_a_rule_without_its_service_endpoint_lets_nobody_in():
    arguments = judged(opened(virtualNetworkRules=[{"id": NODES}]))
    check(**arguments)
    arguments["arm"] = arm(opened(virtualNetworkRules=[{"id": NODES}]), *cluster("Microsoft.Storage"))
    assert "vnet-neu/snet-nodes is admitted, but has no service endpoint" in unmet(check, **arguments)


@pytest.mark.parametrize(
    "document",
    [
        opened(virtualNetworkRules=[{"id": NODES.upper()}, {"id": OTHER}]),
        opened(defaultAction="allow"),
        opened(ipRules=[{"value": "20.60.1.0/28"}]),
        opened(ipRules=[{"value": "20.60.1.9"}]),
        vault(publicNetworkAccess="Enabled", networkAcls=None),
        vault(publicNetworkAccess=None, networkAcls=None),
    ],
)
def test_who_is_let_in(document):
    check(**judged(document, egress=("20.60.1.9",)))


def bus(**rules):
    about = dependency("sb-neu", "Microsoft.ServiceBus/namespaces", of="namespace", private=False)
    found = resource("Microsoft.ServiceBus/namespaces/sb-neu", publicNetworkAccess="Enabled")
    return about, found, resource("Microsoft.ServiceBus/namespaces/sb-neu/networkRuleSets/default", **rules)


def test_a_bus_keeps_its_rules_apart():
    about, *documents = bus(defaultAction="Deny", virtualNetworkRules=[{"subnet": {"id": OTHER}}])
    assert "admit vnet-weu/snet-nodes" in unmet(check, **judged(*documents, about=about))
    about, *documents = bus(defaultAction="Allow")
    check(**judged(*documents, about=about))
    about, *documents = bus(defaultAction="Deny", ipRules=[{"ipMask": "20.60.1.9", "action": "Allow"}])
    check(**judged(*documents, about=about, egress=("20.60.1.9",)))
    about, found, _ = bus()
    unproven(check, **judged(found, about=about))


def sql(*rules, **about):
    server = resource("Microsoft.Sql/servers/sql-neu", **{"publicNetworkAccess": "Enabled", **about})
    found = dependency("sql-neu", "Microsoft.Sql/servers", of="sqlServer", private=False)
    return found, server, *rules


def rule(first, last):
    return resource("Microsoft.Sql/servers/sql-neu/firewallRules/one", startIpAddress=first, endIpAddress=last)


def test_a_database_lets_in_what_its_rules_name():
    about, *documents = sql(rule("20.60.1.8", "20.60.1.15"))
    check(**judged(*documents, about=about, egress=("20.60.1.9",)))
    assert "deny by default and admit no subnet" in unmet(
        check, **judged(*documents, about=about, egress=("20.60.1.16",))
    )
    about, *documents = sql(rule("0.0.0.0", "0.0.0.0"))
    check(**judged(*documents, about=about))
    about, *documents = sql(
        resource("Microsoft.Sql/servers/sql-neu/virtualNetworkRules/n", virtualNetworkSubnetId=OTHER, state="Ready")
    )
    assert "admit vnet-weu/snet-nodes" in unmet(check, **judged(*documents, about=about))
    about, *documents = sql(rule("somewhere", "else"))
    unproven(check, **judged(*documents, about=about))


def test_a_server_inside_a_network():
    about = dependency("pg-neu", "Microsoft.DBforPostgreSQL/flexibleServers", of="postgresqlServer", private=False)

    def joined(subnet):
        network = {"delegatedSubnetResourceId": subnet, "publicNetworkAccess": "Disabled"}
        return resource("Microsoft.DBforPostgreSQL/flexibleServers/pg-neu", network=network)

    check(**judged(joined(NODES.replace("snet-nodes", "snet-pg")), about=about))
    assert "it stands in vnet-weu" in unmet(check, **judged(joined(OTHER), about=about))


@pytest.mark.parametrize(("prefix", "met"), [("10.60.32.0/24", True), ("10.40.32.0/24", False)])
def test_a_server_in_another_network_of_the_site(prefix, met):
    about = dependency("pg-neu", "Microsoft.DBforPostgreSQL/flexibleServers", of="postgresqlServer", private=False)
    subnet = NODES.replace("vnet-neu", "vnet-data")
    server = resource(about.types[0] + "/pg-neu", network={"delegatedSubnetResourceId": subnet})
    beside = {"id": subnet, "name": "snet", "properties": {"addressPrefixes": [prefix]}}
    given = judged(server, beside, about=about)
    if met:
        check(**given)
    else:
        assert "it stands in vnet-data" in unmet(check, **given)


@pytest.mark.parametrize("rule", ["0.0.0.0", "20.60.1.9"])
def test_cosmos_lets_all_of_azure_in_by_one_address(rule):
    about = dependency("cosmos-orders", "Microsoft.DocumentDB/databaseAccounts", of="Sql", private=False)
    account = resource(
        about.types[0] + "/cosmos-orders",
        publicNetworkAccess="Enabled",
        isVirtualNetworkFilterEnabled=False,
        ipRules=[{"ipAddressOrRange": rule}],
    )
    check(**judged(account, about=about, egress=("20.60.1.9",)))


def test_a_rule_for_every_address_needs_no_declared_way_out():
    about = dependency("sql-neu", "Microsoft.Sql/servers", of="sqlServer", private=False)
    server = resource("Microsoft.Sql/servers/sql-neu", publicNetworkAccess="Enabled")
    all_ = {"startIpAddress": "0.0.0.0", "endIpAddress": "255.255.255.255"}
    check(**judged(server, resource("Microsoft.Sql/servers/sql-neu/firewallRules/all", **all_), about=about))


def test_a_cache_without_rules_lets_everybody_in():
    about = dependency("redis-neu", "Microsoft.Cache/redis", of="redisCache", private=False)
    found = resource("Microsoft.Cache/redis/redis-neu", publicNetworkAccess="Enabled")
    check(**judged(found, about=about))
    other = resource("Microsoft.Cache/redis/redis-neu/firewallRules/a", startIP="20.50.1.9", endIP="20.50.1.9")
    assert "deny by default" in unmet(check, **judged(found, other, about=about))


@pytest.mark.parametrize(
    ("documents", "denied"),
    [
        ((), []),
        ((vault(publicNetworkAccess="SecuredByPerimeter"),), []),
        ((opened(ipRules=[{"value": "everywhere"}]),), []),
        ((vault(connection("pe-foreign", site="x")),), ["pe-foreign"]),
        ((opened(),), ["agentPools"]),
        ((opened(),), ["subnets"]),
    ],
)
def test_what_arm_does_not_say_is_unproven(documents, denied):
    unproven(check, **judged(*documents, denied=denied))
