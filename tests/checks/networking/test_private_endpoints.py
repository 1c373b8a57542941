from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import load, role, unmet, unproven
from tests.checks.networking.links import connection, dependency, endpoint, vault
from tests.checks.resources import arm

check = load("networking/test_private_endpoints.py").test_private_endpoints


def judged(*documents, about=None, **options):
    return {
        "dependency": about or dependency(),
        "arm": arm(*documents, **options),
        "site": role(networks=("10.60.0.0/16",)),
    }


def test_an_approved_endpoint_in_the_network_of_the_site():
    looked = Looked()
    check(**judged(vault(connection()), *endpoint(), looked=looked))
    assert looked.count == 1


def test_every_endpoint_that_does_not_lead_there_is_told():
    documents = (
        vault(connection(status="Pending"), connection("pe-old", site="weu"), connection("pe-gone")),
        *endpoint(),
        *endpoint("10.40.20.31", "pe-old", "weu"),
    )
    assert unmet(check, **judged(*documents)) == (
        "orders/kv-neu has no private endpoint for vault that lets neu (10.60.0.0/16) in: pe-kv-neu is Pending; "
        "pe-old stands in vnet-weu (10.40.20.31), not in the network of neu; "
        "pe-gone stands in no network, not in the network of neu."
    )
    assert unmet(check, **judged(vault(privateEndpointConnections=None))).endswith("in: it has none at all.")


@pytest.mark.parametrize("side", ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"])
def test_an_endpoint_that_knows_itself_to_be_cut_off_leads_nowhere(side):
    ended = {"properties": {"privateLinkServiceConnectionState": {"status": "Disconnected"}, "groupIds": ["vault"]}}
    cut, interface = endpoint()
    cut["properties"] |= {"privateLinkServiceConnections": [], side: [ended]}
    assert "pe-kv-neu is Disconnected" in unmet(check, **judged(vault(connection()), cut, interface))


def test_an_endpoint_for_another_part_of_the_resource():
    assert "pe-kv-neu is for dfs" in unmet(check, **judged(vault(connection()), *endpoint(of="dfs")))


@pytest.mark.parametrize("documents", [(connection(status="approved"), connection("pe-old", "Rejected"))])
def test_one_good_endpoint_is_enough(documents):
    check(**judged(vault(*documents), *endpoint(of="Vault")))


def test_the_endpoint_of_somebody_else_may_stay_unknown_where_another_one_leads_there():
    both = vault(connection("pe-foreign", site="elsewhere"), connection())
    check(**judged(both, *endpoint(), denied=["pe-foreign"]))
    foreign = vault(connection("pe-foreign", site="elsewhere"), connection(status="Pending"))
    unproven(check, **judged(foreign, *endpoint(), denied=["pe-foreign"]))


def test_a_host_of_service_bus_may_be_one_of_event_hubs():
    about = dependency("kv-neu", "Microsoft.ServiceBus/namespaces", "Microsoft.KeyVault/vaults")
    check(**judged(vault(connection()), *endpoint(), about=about))


def test_a_shared_resource_may_stand_in_the_other_sites_group():
    shared = {**vault(connection()), "id": vault()["id"].replace("rg-neu", "rg-weu")}
    check(**judged(shared, *endpoint(), about=dependency(shared=True)))
    unproven(check, **judged(shared, *endpoint(), about=dependency(shared=False)))


@pytest.mark.parametrize(
    ("documents", "denied"),
    [
        ((), []),
        ((vault(connection()), *endpoint()), ["vaults"]),
        ((vault(connection()), *endpoint()), ["networkInterfaces"]),
        ((vault(connection(status=None)), *endpoint()), []),
        ((vault(connection()), *endpoint(None)), []),
        ((vault({"properties": {}}),), []),
    ],
)
def test_what_arm_does_not_say_is_unproven(documents, denied):
    unproven(check, **judged(*documents, denied=denied))
