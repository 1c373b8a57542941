from __future__ import annotations

import pytest

from fixtures.environment.model import About
from fixtures.environment.shared import Routing
from fixtures.evidence import Looked
from tests.checks.evidence import load, role, unmet, unproven
from tests.checks.managed import line, metrics
from tests.checks.resources import arm, environment_of, resource

check = load("dns/test_routing_health.py").test_routing_health
TM = {"trafficManager": "tm-orders", "endpoints": {"weu": "ep-weu", "neu": "ep-neu"}}
AFD = {"frontDoor": "afd", "originGroup": "orders", "origins": {"weu": "o-weu", "neu": "o-neu"}}


def declared(document):
    routing = Routing.model_validate(document)
    routing.stand(About(service="orders", owner="team-orders"))
    return routing


def sites(routed="weu", target="neu"):
    def one(name):
        return role(name, active=name in routed, routed=name in routed, target=name == target)

    return {"weu": one("weu"), "neu": one("neu")}


def endpoint(name, priority=1, status="Online", **about):
    said = {
        "endpointStatus": "Enabled",
        "endpointMonitorStatus": status,
        "target": f"{name}.example",
        "priority": priority,
        "alwaysServe": "Disabled",
        **about,
    }
    return {"name": name, "properties": {key: value for key, value in said.items() if value is not None}}


def manager(*endpoints, **about):
    said = {"profileStatus": "Enabled", "trafficRoutingMethod": "Priority", "endpoints": list(endpoints), **about}
    kept = {key: value for key, value in said.items() if value is not None}
    return resource("Microsoft.Network/trafficManagerProfiles/tm-orders", "weu", location="global", **kept)


def judged(*documents, of=TM, lines=None, looked=None, denied=(), **roles):
    routing = declared(of)
    environment = environment_of(routing=[routing])
    return {
        "routing": routing,
        "arm": arm(*documents, environment=environment, site="global", looked=looked, denied=denied),
        "metrics": metrics(environment, documents, {("afd", "OriginHealthPercentage"): lines or []}),
        "sites": sites(**roles),
    }


def test_the_routed_site_comes_first():
    looked = Looked()
    check(**judged(manager(endpoint("ep-weu"), endpoint("EP-NEU", 2)), looked=looked))
    assert looked.count == 1


def test_a_switch_that_was_forgotten():
    old = manager(endpoint("ep-weu"), endpoint("ep-neu", 2))
    assert unmet(check, **judged(old, routed="neu", target="")) == (
        "Traffic Manager tm-orders (Priority) does not lead orders to neu, as it must: ep-weu of weu takes the traffic "
        "with priority 1, and weu is not routed."
    )


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (manager(endpoint("ep-neu")), "there is no ep-weu for weu"),
        (
            manager(endpoint("ep-weu", endpointStatus="Disabled", status="Disabled"), endpoint("ep-neu", 2)),
            "ep-weu of weu is Disabled, and weu is routed; ep-neu of neu takes the traffic with priority 2",
        ),
        (manager(endpoint("ep-weu", status="Degraded"), endpoint("ep-neu", 2)), "ep-weu of weu is Degraded"),
        (manager(endpoint("ep-weu"), endpoint("ep-neu", 2, "Degraded")), "ep-neu of neu is Degraded"),
        (manager(endpoint("ep-weu", status="Inactive"), endpoint("ep-neu", 2)), "ep-weu of weu is Inactive"),
        (
            manager(endpoint("ep-weu", status="Degraded"), endpoint("ep-neu", 2, "Degraded")),
            "not one endpoint is healthy, so all that are enabled are handed out",
        ),
        (
            manager(endpoint("ep-weu", 2), endpoint("ep-neu", 3), endpoint("ep-dc1")),
            "ep-dc1 (ep-dc1.example) takes traffic with priority 1 and is not declared",
        ),
        (
            manager(endpoint("ep-weu"), endpoint("ep-neu"), trafficRoutingMethod="Weighted"),
            "ep-neu of neu takes the traffic, and neu is not routed",
        ),
    ],
)
def test_what_leads_astray(document, said):
    assert said in unmet(check, **judged(document))


def test_a_profile_that_is_switched_off_or_gone_leads_nowhere():
    off = manager(endpoint("ep-weu"), profileStatus="Disabled")
    assert unmet(check, **judged(off)) == "Traffic Manager tm-orders of orders is Disabled, so nobody is led anywhere."
    assert "orders/tm-orders does not exist where it is declared" in unmet(check, **judged())


@pytest.mark.parametrize(
    "document",
    [
        manager(endpoint("ep-weu"), endpoint("ep-neu", None, "Disabled", endpointStatus="Disabled")),
        manager(endpoint("ep-weu", status="Unmonitored", alwaysServe="Enabled"), endpoint("ep-neu", 2)),
        manager(endpoint("ep-weu", status="online", alwaysServe=None), endpoint("ep-neu", 2)),
        manager(
            endpoint("ep-weu"),
            endpoint("ep-neu", status="Disabled", endpointStatus="Disabled"),
            trafficRoutingMethod="Performance",
        ),
    ],
)
def test_what_is_fine(document):
    check(**judged(document))


