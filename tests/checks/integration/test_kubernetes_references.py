from __future__ import annotations

from types import SimpleNamespace

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import config_map, kubernetes, load, metadata, role, unmet, unproven

check = load("integration/test_kubernetes_references.py")


class Legacy:
    """Finds the old broker; ``failback`` may name it."""

    def named_in(self, value):
        return ["mq01.corp.example"] if "mq01.corp.example" in value else []

    def allowed(self, surface):
        return surface == "configmap/orders/failback"


def judge(*objects, namespace="orders", **values):
    scope = SimpleNamespace(namespace=namespace, service="orders", id=namespace or "cluster")
    return {"scope": scope, "kubernetes": kubernetes(*objects, **values), "site": role(), "legacy": Legacy()}


def service(host):
    return {"kind": "Service", "metadata": metadata("mq"), "spec": {"type": "ExternalName", "externalName": host}}


def core_dns(text):
    rules = config_map("coredns-custom", **{"old.override": text})
    return {**rules, "metadata": metadata("coredns-custom", "kube-system")}


def test_what_refers_to_nothing_legacy_is_fine():
    looked = Looked()
    check.test_kubernetes_references(**judge(service("sb-neu.example"), config_map("api", MQ="sb"), looked=looked))
    assert looked.count == 2


def test_references_in_a_namespace_are_told_with_their_place():
    objects = [service("mq01.corp.example"), config_map("api", MQ="amqp://mq01.corp.example:5672")]
    assert unmet(check.test_kubernetes_references, **judge(*objects)) == (
        "Namespace orders in neu still refers to a legacy place: "
        "configmap/orders/api data.MQ refers to mq01.corp.example in amqp://mq01.corp.example:5672, "
        "service/orders/mq spec.externalName refers to mq01.corp.example; none is declared to stay."
    )


def test_references_of_the_cluster_itself_are_told_as_such():
    arguments = judge(core_dns("rewrite name mq.example mq01.corp.example"), namespace=None)
    assert unmet(check.test_kubernetes_references, **arguments).startswith(
        "The cluster-wide configuration in neu still refers to a legacy place: configmap/kube-system/coredns-custom "
    )


def test_what_is_declared_to_stay_may():
    check.test_kubernetes_references(**judge(config_map("failback", MQ="mq01.corp.example")))


@pytest.mark.parametrize(("namespace", "denied"), [("orders", "services"), (None, "validatingwebhookconfigurations")])
def test_surfaces_that_may_not_be_listed_are_unproven(namespace, denied):
    assert denied in unproven(check.test_kubernetes_references, **judge(namespace=namespace, denied=[denied]))
