"""What messages and blobs say stays where it is: nothing of it is in the evidence, the reports or on the board."""

import json
from pathlib import Path

import pytest
import yaml

from tests.run.gate import Ran, run_gate

BODY, PROPERTY, WORDS, SAS, METADATA = "4111-1111-1111", "jane-doe", "IBAN-NL91", "sig=c2lnbmF0dXJl", "passport-77"
MARKS = (BODY, PROPERTY, WORDS, SAS, METADATA)
MESSAGES = [
    {"body": f"card {BODY}", "enqueued": "@now-20s", "properties": {"customer": PROPERTY}, "id": "m-1"},
    {
        "body": f"https://stsandboxweu.blob.core.windows.net/invoices/1.pdf?sv=2024&{SAS}",
        "state": "deadlettered",
        "deadLetterReason": "Rejected",
        "deadLetterDescription": f"cannot book {WORDS}",
        "enqueued": "@now-3m",
    },
]
FAULT = {
    "title": "A dead letter that quotes its customer",
    "layer": "messaging",
    "phases": ["pre-cutover"],
    "change": [
        {"file": "bus/sb-sandbox-weu.yaml", "set": {"queues.orders-in.messages": MESSAGES}},
        {
            "file": "arm/bus.yaml",
            "where": {"id": "ORDERS"},
            "set": {"properties.countDetails.deadLetterMessageCount": 1},
        },
        {
            "file": "blob/stsandboxweu.yaml",
            "set": {
                "containers.invoices.blobs": [
                    {"name": "2026/1.pdf", "size": 4, "lastModified": "@now-1m", "metadata": {"holder": METADATA}}
                ]
            },
        },
    ],
    "expect": {"verdict": "NO-GO", "unmet": ["messaging.dead_letters"]},
}


def files_of(ran: Ran) -> list[Path]:
    """Everything that the run left, but for what the sandbox notes for itself."""
    return [file for file in ran.folder.rglob("*") if file.is_file() and not file.name.startswith("sandbox.")]


def test_no_body_no_property_no_words_of_a_sender_and_no_sas_leave_the_bus_or_the_account(tmp_path: Path) -> None:
    pytest.importorskip("proton", reason="the sandbox's AMQP peer is not installed")
    queue = "Microsoft.ServiceBus/namespaces/sb-sandbox-weu/queues/orders-in"
    subscription = "/subscriptions/7c1e4b52-0d3f-4a86-b9e2-6f5a1d8c3e94/resourceGroups/rg-sandbox-weu"
    text = json.dumps(FAULT).replace("ORDERS", f"{subscription}/providers/{queue}")
    fault = tmp_path / "quotes.yaml"
    fault.write_text(yaml.safe_dump(yaml.safe_load(text)))
    ran = run_gate(tmp_path / "run", "--env", "sandbox", "--phase", "pre-cutover", "--fault", str(fault))
    assert ran.states("messaging.dead_letters[weu/orders/orders-in]") == {
        "messaging.dead_letters[weu/orders/orders-in]": "unmet"
    }, ran.output
    assert "Rejected" in ran.output  # the reason itself is told: applications put a code there
    assert len(files_of(ran)) > 8
    told = {str(file): file.read_bytes() for file in files_of(ran)} | {"the board": ran.output.encode()}
    assert not [(mark, where) for where, content in told.items() for mark in MARKS if mark.encode() in content]
