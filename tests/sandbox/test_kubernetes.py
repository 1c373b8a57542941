from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import kubernetes
import msgspec
import pytest

from tests.sandbox.worlds import POD, obj, pod

NEU = "kubernetes/neu/objects.yaml"
CRON = obj(
    "CronJob",
    "settlement",
    api="batch/v1",
    spec={"schedule": "0 18 * * 1-5", "timeZone": "Europe/Amsterdam"},
    status={"lastScheduleTime": "@tick-0"},
)
KEDA = obj("ScaledObject", "worker", api="keda.sh/v1alpha1", spec={})


def test_the_typed_client_reads_it(serve):
    sandbox = serve({NEU: [POD, obj("Deployment", "api", api="apps/v1", spec={"selector": {}, "template": {}})]})
    client = kubernetes.config.new_client_from_config(sandbox.routes.kubeconfig, context=sandbox.routes.contexts["neu"])
    with client:
        core = kubernetes.client.CoreV1Api(client)
        pods = core.list_pod_for_all_namespaces().items
        assert [(each.metadata.namespace, each.metadata.name) for each in pods] == [("orders", "api-1")]
        assert core.read_namespaced_pod("api-1", "orders").spec.containers[0].env[0].value == "neu"
        assert core.read_namespace("kube-system").metadata.uid
        found = kubernetes.client.AppsV1Api(client).list_namespaced_deployment("orders").items
        assert [each.metadata.name for each in found] == ["api"]
        assert kubernetes.client.VersionApi(client).get_code().git_version.startswith("v1.")


def test_the_token_is_needed(serve, api):
    ask = api(serve({NEU: [POD]}))
    ask.client.headers["Authorization"] = "Bearer other"
    refused = ask.get("/api/v1/pods")
    assert (refused.status_code, refused.json()["kind"], refused.json()["reason"]) == (401, "Status", "Unauthorized")


def test_the_kubeconfig_is_private_and_complete(serve):
    sandbox = serve({NEU: [POD], "kubernetes/weu/objects.yaml": []})
    file = Path(sandbox.routes.kubeconfig)
    assert file.stat().st_mode & 0o777 == 0o600
    assert sandbox.routes.contexts == {"weu": "aks-weu", "neu": "aks-neu"}
    sandbox.stop()
    assert not file.exists()


def test_objects_are_completed_the_same_way_each_time(serve, api):
    first = api(serve({NEU: [POD, obj("ConfigMap", "a")]})).get("/api/v1/pods").json()["items"][0]["metadata"]
    again = api(serve({})).get("/api/v1/pods").json()["items"][0]["metadata"]
    assert first["uid"] == again["uid"]
    assert first["resourceVersion"].isdecimal()
    assert first["resourceVersion"] == again["resourceVersion"]
    assert datetime.fromisoformat(first["creationTimestamp"]) < datetime.now(UTC) - timedelta(hours=2)


def test_lists_and_objects_carry_kinds_as_the_api_does(serve, api):
    ask = api(serve({NEU: [POD, KEDA]}))
    listed = ask.get("/api/v1/namespaces/orders/pods").json()
    assert (listed["kind"], listed["apiVersion"]) == ("PodList", "v1")
    assert listed["metadata"]["resourceVersion"]
    assert "kind" not in listed["items"][0]
    assert ask.get("/api/v1/namespaces/orders/pods/api-1").json()["kind"] == "Pod"
    custom = ask.get("/apis/keda.sh/v1alpha1/scaledobjects").json()
    assert (custom["kind"], custom["items"][0]["kind"]) == ("ScaledObjectList", "ScaledObject")


