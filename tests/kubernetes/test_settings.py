"""What one container is configured with, where it stands, and what of it nobody may read."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from tests.checks.evidence import config_map, container, deployment, kubernetes, pod, workload


def settings(*objects: Any, spec: Any = None, volumes: Any = (), template: bool = True) -> list[tuple[str, str, str]]:
    made = deployment("api", container("api", **(spec or {})))
    made["spec"]["template"]["spec"]["volumes"] = list(volumes)
    view = kubernetes(made, *objects)
    held = view.template_containers(workload()) if template else list(view.containers(workload()))
    return [(str(each), each.key, each.value) for one in held for each in view.settings(one)]


def test_variables_arguments_and_where_they_come_from() -> None:
    env = [
        {"name": "PLAIN", "value": "1"},
        {"name": "EXPANDED", "value": "$(PLAIN)/$(HOST)"},
        {"name": "KEYED", "valueFrom": {"configMapKeyRef": {"name": "one", "key": "host"}}},
        {"name": "JSON", "value": '{"a": {"b": "c"}}'},
    ]
    spec = {"env": env, "envFrom": [{"configMapRef": {"name": "one"}, "prefix": "P_"}], "args": ["--to=$(KEYED)"]}
    assert settings(config_map("one", host="h"), spec=spec) == [
        ("configmap/orders/one P_host", "host", "h"),
        ("PLAIN", "PLAIN", "1"),
        ("EXPANDED", "EXPANDED", "1/$(HOST)"),
        ("configmap/orders/one KEYED", "host", "h"),
        ("JSON:a.b", "JSON", "c"),
        ("args", "args", "--to=h"),
    ]


def test_what_is_written_later_wins() -> None:
    spec = {
        "env": {"host": "own"},
        "envFrom": [{"configMapRef": {"name": "one"}}, {"configMapRef": {"name": "two"}}],
    }
    found = settings(config_map("one", host="a", port="1"), config_map("two", port="2"), spec=spec)
    assert found == [("host", "host", "own"), ("configmap/orders/two port", "port", "2")]


def test_only_mounted_volumes_count() -> None:
    mounts = [{"name": "files", "mountPath": "/etc/api"}, {"name": "all", "mountPath": "/etc/all"}]
    volumes = [
        {"name": "files", "configMap": {"name": "one"}},
        {"name": "all", "projected": {"sources": [{"configMap": {"name": "two"}}, {"secret": {"name": "s"}}]}},
        {"name": "idle", "configMap": {"name": "three"}},
    ]
    maps = [config_map("one", **{"app.yaml": "a: {b: c}"}), config_map("two", x="y"), config_map("three", z="z")]
    assert settings(*maps, spec={"volumeMounts": mounts}, volumes=volumes) == [
        ("configmap/orders/one app.yaml:a.b", "app.yaml", "c"),
        ("configmap/orders/two x", "x", "y"),
    ]


def test_of_a_pod_the_workload_is_the_surface() -> None:
    owner = {"kind": "Deployment", "name": "api", "controller": True}
    view = kubernetes(deployment("api"), pod("api-1", container("api", env={"A": "b"}), ownerReferences=[owner]))
    found = [each for held in view.containers(workload()) for each in view.settings(held)]
    assert [(each.surface, str(each)) for each in found] == [("deployment/orders/api", "A")]


def test_what_cannot_be_read_is_named() -> None:
    env = [
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "db", "key": "k"}}},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]
    mounts = [{"name": name, "mountPath": f"/{name}"} for name in ("vault", "files", "all")]
    spec = {"env": env, "envFrom": [{"secretRef": {"name": "bus"}}], "volumeMounts": mounts}
    made = deployment("api", container("api", **spec))
    made["spec"]["template"]["spec"]["volumes"] = [
        {"name": "vault", "csi": {"driver": "d", "volumeAttributes": {"secretProviderClass": "kv"}}},
        {"name": "files", "secret": {"secretName": "files"}},
        {"name": "all", "projected": {"sources": [{"secret": {"name": "part"}}]}},
    ]
    view = kubernetes(made)
    assert view.hidden(view.template_containers(workload())[0]) == [
        "Secret bus",
        "KEY (secretKeyRef db/k)",
        "SecretProviderClass kv",
        "Secret files",
        "Secret part",
    ]


def test_config_maps_that_may_not_be_listed_are_missing() -> None:
    spec = {"envFrom": [{"configMapRef": {"name": "one"}}]}
    view = kubernetes(deployment("api", container("api", **spec)), denied=["configmaps"])
    with pytest.raises(EvidenceMissing, match="configmaps"):
        view.settings(view.template_containers(workload())[0])
