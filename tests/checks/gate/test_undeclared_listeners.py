"""What listens on the accounts of a service without being declared."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.arguments import attempt
from tests.checks.azure import arm, declared, environment, resource
from tests.checks.evidence import NOW, deployment, instant, kubernetes, load, role, unmet, unproven

check = load("gate/test_namespaces.py").test_undeclared
EVENTS = "Microsoft.EventGrid/eventSubscriptions"
ACCOUNT = resource("Microsoft.Storage/storageAccounts", "stneu", location="northeurope")
OTHER = resource("Microsoft.Storage/storageAccounts", "stother", location="northeurope")
BUS = resource("Microsoft.ServiceBus/namespaces/queues", "sb-neu/files")["id"]
LISTENERS = [
    {"name": "files-created", "account": "st<site>", "container": "files", "destination": "sb-<site>/queues/files"}
]
CANARY = {"owner": "team-platform", "canary": {"account": "st<site>", "container": "canary"}}


def listening(name: str, container: str = "files", account: Any = ACCOUNT, **more: Any) -> dict[str, Any]:
    properties = {
        "destination": {"endpointType": "ServiceBusQueue", "properties": {"resourceId": BUS}},
        "filter": {"subjectBeginsWith": f"/blobServices/default/containers/{container}/"},
        **more,
    }
    return {"id": f"{account['id']}/providers/{EVENTS}/{name}", "name": name, "type": EVENTS, "properties": properties}


def judge(path: Path, *bodies: Any, failing: Any = None) -> dict[str, Any]:
    workloads = [{"name": "api", "replicas": {"active": 2, "passive": 1}}]
    found = environment(path, {"orders": {"workloads": workloads, "listeners": LISTENERS}}, platform=CANARY)
    about = declared(found, "namespace")
    view = arm("undeclared_listeners", about, found, ACCOUNT, OTHER, *bodies, failing=failing)
    told = {"namespace": about, "kubernetes": kubernetes(deployment()), "arm_here": {"neu": view}, "site": role()}
    return {**told, "now": NOW, "attempt": attempt}


def test_an_event_subscription_that_nobody_declared_is_told(tmp_path: Path) -> None:
    assert unmet(check, **judge(tmp_path, listening("files-created"), listening("files-tried"))) == (
        "On accounts of orders in neu listens what no service declares: event subscription files-tried on stneu to "
        "sb-neu/queues/files (ServiceBusQueue)."
    )


@pytest.mark.parametrize(
    "innocent",
    [
        listening("Files-Created"),
        listening("elsewhere", account=OTHER),
        listening("gonogo", container="canary"),
        listening("tried", expirationTimeUtc=instant(NOW - timedelta(hours=1))),
        listening(
            "of-a-trigger", destination={"endpointType": "WebHook", "properties": {"endpointBaseUrl": "https://a"}}
        ),
    ],
)
def test_what_is_declared_is_over_or_serves_others_is_no_stranger(tmp_path: Path, innocent: Any) -> None:
    check(**judge(tmp_path, innocent))


def test_what_may_not_be_listed_proves_nothing(tmp_path: Path) -> None:
    failing = {"eventSubscriptions": f"{EVENTS}/read"}
    assert f"{EVENTS}/read" in unproven(check, **judge(tmp_path, failing=failing))
    alone = {**judge(tmp_path, failing=failing), "kubernetes": kubernetes(deployment("stranger"))}
    assert "Deployment stranger" in unmet(check, **alone)