def test_discovery(serve, api):
    definition = obj(
        "CustomResourceDefinition",
        "policies.x.io",
        None,
        "apiextensions.k8s.io/v1",
        spec={
            "group": "x.io",
            "scope": "Cluster",
            "names": {"kind": "Policy", "plural": "policys", "shortNames": ["po2"]},
        },
    )
    metrics = obj("PodMetrics", "api-1", api="metrics.k8s.io/v1beta1", containers=[])
    ask = api(serve({NEU: [KEDA, definition, obj("Policy", "p", None, "x.io/v1"), metrics]}))
    assert ask.get("/api").json()["versions"] == ["v1"]
    groups = {each["name"]: each["preferredVersion"]["version"] for each in ask.get("/apis").json()["groups"]}
    assert groups["apps"] == "v1"
    assert groups["keda.sh"] == "v1alpha1"
    assert ask.get("/apis/apps").json()["name"] == "apps"
    core = {each["name"]: each for each in ask.get("/api/v1").json()["resources"]}
    assert core["pods"] == {
        "name": "pods",
        "singularName": "pod",
        "namespaced": True,
        "kind": "Pod",
        "verbs": ["get", "list"],
        "shortNames": ["po"],
        "categories": ["all"],
    }
    assert core["nodes"]["namespaced"] is False
    assert [each["name"] for each in ask.get("/apis/x.io/v1").json()["resources"]] == ["policys"]
    assert ask.names("/apis/x.io/v1/policys") == ["p"]
    assert ask.names("/apis/metrics.k8s.io/v1beta1/namespaces/orders/pods") == ["api-1"]
    for absent in ("/apis/flux.io", "/apis/flux.io/v1/things", "/openapi/v2", "/api/v1/things", "/apis/apps/v2"):
        assert ask.get(absent).json()["reason"] == "NotFound"


def test_absent_metrics_are_an_absent_group(serve, api):
    ask = api(serve({NEU: [POD]}))
    assert ask.get("/apis/metrics.k8s.io/v1beta1/pods").status_code == 404
    assert "metrics.k8s.io" not in ask.get("/apis").text


def test_pages(serve, api):
    ask = api(serve({NEU: [pod(f"p{n}", namespace) for namespace in ("b", "a") for n in range(3)]}))
    first = ask.get("/api/v1/pods", limit=4).json()
    assert [(each["metadata"]["namespace"], each["metadata"]["name"]) for each in first["items"]] == [
        ("a", "p0"),
        ("a", "p1"),
        ("a", "p2"),
        ("b", "p0"),
    ]
    assert first["metadata"]["remainingItemCount"] == 2
    token = first["metadata"]["continue"]
    rest = ask.get("/api/v1/pods", **{"limit": 4, "continue": token}).json()
    assert [each["metadata"]["name"] for each in rest["items"]] == ["p1", "p2"]
    assert "continue" not in rest["metadata"]
    for path, wrong in (("/api/v1/pods", "bm9uZQ"), ("/api/v1/namespaces/a/pods", token), ("/api/v1/pods", "%%")):
        gone = ask.get(path, **{"continue": wrong})
        assert (gone.status_code, gone.json()["reason"]) == (410, "Expired")
    assert ask.get("/api/v1/pods", limit="many").status_code == 400


def test_a_token_expires_when_the_objects_change(serve, api, fault):
    sandbox = serve({NEU: [pod(f"p{n}") for n in range(3)]})
    ask = api(sandbox)
    token = ask.get("/api/v1/pods", limit=1).json()["metadata"]["continue"]
    sandbox.reload(faults=[fault({"file": NEU, "object": "Pod/orders/p0", "remove": True})])
    assert ask.get("/api/v1/pods", **{"continue": token}).status_code == 410


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"labelSelector": "app=api"}, ["a", "b"]),
        ({"labelSelector": "app==api,tier!=gold"}, ["b"]),
        ({"labelSelector": "app in (api, web)"}, ["a", "b", "c"]),
        ({"labelSelector": "app notin (api),app"}, ["c"]),
        ({"labelSelector": "tier"}, ["a"]),
        ({"labelSelector": "!tier"}, ["b", "c"]),
        ({"fieldSelector": "metadata.name=b"}, ["b"]),
        ({"fieldSelector": "metadata.namespace!=orders"}, []),
        ({"fieldSelector": "status.phase=Running"}, ["a", "c"]),
        ({"fieldSelector": "spec.nodeName=node-0,status.phase==Failed"}, ["b"]),
        ({"labelSelector": "app=api", "fieldSelector": "status.phase=Failed"}, ["b"]),
    ],
)
def test_selectors(serve, api, query, names):
    gold, web = {"app": "api", "tier": "gold"}, {"app": "web"}
    failed = {**pod("b", phase="Failed"), "spec": {"nodeName": "node-0"}}
    ask = api(serve({NEU: [pod("a", labels=gold), failed, pod("c", labels=web)]}))
    assert ask.names("/api/v1/pods", **query) == names


