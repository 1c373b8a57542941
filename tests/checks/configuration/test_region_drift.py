from __future__ import annotations

import re
from types import SimpleNamespace

from fixtures.evidence import Looked
from tests.checks.evidence import (
    config_map,
    container,
    deployment,
    kubernetes,
    load,
    namespace_of,
    role,
    unmet,
    unproven,
)

check = load("configuration/test_region_drift.py")


class Drift:
    """Finds ``weu`` as a word; ``standby`` may name it under STANDBY."""

    def named_in(self, value):
        return list(dict.fromkeys(re.findall(r"\b[a-z-]*weu\b", value)))

    def allowed(self, surface, key):
        return surface == "configmap/orders/standby" and key.endswith("STANDBY")


def judge(*objects, **values):
    cluster = kubernetes(*objects, **values)
    return {"namespace": namespace_of(), "kubernetes": cluster, "site": role(), "drift": Drift()}


def test_values_that_name_this_site_are_fine():
    looked = Looked()
    check.test_region_drift(**judge(config_map("api", BUS="sb-neu", REGION="northeurope"), looked=looked))
    assert looked.count == 2


def test_values_that_name_another_site_are_told_with_their_place():
    text = '{"bus": {"host": "sb://sb-prod-weu.servicebus.windows.net/;EntityPath=orders"}}'
    objects = [
        config_map("api", **{"appsettings.json": text, "SITE": "weu"}),
        deployment("api", container(env={"VAULT": "kv-weu"})),
    ]
    assert unmet(check.test_region_drift, **judge(*objects)) == (
        "Configuration of orders in namespace orders of neu names another site: "
        "configmap/orders/api data.appsettings.json:bus.host names sb-prod-weu "
        "in sb://sb-prod-weu.servicebus.windows.net/;EntityPath=orders, "
        "configmap/orders/api data.SITE names weu, "
        "deployment/orders/api containers[api].env.VAULT names kv-weu; declared is that it names neu alone."
    )


def test_what_is_declared_to_name_it_may():
    check.test_region_drift(**judge(config_map("standby", STANDBY="sb-weu")))
    assert "OTHER names weu" in unmet(check.test_region_drift, **judge(config_map("standby", OTHER="weu")))


def test_a_long_value_is_shown_around_the_name():
    value = "a" * 99 + " weu " + "b" * 99
    said = unmet(check.test_region_drift, **judge(config_map("api", LONG=value)))
    assert f"names weu in ...{'a' * 39} weu {'b' * 76}...;" in said


def test_an_empty_namespace_leaves_nothing_looked_at():
    looked = Looked()
    check.test_region_drift(**judge(looked=looked))
    assert looked.count == 0


def test_surfaces_that_may_not_be_listed_are_unproven():
    assert "configmaps" in unproven(check.test_region_drift, **judge(denied=["configmaps"]))
    billing = SimpleNamespace(name="shipping", service="shipping")
    arguments = {**judge(), "namespace": billing}
    assert "shipping" in unproven(check.test_region_drift, **arguments)
