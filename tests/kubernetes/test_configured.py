"""Pod templates with what they name, secret stores, and Secrets that others say they have made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fixtures.evidence import EvidenceMissing
from tests.kubernetes.cluster import config_map, container, deployment, meta, view

ENV = [
    {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "a"}}},
    {"name": "B", "value": "b", "valueFrom": {"secretKeyRef": {"name": "ignored", "key": "b"}}},
    {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": True}}},
]
VOLUMES = [
    {"name": "v", "configMap": {"name": "files", "items": [{"key": "x", "path": "y"}]}},
    {"name": "w", "secret": {"secretName": "tls"}},
    {"name": "p", "projected": {"sources": [{"secret": {"name": "both"}}, {"configMap": {"name": "more"}}]}},
    {"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
    {"name": "z", "azureFile": {"shareName": "s", "secretName": "share"}},
    {"name": "k", "csi": {"driver": "secrets-store.csi.k8s.io", "volumeAttributes": {"secretProviderClass": "vault"}}},
    {"name": "e", "emptyDir": {}},
]


def test_a_template_tells_all_that_it_names() -> None:
    spec = {
        "containers": [container(env=ENV, envFrom=[{"configMapRef": {"name": "all"}}])],
        "initContainers": [container("wait", envFrom=[{"secretRef": {"name": "early"}}])],
        "serviceAccountName": "api",
        "volumes": VOLUMES,
    }
    [template] = view(deployments=[deployment(template={"spec": spec})]).pod_templates("orders")
    assert str(template) == "Deployment orders/api"
    assert [str(each) for each in template.references if not each.optional] == [
        "Secret early",
        "ConfigMap all",
        "key a of ConfigMap c",
        "ServiceAccount api",
        "key x of ConfigMap files",
        "Secret tls",
        "ConfigMap more",
        "Secret both",
        "PersistentVolumeClaim data",
        "Secret share",
        "SecretProviderClass vault",
    ]
    assert [str(each) for each in template.references if each.optional] == ["key k of Secret s"]
    [_, api] = template.containers
    assert "Secret early" not in {str(each) for each in api.needs}


def test_cron_jobs_have_templates_too() -> None:
    spec = {"schedule": "@daily", "jobTemplate": {"spec": {"template": {"spec": {"containers": [container()]}}}}}
    found = view(cronjobs=[{"metadata": meta("settle"), "spec": spec}]).pod_templates("orders")
    assert [str(each) for each in found] == ["CronJob orders/settle"]


def managed(*entries: dict[str, Any]) -> dict[str, Any]:
    held = config_map("c", {"a": "1", "b": "2"})
    held["metadata"] |= {"creationTimestamp": "2026-12-01T00:00:00Z", "managedFields": list(entries)}
    return held


def entry(day: int, *keys: str, **more: Any) -> dict[str, Any]:
    fields = {"fieldsV1": {"f:data": {f"f:{key}": {} for key in keys}}} if keys else {}
    return {"manager": "x", "time": f"2026-12-{day:02}T00:00:00Z", **fields, **more}


@pytest.mark.parametrize(
    ("entries", "key", "day"),
    [
        ([entry(3, "a"), entry(4, "b")], None, 4),
        ([entry(3, "a"), entry(4, "b")], "a", 3),
        ([entry(3, "a")], "b", 1),
        ([entry(3)], "b", 3),
        ([{**entry(4), "fieldsV1": {"f:metadata": {"f:labels": {}}}}, entry(2, "a")], None, 2),
        ([], None, 1),
    ],
)
def test_when_a_config_map_changed(entries: list[dict[str, Any]], key: str | None, day: int) -> None:
    [held] = view(configmaps=[managed(*entries)]).config_maps("orders")
    assert held.metadata.changed(key) == datetime(2026, 12, day, tzinfo=UTC)


def store(objects: Any, **spec: Any) -> dict[str, Any]:
    parameters = {"KeyVaultName": "kv", "objects": objects}
    return {"metadata": meta("vault"), "spec": {"parameters": parameters, **spec}}


def test_a_store_tells_its_objects_versions_and_secrets() -> None:
    text = 'array:\n  - |\n    objectName: DB\n    objectVersion: "123e4"\n  - objectName: c\n    objectType: cert\n'
    synced = [{"secretName": "db", "data": [{"key": "password", "objectName": "DB"}]}]
    [found] = view(secretproviderclasses=[store(text, secretObjects=synced)]).secret_stores("orders")
    assert [(each.id, each.version) for each in found.objects] == [("secret/db", "123e4"), ("cert/c", None)]
    assert (found.vault, found.synced) == ("kv", {"db": ("password",)})


@given(some.text() | some.sampled_from(["array: 7", "array: [7]", "- a", "array:\n - |\n  - x", "---\n---\n"]))
def test_any_list_of_objects_is_read_or_named(text: str) -> None:
    try:
        list(view(secretproviderclasses=[store(text)]).secret_stores("orders"))
    except EvidenceMissing as missing:
        said = str(missing)
    else:
        said = "SecretProviderClass orders/vault is malformed"
    assert "SecretProviderClass orders/vault is malformed" in said


def made(kind: str, **more: Any) -> set[tuple[str, frozenset[str]]]:
    return {(each.name, each.keys) for each in view(**{kind: [{"metadata": meta("m"), **more}]}).made_secrets("orders")}


def ready(type_: str = "Ready", status: str = "True") -> dict[str, Any]:
    return {"status": {"conditions": [{"type": type_, "status": status}]}}


def test_secrets_that_operators_have_made_are_told() -> None:
    external = {"target": {"name": "db"}, "data": [{"secretKey": "a"}, 7]}
    assert made("externalsecrets", spec=external, **ready()) == {("db", frozenset({"a"}))}
    assert made("externalsecrets", spec=external, **ready(status="False")) == set()
    assert made("sealedsecrets", spec={"encryptedData": {"a": "x"}}, **ready("Synced")) == {("m", frozenset({"a"}))}
    expected = {("tls", frozenset({"tls.crt", "tls.key"}))}
    assert made("certificates", spec={"secretName": "tls"}, **ready()) == expected


@given(
    some.dictionaries(
        some.sampled_from(["target", "data", "template", "encryptedData", "secretName"]),
        some.none() | some.integers() | some.text(max_size=3) | some.lists(some.integers(), max_size=2),
    )
)
def test_absurd_specs_of_operators_stop_nobody(spec: dict[str, Any]) -> None:
    for kind in ("externalsecrets", "sealedsecrets", "certificates"):
        assert len(made(kind, spec=spec, **ready("Synced" if kind == "sealedsecrets" else "Ready"))) == 1