def test_selectors_that_are_none(serve, api):
    ask = api(serve({NEU: [POD]}))
    for query in ({"labelSelector": "a in b"}, {"fieldSelector": "spec.color=red"}, {"fieldSelector": "x"}):
        assert ask.get("/api/v1/pods", **query).json()["reason"] == "BadRequest"


def test_events_are_found_by_what_they_are_about(serve, api):
    about = {"kind": "Pod", "name": "api-1", "namespace": "orders"}
    ask = api(
        serve({NEU: [obj("Event", "e1", involvedObject=about), obj("Event", "e2", involvedObject={"kind": "Job"})]})
    )
    assert ask.names("/api/v1/events", fieldSelector="involvedObject.name=api-1,involvedObject.kind=Pod") == ["e1"]


def test_rights(serve, api):
    rules = {
        "deny": [
            {"verbs": ["list"], "resources": ["secrets"]},
            {"apiGroups": ["batch"], "namespaces": ["payments"]},
            {"resources": ["nodes"]},
        ],
        "allow": [{"verbs": ["create"], "apiGroups": [""], "resources": ["configmaps"], "namespaces": ["orders"]}],
    }
    ask = api(serve({NEU: [POD, CRON, obj("Secret", "s")], "kubernetes/neu/access.yaml": rules}))
    assert ask.get("/api/v1/namespaces/orders/secrets/s").status_code == 200
    refused = ask.get("/api/v1/secrets")
    assert refused.status_code == 403
    assert refused.json()["message"] == (
        'secrets is forbidden: User "gonogo-sandbox" cannot list resource "secrets" '
        'in API group "" at the cluster scope'
    )
    assert ask.get("/apis/batch/v1/namespaces/orders/cronjobs").status_code == 200
    assert ask.get("/apis/batch/v1/namespaces/payments/cronjobs").status_code == 403
    assert ask.get("/apis/batch/v1/cronjobs").status_code == 403
    assert ask.get("/api/v1/nodes").status_code == 403

    def allowed(**attributes):
        answered = ask.client.post(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", json={"spec": {"resourceAttributes": attributes}}
        )
        assert answered.status_code == 201
        return answered.json()["status"]["allowed"]

    assert allowed(verb="list", resource="pods")
    assert not allowed(verb="list", resource="secrets")
    assert not allowed(verb="get", resource="nodes")
    assert not allowed(verb="list", group="batch", resource="cronjobs")
    assert allowed(verb="list", group="batch", resource="cronjobs", namespace="orders")
    assert not allowed(verb="create", resource="pods", subresource="exec", namespace="orders")
    assert allowed(verb="create", resource="configmaps", namespace="orders")
    assert not allowed(verb="create", resource="configmaps")

    rights = ask.client.post(
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", json={"spec": {"namespace": "orders"}}
    )
    verbs = {tuple(each["resources"]): each["verbs"] for each in rights.json()["status"]["resourceRules"]}
    assert verbs[("secrets",)] == ["get", "watch"]
    assert ("nodes",) not in verbs
    assert verbs[("configmaps",)] == ["get", "list", "watch", "create"]
    who = ask.client.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", json={})
    assert who.json()["status"]["userInfo"]["username"] == "gonogo-sandbox"
    for garbage in (b"k8s", b"k8s\0", b"k8s\0\x12", b"k8s\0\x12\xff", b"k8s\0\x0d", b"[]"):
        posted = ask.client.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", content=garbage)
        assert posted.status_code == 400


