from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    NOW,
    container,
    deployment,
    instant,
    kubernetes,
    load,
    metadata,
    pod,
    role,
    unmet,
    unproven,
    workload,
)

check = load("compute/test_probes.py")
PROBE = {"readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}}}
HTTP = {"ports": [{"name": "http", "containerPort": 8080}]}


def judge(*objects, **values):
    return {"workload": workload(), "kubernetes": kubernetes(*objects, **values), "site": role()}


def service(name="api", target=8080, selector=None, **spec):
    ports = [{"port": 80, "targetPort": target}]
    return {
        "kind": "Service",
        "metadata": metadata(name),
        "spec": {"selector": {"app": "api"} if selector is None else selector, "ports": ports, **spec},
    }


BARE, PROBED = container(**HTTP), container(**HTTP, **PROBE)
SIDECAR = container("envoy", restartPolicy="Always", ports=[{"name": "envoy", "containerPort": 8443}])


@pytest.mark.parametrize("target", [8080, "8080", "http"], ids=["number", "digits", "name"])
def test_a_container_that_serves_has_a_probe(target):
    looked = Looked()
    check.test_probes(**judge(deployment(), pod("api-1", PROBED), service(target=target), looked=looked))
    assert looked.count == 3
    assert unmet(
        check.test_probes, **judge(deployment(), pod("api-1", PROBED), pod("api-2", BARE), service(target=target))
    ) == (
        "Deployment orders/api in neu has containers that serve without a readiness probe: "
        "api behind port 80 of service/orders/api."
    )


def test_a_service_without_a_target_port_leads_to_its_own():
    told = service(target=None)
    told["spec"]["ports"][0]["port"] = 8080
    assert "api behind port 8080" in unmet(check.test_probes, **judge(deployment(), pod("api-1", BARE), told))


def test_the_probe_of_a_container_beside_it_proves_nothing():
    assert "envoy behind port 80 of service/orders/mesh (in 2 pods)." in unmet(
        check.test_probes,
        **judge(
            deployment(),
            pod("api-1", PROBED, init=[SIDECAR]),
            pod("api-2", PROBED, init=[SIDECAR]),
            service("mesh", target=8443),
        ),
    )


def test_a_port_by_an_odd_name_is_no_number():
    check.test_probes(**judge(deployment(), pod("api-1", BARE), service(target="²")))


def test_of_ports_that_nobody_declares_any_container_may_serve():
    assert "api or helper behind port 80" in unmet(
        check.test_probes, **judge(deployment(), pod("api-1", container(), container("helper")), service())
    )
    check.test_probes(**judge(deployment(), pod("api-1", container(**PROBE), container("helper")), service()))


def test_a_template_without_pods_is_judged():
    template = deployment("api", BARE, replicas=0)
    template["spec"]["template"]["metadata"] = {"labels": {"app": "api"}}
    assert "(no pod runs, this is its template): api behind port 80" in unmet(
        check.test_probes, **judge(template, service())
    )


@pytest.mark.parametrize(
    "objects",
    [
        [pod("api-1", BARE)],
        [pod("api-1", BARE), service(selector={"app": "other"})],
        [pod("api-1", BARE), service(selector={})],
        [pod("api-1", BARE), service(publishNotReadyAddresses=True)],
        [pod("api-1", BARE), service(target="metrics")],
        [pod("api-1", PROBED, container("exporter", ports=[{"containerPort": 9121}])), service()],
        [pod("api-1", PROBED, init=[container("migrate", **HTTP)]), service()],
        [pod("api-1", PROBED), pod("api-2", BARE, deletionTimestamp=instant(NOW)), service()],
    ],
)
def test_what_does_not_serve_needs_no_probe(objects):
    check.test_probes(**judge(deployment(), *objects))


@pytest.mark.parametrize(
    ("objects", "values", "says"),
    [
        ([pod()], {}, "does not exist"),
        ([deployment(), pod()], {"denied": ["services"]}, "services"),
        ([deployment(), pod()], {"denied": ["pods"]}, "pods"),
        ([deployment()], {}, "none was seen"),
    ],
)
def test_what_cannot_be_seen_is_unproven(objects, values, says):
    assert says in unproven(check.test_probes, **judge(*objects, **values))
