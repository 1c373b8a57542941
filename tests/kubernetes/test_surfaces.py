from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing, SourceError
from tests.kubernetes.cluster import (
    config_map,
    container,
    deployment,
    meta,
    owner,
    pod,
    record,
    replica_set,
    seen,
    view,
)


def told(namespace: str | None = "orders", **kinds: list[dict[str, Any]]) -> dict[str, str]:
    return {str(surface): surface.value for surface in view(**kinds).surfaces(namespace)}


def test_config_maps_are_taken_apart() -> None:
    maps = [
        config_map("api", {"HOST": "sb-neu", "app.json": '{"bus": "sb-neu"}'}),
        config_map("kube-root-ca.crt", {"ca.crt": "x"}),
    ]
    cluster, looked = seen(configmaps=[*maps, config_map("x", {"A": "b"}, "payments")])
    found = list(cluster.surfaces("orders"))
    assert [(held.surface, held.path, held.key, held.value) for held in found] == [
        ("configmap/orders/api", "data.HOST", "HOST", "sb-neu"),
        ("configmap/orders/api", "data.app.json:bus", "app.json", "sb-neu"),
    ]
    assert (str(found[0]), looked.count) == ("configmap/orders/api data.HOST", 2)


def test_literal_variables_and_arguments_are_expanded_and_told_once() -> None:
    env = [
        {"name": "SITE", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "SITE"}}},
        {"name": "BUS", "value": "sb-$(SITE)"},
        {"name": "DB", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        {"name": "URL", "value": "https://weu/$(DB)"},
    ]
    spec = {"containers": [container(env=env, args=["--bus=$(BUS)"], command=["run"])]}
    template = {"metadata": {"labels": {"region": "weu"}, "annotations": {"note": "weu"}}, "spec": spec}
    found = told(
        deployments=[deployment(template=template)],
        pods=[pod(spec=spec)],
        replicasets=[replica_set()],
        configmaps=[config_map("c", {"SITE": "neu"})],
    )
    assert found == {
        "configmap/orders/c data.SITE": "neu",
        "deployment/orders/api containers[api].env.BUS": "sb-neu",
        "deployment/orders/api containers[api].env.URL": "https://weu/$(DB)",
        "deployment/orders/api containers[api].command[0]": "run",
        "deployment/orders/api containers[api].args[0]": "--bus=sb-neu",
        "deployment/orders/api containers[api].image": "acrprod.azurecr.io/api:1",
    }


def test_what_an_older_revision_still_runs_with_is_told_too() -> None:
    old = {"containers": [container(env=[{"name": "BUS", "value": "sb-weu"}])]}
    template = {"spec": {"containers": [container(env=[{"name": "BUS", "value": "sb-neu"}])]}}
    cluster = view(deployments=[deployment(template=template)], pods=[pod(spec=old)], replicasets=[replica_set()])
    found = [(str(held), held.value) for held in cluster.surfaces("orders") if held.key == "BUS"]
    where = "deployment/orders/api containers[api].env.BUS"
    assert found == [(where, "sb-neu"), (where, "sb-weu")]


def test_host_aliases_resolvers_and_volumes_are_told() -> None:
    spec = {
        "containers": [],
        "hostAliases": [{"ip": "10.20.0.5", "hostnames": ["mq01"]}],
        "dnsConfig": {"nameservers": ["10.20.0.9"], "searches": ["corp.contoso.example"]},
        "volumes": [
            {"name": "n", "nfs": {"server": "nas01", "path": "/"}},
            {"name": "s", "csi": {"driver": "x", "volumeAttributes": {"server": "st"}}},
        ],
    }
    found = told(pods=[pod("lone", rs=None, labels={}, spec=spec)])
    assert {key.partition(" ")[0] for key in found} == {"pod/orders/lone"}
    assert set(found.values()) >= {"mq01", "corp.contoso.example", "nas01", "st"}


def test_cron_jobs_and_init_containers_are_told() -> None:
    spec = {"containers": [], "initContainers": [container("wait", env=[{"name": "HOST", "value": "mq01"}])]}
    cron = {
        "metadata": meta("settle"),
        "spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": {"spec": spec}}}},
    }
    assert told(cronjobs=[cron])["cronjob/orders/settle containers[wait].env.HOST"] == "mq01"


