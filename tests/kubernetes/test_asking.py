"""Ill API servers: what fails is recorded for itself, and everything else is kept."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from fixtures.evidence import Answer, EvidenceMissing, SourceFailed
from fixtures.sources.kubernetes import server as server_module
from fixtures.sources.kubernetes.cluster_view import KubernetesView
from fixtures.sources.kubernetes.kinds import EVERY, KINDS
from tests.kubernetes.api import GROUPS, Api, Sick, elapsed
from tests.kubernetes.cluster import API, deployment, pod, replica_set

PODS = "/api/v1/pods"


def landscape(api: Api, pods: int = 2) -> None:
    api.lists |= {
        PODS: [pod(f"api-{number}") for number in range(pods)],
        "/apis/apps/v1/deployments": [deployment(replicas=pods)],
        "/apis/apps/v1/replicasets": [replica_set()],
    }


def test_every_kind_is_asked_once_and_nothing_is_written(api: Api, asked: Any) -> None:
    landscape(api)
    answer, view = asked()
    assert answer.error is None
    assert [str(held) for held in view.containers(API)] == ["api in pod api-0", "api in pod api-1"]
    listed = [path for method, path, _ in api.calls if method == "GET"]
    assert sorted(listed) == sorted(
        [
            *("/version", "/apis", "/api/v1/namespaces/kube-system"),
            *(kind.path() for kind in KINDS if not kind.matched and (not kind.optional or kind.group in api.groups)),
        ]
    )
    assert {path for method, path, _ in api.calls if method != "GET"} == {
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    }
    assert answer.requests == len(api.calls)
    assert {held["authorization"] for held in api.headers} == {"Bearer tok-1"}
    assert not view.has("scaledobjects")
    assert list(view.custom("scaledobjects")) == []
    assert abs(answer.clock_offset.total_seconds()) < 2


def test_pages_are_followed(api: Api, asked: Any) -> None:
    landscape(api, pods=7)
    api.page = 3
    _, view = asked()
    assert len(list(view.pods())) == 7
    assert [query["limit"] for _, path, query in api.calls if path == PODS] == [["500"]] * 3


@pytest.mark.parametrize("times", [1, 2])
def test_an_expired_continue_token_starts_the_list_anew(api: Api, asked: Any, times: int) -> None:
    landscape(api, pods=5)
    api.page = 2
    api.ill[PODS] = [Sick(times=1), Sick(status=410, body=b'{"message": "expired"}', times=times)]
    answer, view = asked()
    assert answer.error is None
    assert [held.name for held in view.pods()] == [f"api-{number}" for number in range(5)]


def test_a_token_that_always_expires_fails_that_kind(api: Api, asked: Any) -> None:
    landscape(api)
    api.ill[PODS] = [Sick(status=410)]
    _, view = asked()
    missing(view, "pods could not be listed: answered 410")
    assert view.workload(API)


def test_a_denied_kind_names_the_permission(api: Api, asked: Any) -> None:
    landscape(api)
    api.ill[PODS] = [Sick(status=403, body=b'{"message": "pods is forbidden: User \\"u\\" cannot list"}')]
    answer, view = asked()
    assert answer.error.kind == "partial"
    assert answer.error.missing_permission == "list pods in the whole cluster"
    missing(view, r"pods is forbidden.*\(needs: list pods in the whole cluster\)")
    assert view.workload(API)


def test_a_refused_credential_is_the_sources_error(api: Api, asked: Any) -> None:
    api.ill[PODS] = [Sick(status=401, body=b'{"message": "Unauthorized"}')]
    with pytest.raises(SourceFailed, match=r"neu: the credential is refused \(401\): Unauthorized") as failed:
        asked()
    assert failed.value.error.kind == "denied"


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_when_it_says(api: Api, asked: Any, status: int) -> None:
    landscape(api)
    api.ill[PODS] = [Sick(status=status, headers={"Retry-After": "1"}, times=1)]
    (answer, view), seconds = elapsed(asked)
    assert answer.error is None
    assert len(list(view.pods())) == 2
    assert seconds >= 1.0


def test_a_server_that_wants_to_be_left_alone_past_the_deadline_is_throttled(api: Api, asked: Any) -> None:
    landscape(api)
    api.ill[PODS] = [Sick(status=429, headers={"Retry-After": "120"})]
    (_, view), seconds = elapsed(asked)
    missing(view, r"too many requests \(429\)", kind="throttled")
    assert seconds < 60


@pytest.mark.parametrize(
    ("sick", "says", "kind"),
    [
        (Sick(status=500, body=b"oops"), "answered 500", "unexpected"),
        (Sick(status=302, headers={"Location": "https://login.example"}), "answered 302", "unexpected"),
        (Sick(body=b"<html>Sign in</html>"), "the answer is not a list of objects", "malformed"),
        (Sick(body=b'{"kind": "Status"}'), "the answer holds no items", "malformed"),
        (Sick(body=b'{"items": 3}'), "the answer is not a list of objects", "malformed"),
        (Sick(body=b"\xff\xfe{"), "the answer is not a list of objects", "malformed"),
        (Sick(body=b'{"metadata": {"continue": "x"}, "items": []}'), "leads back to a page", "malformed"),
        (Sick(cut=200), "the answer was cut off", "malformed"),
        (Sick(status=404), "answered 404", "unexpected"),
    ],
)
def test_a_broken_answer_fails_only_its_kind(api: Api, asked: Any, sick: Sick, says: str, kind: str) -> None:
    landscape(api)
    api.ill[PODS] = [sick]
    _, view = asked()
    missing(view, says, kind=kind)
    assert view.workload(API)


def test_a_connection_that_breaks_is_made_again(api: Api, asked: Any) -> None:
    landscape(api)
    api.ill[PODS] = [Sick(dies=True, times=2)]
    answer, view = asked()
    assert answer.error is None
    assert len(list(view.pods())) == 2


@pytest.mark.parametrize("sick", [Sick(delay=60.0), Sick(drips=True)])
def test_a_hanging_kind_is_late_and_the_rest_is_kept(api: Api, asked: Any, sick: Sick) -> None:
    landscape(api, pods=20)
    api.ill[PODS] = [sick]
    (answer, view), seconds = elapsed(lambda: asked(seconds=3.0))
    assert seconds < 30
    assert answer.error.kind == "partial"
    missing(view, "pods could not be listed", kind="timeout")
    assert view.workload(API)


def test_a_server_that_hangs_altogether_is_late(api: Api, asked: Any) -> None:
    for path in ("/version", "/apis", "/api/v1/nodes", "/api/v1/namespaces/kube-system"):
        api.ill[path] = [Sick(delay=60.0)]
    with pytest.raises(SourceFailed) as failed:
        asked(seconds=1.0)
    assert failed.value.error.kind == "timeout"


def test_a_compressed_answer_is_read(api: Api, asked: Any) -> None:
    body = gzip.compress(json.dumps({"metadata": {}, "items": [pod()]}).encode())
    api.ill[PODS] = [Sick(body=body, headers={"Content-Encoding": "gzip"})]
    answer, view = asked()
    assert answer.error is None
    assert [held.name for held in view.pods()] == ["api-1"]
    assert {held["Accept-Encoding"] for held in api.headers} == {"gzip"}


def test_an_optional_kind_whose_group_is_served_without_it_is_absent(api: Api, asked: Any) -> None:
    api.groups = [*GROUPS, "keda.sh"]
    api.lists["/apis/keda.sh/v1/scaledobjects"] = [
        {
            "metadata": {"name": "worker", "namespace": "orders"},
            "spec": {"triggers": [{"metadata": {"namespace": "sb-weu"}}]},
        }
    ]
    answer, view = asked()
    assert answer.error is None
    (found,) = view.custom("scaledobjects")
    assert (str(found), found.spec["triggers"][0]["metadata"]) == (
        "scaledobject/orders/worker",
        {"namespace": "sb-weu"},
    )
    assert not view.has("scaledjobs")


def test_groups_that_cannot_be_asked_are_tried_all_the_same(api: Api, asked: Any) -> None:
    api.ill["/apis"] = [Sick(status=403)]
    api.ill["/apis/keda.sh/v1alpha1/scaledobjects"] = [Sick(status=403)]
    _, view = asked()
    with pytest.raises(EvidenceMissing, match=r"list scaledobjects.keda.sh in the whole cluster"):
        view.custom("scaledobjects")
    assert not view.has("scaledjobs")


def test_rights_are_asked_per_verb_and_resource(api: Api, asked: Any) -> None:
    api.allow = lambda held: (
        (held["verb"] == "list" and held["resource"] != "secrets")
        or (held.get("namespace") == "orders" and held["resource"] == "pods")
    )
    _, view = asked()
    held = {str(right): right for right in view.rights()}
    assert held["list pods in the whole cluster"].allowed is True
    assert held["list pods in the whole cluster"].needed_for == "read"
    assert held["create pods/exec in the whole cluster"].allowed is False
    assert held["create pods/exec in orders"].allowed is True
    assert held["get secrets in the whole cluster"].allowed is False
    assert "get secrets in orders" not in held


def test_a_review_that_fails_is_neither_yes_nor_no(api: Api, asked: Any) -> None:
    api.ill["/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"] = [Sick(status=403, body=b"{}")]
    _, view = asked()
    assert {right.allowed for right in view.rights()} == {None}


def test_only_what_is_needed_is_kept(api: Api, asked: Any) -> None:
    applied = {"kubectl.kubernetes.io/last-applied-configuration": "{...}", "checksum/config": "1"}
    api.lists[PODS] = [pod(annotations=applied)]
    maps = [
        {"metadata": {"name": "c", "namespace": where}, "data": {"a": "x" * 2**20}} for where in ("orders", "other")
    ]
    api.lists["/api/v1/configmaps"] = maps
    events = [("orders", "Normal"), ("other", "Normal"), ("other", "Warning")]
    api.lists["/api/v1/events"] = [
        {"metadata": {"name": f"e{number}", "namespace": where}, "type": type_}
        for number, (where, type_) in enumerate(events)
    ]
    _, view = asked()
    assert next(view.pods()).annotations == {"checksum/config": "1"}
    (kept,) = view.config_maps()
    assert (kept.namespace, len(kept.data["a"])) == ("orders", 2**20)
    assert [(held.namespace, held.type) for held in view.events()] == [events[0], events[2]]


def test_one_malformed_object_of_a_page_costs_only_itself(api: Api, asked: Any) -> None:
    landscape(api, pods=3)
    api.lists[PODS][1]["status"] = "gone"
    api.lists[PODS][2]["status"]["conditions"] = None
    answer, view = asked()
    assert answer.error is None
    found = view.pods()
    first, broken, last = found
    assert (first.phase, last.status.conditions) == ("Running", ())
    with pytest.raises(EvidenceMissing, match=r"Pod orders/api-1 is malformed: .*\$.status"):
        assert broken.phase


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/secrets"),
        ("GET", "/api/v1/namespaces/orders/secrets"),
        ("GET", "/api/v1/namespaces/orders/pods/api-1/exec"),
        ("GET", "/api/v1/nodes/n0/proxy"),
        ("POST", "/api/v1/pods"),
        ("DELETE", "/api/v1/pods"),
        ("PATCH", "/apis/apps/v1/deployments"),
        ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x"),
    ],
)
def test_what_does_not_only_read_is_never_sent(method: str, path: str) -> None:
    with pytest.raises(server_module.NotReadOnly):
        server_module.permitted(method, path)


def test_every_list_is_on_the_allow_list() -> None:
    for kind in KINDS:
        if kind.resource != EVERY:
            server_module.permitted("GET", kind.path(), secrets=kind.matched)


def test_secrets_are_read_only_where_the_environment_says_so() -> None:
    server_module.permitted("GET", "/api/v1/secrets", secrets=True)
    for path, secrets in (("/api/v1/secrets", False), ("/api/v1/namespaces/a/secrets/b", True)):
        with pytest.raises(server_module.NotReadOnly):
            server_module.permitted("GET", path, secrets=secrets)


def missing(view: KubernetesView, says: str, kind: str | None = None) -> None:
    with pytest.raises(EvidenceMissing, match=says) as raised:
        view.pods()
    assert kind in (None, raised.value.kind)


def test_answers_are_json(asked: Any) -> None:
    answer: Answer = asked()[0]
    assert answer.identity == "aks-prod-neu (kube-system 1b6f-uid, proof uid)"
