from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.logs.answers import Logs
from fixtures.sources.logs.facts import Answered
from fixtures.sources.logs.topics.legacy_flows import Flow, Flows, read
from tests.checks.evidence import NOW, load, role, since, unmet, unproven

check = load("integration/test_legacy_traffic.py")
COLUMNS = ["TimeGenerated", "SourceIp", "DestinationIp", "DestinationPort", "Flows"]


def ago(minutes):
    return NOW - timedelta(minutes=minutes)


def flow(minutes=10, source="10.60.0.4", destination="10.20.1.1", port: int | None = 5671, count=3):
    return Flow(at=ago(minutes), source=source, destination=destination, port=port, count=count)


def judge(*flows, newest=5):
    found = Flows(workspace="log-neu", newest=None if newest is None else ago(newest), legacy=flows)
    logs = SimpleNamespace(legacy_flows=lambda _: found)
    return {"legacy_flow": None, "logs": logs, "site": role(active=True), "since": since}


def test_no_flow_to_a_legacy_address():
    check.test_legacy_traffic(**judge())


def test_flows_of_before_the_window_do_not_count():
    check.test_legacy_traffic(**judge(flow(minutes=61)))


def test_every_flow_is_told():
    assert unmet(check.test_legacy_traffic, **judge(flow(), flow(source="10.60.0.5", port=None))) == (
        "neu still sends traffic to legacy addresses: 10.60.0.4 to 10.20.1.1:5671 (3 flows, last at 20:50 UTC), "
        "10.60.0.5 to 10.20.1.1 (3 flows, last at 20:50 UTC); none is to flow."
    )


@pytest.mark.parametrize("newest", [None, 70])
def test_without_any_flow_nothing_is_known(newest):
    told = unproven(check.test_legacy_traffic, **judge(newest=newest))
    assert told.startswith("No flow at all reached log-neu since 20:00 UTC")
    assert ("the last is of 19:50 UTC" in told) is (newest is not None)


class Answering(Logs):
    """A workspace with these rows; it remembers what it was asked."""

    def __init__(self, *rows: Any) -> None:
        site = {name: SimpleNamespace(networks=[network], workspace=f"log-{name}") for name, network in SITES.items()}
        declared = SimpleNamespace(
            azure=SimpleNamespace(subscription="s"),
            aks_sites=("weu", "neu"),
            resource_group=lambda name: f"rg-{name}",
            sites=site,
            site=site.__getitem__,
            legacy=SimpleNamespace(networks=["10.20.0.0/16", "198.51.100.0/24"]),
        )
        super().__init__(SimpleNamespace(environment=declared), "neu")  # type: ignore[arg-type]
        self._rows = rows
        self.asked = ""

    def answered(self, query: Any) -> Answered:
        self.asked = query.text
        return Answered(columns=COLUMNS, rows=msgspec.Raw(msgspec.json.encode(self._rows)))


SITES = {"weu": "10.40.0.0/16", "neu": "10.60.0.0/16", "dc1": "10.20.0.0/16"}
AT = "2026-12-05T20:50:00Z"
HERE = SimpleNamespace(site="neu")


def test_flows_of_another_site_s_network_are_left_out():
    logs = Answering(
        [AT, "", "", None, 100], [AT, "10.60.0.4", "10.20.1.1", 443, 2], [AT, "10.40.0.4", "10.20.1.1", 443, 9]
    )
    found = read(logs, HERE)
    assert [each.source for each in found.legacy] == ["10.60.0.4"]
    assert found.newest is not None
    assert "// gonogo: legacy-traffic" in logs.asked
    assert 'dynamic(["10.20.0.0/16", "198.51.100.0/24"])' in logs.asked


def test_a_source_that_is_no_address_is_kept():
    assert read(Answering([AT, "unknown", "10.20.1.1", 443, 2]), HERE).legacy[0].source == "unknown"


def test_no_row_and_a_row_of_no_flow_are_no_flow_log():
    assert read(Answering(), HERE).newest is None
    assert read(Answering([None, "", "", None, 0]), HERE).newest is None


def test_a_flow_without_an_instant_is_unproven():
    with pytest.raises(EvidenceMissing, match="no TimeGenerated"):
        read(Answering([None, "10.60.0.4", "10.20.1.1", 443, 2]), HERE)