def test_services_that_lead_outside_are_told_and_others_are_not() -> None:
    marked = {"service.beta.kubernetes.io/azure-load-balancer-ipv4": "20.1.1.1", "note": "weu"}
    services = [
        {"metadata": meta("mq"), "spec": {"type": "ExternalName", "externalName": "mq01.corp"}},
        {"metadata": meta("esb"), "spec": {"clusterIP": "10.0.0.9"}},
        {"metadata": meta("api", annotations=marked), "spec": {"selector": {"a": "b"}}},
    ]
    slices = [
        {
            "metadata": meta(f"{name}-1", labels={"kubernetes.io/service-name": name}),
            "endpoints": [{"addresses": [address]}],
            "ports": None,
        }
        for name, address in (("esb", "10.20.0.7"), ("api", "10.60.0.3"))
    ]
    assert told(services=services, endpointslices=slices) == {
        "service/orders/mq spec.externalName": "mq01.corp",
        "endpointslice/orders/esb-1 endpoints": "10.20.0.7",
        "service/orders/api annotations.service.beta.kubernetes.io/azure-load-balancer-ipv4": "20.1.1.1",
    }


def test_ingresses_are_told_with_their_own_annotations() -> None:
    annotations = {
        "nginx.ingress.kubernetes.io/upstream-vhost": "legacy",
        "external-dns.alpha.kubernetes.io/target": "weu-gw",
        "owner": "x",
    }
    rule = {"host": "api.example", "http": {"paths": [{"path": "/", "backend": {"service": {"name": "api"}}}]}}
    ingress = {
        "metadata": meta("api", annotations=annotations),
        "spec": {"rules": [rule], "tls": [{"hosts": ["api.example"]}]},
    }
    assert set(told(ingresses=[ingress]).values()) == {"api.example", "api", "legacy", "weu-gw"}


def test_custom_resources_are_told_by_the_fields_that_name_things() -> None:
    trigger = {"type": "azure-servicebus", "metadata": {"namespace": "sb-weu"}}
    release = {"targetNamespace": "orders", "values": {"bus": {"host": "sb-weu"}}, "interval": "weu"}
    application = {"destination": {"namespace": "orders", "server": "https://aks-weu"}, "project": "weu"}
    found = told(
        scaledobjects=[{"metadata": meta("worker"), "spec": {"pollingInterval": 30, "triggers": [trigger]}}],
        helmreleases=[{"metadata": meta("api", "flux-system"), "spec": release}],
        applications=[{"metadata": meta("orders", "argocd"), "spec": application}],
        serviceentries=[{"metadata": meta("mq"), "spec": {"hosts": ["mq01"], "location": "MESH_EXTERNAL"}}],
        destinationrules=[{"metadata": meta("else", "payments"), "spec": {"host": "other"}}],
    )
    assert found == {
        "scaledobject/orders/worker spec.triggers[0].type": "azure-servicebus",
        "scaledobject/orders/worker spec.triggers[0].metadata.namespace": "sb-weu",
        "helmrelease/flux-system/api spec.values.bus.host": "sb-weu",
        "application/argocd/orders spec.destination.namespace": "orders",
        "application/argocd/orders spec.destination.server": "https://aks-weu",
        "serviceentry/orders/mq spec.hosts[0]": "mq01",
    }


def test_the_cluster_itself_has_surfaces() -> None:
    hook = {
        "metadata": meta("policy", None),
        "webhooks": [{"name": "a.example", "clientConfig": {"url": "https://legacy/hook", "caBundle": "x"}}],
    }
    corefile = "contoso.local:53 {\n    # forward . 10.20.0.1\n    forward . 10.20.0.9\n}\n"
    found = told(
        None,
        configmaps=[config_map("coredns-custom", {"contoso.server": corefile}, "kube-system")],
        mutatingwebhookconfigurations=[hook],
    )
    assert found["configmap/kube-system/coredns-custom data.contoso.server:line 3"] == "forward . 10.20.0.9"
    assert found["mutatingwebhookconfiguration/policy webhooks[a.example].clientConfig.url"] == "https://legacy/hook"
    assert not any("10.20.0.1" in value for value in found.values())


