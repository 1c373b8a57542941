from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    container,
    deployment,
    kubernetes,
    load,
    metadata,
    namespace,
    namespace_of,
    pod,
    role,
    unmet,
    unproven,
)

check = load("networking/test_service_endpoints.py").test_service_endpoints
Object = dict[str, Any]


def service(name: str = "api", *, selector: Object | None = None, ports: Any = None, **spec: Any) -> Object:
    listed = [{"name": "http", "port": 8080, "targetPort": 8080}] if ports is None else ports
    status = spec.pop("status", {"loadBalancer": {}})
    chosen = {"app": name} if selector is None else selector
    return {
        "kind": "Service",
        "metadata": metadata(name),
        "spec": {"type": "ClusterIP", "selector": chosen, "ports": listed, **spec},
        "status": status,
    }


def endpoints(of: str = "api", *ready: str, ports: Any = None) -> Object:
    said = {"ready": True, "unready": False, "unsaid": None}
    return {
        "kind": "EndpointSlice",
        "metadata": metadata(f"{of}-x1", labels={"kubernetes.io/service-name": of}),
        "endpoints": [
            {"addresses": [f"10.0.0.{number}"], "conditions": {"ready": said[each]}}
            for number, each in enumerate(ready)
        ],
        "ports": [{"name": "http", "port": 8080}] if ports is None else ports,
    }


def ingress(name: str = "api", to: str = "api", port: Any = 8080, *, address: str | None = "20.60.1.4") -> Object:
    key = "number" if isinstance(port, int) else "name"
    backend = {"service": {"name": to, "port": {key: port}}}
    return {
        "kind": "Ingress",
        "metadata": metadata(name),
        "spec": {"ingressClassName": "nginx", "rules": [{"http": {"paths": [{"backend": backend}]}}]},
        "status": {"loadBalancer": {"ingress": [{"ip": address}] if address else []}},
    }


def labelled(name: str, *, replicas: int = 2, **labels: str) -> Object:
    template = {"metadata": {"labels": labels or {"app": name}}, "spec": {"containers": [container(name)]}}
    return deployment(name, replicas=replicas, spec={"template": template})


def judge(*objects: Object, active: bool = True, **options: Any) -> dict[str, Any]:
    there = namespace() if options.pop("exists", True) else namespace("other")
    return {
        "namespace": namespace_of(),
        "kubernetes": kubernetes(there, *objects, **options),
        "site": role("neu", active=active),
    }


def test_ready_endpoints_are_met_and_counted():
    looked = Looked()
    check(**judge(service(), endpoints("api", "ready", "unsaid"), ingress(), looked=looked))
    assert looked.count >= 3


def test_a_namespace_without_services_was_looked_at():
    looked = Looked()
    check(**judge(looked=looked))
    assert looked.count == 1


def test_a_selector_that_selects_nothing_is_told_exactly():
    said = unmet(check, **judge(service(selector={"app": "apis"}), endpoints("api"), labelled("api"), pod()))
    assert said == (
        "In namespace orders in neu not everything leads to a ready pod: Service api selects no pod (app=apis); "
        "every Service and every backend of an Ingress is to have a ready endpoint."
    )


def test_pods_that_are_not_ready():
    said = unmet(
        check, **judge(service(), endpoints("api", "unready", "unready"), labelled("api"), pod(), pod("api-2"))
    )
    assert "Service api has no ready endpoint among its 2 pods (app=api)" in said


def test_pods_that_do_not_exist_though_they_are_wanted():
    said = unmet(check, **judge(service(), labelled("api")))
    assert "Service api has no endpoint: Deployment orders/api has no pod (app=api)" in said


def test_a_backend_that_is_absent_or_has_another_port():
    said = unmet(check, **judge(service(), endpoints("api", "ready"), ingress(to="web"), ingress("two", port="grpc")))
    assert "Ingress api leads to Service web, which does not exist" in said
    assert "Ingress two leads to port grpc of Service api, which has 8080 (http)" in said


def test_a_backend_at_zero_is_told_on_the_active_site_only_and_once():
    objects = [service(), endpoints("api"), ingress(), labelled("api", replicas=0)]
    said = unmet(check, **judge(*objects))
    assert said.count("Service api") == 1
    check(**judge(*objects, active=False))


def test_a_route_is_a_backend_too():
    route = {
        "kind": "HTTPRoute",
        "metadata": metadata("shop"),
        "spec": {"rules": [{"backendRefs": [{"name": "web", "port": 80}, "absurd"]}, None]},
    }
    assert "HTTPRoute shop leads to Service web, which does not exist" in unmet(check, **judge(route))


