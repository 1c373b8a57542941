from __future__ import annotations

import pytest

from fixtures.evidence import EvidenceMissing, Record, SourceError
from fixtures.sources.kubernetes.objects.base import Requirement, Selector
from tests.kubernetes.cluster import (
    API,
    NOW,
    Thing,
    config_map,
    container,
    deployment,
    owner,
    pod,
    record,
    replica_set,
    seen,
    view,
)

DENIED = SourceError(kind="denied", message="forbidden", missing_permission="list pods in the whole cluster")


def test_a_workload_is_found_by_kind_and_name() -> None:
    cluster, looked = seen(deployments=[deployment()])
    found = cluster.workload(API)
    assert found is not None
    assert (str(found), found.desired, found.ready, found.updated, looked.count) == (
        "Deployment orders/api",
        1,
        1,
        1,
        1,
    )
    assert cluster.workload(Thing("StatefulSet", "api")) is None
    assert looked.count == 1


def test_containers_are_those_of_every_pod_of_every_revision() -> None:
    pods = [pod("api-1"), pod("api-2", rs="api-b"), pod("other-1", rs="other-a", labels={"app": "other"})]
    sets = [replica_set("api-a"), replica_set("api-b"), replica_set("other-a", of="other")]
    cluster, looked = seen(pods=pods, replicasets=sets, deployments=[deployment(), deployment("other")])
    found = list(cluster.containers(API))
    assert [str(held) for held in found] == ["api in pod api-1", "api in pod api-2"]
    assert looked.count == 2
    assert list(cluster.containers(API)) == found
    assert looked.count == 2
    assert (found[0].memory_limit, found[0].memory_request, str(found[0].cpu_request)) == (2**30, 2**29, "0.250000000")


def test_a_pod_without_owner_is_found_by_the_selector() -> None:
    cluster = view(pods=[pod(rs=None)], deployments=[deployment()])
    assert [held.name for held in cluster.pods(API)] == ["api-1"]


def test_a_pod_of_a_namesake_is_not_the_workloads() -> None:
    stranger = pod("api-9", rs=None, ownerReferences=owner("StatefulSet", "api"))
    cluster = view(pods=[pod(), stranger], replicasets=[replica_set()], deployments=[deployment()])
    assert [held.name for held in cluster.pods(API)] == ["api-1"]


def test_sidecars_and_init_containers_are_told_apart() -> None:
    spec = {
        "containers": [container()],
        "initContainers": [container("migrate"), container("envoy", restartPolicy="Always")],
    }
    cluster = view(pods=[pod(spec=spec)], replicasets=[replica_set()], deployments=[deployment()])
    assert {held.name: held.kind for held in cluster.containers(API)} == {
        "migrate": "init",
        "envoy": "sidecar",
        "api": "container",
    }


def test_an_in_place_resize_wins_over_the_spec() -> None:
    status = {
        "phase": "Running",
        "containerStatuses": [{"name": "api", "restartCount": 1, "resources": {"limits": {"memory": "2Gi"}}}],
    }
    cluster = view(pods=[pod(status=status)], replicasets=[replica_set()], deployments=[deployment()])
    (found,) = cluster.containers(API)
    assert (found.memory_limit, found.restarts, found.ready) == (2**31, 1, False)


def test_terminations_come_from_the_present_and_the_last_state() -> None:
    ended = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-12-05T20:00:00.123456789Z"}
    states = {
        "name": "api",
        "restartCount": 4,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": ended},
    }
    cluster = view(
        pods=[pod(status={"phase": "Running", "containerStatuses": [states]})],
        replicasets=[replica_set()],
        deployments=[deployment()],
    )
    (found,) = cluster.containers(API)
    (end,) = found.terminations
    assert (end.reason, end.exit_code, found.waiting_reason, found.running_since) == (
        "OOMKilled",
        137,
        "CrashLoopBackOff",
        None,
    )
    assert end.finished_at is not None
    assert end.finished_at.isoformat().startswith("2026-12-05T20:00:00.123457")


def test_the_working_set_comes_from_metrics() -> None:
    metrics = {
        "metadata": {"name": "api-1", "namespace": "orders"},
        "containers": [{"name": "api", "usage": {"memory": "262144Ki", "cpu": "1n"}}],
    }
    made = {"pods": [pod(), pod("api-2")], "replicasets": [replica_set()], "deployments": [deployment()]}
    assert [held.working_set for held in view(**made, podmetrics=[metrics]).containers(API)] == [2**28, None]
    denied = view(record({"podmetrics": DENIED}, **made))
    with pytest.raises(EvidenceMissing, match=r"neu: pods.metrics.k8s.io could not be listed: forbidden"):
        _ = next(denied.containers(API)).working_set


def test_a_denied_kind_is_unproven_at_once() -> None:
    cluster, looked = seen(record({"pods": DENIED}, deployments=[deployment()]))
    for ask in (cluster.pods, lambda: cluster.pods(API), lambda: cluster.containers(API)):
        with pytest.raises(
            EvidenceMissing, match=r"neu: pods could not be listed: forbidden \(needs: list pods in the whole cluster\)"
        ):
            ask()
    assert looked.count == 0
    assert cluster.workload(API)