def test_both_sites_of_a_service_may_have_the_traffic():
    both = manager(endpoint("ep-weu"), endpoint("ep-neu"), trafficRoutingMethod="Performance")
    check(**judged(both, routed="weu+neu"))
    half = manager(endpoint("ep-weu"), endpoint("ep-neu", status="Degraded"), trafficRoutingMethod="Performance")
    assert "ep-neu of neu is Degraded" in unmet(check, **judged(half, routed="weu+neu"))


def test_what_was_emptied_may_be_degraded():
    check(**judged(manager(endpoint("ep-weu", 2, "Degraded"), endpoint("ep-neu")), routed="neu", target=""))


def test_an_endpoint_that_is_still_probed_for_the_first_time():
    new = manager(endpoint("ep-weu", status="CheckingEndpoint"), endpoint("ep-neu", 2))
    assert "still probing ep-weu" in unproven(check, **judged(new))


@pytest.mark.parametrize(
    "document",
    [
        manager(endpoint("ep-weu"), profileStatus=None),
        manager(endpoint("ep-weu"), trafficRoutingMethod=None),
        manager(endpoints=None),
        manager(endpoint("ep-weu", status=None), endpoint("ep-neu", 2)),
        manager(endpoint("ep-weu", priority=None), endpoint("ep-neu", 2)),
        manager(endpoint("ep-weu", endpointStatus=None), endpoint("ep-neu", 2)),
        manager(endpoint("ep-weu", priority="first"), endpoint("ep-neu", 2)),
    ],
)
def test_what_arm_does_not_say_is_unproven(document):
    unproven(check, **judged(document))


def front_door(*origins, probe=True, **profile):
    at = "Microsoft.Cdn/profiles/afd"
    sampling = {"loadBalancingSettings": {"sampleSize": 4, "successfulSamplesRequired": 3}}
    settings = {**sampling, **({"healthProbeSettings": {"probePath": "/"}} if probe else {})}
    made = [resource(f"{at}/originGroups/orders/origins/{name}", "weu", **about) for name, about in origins]
    said = {"resourceState": "Active", **profile}
    return [resource(at, "weu", **said), resource(f"{at}/originGroups/orders", "weu", **settings), *made]


def origin(name, priority=1, state="Enabled", **about):
    said = {"hostName": f"{name}.example", "enabledState": state, "priority": priority, **about}
    return name, {key: value for key, value in said.items() if value is not None}


def probes(weu=100, neu=100, group="orders"):
    told = {"o-weu.example:443": weu, "O-NEU.example": neu}
    return [line(*[share] * 5, Origin=host, OriginGroup=group) for host, share in told.items()]


BOTH = (origin("o-weu"), origin("o-neu", 2))


def test_a_front_door_whose_origins_answer_their_probes():
    check(**judged(*front_door(*BOTH), of=AFD, lines=probes(weu=80)))


@pytest.mark.parametrize(
    ("documents", "lines", "said"),
    [
        (front_door(*BOTH), probes(weu=40), "o-weu of weu is healthy in 40 % of its probes, 75 % are needed"),
        (front_door(*BOTH), probes(neu=0), "o-neu of neu is healthy in 0 % of its probes"),
        (front_door(origin("o-weu", 2), origin("o-neu")), probes(), "o-neu of neu takes the traffic with priority 1"),
        (front_door(origin("o-weu"), origin("o-neu")), probes(), "o-neu of neu takes the traffic with priority 1"),
        (front_door(origin("o-weu", state="Disabled"), origin("o-neu")), probes(), "o-weu of weu is Disabled"),
        (front_door(*BOTH, resourceState="Disabled"), probes(), "is Disabled, so nobody is led anywhere"),
        (front_door(origin("o-neu")), probes(), "there is no o-weu for weu"),
    ],
)
def test_what_leads_a_front_door_astray(documents, lines, said):
    assert said in unmet(check, **judged(*documents, of=AFD, lines=lines))


def test_a_group_that_nobody_probes_has_no_health():
    check(**judged(*front_door(*BOTH, probe=False), of=AFD))


@pytest.mark.parametrize(
    ("documents", "lines"),
    [
        (front_door(*BOTH), []),
        (front_door(*BOTH), probes(weu=None)),
        (front_door(*BOTH), probes(group="payments")),
        (front_door(*BOTH, resourceState=None), probes()),
        (front_door(origin("o-weu", None), origin("o-neu", 2)), probes()),
        (front_door(origin("o-weu", state=None), origin("o-neu", 2)), probes()),
        (front_door(origin("o-weu", hostName=None), origin("o-neu", 2)), probes()),
    ],
)
def test_what_a_front_door_does_not_say_is_unproven(documents, lines):
    unproven(check, **judged(*documents, of=AFD, lines=lines))


def test_what_may_not_be_read_is_unproven():
    unproven(check, **judged(*front_door(*BOTH), of=AFD, lines=probes(), denied=["origins"]))
    unproven(check, **judged(manager(endpoint("ep-weu")), denied=["trafficManagerProfiles"]))
