"""The table of the fault matrix, and what a fault file may excuse."""

import json
from typing import Any

from tests.faults.expectations import fits
from tests.faults.table import lines, rows_of


def row(file: str, **values: Any) -> dict[str, Any]:
    said = {"innocent": False, "evidence": False, "checks": ["dns.ttl"], "collateral": [], "well": True}
    return {"file": file, **said, **values}


def test_a_fault_counts_once_and_only_if_it_was_found_in_each_phase() -> None:
    told = list(lines([row("a"), row("a", well=False), row("b", collateral=["dns.record"]), row("c", innocent=True)]))
    assert told[2].startswith("dns.ttl")
    assert "1 of 2" in told[2]
    assert "1 of 1" in told[2]
    assert told[1].split() == ["dns.record", "1"]
    assert told[-2] == "3 files: 1 of 2 faults found, 1 of 1 innocents quiet, 0 evidence faults"
    assert told[-1] == "fewer than 3 faults or 2 innocents: dns.record 0/0, dns.ttl 2/1"


def test_evidence_faults_stand_apart_and_nothing_tried_prints_nothing() -> None:
    told = list(lines([row("a", evidence=True)]))
    assert told[1].split() == ["dns.ttl"]
    assert told[2].endswith("1 evidence faults")
    assert not list(lines([]))


def test_a_pattern_means_the_items_of_a_place() -> None:
    assert fits("*[neu/*]", "compute.oom_kills[neu/orders/api]")
    assert not fits("*[neu/*]", "compute.oom_kills[weu/orders/api]")
    assert not fits("*[neu/*]", "batch.no_double_schedule[weu+neu/orders/settlement]")
    assert fits("dns.*", "dns.ttl[public/orders/api.contoso.example]")


def test_rows_travel_as_properties_of_reports() -> None:
    class Report:
        user_properties = (("other", "x"), ("fault", json.dumps(row("a"))))

    assert rows_of([Report(), object()]) == [row("a")]
