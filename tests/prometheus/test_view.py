from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.evidence import EvidenceMissing, Looked
from fixtures.sources.prometheus.facts import NoAnswer, Series, read_answer
from fixtures.sources.prometheus.measured import owners
from tests.checks.measured import prometheus
from tests.prometheus.conftest import workload

POD = "api-5d8b9c7f6d-x2k4q"


def test_the_highest_of_all_pods_and_what_was_looked_at():
    looked = Looked()
    view = prometheus(peaks={f"{POD}/api": 10, "api-74c6d5b9f4-old42/api": 30, f"{POD}/envoy": 5}, looked=looked)
    peaks = view.peaks(workload())
    assert {name: (peak.pod, peak.value / 2**20) for name, peak in peaks.items()} == {
        "api": ("api-74c6d5b9f4-old42", 30),
        "envoy": (POD, 5),
    }
    assert looked.count == 3


def test_each_window_has_its_own_series():
    view = prometheus()
    peaks = view._store.queries["memory-peak"]
    peaks.series = [
        Series("orders", POD, "api", 900.0, window="604800s"),
        Series("orders", POD, "api", 300.0, window="3600s"),
    ]
    assert view.peaks(workload())["api"].value == 900.0
    assert view.peaks(workload(window=timedelta(hours=1)))["api"].value == 300.0


@pytest.mark.parametrize(
    ("pod", "kind", "name"),
    [
        ("api-5d8b9c7f6d-x2k4q", "Deployment", "api"),
        ("order-api-5d8b9c7f6d-x2k4q", "Deployment", "order-api"),
        ("search-12", "StatefulSet", "search"),
        ("agent-x2k4q", "DaemonSet", "agent"),
    ],
)
def test_a_pod_belongs_to_what_it_is_named_after(pod, kind, name):
    assert (kind, "orders", name) in set(owners(Series("orders", pod, "api", 1.0)))


def test_replicas_that_nobody_counted_are_no_failure():
    view = prometheus(replicas={"api": 7})
    assert view.most_replicas("orders", "api", workload()) == 7
    assert view.most_replicas("orders", "keda-hpa-worker", workload()) is None


def test_a_query_that_was_never_asked_is_missing():
    view = prometheus()
    del view._store.queries["memory-peak"]
    with pytest.raises(EvidenceMissing, match="memory-peak was not asked for"):
        view.peaks(workload())


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.fixed_dictionaries({"metric": st.dictionaries(st.text(max_size=9), JSON), "value": JSON})))
def test_no_series_is_lost_whatever_it_holds(results):
    import msgspec

    body = msgspec.json.encode({"status": "success", "data": {"result": results}})
    answered = read_answer("memory-peak", body, "aks-weu")
    assert len(answered.series) + answered.nameless == len(results)


@given(st.binary(max_size=200))
def test_garbage_is_no_answer(body):
    with pytest.raises(NoAnswer):
        read_answer("memory-peak", body, "aks-weu")
