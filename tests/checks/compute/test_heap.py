from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    config_map,
    container,
    deployment,
    kubernetes,
    load,
    pod,
    role,
    unmet,
    unproven,
    workload,
)

check = load("compute/test_heap.py")


def judge(*objects, **values):
    return {"workload": workload(), "kubernetes": kubernetes(*objects, **values), "site": role()}


def with_env(*objects, limit="1Gi", **env):
    return judge(deployment(), pod("api-1", container(limit=limit, env=env)), *objects)


def test_containers_without_any_setting_are_fine():
    looked = Looked()
    check.test_heap_fits_limit(**judge(deployment(), pod(), looked=looked))
    assert looked.count == 2


def test_a_heap_as_large_as_the_limit_is_told_with_its_terms():
    large = container(env={"JAVA_TOOL_OPTIONS": "-Xms256m -Xmx1g"})
    assert unmet(
        check.test_heap_fits_limit, **judge(deployment(), pod("api-1", large), pod("api-2", large), pod("api-3"))
    ) == (
        "Deployment orders/api in neu has heaps that do not fit: api: -Xmx1g in JAVA_TOOL_OPTIONS lets the heap of JVM "
        "grow to 1024Mi of its limit 1024Mi, of which 819.2Mi leave room for the rest (in 2 pods)."
    )


def test_a_sidecar_and_an_init_container_count():
    migrate = container("migrate", limit="256Mi", args=["java", "-Xmx512m", "-jar", "migrate.jar"])
    agent = container("agent", limit="128Mi", restartPolicy="Always", env={"NODE_OPTIONS": "--max-old-space-size=256"})
    said = unmet(check.test_heap_fits_limit, **judge(deployment(), pod("api-1", init=[migrate, agent])))
    assert "migrate: -Xmx512m in its arguments" in said
    assert "agent: --max-old-space-size=256 in NODE_OPTIONS lets the heap of Node.js grow to 256Mi" in said


def test_a_template_without_pods_is_judged():
    template = container(env={"DOTNET_GCHeapHardLimitPercent": "60"})
    assert unmet(check.test_heap_fits_limit, **judge(deployment("api", template, replicas=0))) == (
        "Deployment orders/api in neu has heaps that do not fit (no pod runs, this is its template): "
        "api: DOTNET_GCHeapHardLimitPercent=60 in its environment lets the heap of .NET grow to 983Mi of its limit "
        "1024Mi, of which 819.2Mi leave room for the rest."
    )


def test_a_value_from_a_config_map_counts():
    large = container(envFrom=[{"configMapRef": {"name": "tuning"}}])
    said = unmet(
        check.test_heap_fits_limit,
        **judge(deployment(), pod("api-1", large), config_map("tuning", JAVA_OPTS="-Xmx2g -XX:+UseG1GC")),
    )
    assert "-Xmx2g in JAVA_OPTS" in said


@pytest.mark.parametrize(
    "env",
    [
        {"JAVA_TOOL_OPTIONS": "-XX:MaxRAMPercentage=80.0"},
        {"JAVA_TOOL_OPTIONS": "-Xmx4g", "JAVA_OPTS": "-Xmx512m"},
        {"MAVEN_OPTS": "-Xmx4g"},
        {"DOTNET_GCHeapHardLimitPercent": "75"},  # 117 %, which .NET ignores
        {"DOTNET_GCHeapHardLimit": "30000000"},  # 768 MiB, not 28.6
        {"NODE_OPTIONS": "--max-old-space-size=768"},
        {"GOMEMLIMIT": "1GiB"},
    ],
)
def test_what_only_looks_too_large_is_innocent(env):
    check.test_heap_fits_limit(**with_env(**env))


def test_a_large_container_needs_no_fifth():
    check.test_heap_fits_limit(**with_env(limit="32Gi", JAVA_OPTS="-Xmx30g"))


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"JAVA_TOOL_OPTIONS": "-Xmx800Mi"}, "-Xmx800Mi in JAVA_TOOL_OPTIONS is no size that the JVM reads"),
        ({"JAVA_OPTS": "-XX:-UseContainerSupport"}, "a share of the node's memory (its limit is 1024Mi)"),
        ({"DOTNET_GCHeapHardLimit": "800Mi"}, "is no hexadecimal number"),
        ({"NODE_OPTIONS": "--max-old-space-size=800m"}, "is no number that Node.js reads"),
    ],
)
def test_what_a_runtime_does_not_read_is_told(env, says):
    assert says in unmet(check.test_heap_fits_limit, **with_env(**env))


def test_a_setting_from_a_secret_is_unproven():
    secret = [{"name": "JAVA_OPTS", "valueFrom": {"secretKeyRef": {"name": "tuning", "key": "java"}}}]
    assert "JAVA_OPTS of api in pod api-1: secretKeyRef tuning/java" in unproven(
        check.test_heap_fits_limit, **judge(deployment(), pod("api-1", container(env=secret)))
    )


def test_a_heap_without_a_limit_is_unproven():
    assert "sets a heap (-Xmx1g in JAVA_OPTS) and no memory limit" in unproven(
        check.test_heap_fits_limit, **with_env(limit=None, JAVA_OPTS="-Xmx1g")
    )


@pytest.mark.parametrize("limit", ["1e400", "much"])
def test_an_absurd_limit_is_unproven(limit):
    assert "memory limit" in unproven(check.test_heap_fits_limit, **with_env(limit=limit, JAVA_OPTS="-Xmx1g"))


def test_a_workload_that_does_not_exist_is_unproven():
    assert "does not exist" in unproven(check.test_heap_fits_limit, **judge(pod()))
