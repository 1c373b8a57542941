from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing, SourceError
from fixtures.sources.kubernetes.resolved_env import ResolvedEnvironment, Unresolved, expand
from tests.kubernetes.cluster import API, config_map, container, deployment, pod, record, replica_set, view


def reference(name: str, key: str, **more: Any) -> dict[str, Any]:
    return {"configMapKeyRef": {"name": name, "key": key, **more}}


def resolved(
    env: list[dict[str, Any]] | None = None,
    sources: list[dict[str, Any]] | None = None,
    errors: dict[str, SourceError] | None = None,
    **maps: dict[str, str],
) -> ResolvedEnvironment:
    spec = {"containers": [container(env=env or [], envFrom=sources or [])]}
    kept = [config_map(name.replace("_", "-"), data) for name, data in maps.items()]
    made = record(
        errors, pods=[pod(spec=spec)], replicasets=[replica_set()], deployments=[deployment()], configmaps=kept
    )
    cluster = view(made)
    (found,) = cluster.containers(API)
    return cluster.environment_of(found)


def test_later_sources_win_and_env_wins_over_them() -> None:
    sources = [
        {"configMapRef": {"name": "a"}},
        {"prefix": "B_", "configMapRef": {"name": "b"}},
        {"configMapRef": {"name": "c"}},
    ]
    env = [{"name": "Z", "value": "env"}, {"name": "Z", "value": "later"}]
    found = resolved(env, sources, a={"X": "a", "Y": "a", "Z": "a"}, b={"X": "b"}, c={"Y": "c"})
    assert dict(found) == {"X": "a", "Y": "c", "Z": "later", "B_X": "b"}


def test_values_expand_what_stands_before_them() -> None:
    env = [
        {"name": "URL", "value": "https://$(HOST)/$(LATER)/$$(HOST)/$HOST/$(unclosed"},
        {"name": "LATER", "value": "x"},
        {"name": "HOST", "value": "later-$(HOST)"},
    ]
    found = resolved(env, [{"configMapRef": {"name": "a"}}], a={"HOST": "sb-neu"})
    assert found["URL"] == "https://sb-neu/$(LATER)/$(HOST)/$HOST/$(unclosed"
    assert found["HOST"] == "later-sb-neu"


def test_references_lead_to_keys() -> None:
    env = [
        {"name": "A", "valueFrom": reference("a", "k")},
        {"name": "B", "valueFrom": reference("a", "none", optional=True)},
        {"name": "C", "valueFrom": reference("none", "k", optional=True)},
        {"name": "D", "valueFrom": reference("a", "none")},
        {"name": "E", "value": ""},
    ]
    found = resolved(env, a={"k": "v"})
    assert (found["A"], found["E"], "B" in found, "C" in found) == ("v", "", False, False)
    assert str(found["D"]) == "configMapKeyRef a/none does not exist"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"secretKeyRef": {"name": "orders-db", "key": "password"}}, "secretKeyRef orders-db/password"),
        ({"fieldRef": {"fieldPath": "status.podIP"}}, "fieldRef status.podIP"),
        ({"resourceFieldRef": {"resource": "limits.memory"}}, "resourceFieldRef limits.memory"),
        ({"somethingNew": {}}, "valueFrom"),
    ],
)
def test_what_the_api_does_not_tell_is_unresolved(source: dict[str, Any], reason: str) -> None:
    env = [{"name": "P", "valueFrom": source}, {"name": "URL", "value": "amqps://weu/$(P)"}]
    found = resolved(env)
    assert found["P"] == Unresolved(reason)
    assert found["URL"] == Unresolved(reason, "amqps://weu/$(P)")


def test_a_name_that_only_a_secret_may_hold_is_unresolved() -> None:
    found = resolved([], [{"secretRef": {"name": "orders-db"}}])
    assert str(found.get("REGION")) == "perhaps secretRef orders-db"
    assert "REGION" not in found
    with pytest.raises(KeyError):
        resolved()["REGION"]


def test_a_redacted_value_is_unproven_when_it_is_needed() -> None:
    found = resolved(
        [{"name": "DB", "value": "Endpoint=sb://x;Key=<redacted:account-key>"}, {"name": "REGION", "value": "neu"}]
    )
    assert found["REGION"] == "neu"
    with pytest.raises(EvidenceMissing, match="DB of api in pod api-1 was redacted"):
        found.get("DB")


def test_config_maps_that_could_not_be_listed_are_unproven_where_they_are_needed() -> None:
    denied = {"configmaps": SourceError(kind="denied", message="forbidden")}
    assert resolved([{"name": "A", "value": "1"}], errors=denied)["A"] == "1"
    for env, sources in (
        ([{"name": "A", "valueFrom": reference("a", "k")}], []),
        ([], [{"configMapRef": {"name": "a"}}]),
    ):
        with pytest.raises(EvidenceMissing, match="configmaps could not be listed: forbidden"):
            resolved(env, sources, errors=denied)


def test_a_malformed_config_map_is_unproven_where_it_is_needed() -> None:
    spec = {"containers": [container(envFrom=[{"configMapRef": {"name": "a"}}])]}
    broken = {"metadata": {"name": "a", "namespace": "orders"}, "data": {"k": ["v"]}}
    cluster = view(pods=[pod(spec=spec)], replicasets=[replica_set()], deployments=[deployment()], configmaps=[broken])
    (found,) = cluster.containers(API)
    with pytest.raises(EvidenceMissing, match="ConfigMap orders/a is malformed"):
        cluster.environment_of(found)


@pytest.mark.parametrize(
    ("text", "value"), [("$", "$"), ("$$", "$"), ("$()", "$()"), ("$$$(A)", "$1"), ("$(A)$(A)", "11"), ("", "")]
)
def test_expansion_is_the_kubelets(text: str, value: str) -> None:
    assert expand(text, {"A": "1"}) == value