def test_writing_is_refused(serve, api):
    ask = api(serve({NEU: [POD], "kubernetes/neu/access.yaml": {"allow": [{"verbs": ["delete"]}]}}))
    path = "/api/v1/namespaces/orders/pods"
    assert ask.client.post(path, json={}).status_code == 403
    assert ask.client.put(f"{path}/api-1", json={}).status_code == 403
    assert ask.client.patch(f"{path}/api-1", json={}).status_code == 403
    assert ask.client.delete(f"{path}/api-1").status_code == 405
    assert ask.get(path, watch="true").status_code == 405
    assert ask.names(path) == ["api-1"]


def test_what_is_not_there(serve, api):
    absent = api(serve({NEU: [POD]})).get("/api/v1/namespaces/orders/pods/api-2")
    assert absent.status_code == 404
    assert absent.json()["message"] == 'pods "api-2" not found'
    assert absent.json()["details"] == {"name": "api-2", "kind": "pods"}


def test_instants_and_ticks(serve, api):
    job = obj("Job", "settlement-2938", api="batch/v1", status={"startTime": "@tick-1", "completionTime": "@tick-1+9m"})
    owned = {**obj("Job", "x-1", api="batch/v1", status={"startTime": "@tick-0"})}
    owned["metadata"]["ownerReferences"] = [{"kind": "CronJob", "name": "settlement"}]
    ask = api(serve({NEU: [CRON, job, owned, POD]}))
    last = datetime.fromisoformat(ask.get("/apis/batch/v1/cronjobs").json()["items"][0]["status"]["lastScheduleTime"])
    assert last < datetime.now(UTC)
    assert last.astimezone(ZoneInfo("Europe/Amsterdam")).hour == 18
    jobs = {each["metadata"]["name"]: each["status"] for each in ask.get("/apis/batch/v1/jobs").json()["items"]}
    assert datetime.fromisoformat(jobs["x-1"]["startTime"]) == last
    begun, done = (datetime.fromisoformat(jobs["settlement-2938"][key]) for key in ("startTime", "completionTime"))
    assert begun < last
    assert done - begun == timedelta(minutes=9)


def test_samples_per_request(serve, api):
    ask = api(serve({NEU: [pod("a", restarts={"@samples": [1, 4]}), pod("b", restarts=2)]}))
    seen = [[each["status"]["restarts"] for each in ask.get("/api/v1/pods").json()["items"]] for _ in range(3)]
    assert seen == [[1, 2], [4, 2], [4, 2]]


def test_the_clock_of_a_skewed_site(serve, api):
    sandbox = serve({NEU: [POD], "kubernetes/neu/behaviour.yaml": {"dateSkew": "3h"}, "kubernetes/weu/o.yaml": [POD]})
    started = {}
    for site in ("neu", "weu"):
        answered = api(sandbox, site).get("/api/v1/pods")
        started[site] = datetime.fromisoformat(answered.json()["items"][0]["status"]["startTime"])
        ahead = parsedate_to_datetime(answered.headers["Date"]) - datetime.now(UTC)
        assert round(ahead.total_seconds() / 3600) == (3 if site == "neu" else 0)
    assert started["neu"] - started["weu"] == timedelta(hours=3)


def test_the_server_caps_pages(serve, api):
    files = {NEU: [pod(f"p{n}") for n in range(5)], "kubernetes/neu/behaviour.yaml": {"pageSize": 2}}
    ask = api(serve(files))
    first = ask.get("/api/v1/pods", limit=500).json()
    assert len(first["items"]) == 2
    assert len(ask.get("/api/v1/pods", **{"continue": first["metadata"]["continue"]}).json()["items"]) == 2