def test_a_named_target_port_that_no_pod_has():
    named = service(ports=[{"name": "http", "port": 80, "targetPort": "web"}])
    said = unmet(check, **judge(named, endpoints("api", "ready", ports=[])))
    assert "Service api leads port 80 to web, which no pod has" in said


def test_a_named_target_port_that_the_pods_have_under_another_name_or_in_a_sidecar():
    named = service(ports=[{"name": "http", "port": 80, "targetPort": "web"}])
    other = pod(containers=[container("api", ports=[{"name": "http", "containerPort": 8080}])])
    given = (named, endpoints("api", "ready"), labelled("api"))
    assert "leads port 80 to web, which no pod has" in unmet(check, **judge(*given, other))
    proxy = container("proxy", ports=[{"name": "web", "containerPort": 8443}], restartPolicy="Always")
    other["spec"]["initContainers"] = [proxy]
    check(**judge(*given, other))


def test_an_endpoint_of_a_pod_that_the_service_selects_no_more_is_none():
    left = endpoints("api", "ready")
    left["endpoints"][0]["targetRef"] = {"kind": "Pod", "name": "api-1", "namespace": "orders"}
    check(**judge(service(), left, labelled("api"), pod("api-1")))
    said = unmet(check, **judge(service(selector={"app": "apis"}), left, labelled("api"), pod("api-1")))
    assert "Service api selects no pod (app=apis)" in said


def test_a_load_balancer_without_an_address_and_what_its_events_say():
    event = {
        "kind": "Event",
        "metadata": metadata("e1"),
        "involvedObject": {"kind": "Service", "namespace": "orders", "name": "api"},
        "type": "Warning",
        "reason": "SyncLoadBalancerFailed",
        "message": "no addresses left",
        "lastTimestamp": None,
    }
    said = unmet(check, **judge(service(type="LoadBalancer"), endpoints("api", "ready"), event))
    assert "LoadBalancer api has no address (SyncLoadBalancerFailed: no addresses left)" in said
    check(**judge(service(type="LoadBalancer", status={"loadBalancer": {"ingress": [{"ip": "20.60.1.9"}]}}),
                  endpoints("api", "ready")))  # fmt: skip


def test_an_ingress_without_an_address_counts_where_others_have_one():
    objects = [service(), endpoints("api", "ready"), ingress("bare", address=None)]
    assert "Ingress bare has no address, while others of its class have one" in unmet(
        check, **judge(*objects, ingress())
    )
    check(**judge(*objects))  # its controller tells no addresses


def entrance(*addresses: str) -> Object:
    status = {"loadBalancer": {"ingress": [{"ip": each} for each in addresses]}}
    held = service("nginx", type="LoadBalancer", status=status)
    held["metadata"] = {**held["metadata"], "namespace": "ingress-nginx"}
    return held


def test_an_address_that_the_controllers_balancer_has_lost_is_told():
    backed = (service(), endpoints("api", "ready"), ingress())
    check(**judge(*backed, entrance("20.60.1.4")))
    assert (
        "Ingress api says 20.60.1.4, which no LoadBalancer has, while LoadBalancer ingress-nginx/nginx waits for one"
        in unmet(check, **judge(*backed, entrance()))
    )
    check(**judge(*backed, entrance("20.60.1.4"), entrance()))


def test_a_balancer_with_nobody_behind_it_lets_nobody_in():
    behind = endpoints("nginx", "unready")
    behind["metadata"] = {**behind["metadata"], "namespace": "ingress-nginx"}
    given = (service(), endpoints("api", "ready"), ingress(), entrance("20.60.1.4"), behind)
    told = "Ingress api is entered by LoadBalancer ingress-nginx/nginx, which has no ready endpoint"
    assert told in unmet(check, **judge(*given))


def test_a_service_at_rest_a_leader_and_an_external_name_are_left_alone():
    leader = service("pg-replica", selector={"app": "pg", "role": "replica"})
    running = {**pod("pg-0", app="pg")}
    running["metadata"]["labels"]["role"] = "primary"
    check(
        **judge(
            service("worker"),
            labelled("worker", replicas=0),
            leader,
            labelled("pg", replicas=1),
            running,
            service("bus", type="ExternalName", selector={}),
        )
    )


@pytest.mark.parametrize("denied", ["services", "endpointslices", "ingresses", "namespaces"])
def test_what_may_not_be_listed_is_unproven(denied):
    assert denied in unproven(check, **judge(service(), endpoints("api", "ready"), denied=[denied]))


def test_a_namespace_that_does_not_exist_is_unproven():
    assert "namespace orders does not exist in neu" in unproven(check, **judge(exists=False))
