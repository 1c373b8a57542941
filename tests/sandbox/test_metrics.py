from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from fixtures.sandbox.invalid import WorldInvalid
from tests.sandbox import azure_world
from tests.sandbox.azure_world import BUS, GROUP

DIMENSIONS = {"EntityName": "orders-in"}


def entry(**said: Any) -> dict[str, Any]:
    return {"resource": BUS, "metric": "CompleteMessage", "dimensions": DIMENSIONS, **said}


@pytest.fixture
def ask(serve):
    def asking(*entries, names="CompleteMessage", resource=BUS, **options):
        files = {"arm/base.yaml": azure_world.resources(), "metrics/bus.yaml": list(entries)}
        sandbox = serve(files, environment=azure_world.environment())
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        span = "/".join(
            at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in (now - timedelta(minutes=13), now - timedelta(minutes=3))
        )
        asked = {"timespan": span, "interval": "PT1M", "aggregation": "Total", "metricnames": names, **options}
        return azure_world.monitor(sandbox.routes).metrics.list(resource.lstrip("/"), **asked)

    return asking


def totals(line):
    return [point.total for point in line.data]


def test_a_range_stands_for_each_of_its_minutes_and_a_null_minute_has_no_value(ask):
    answer = ask(entry(points={"@now-60m..@now-8m": 40, "@now-10m": None, "@now-9m": 12}))
    [metric] = answer.value
    [line] = metric.timeseries
    assert (metric.name.value, metric.unit, metric.error_code) == ("CompleteMessage", "Count", "Success")
    assert totals(line)[:6] == [40, 40, 40, None, 12, 40]
    assert totals(line)[6:] == [None] * 4
    assert line.metadatavalues == []


def test_a_split_gives_a_line_for_each_value_and_a_filter_knows_no_case(ask):
    other = entry(dimensions={"EntityName": "refunds"}, points={"@now-20m..@now": 1})
    both = [entry(points={"@now-20m..@now": 2}), other]
    lines = ask(*both, filter="EntityName eq '*'").value[0].timeseries
    assert {line.metadatavalues[0].value: totals(line)[0] for line in lines} == {"orders-in": 2, "refunds": 1}
    assert lines[0].metadatavalues[0].name.value == "entityname"
    [line] = ask(*both, filter="entityname eq 'ORDERS-IN'").value[0].timeseries
    assert set(totals(line)) == {2}
    [whole] = ask(*both).value[0].timeseries
    assert set(totals(whole)) == {3}


def test_all_but_ten_lines_are_left_out_unless_more_are_asked_for(ask):
    many = [entry(dimensions={"EntityName": f"q{at}"}, points={"@now-5m": 1}) for at in range(14)]
    assert len(ask(*many, filter="EntityName eq '*'").value[0].timeseries) == 10
    assert len(ask(*many, filter="EntityName eq '*'", top=100).value[0].timeseries) == 14


def test_a_longer_grain_and_another_aggregation(ask):
    lag = entry(metric="ReplicationLag", aggregation="average", points={"@now-20m..@now": {"average": 2, "maximum": 9}})
    [line] = ask(lag, names="ReplicationLag", aggregation="Average,Maximum", interval="PT5M").value[0].timeseries
    assert [(point.average, point.maximum, point.total) for point in line.data] == [(2, 9, None)] * 2
    [whole] = ask(lag, names="ReplicationLag", aggregation="Maximum", interval="FULL").value[0].timeseries
    assert [point.maximum for point in whole.data] == [9]


def test_one_number_of_a_minute_is_one_sample(ask):
    lag = entry(metric="Lag", aggregation="average", points={"@now-20m..@now": 2, "@now-8m": None})
    [line] = ask(lag, names="Lag", aggregation="Maximum,Total,Count").value[0].timeseries
    assert {(point.maximum, point.total, point.count) for point in line.data} == {(2, 2, None), (None, None, None)}


def test_a_unit_that_is_not_said_is_the_metrics_own(ask):
    lag = entry(metric="replication_lag_seconds", points={"@now-20m..@now": 2})
    assert ask(lag, names="replication_lag_seconds").value[0].unit == "Seconds"
    assert ask(entry(points={"@now-5m": 1})).value[0].unit == "Count"


def test_what_was_never_measured_of_this_resource_has_no_line(ask):
    neighbour = entry(resource=BUS.replace("sb-weu", "sb-other"), points={"@now-5m": 1})
    assert ask(neighbour).value[0].timeseries == []


def test_a_metric_may_fail_by_itself(ask):
    ill = entry(metric="Size", errorCode="InternalError", errorMessage="no shard answered")
    good, bad = ask(entry(points={"@now-5m": 1}), ill, names="CompleteMessage,Size").value
    assert (good.error_code, bad.error_code, bad.error_message) == ("Success", "InternalError", "no shard answered")
    assert bad.timeseries == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"names": "CompleteMessage,Nonsense"},
            "Failed to find metric configuration for provider: microsoft.servicebus",
        ),
        ({"filter": "Queue eq '*'"}, "does not support requested dimension combination"),
        ({"names": ",".join(f"m{at}" for at in range(21))}, "exceeds the limit of 20"),
        ({"metricnamespace": "Microsoft.Sql/servers"}, "Invalid metric namespace"),
        ({"interval": "PT2M"}, "invalid time grain"),
        ({"aggregation": "Median"}, "Invalid aggregation type"),
        ({"timespan": "yesterday"}, "Invalid timespan"),
        ({"filter": "EntityName"}, "The filter is invalid"),
    ],
)
def test_what_azure_monitor_refuses(ask, options, said):
    with pytest.raises(HttpResponseError, match=said) as caught:
        ask(entry(points={"@now-5m": 1}), **options)
    assert caught.value.status_code == 400


def test_a_resource_that_is_not_there(ask):
    with pytest.raises(ResourceNotFoundError):
        ask(entry(), resource=f"{GROUP}/providers/Microsoft.ServiceBus/namespaces/sb-gone")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"aggregation": "median"}, "median is none of"),
        ({"points": {"@now-1h..": 1}}, "isoformat"),
        ({"points": {"@now-60d..@now": 1}}, "longer than 31 days"),
        ({"points": {"@now-1m": {"p99": 1}}}, "p99 is none of"),
        ({"pionts": {}}, "did you mean points"),
        ({"points": {"2026-01-01T00:00:00": 1}}, "no offset"),
    ],
)
def test_an_entry_that_cannot_be_served_is_named(serve, said, words):
    with pytest.raises(WorldInvalid, match=words) as caught:
        serve({"metrics.yaml": [entry(**said)]})
    assert "metrics.yaml: [0]" in str(caught.value)