def test_what_stands_in_the_namespace_of_a_mesh_counts_in_the_whole_cluster() -> None:
    entry = {"metadata": meta("old-bus", "istio-system"), "spec": {"hosts": ["mq01.corp.example"]}}
    other = {"metadata": meta("own", "somebody"), "spec": {"hosts": ["elsewhere.example"]}}
    assert told(None, serviceentries=[entry, other]) == {
        "serviceentry/istio-system/old-bus spec.hosts[0]": "mq01.corp.example"
    }


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_reads_no_configuration(phase: str) -> None:
    old = pod(spec={"containers": [container(env=[{"name": "BUS", "value": "sb-weu"}])]})
    old["status"] = {**old.get("status", {}), "phase": phase}
    assert not told(pods=[old])


@pytest.mark.parametrize("key", ["configmaps", "deployments", "pods", "endpointslices", "scaledobjects", "ingresses"])
def test_a_surface_that_could_not_be_listed_is_never_left_out(key: str) -> None:
    made = record(
        {key: SourceError(kind="denied", message="forbidden")},
        configmaps=[config_map("a", {"b": "c"})] if key != "configmaps" else [],
    )
    with pytest.raises(EvidenceMissing, match="could not be listed: forbidden"):
        list(view(made).surfaces("orders"))


def test_a_malformed_object_of_the_namespace_makes_its_surfaces_unproven() -> None:
    broken = {"metadata": meta("b"), "data": {"k": 3}}
    made = record(configmaps=[config_map("a", {"b": "c"}), broken])
    with pytest.raises(EvidenceMissing, match="ConfigMap orders/b is malformed"):
        list(view(made).surfaces("orders"))
    assert list(view(made).surfaces(None)) == []


def test_jobs_of_nobody_keep_their_name() -> None:
    job = {"metadata": meta("load")}
    run = pod(
        "load-1",
        rs=None,
        labels={},
        ownerReferences=owner("Job", "load"),
        spec={"containers": [container(args=["mq01"])]},
    )
    assert told(jobs=[job], pods=[run])["job/orders/load containers[api].args[0]"] == "mq01"


def test_binary_data_that_is_text_is_told() -> None:
    held = {**config_map("api", {}), "binaryData": {"a.json": b64encode(b'{"host": "mq01"}').decode(), "b": "/w=="}}
    assert told(configmaps=[held]) == {"configmap/orders/api data.a.json:host": "mq01"}


def test_volumes_of_the_namespace_are_told_by_where_their_data_lies() -> None:
    claimed = {"claimRef": {"namespace": "orders", "name": "data"}}
    attributes = {"storageAccount": "stweu", "skuName": "Standard_LRS"}
    volumes = [
        {"metadata": meta("a", None), "spec": {**claimed, "nfs": {"server": "nas01", "path": "/x"}}},
        {"metadata": meta("b", None), "spec": {**claimed, "csi": {"volumeAttributes": attributes}}},
        {"metadata": meta("c", None), "spec": {"nfs": {"server": "nas02"}}},
    ]
    assert told(persistentvolumes=volumes) == {
        "persistentvolume/a spec.nfs.server": "nas01",
        "persistentvolume/b spec.csi.storageAccount": "stweu",
    }


def test_what_deploys_a_namespace_by_its_labels_is_told() -> None:
    labelled = deployment(template={"spec": {"containers": []}})
    labelled["metadata"]["labels"] = {"kustomize.toolkit.fluxcd.io/name": "apps"}
    spec = {"postBuild": {"substitute": {"REGION": "weu"}}}
    kustomizations = [{"metadata": meta(name, "flux-system"), "spec": spec} for name in ("apps", "others")]
    assert told(deployments=[labelled], kustomizations=kustomizations) == {
        "kustomization/flux-system/apps spec.postBuild.substitute.REGION": "weu"
    }


def test_the_version_of_an_image_is_no_address() -> None:
    spec = {"containers": [{"name": "a", "image": image} for image in ("10.20.0.5:5000/api:10.20.7.1",)]}
    found = told(pods=[pod("lone", rs=None, labels={}, spec=spec)])
    assert found == {"pod/orders/lone containers[a].image": "10.20.0.5:5000/api"}
