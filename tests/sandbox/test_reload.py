from __future__ import annotations

import threading

import dns.message
import dns.query
import pytest

from fixtures.sandbox.world import WorldInvalid
from tests.sandbox.worlds import POD, obj, pod

NEU, WEU = "kubernetes/neu/o.yaml", "kubernetes/weu/o.yaml"
WORLD = {
    NEU: [POD],
    WEU: [POD],
    "phases/post-cutover/kubernetes/neu/o.yaml": [pod("after")],
    "dns/public.zone": "a.example. 60 IN A 20.60.1.4\n",
    "dns/neu.zone": "a.example. 60 IN A 10.0.0.4\n",
    "web.yaml": [{"host": "a.example", "address": "neu-ingress"}, {"tcp": "a.example:1433"}],
    "prometheus/neu.yaml": {"memory-peak": []},
    "metrics.yaml": [{"resource": "/r", "metric": "x"}],
}
EVERYWHERE = ("weu", "neu", "global")
PODS = "/api/v1/namespaces/orders/pods"


def test_what_changed_is_named_and_what_did_not_keeps_its_sockets(serve, api, fault):
    sandbox = serve(WORLD)
    ask, before = api(sandbox), sandbox.routes
    assert sandbox.reload() == set()
    gone = fault({"file": NEU, "object": "Pod/orders/api-1", "remove": True})
    assert sandbox.reload(faults=[gone]) == {("neu", "kubernetes")}
    assert ask.names(PODS) == []
    assert sandbox.reload(faults=()) == {("neu", "kubernetes")}
    assert ask.names(PODS) == ["api-1"]
    assert sandbox.routes == before


def test_a_phase(serve, api):
    sandbox = serve(WORLD)
    assert sandbox.reload(phase="post-cutover") == {("neu", "kubernetes")}
    assert api(sandbox).names(PODS) == ["after"]


@pytest.mark.parametrize(
    ("change", "pairs"),
    [
        ({"file": "web.yaml", "add": {"host": "b", "address": "20.0.0.1"}}, {(at, "web") for at in EVERYWHERE}),
        (
            {"file": "dns/neu.zone", "where": {"name": "a.example"}, "set": {"ttl": 5}},
            {("neu", "dns"), *((at, "web") for at in EVERYWHERE)},
        ),
        ({"file": "prometheus/neu.yaml", "remove": True}, {("neu", "prometheus")}),
        ({"file": "metrics.yaml", "add": {"resource": "/r", "metric": "y"}}, {(at, "metrics") for at in EVERYWHERE}),
        ({"file": "kubernetes/weu/access.yaml", "set": {"deny": [{}]}}, {("weu", "kubernetes")}),
    ],
)
def test_which_evidence_a_file_belongs_to(serve, fault, change, pairs):
    assert serve(WORLD).reload(faults=[fault(change)]) == pairs


def test_doors_follow_the_zones(serve, fault):
    sandbox = serve(WORLD)
    kept = sandbox.routes.connects["20.60.1.4:443"]
    moved = fault({"file": "dns/neu.zone", "where": {"name": "a.example"}, "set": {"data": "10.0.0.9"}})
    sandbox.reload(faults=[moved])
    assert sandbox.routes.connects.keys() == {"20.60.1.4:443", "20.60.1.4:1433", "10.0.0.9:1433"}
    assert sandbox.routes.connects["20.60.1.4:443"] == kept
    host, port = sandbox.routes.resolvers["neu"][0].rsplit(":", 1)
    answer = dns.query.udp(dns.message.make_query("a.example", "A"), host, port=int(port), timeout=5)
    assert answer.answer[0][0].address == "10.0.0.9"


def test_refusing_and_accepting_again(serve, fault):
    from tests.sandbox.test_web import dial

    sandbox = serve(WORLD)
    sandbox.reload(faults=[fault({"file": "web.yaml", "where": {"tcp": "a.example:1433"}, "set": {"accept": False}})])
    with pytest.raises(ConnectionRefusedError):
        dial(sandbox, "10.0.0.4:1433")
    sandbox.reload(faults=())
    dial(sandbox, "10.0.0.4:1433").close()


def test_counters_of_an_unchanged_site_go_on(serve, api, fault):
    ill = {"kubernetes/neu/behaviour.yaml": {"requests": [{"path": "/version", "status": 500, "times": 1}]}}
    sandbox = serve(WORLD | ill)
    ask = api(sandbox)
    assert [ask.get("/version").status_code for _ in range(2)] == [500, 200]
    sandbox.reload(faults=[fault({"file": WEU, "object": "Pod/orders/api-1", "remove": True})])
    assert ask.get("/version").status_code == 200
    sandbox.reload(faults=[fault({"file": NEU, "object": "Pod/orders/api-1", "remove": True})])
    assert ask.get("/version").status_code == 500


def test_a_wrong_reload_leaves_everything_as_it_was(serve, api, fault):
    sandbox = serve(WORLD)
    for wrong in (
        fault({"file": NEU, "object": "Pod/orders/none", "remove": True}),
        fault({"file": NEU, "add": obj("Node", "n")}),
        fault({"file": "web.yaml", "add": {"host": "a.example", "address": "neu-ingress"}}),
    ):
        with pytest.raises(WorldInvalid):
            sandbox.reload(faults=[wrong])
        assert api(sandbox).names(PODS) == ["api-1"]
    assert sandbox.reload() == set()


def test_time_stands_still_until_it_is_moved(serve, api):
    sandbox = serve(WORLD)

    def started():
        return api(sandbox).get(PODS).json()["items"][0]["status"]["startTime"]

    before = started()
    sandbox.reload(phase="mid-cutover")
    assert started() == before
    from datetime import timedelta

    assert sandbox.reload(now=sandbox.now + timedelta(minutes=5)) == set()
    assert started() > before


def test_nothing_is_left_behind(serve, tmp_path):
    threads = threading.active_count()
    sandbox = serve(WORLD)
    assert len(list((tmp_path / "work").iterdir())) == 1
    sandbox.stop()
    sandbox.stop()
    assert list((tmp_path / "work").iterdir()) == []
    assert threading.active_count() == threads


def test_a_wrong_world_leaves_nothing_behind(serve, tmp_path):
    threads = threading.active_count()
    with pytest.raises(WorldInvalid):
        serve({"web.yaml": "a: 1"})
    assert list((tmp_path / "work").iterdir()) == []
    assert threading.active_count() == threads
