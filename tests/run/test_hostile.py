"""A whole run over a world that is hostile: nothing of it comes alive in what is shown, and no credential is told."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from tests.run.gate import Ran, run_gate

SANDBOX = ("--env", "sandbox", "--phase", "pre-cutover")
SCRIPT = "<script>alert(1)</script>"
ANSI = "\x1b[31mred\x1b[0m\x1b]8;;https://evil.example\x07"
AZURE, ACTIONS = "##vso[task.complete result=Succeeded]", "::error file=x::gone"
TURNED = "\u202egnp.exe\u2066"
HOSTILE = f"{SCRIPT} {ANSI} {AZURE} \n{ACTIONS}\n{TURNED}"
BIG = "y" * 2**20
#: A shared access key, a token, a password in a URL and a storage key, none of them real.
KEY = "c2VjcmV0LWtleS1vZi1ub2JvZHktYXQtYWxsLTEyMzQ1Njc4OTA="
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkiLCJpYXQiOjE3fQ.c2lnbmF0dXJlLW9mLW5vYm9keQ"
PASSWORD = "Zw4r7e-Kat!9"
STORAGE = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU2Nzg5YWJjZGVmZ2hpamtsbW5vcA=="
CREDENTIALS = (KEY, TOKEN, PASSWORD, STORAGE)

BUS = f"Endpoint=sb://sb-sandbox-weu.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey={KEY}"
BLOB = f"DefaultEndpointsProtocol=https;AccountName=stsandboxweu;AccountKey={STORAGE};EndpointSuffix=core.windows.net"
ADDRESS = f"https://svc:{PASSWORD}@mq01.corp.contoso.example/queue?x={SCRIPT}"
ORDERS = "kubernetes/neu/orders.yaml"
PRICING = {"kind": "Pod", "metadata.labels.app": "pricing"}
CHANGES = [
    {
        "file": ORDERS,
        "object": "ConfigMap/orders/orders-config",
        "set": {
            "data.BUS": BUS,
            "data.BLOB": BLOB,
            "data.ADDRESS": ADDRESS,
            "data.TOKEN": f"Bearer {TOKEN}",
            "data.HOSTILE": f"mq01.corp.contoso.example {HOSTILE}",
            "data.BIG": f"mq01.corp.contoso.example {BIG}",
            f'data["{SCRIPT}"]': "mq01.corp.contoso.example",
        },
    },
    {
        "file": ORDERS,
        "where": PRICING,
        "all": True,
        "set": {
            "spec.containers[name=pricing].env[name=REGION].value": f"westeurope {HOSTILE}",
            "metadata.annotations": {"note": HOSTILE, "bearer": f"Bearer {TOKEN}"},
        },
        "add": {"spec.containers[name=pricing].env": {"name": "DATABASE", "value": ADDRESS}},
    },
    {
        "file": "kubernetes/neu/catalog.yaml",
        "object": "Deployment/catalog/product-api",
        "set": {
            "status.readyReplicas": 0,
            "status.conditions[type=Progressing]": {
                "type": "Progressing",
                "status": "False",
                "reason": "ProgressDeadlineExceeded",
                "message": f"{HOSTILE} {BUS} {ADDRESS}",
            },
        },
    },
    {
        "file": "kubernetes/neu/behaviour.yaml",
        "set": {
            "requests": [
                {
                    "path": "/apis/policy/v1/poddisruptionbudgets",
                    "status": 500,
                    "body": {"kind": "Status", "message": f"{HOSTILE} Bearer {TOKEN} {ADDRESS}"},
                }
            ]
        },
    },
    {
        "file": "web.yaml",
        "where": {"host": "hooks.contoso.example", "address": "neu-ingress"},
        "set": {'paths["/healthz"]': {"status": 500, "body": f"{HOSTILE} {BUS} password={PASSWORD}"}},
    },
]
SHOWN = ("report.html", "summary.md", "junit.xml", "gonogo.log")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("hostile")
    fault = {
        "title": f"Somebody means harm {SCRIPT}",
        "layer": "gate",
        "phases": ["pre-cutover"],
        "change": CHANGES,
        "expect": {"verdict": "NO-GO"},
    }
    file = folder / "hostile.yaml"
    file.write_text(yaml.safe_dump(fault, allow_unicode=False), "utf-8")
    return run_gate(folder / "run", *SANDBOX, "--fault", str(file))


def test_the_world_is_judged_all_the_same(ran: Ran) -> None:
    assert (ran.exit, ran.word) == (1, "NO-GO"), ran.output[-2000:]
    states = ran.states()
    assert states["integration.kubernetes_references[neu/orders/orders]"] == "unmet"
    assert states["configuration.region_drift[neu/orders/orders]"] == "unmet"
    assert states["configuration.expected_settings[neu/orders/pricing]"] == "unmet"
    assert states["compute.replicas_ready[neu/catalog/product-api]"] == "unmet"
    assert states["networking.http[neu/notifications/hooks.contoso.example/healthz]"] == "unmet"


def test_nothing_comes_alive_where_it_is_shown(ran: Ran) -> None:
    shown = {name: (ran.folder / name).read_text("utf-8") for name in SHOWN if (ran.folder / name).exists()}
    assert {"report.html", "summary.md", "junit.xml"} <= shown.keys()
    for name, text in {"output": ran.output, **shown}.items():
        assert "\x1b[31m" not in text, f"{name} colours"
        assert "\x1b]8" not in text, f"{name} links"
        assert not re.search(r"^\s*##vso\[", text, re.MULTILINE), f"{name} commands Azure Pipelines"
        assert not re.search(r"^\s*::error", text, re.MULTILINE), f"{name} commands GitHub Actions"
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", text), f"{name} turns its reader's eyes"
        assert "y" * 5000 not in text, f"{name} is flooded"
    for name in ("report.html", "summary.md", "junit.xml"):
        assert SCRIPT not in shown[name], f"{name} runs a script"
    assert ET.fromstring(shown["junit.xml"]).tag == "testsuites"


def test_no_credential_is_told_anywhere(ran: Ran) -> None:
    files = [file for file in ran.folder.rglob("*") if file.is_file() and not is_the_world_s_own(file)]
    assert len(files) > 10
    for credential in CREDENTIALS:
        assert credential not in ran.output
        told = [str(file.relative_to(ran.folder)) for file in files if credential.encode() in file.read_bytes()]
        assert not told, f"{credential[:6]}... stands in {told}"


def is_the_world_s_own(file: Path) -> bool:
    """The sandbox's own credentials and certificates, which are gone when it is stopped."""
    return file.parent.name.startswith("sandbox-")
