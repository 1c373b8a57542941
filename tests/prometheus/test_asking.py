from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from fixtures.evidence import Routes, SourceFailed
from fixtures.sources.prometheus.queries import queries
from tests.prometheus.conftest import MANAGED, asked, environment, series, workload

PLAIN = "http://prometheus.monitoring.svc:9090/metrics"


def failing(**error):
    return {"error": {"status": 500, "type": "internal", "message": "it is not well", **error}}


@pytest.mark.parametrize("url", [MANAGED, PLAIN, "https://prometheus.weu.contoso.example:8443"])
def test_four_queries_whatever_the_number_of_workloads(serve, url):
    declared = environment(weu=url)
    sandbox = serve(declared, {"memory-peak": [series()]})
    many = [workload(f"w{number}", f"n{number % 7}") for number in range(200)]
    answer = asked(sandbox.routes, declared, *many)
    assert answer.error is None
    assert answer.requests == 4 == len(sandbox.requests)
    names = {parse_qs(urlsplit(seen.path).query)["gonogo"][0] for seen in sandbox.requests}
    assert names == {"memory-peak", "memory-working-set", "memory-trend", "replicas-peak"}
    assert {(seen.source, seen.place, seen.method, seen.status) for seen in sandbox.requests} == {
        ("prometheus", "weu", "POST", 200)
    }
    [found] = answer.data.queries["memory-peak"].series
    assert (found.namespace, found.holder, found.container, found.value) == (
        "orders",
        "api-5d8b9c7f6d-x2k4q",
        "api",
        1000.0,
    )
    assert abs(answer.clock_offset) < timedelta(seconds=2)


def test_the_query_is_about_the_declared_namespaces_and_windows():
    [peak] = {queries({"orders", "billing"}, {timedelta(days=7)})["memory-peak"]}
    assert peak == (
        "max by (cluster, namespace, pod, container) (max_over_time(container_memory_working_set_bytes"
        '{container!="",container!="POD",namespace=~"billing|orders"}[604800s]))'
    )
    several = queries({"orders"}, {timedelta(days=7), timedelta(hours=1)})
    assert several["memory-peak"].count(" or label_replace(") == 1
    assert '"window", "3600s", "", "")' in several["memory-trend"]


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        ({"status": 401}, "denied", "credential is refused (401)"),
        ({"status": 403, "message": "no authorization"}, "denied", "forbidden (403): no authorization"),
        ({"status": 422, "type": "execution", "message": "too many samples"}, "unexpected", "422): too many samples"),
        ({"status": 429, "retryAfter": 60}, "throttled", "too many requests (429)"),
        ({"status": 500}, "unreachable", "(500): it is not well"),
        ({"status": 503, "type": "timeout", "retryAfter": 60}, "timeout", "(503)"),
        ({"status": 302}, "unexpected", "(302) to nowhere"),
    ],
)
def test_a_failed_query_is_told_and_the_others_stand(serve, error, kind, says):
    declared = environment()
    answer = asked(serve(declared, {"memory-peak": failing(**error), "memory-trend": [series()]}).routes, declared)
    told = answer.data.queries["memory-peak"].error
    assert (told.kind, says in told.message) == (kind, True), told
    assert (told.missing_permission is not None) == (kind == "denied")
    assert answer.error.kind == "partial"
    assert "memory-peak" in answer.error.message
    assert len(answer.data.queries["memory-trend"].series) == 1


def test_where_nothing_answers_the_source_has_failed(serve):
    declared = environment()
    names = ("memory-peak", "memory-working-set", "memory-trend", "replicas-peak")
    sandbox = serve(declared, dict.fromkeys(names, failing(status=403, message="no")))
    with pytest.raises(SourceFailed) as caught:
        asked(sandbox.routes, declared)
    assert caught.value.error.kind == "denied"
    assert "Monitoring Data Reader" in caught.value.error.missing_permission


def test_a_busy_server_is_asked_again_after_as_long_as_it_says(serve):
    declared = environment()
    ill = {"series": [series()], **failing(status=429, retryAfter=0, times=2)}
    answer = asked(serve(declared, {"memory-peak": ill}).routes, declared)
    assert answer.error is None
    assert answer.requests == 6


def test_an_answer_that_is_cut_off_is_asked_for_again_and_then_malformed(serve):
    declared = environment()
    for times, error in ((1, None), (None, "malformed")):
        ill = {"series": [series()], "error": {"truncate": 40, "times": times}}
        answer = asked(serve(declared, {"memory-peak": ill}).routes, declared)
        found = answer.data.queries["memory-peak"].error
        assert (found.kind if found else None) == error


