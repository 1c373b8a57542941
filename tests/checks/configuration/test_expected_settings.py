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

check = load("configuration/test_expected_settings.py")
RIGHT = {"REGION": "northeurope", "BUS": "sb-neu"}
DECLARED = workload(settings=RIGHT)


def judge(*objects, **values):
    return {"workload": DECLARED, "kubernetes": kubernetes(*objects, **values), "site": role()}


def api(name, env, *others, **about):
    return pod(name, container(env=env), *others, **about)


def from_config_map(name):
    return [{"configMapRef": {"name": name}}]


SECRET = [
    {"name": "REGION", "value": "northeurope"},
    {"name": "BUS", "valueFrom": {"secretKeyRef": {"name": "db", "key": "bus"}}},
]


def test_declared_values_in_every_pod_are_fine_wherever_they_come_from():
    looked = Looked()
    mapped = pod("api-2", container(env={"REGION": "northeurope"}, envFrom=from_config_map("api")))
    objects = [deployment(), api("api-1", RIGHT, container("envoy")), mapped, config_map("api", BUS="sb-neu")]
    check.test_expected_settings(**judge(*objects, looked=looked))
    assert looked.count == 4


def test_other_values_and_missing_ones_are_told_once_for_all_pods():
    wrong = {"REGION": "westeurope", "BUS": "sb-neu"}
    pods = [api("api-1", wrong), api("api-2", wrong), api("api-3", {"REGION": "northeurope"})]
    assert unmet(check.test_expected_settings, **judge(deployment(), *pods)) == (
        "Deployment orders/api in neu runs with other settings than declared: "
        "REGION is westeurope in api, declared northeurope (in 2 pods), BUS is not set, declared sb-neu."
    )


def test_every_container_that_has_the_key_counts():
    both = api("api-1", RIGHT, container("envoy", env={"BUS": ""}))
    assert unmet(check.test_expected_settings, **judge(deployment(), both)) == (
        "Deployment orders/api in neu runs with other settings than declared: BUS is empty in envoy, declared sb-neu."
    )


@pytest.mark.parametrize(
    "innocent",
    [
        api("api-old", {"REGION": "westeurope"}, phase="Failed"),
        pod("api-2", container(env=RIGHT), init=[container("migrate", env={"REGION": "westeurope"})]),
    ],
)
def test_what_does_not_run_is_innocent(innocent):
    check.test_expected_settings(**judge(deployment(), api("api-1", RIGHT), innocent))


def test_a_value_from_a_secret_proves_nothing():
    assert unproven(check.test_expected_settings, **judge(deployment(), api("api-1", SECRET))) == (
        "Deployment orders/api in neu takes settings from where they cannot be read: "
        "BUS of api in api-1 (secretKeyRef db/bus)."
    )
    perhaps = pod("api-1", container(env={"REGION": "northeurope"}, envFrom=[{"secretRef": {"name": "all"}}]))
    assert "BUS of api in api-1 (perhaps secretRef all)" in unproven(
        check.test_expected_settings, **judge(deployment(), perhaps)
    )


def test_a_known_value_counts_though_a_sidecar_takes_secrets():
    sidecar = container("envoy", envFrom=[{"secretRef": {"name": "mesh"}}])
    check.test_expected_settings(**judge(deployment(), api("api-1", RIGHT, sidecar)))


def test_a_wrong_value_outweighs_an_unknown_one():
    pods = [api("api-1", SECRET), api("api-2", {**RIGHT, "REGION": "westeurope"})]
    assert "REGION is westeurope" in unmet(check.test_expected_settings, **judge(deployment(), *pods))


def test_without_pods_the_template_is_judged():
    check.test_expected_settings(**judge(deployment("api", container(env=RIGHT), replicas=0)))
    assert unmet(
        check.test_expected_settings, **judge(deployment("api", container(env={"BUS": "sb-neu"}), replicas=0))
    ) == (
        "Deployment orders/api in neu runs with other settings than declared (no pod runs, this is its template): "
        "REGION is not set, declared northeurope."
    )


def test_what_is_not_there_or_not_seen_is_unproven():
    assert unproven(check.test_expected_settings, **judge()) == (
        "Deployment orders/api does not exist in neu, so its settings cannot be judged."
    )
    mapped = pod("api-1", container(env=RIGHT, envFrom=from_config_map("api")))
    assert "configmaps" in unproven(check.test_expected_settings, **judge(deployment(), mapped, denied=["configmaps"]))
