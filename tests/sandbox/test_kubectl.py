from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import yaml

from tests.sandbox.test_kubernetes import CRON, KEDA, NEU
from tests.sandbox.worlds import POD, obj

KUBECTL = shutil.which("kubectl")
pytestmark = pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")

DEPLOYMENT = obj("Deployment", "api", api="apps/v1", spec={"replicas": 2}, status={"readyReplicas": 1})
EVENT = obj(
    "Event",
    "api-1.1",
    involvedObject={"kind": "Pod", "name": "api-1", "namespace": "orders"},
    reason="Unhealthy",
    type="Warning",
    message="probe failed",
)


@pytest.fixture
def kubectl(serve, tmp_path):
    sandbox = serve({NEU: [obj("Namespace", "orders", None), POD, DEPLOYMENT, CRON, KEDA, EVENT]})

    def run(*arguments):
        command = [
            KUBECTL,
            "--kubeconfig",
            sandbox.routes.kubeconfig,
            "--cache-dir",
            str(tmp_path / "cache"),
            *arguments,
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_get_prints_tables(kubectl):
    told = kubectl("get", "deployments,cronjobs", "-A").stdout
    assert told.split("\n")[0].split() == ["NAMESPACE", "NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert "deployment.apps/api" in told
    assert "1/2" in told
    assert "0 18 * * 1-5" in told
    assert "Europe/Amsterdam" in told
    assert "scaledobject.keda.sh/worker" in kubectl("get", "all,scaledobjects", "-n", "orders").stdout


def test_get_as_yaml(kubectl):
    found = yaml.safe_load(kubectl("get", "pods", "-n", "orders", "-o", "yaml").stdout)
    assert [each["metadata"]["name"] for each in found["items"]] == ["api-1"]
    assert found["items"][0]["spec"]["containers"][0]["env"] == [{"name": "REGION", "value": "neu"}]


def test_describe(kubectl):
    told = kubectl("describe", "pod", "api-1", "-n", "orders").stdout
    assert "node-0" in told
    assert re.search(r"REGION:\s+neu", told)
    assert "probe failed" in told


def test_refusals_are_told(kubectl):
    gone = kubectl("get", "pod", "api-2", "-n", "orders")
    assert gone.returncode == 1
    assert 'pods "api-2" not found' in gone.stderr
    assert "cannot delete resource" in kubectl("delete", "pod", "api-1", "-n", "orders").stderr


def test_own_rights(kubectl):
    assert kubectl("auth", "can-i", "list", "pods").stdout.strip() == "yes"
    assert kubectl("auth", "can-i", "delete", "pods").stdout.startswith("no - ")
    assert "gonogo-sandbox" in kubectl("auth", "whoami").stdout