def test_claimed_pods_that_nobody_saw_are_unproven() -> None:
    cluster = view(deployments=[deployment()])
    with pytest.raises(EvidenceMissing, match="Deployment orders/api claims 1 pods, yet none was seen"):
        cluster.pods(API)


def test_a_workload_scaled_to_zero_is_itself_looked_at() -> None:
    cluster, looked = seen(deployments=[deployment(replicas=0)])
    assert list(cluster.containers(API)) == []
    assert looked.count == 1


def test_a_workload_that_does_not_exist_is_unproven() -> None:
    with pytest.raises(EvidenceMissing, match="neu: Deployment orders/api does not exist"):
        view().containers(API)


@pytest.mark.parametrize("labels", [7, {"app": 3}])
def test_a_malformed_object_costs_only_what_looks_at_it(labels: object) -> None:
    broken = pod("api-2", labels=labels)
    made = record(
        pods=[pod(), broken, pod("other-1", rs="other-a", labels={})],
        deployments=[deployment(), deployment("other")],
        replicasets=[replica_set(), replica_set("other-a", of="other")],
    )
    assert [held.name for held in view(made).pods(Thing("Deployment", "other"))] == ["other-1"]
    found = view(made).pods(API)
    assert next(found).name == "api-1"
    with pytest.raises(EvidenceMissing, match=r"neu: Pod orders/api-2 is malformed: .*\$\.metadata\.labels"):
        next(found)


@pytest.mark.parametrize("spec", [7, {"containers": [{"name": 3}]}, {"containers": [None]}, None])
def test_a_malformed_field_costs_only_what_reads_it(spec: object) -> None:
    broken = {**pod("api-2"), "spec": spec}
    made = record(pods=[pod(), broken], deployments=[deployment()], replicasets=[replica_set()])
    assert [held.phase for held in view(made).pods(API)] == ["Running", "Running"]
    with pytest.raises(EvidenceMissing, match=r"neu: Pod orders/api-2 is malformed: .*spec"):
        assert [f"{held.name}" for held in view(made).containers(API)]


def test_a_missing_status_is_unproven_and_a_null_list_is_empty() -> None:
    bare = {**deployment(), "status": None}
    found = view(deployments=[bare, {**deployment("b"), "status": {"conditions": None, "replicas": 2}}])
    api = found.workload(API)
    assert api is not None
    with pytest.raises(EvidenceMissing, match="Deployment orders/api came without a status"):
        _ = api.ready
    other = found.workload(Thing("Deployment", "b"))
    assert other is not None
    assert (other.status.conditions, other.status.replicas) == ((), 2)


def test_an_absurd_quantity_is_unproven_when_looked_at() -> None:
    spec = {"containers": [container(resources={"limits": {"memory": "1e400", "cpu": "1"}})]}
    (found,) = view(pods=[pod(spec=spec)], replicasets=[replica_set()], deployments=[deployment()]).containers(API)
    assert found.cpu_limit == 1
    with pytest.raises(EvidenceMissing, match="memory limit of api in pod api-1: '1e400' is not a quantity"):
        _ = found.memory_limit


def test_template_containers_have_the_defaults_of_limit_ranges() -> None:
    bare = deployment(template={"spec": {"containers": [{"name": "api"}, container("envoy")]}})
    limits = [
        {"type": "Container", "default": {"memory": "256Mi"}, "defaultRequest": {"memory": "128Mi"}},
        {"type": "Pod", "max": {"memory": "9Gi"}},
    ]
    ranges = [{"metadata": {"name": "defaults", "namespace": "orders"}, "spec": {"limits": limits}}]
    found = view(deployments=[bare], limitranges=ranges).template_containers(API)
    assert [(held.name, held.memory_limit, held.memory_request) for held in found] == [
        ("api", 2**28, 2**27),
        ("envoy", 2**30, 2**29),
    ]
    assert str(found[0]) == "api in the template of Deployment orders/api"


def test_config_maps_of_undeclared_namespaces_were_not_kept() -> None:
    cluster = view(configmaps=[config_map("a", {})])
    assert [str(held) for held in cluster.config_maps("orders")] == ["configmap/orders/a"]
    with pytest.raises(EvidenceMissing, match="configmaps of namespace payments were not kept"):
        cluster.config_maps("payments")


def test_pods_of_a_cron_job_are_found_through_its_jobs() -> None:
    cron = {"metadata": meta_of("settlement"), "spec": {"schedule": "0 18 * * 1-5", "timeZone": "Europe/Amsterdam"}}
    job = {"metadata": {**meta_of("settlement-1"), "ownerReferences": owner("CronJob", "settlement")}}
    run = pod("settlement-1-x", rs=None, labels={}, ownerReferences=owner("Job", "settlement-1"))
    cluster = view(cronjobs=[cron], jobs=[job], pods=[run])
    declared = Thing("CronJob", "settlement")
    assert [held.name for held in cluster.pods(declared)] == ["settlement-1-x"]
    assert [str(held) for held in cluster.jobs(cron_job=declared)] == ["Job orders/settlement-1"]