def ill(serve, api, *rules, count=3):
    return api(
        serve({NEU: [pod(f"p{n}") for n in range(count)], "kubernetes/neu/behaviour.yaml": {"requests": [*rules]}})
    )


def test_throttled_for_some_calls(serve, api):
    ask = ill(serve, api, {"path": "/api/v1/pods", "status": 429, "after": 1, "times": 2, "retryAfter": 1})
    answers = [ask.get("/api/v1/pods") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 429, 429, 200]
    assert answers[1].headers["Retry-After"] == "1"
    assert answers[1].json()["reason"] == "TooManyRequests"
    assert ask.get("/api/v1/nodes").status_code == 200


def test_prefixes_and_bodies(serve, api):
    ask = ill(
        serve,
        api,
        {"path": "/apis/batch/*", "status": 503},
        {"path": "/api/v1/pods", "body": "<html>login</html>"},
        {"path": "/api/v1/nodes", "body": {"items": None}},
    )
    assert ask.get("/apis/batch/v1/jobs").json()["reason"] == "ServiceUnavailable"
    assert ask.get("/api/v1/pods").headers["Content-Type"] == "text/html"
    assert ask.get("/api/v1/nodes").json() == {"items": None}


def test_truncated_dropped_and_late(serve, api):
    ask = ill(
        serve,
        api,
        {"path": "/api/v1/pods", "truncate": 100},
        {"path": "/api/v1/nodes", "drop": True, "times": 1},
        {"path": "/version", "delay": "200ms"},
    )
    with pytest.raises(httpx.RemoteProtocolError):
        ask.get("/api/v1/pods")
    with pytest.raises(httpx.TransportError):
        ask.get("/api/v1/nodes")
    assert ask.get("/api/v1/nodes").status_code == 200
    begun = time.monotonic()
    ask.get("/version")
    assert time.monotonic() - begun >= 0.2


def test_a_late_answer_does_not_hold_up_the_end(serve, api):
    sandbox = serve({NEU: [POD], "kubernetes/neu/behaviour.yaml": {"requests": [{"path": "/version", "delay": "1h"}]}})
    with pytest.raises(httpx.ReadTimeout):
        api(sandbox).client.get("/version", timeout=0.1)
    begun = time.monotonic()
    sandbox.stop()
    assert time.monotonic() - begun < 60


def test_5000_pods_are_served_in_compressed_pages(serve, api):
    pods = [{**pod(f"p{n}"), "data": "x" * 500} for n in range(5000)]
    listed = msgspec.json.encode({"apiVersion": "v1", "kind": "List", "items": pods}).decode()
    sandbox = serve({NEU: listed})
    ask = api(sandbox)
    ask.client.headers["Accept-Encoding"] = "gzip"
    ask.get("/api/v1/pods", limit=500)
    token, names = "", []
    while True:
        with ask.client.stream("GET", "/api/v1/pods", params={"limit": 500, "continue": token}) as answered:
            assert answered.headers["Content-Encoding"] == "gzip"
            body = msgspec.json.decode(gzip.decompress(b"".join(answered.iter_raw())))
        names += [each["metadata"]["name"] for each in body["items"]]
        token = body["metadata"].get("continue")
        if not token:
            break
    assert len(set(names)) == 5000


def test_requests_are_logged(serve, api, tmp_path):
    sandbox = serve({NEU: [POD]}, log=tmp_path / "log" / "requests.jsonl")
    ask = api(sandbox)
    ask.get("/api/v1/pods", limit=5)
    ask.get("/api/v1/things")
    seen = [(each.source, each.place, each.method, each.path, each.status) for each in sandbox.requests]
    assert seen == [
        ("kubernetes", "neu", "GET", "/api/v1/pods?limit=5", 200),
        ("kubernetes", "neu", "GET", "/api/v1/things", 404),
    ]
    lines = (tmp_path / "log" / "requests.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line)["path"] for line in lines] == [each[3] for each in seen]