def test_a_late_query_does_not_hold_up_the_others(serve):
    declared = environment()
    ill = {"memory-peak": {"series": [series()], "error": {"delay": "30s"}}, "memory-trend": [series()]}
    answer = asked(serve(declared, ill).routes, declared, seconds=1.0)
    assert answer.data.queries["memory-peak"].error.kind == "timeout"
    assert answer.data.queries["memory-trend"].error is None


def test_warnings_mean_that_a_part_is_missing(serve):
    declared = environment()
    ill = {"memory-peak": {"series": [series()], "warnings": ["store gateway 3 did not answer"]}}
    answer = asked(serve(declared, ill).routes, declared)
    found = answer.data.queries["memory-peak"]
    assert (found.error.kind, len(found.series)) == ("partial", 1)
    assert "store gateway 3" in found.error.message


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-5", "1e400", None, "many", [1], True])
def test_a_value_that_is_no_size_costs_only_its_series(serve, value):
    declared = environment()
    answer = asked(serve(declared, {"memory-peak": [series(value=value), series("api-5d8b9c7f6d-b")]}).routes, declared)
    odd, good = answer.data.queries["memory-peak"].series
    assert (odd.value, good.value) == (None, 1000.0)


def test_a_trend_may_fall(serve):
    declared = environment()
    answer = asked(serve(declared, {"memory-trend": [series(value=-4096)]}).routes, declared)
    assert answer.data.queries["memory-trend"].series[0].value == -4096.0


def test_series_without_labels_are_counted_and_not_lost(serve):
    declared = environment()
    lost = {"labels": {"namespace": "orders"}, "value": 3}
    found = asked(serve(declared, {"memory-peak": [lost, series()]}).routes, declared).data.queries["memory-peak"]
    assert (found.nameless, len(found.series)) == (1, 1)


def test_of_a_workspace_that_two_clusters_write_to_each_site_reads_its_own(serve):
    declared = environment(weu=MANAGED, neu=MANAGED)
    sandbox = serve(declared, weu={"memory-peak": [series(value=10)]}, neu={"memory-peak": [series(value=20)]})
    for site, value in (("weu", 10.0), ("neu", 20.0)):
        found = asked(sandbox.routes, declared, site=site).data.queries["memory-peak"].series
        assert [each.value for each in found] == [value]


def test_a_workspace_of_other_clusters_is_the_wrong_one(serve):
    declared = environment()
    others = [series(cluster="aks-dev"), series(cluster="aks-test")]
    with_own = [*others, series("api-5d8b9c7f6d-own", cluster="AKS-weu")]
    answer = asked(serve(declared, {"memory-peak": others, "memory-trend": with_own}).routes, declared)
    assert answer.data.queries["memory-peak"].error.kind == "wrong-cluster"
    assert [each.holder for each in answer.data.queries["memory-trend"].series] == ["api-5d8b9c7f6d-own"]
    alias = [series(cluster="production-west")]
    assert asked(serve(declared, {"memory-peak": alias}).routes, declared).error is None


def test_nobody_listens(serve):
    declared = environment()
    sandbox = serve(environment(weu="https://elsewhere.example"))
    with pytest.raises(SourceFailed) as caught:
        asked(sandbox.routes, declared, seconds=2.0)
    assert caught.value.error.kind == "unreachable"


def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(serve):
    declared = environment(weu="https://prometheus.weu.contoso.example")
    routes = serve(declared, {"memory-peak": [series()]}).routes
    stranger = Routes(kubeconfig="somewhere", connects=routes.connects)
    with pytest.raises(SourceFailed) as caught:
        asked(stranger, declared)
    assert caught.value.error.kind == "unreachable"
    assert "certificate" in caught.value.error.message.lower()


def test_in_production_a_managed_prometheus_wants_a_token(monkeypatch):
    from azure.core.exceptions import ClientAuthenticationError

    class Nobody:
        def get_token(self, *scopes):
            raise ClientAuthenticationError(f"nobody is logged in for {scopes[0]}")

    monkeypatch.setattr("fixtures.sources.prometheus.credential.default_credential", lambda cloud: Nobody())
    with pytest.raises(SourceFailed) as caught:
        asked(Routes(), environment())
    assert caught.value.error.kind == "denied"
    assert "https://prometheus.monitor.azure.com/.default" in caught.value.error.message