def meta_of(name: str) -> dict[str, str]:
    return {"name": name, "namespace": "orders", "uid": f"uid-{name}"}


def test_kinds_are_decoded_once_for_all_items() -> None:
    made = record(pods=[pod()])
    assert next(view(made).pods()) is next(view(made).pods())
    again = record(pods=[pod()])
    assert next(view(made).pods()) is not next(view(again).pods())


@pytest.mark.parametrize(
    "broken", [7, {}, {"metadata": {"name": "x"}}, {"metadata": {"namespace": 3}}, [], None, "pod"]
)
def test_an_object_that_does_not_say_where_it_is_may_be_anywhere(broken: object) -> None:
    made = {"replicasets": [replica_set()], "deployments": [deployment()]}
    cluster = view(pods=[pod(), broken], **made)  # type: ignore[list-item]
    for found in (cluster.pods(), cluster.pods(API), cluster.pods(namespace="orders"), cluster.containers(API)):
        assert next(found)
        with pytest.raises(EvidenceMissing, match=r"neu: Pod .* is malformed"):
            next(found)


def test_of_a_malformed_object_each_part_is_traced_for_itself() -> None:
    broken = {
        "metadata": {"name": "api-2", "namespace": "orders", "labels": 3, "ownerReferences": owner("ReplicaSet", "o-a")}
    }
    other = Thing("Deployment", "other")
    cluster = view(
        pods=[pod(), broken],
        replicasets=[replica_set(), replica_set("o-a", of="other")],
        deployments=[deployment(), deployment("other", replicas=0)],
    )
    assert [held.name for held in cluster.pods(API)] == ["api-1"]
    with pytest.raises(EvidenceMissing, match="Pod orders/api-2 is malformed"):
        list(cluster.pods(other))


def test_a_record_without_data_tells_its_error() -> None:
    empty = Record(source="kubernetes", place="neu", asked_at=NOW, observed_at=NOW, duration_ms=1, error=DENIED)
    with pytest.raises(EvidenceMissing, match="neu: forbidden"):
        view(empty)


def test_everything_else_is_handed_out_and_counted() -> None:
    named = {"metadata": {"name": "x", "namespace": "orders"}}
    accessors = [
        *("nodes", "namespaces", "services", "endpoint_slices", "ingresses", "network_policies", "limit_ranges"),
        *("resource_quotas", "jobs", "events", "service_accounts", "persistent_volume_claims", "persistent_volumes"),
        *("config_maps", "horizontal_pod_autoscalers", "pod_disruption_budgets"),
    ]
    kinds = {accessor.replace("_", ""): accessor for accessor in accessors} | {"nodemetrics": "node_metrics"}
    cluster, looked = seen(**{key: [named] for key in kinds})
    for number, accessor in enumerate(kinds.values(), start=1):
        (found,) = getattr(cluster, accessor)()
        assert (found.name, looked.count) == ("x", number)


def test_events_are_found_by_what_they_are_about() -> None:
    about = {"kind": "Pod", "namespace": "orders", "name": "api-1", "uid": "uid-api-1"}
    node = {"kind": "Node", "name": "n0", "uid": "n0"}
    events = [
        {
            "metadata": {"name": name, "namespace": "default"},
            "type": "Warning",
            "involvedObject": held,
            "lastTimestamp": "2026-12-05T20:00:00Z",
        }
        for name, held in (("a", about), ("b", {**about, "uid": "older"}), ("c", node))
    ]
    cluster = view(events=events, pods=[pod()], nodes=[{"metadata": {"name": "n0", "uid": "uid-n0"}}])
    assert [held.name for held in cluster.events(involved=next(cluster.pods()))] == ["a"]
    (found,) = cluster.events(involved=next(cluster.nodes()))
    assert (found.name, found.at is not None and found.at.hour) == ("c", 20)


def test_the_replica_sets_of_a_deployment_are_those_it_owns() -> None:
    cluster = view(
        deployments=[deployment()],
        replicasets=[replica_set(), replica_set("api-b"), replica_set("other-a", of="other")],
    )
    assert [held.name for held in cluster.replica_sets(API)] == ["api-a", "api-b"]


def test_selectors_select_as_the_api_says() -> None:
    wants = [("In", ["a"]), ("NotIn", ["b"]), ("Exists", []), ("DoesNotExist", [])]
    selectors = [
        Selector(match_expressions=(Requirement(key="k", operator=name, values=tuple(values)),))
        for name, values in wants
    ]
    held = {"a": [True, True, True, False], "b": [False, False, True, False], None: [False, True, False, True]}
    for value, expected in held.items():
        assert [selector.selects({} if value is None else {"k": value}) for selector in selectors] == expected
    assert Selector().empty
    assert Selector().selects({})
