"""Made-up measurements: what a site's Prometheus told, seen through the real view."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import msgspec

from fixtures.evidence import Looked, Record, SourceError
from fixtures.sources.prometheus.facts import NOW, PEAK, REPLICAS, TREND, Answered, PrometheusEvidence, Series
from fixtures.sources.prometheus.measured import PrometheusView, Store
from tests.checks import evidence

Values = Mapping[str, float | None]


def prometheus(
    *,
    site: str = "weu",
    peaks: Values | None = None,
    used: Values | None = None,
    trends: Values | None = None,
    replicas: Mapping[str, float] | None = None,
    failed: Mapping[str, SourceError] | None = None,
    nameless: int = 0,
    looked: Looked | None = None,
    declared: tuple[Any, ...] = (),
) -> PrometheusView:
    """A site's Prometheus: values by ``pod/container`` in orders (of replicas: by autoscaler), as MiB and replicas.

    ``failed`` are the queries without an answer, ``nameless`` counts series of the peaks without labels.
    """
    told = {PEAK: peaks, NOW: used, TREND: trends, REPLICAS: replicas}
    queries = {
        name: Answered(series=[_series(name, *each) for each in (of or {}).items()]) for name, of in told.items()
    }
    queries |= {name: Answered(error=error) for name, error in (failed or {}).items()}
    queries[PEAK].nameless = nameless
    data = PrometheusEvidence(queries=queries)
    at = evidence.NOW
    record = Record(
        source="prometheus",
        place=site,
        asked_at=at,
        observed_at=at,
        duration_ms=1,
        data=msgspec.Raw(msgspec.json.encode(data)),
    )
    environment: Any = SimpleNamespace(declared=lambda kind: declared if kind == "workload" else ())
    return PrometheusView(record, Store(data), looked or Looked(), environment)


def _series(name: str, where: str, value: float | None) -> Series:
    holder, _, container = where.partition("/")
    size = 1 if name == REPLICAS or value is None else 2**20
    said = "NaN" if value is None else str(value)
    return Series("orders", holder, container, None if value is None else value * size, said)
