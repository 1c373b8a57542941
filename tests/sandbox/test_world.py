from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.sandbox.world import WorldInvalid, read_world
from tests.sandbox.worlds import POD, obj, write


def test_a_phase_lays_its_files_over_those_of_the_same_path(tmp_path: Path):
    root = write(
        tmp_path,
        {
            "kubernetes/neu/orders.yaml": [obj("ConfigMap", "a"), obj("ConfigMap", "b")],
            "kubernetes/neu/other.yaml": [obj("ConfigMap", "c")],
            "phases/post-cutover/kubernetes/neu/orders.yaml": [obj("ConfigMap", "d")],
            "phases/post-cutover/web.yaml": [{"host": "x"}],
            "README.md": "nothing",
        },
    )
    before, after = read_world(root, "pre-cutover"), read_world(root, "post-cutover")
    assert sorted(before) == ["kubernetes/neu/orders.yaml", "kubernetes/neu/other.yaml"]
    assert sorted(after) == [*sorted(before), "web.yaml"]
    assert [each["metadata"]["name"] for each in after["kubernetes/neu/orders.yaml"].records] == ["d"]
    assert after["kubernetes/neu/other.yaml"].records[0] is before["kubernetes/neu/other.yaml"].records[0]


def test_lists_are_unfolded(tmp_path: Path):
    listed = {"apiVersion": "v1", "kind": "List", "items": [POD, obj("ConfigMap", "a")]}
    typed = {"apiVersion": "v1", "kind": "PodList", "items": [POD]}
    root = write(tmp_path, {"kubernetes/neu/a.yaml": [listed, typed, obj("Secret", "s")]})
    records = read_world(root, "pre-cutover")["kubernetes/neu/a.yaml"].records
    assert [each["kind"] for each in records] == ["Pod", "ConfigMap", "Pod", "Secret"]


def test_files_of_other_sources_are_data(tmp_path: Path):
    root = write(
        tmp_path,
        {
            "arm/buses.yaml": {"id": "/subscriptions/s"},
            "metrics.yaml": [{"metric": "x"}],
            "prometheus/neu.yaml": {"memory-peak": []},
            "logs/log-neu.yaml": {},
            "bus/sb.yaml": {"queues": {}},
            "blob/st.yaml": {"containers": {}},
            "kubernetes/neu/access.yaml": {"deny": []},
        },
    )
    tree = read_world(root, "pre-cutover")
    assert {path: (file.source, file.shape, file.part) for path, file in tree.items()} == {
        "arm/buses.yaml": ("arm", "objects", None),
        "blob/st.yaml": ("blob", "mapping", "st"),
        "bus/sb.yaml": ("bus", "mapping", "sb"),
        "kubernetes/neu/access.yaml": ("kubernetes", "mapping", "neu"),
        "logs/log-neu.yaml": ("logs", "mapping", "log-neu"),
        "metrics.yaml": ("metrics", "list", None),
        "prometheus/neu.yaml": ("prometheus", "mapping", "neu"),
    }


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"kubernets/neu/a.yaml": ""},
            "a.yaml: nothing reads a file of this name, did you mean kubernetes?",
        ),
        ({"kubernetes/a.yaml": ""}, "kubernetes/a.yaml: nothing reads"),
        ({"web.yml": ""}, "web.yml: the files of a world end in .yaml or .zone"),
        ({"web.yaml": "a: 1"}, "web.yaml:1: must be a list of mappings"),
        ({"phases/post-cutovr/web.yaml": ""}, "there is no phase post-cutovr, did you mean post-cutover?"),
        ({"kubernetes/neu/a.yaml": "\n- 1"}, "a.yaml:2: holds a list where an object is needed"),
        ({"kubernetes/neu/a.yaml": "kind: List\nitems: [1]"}, "a.yaml:1: the items of a List must be objects"),
        ({"kubernetes/neu/access.yaml": "- 1"}, "access.yaml:1: must be a mapping, not a list"),
        ({"kubernetes/neu/access.yaml": "a: 1\n---\nb: 1"}, "access.yaml:3: must be one document"),
        ({"dns/neu.zone": "a 60 IN A 1.2.3.400\n"}, "neu.zone:1: is no zone"),
        ({"dns/neu.zone": "$TTL 60\n\na IN NOPE x\n"}, "neu.zone:3: is no zone"),
        ({"dns/neu.zone": "a IN A 1.2.3.4\n"}, "neu.zone:1: is no zone: a record needs a TTL"),
        ({"dns/neu.zone": "$INCLUDE /etc/passwd\n"}, "neu.zone:1: is no zone: $INCLUDE is not part of the format"),
        ({"dns/neu.zone": "; rcode a.example.\n"}, "neu.zone:1: is meant as one of"),
    ],
)
def test_a_wrong_world_is_said_in_one_sentence(tmp_path: Path, files, said):
    with pytest.raises(WorldInvalid) as refused:
        read_world(write(tmp_path, files), "pre-cutover")
    assert said in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path))
    assert "\n" not in str(refused.value)


def test_no_world_and_no_phase(tmp_path: Path):
    with pytest.raises(WorldInvalid, match="is no folder"):
        read_world(tmp_path / "absent", "pre-cutover")
    with pytest.raises(WorldInvalid, match="there is no phase before"):
        read_world(tmp_path, "before")


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ([{"kind": "Pod", "metadata": {"name": "a"}}], "a.yaml:1: an object needs apiVersion"),
        ([POD, {"apiVersion": "v1", "kind": "Pod", "metadata": None}], "a.yaml:20: a Pod needs metadata.name"),
        ([obj("Pod", "a", None)], "a.yaml:1: Pod a needs a namespace"),
        ([obj("Node", "a")], "a.yaml:1: Node a has a namespace and its kind has none"),
        ([POD, POD], "kubernetes/neu: Pod/orders/api-1 is there twice"),
        ([obj("Pod", "a", status={"startTime": "@now-5"})], "a.yaml:1: Pod a: '@now-5' is no instant"),
        (
            [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": 1}}],
            "Pod p: metadata.namespace is",
        ),
        (
            [obj("CronJob", "a", api="batch/v1", spec={"schedule": "@daily", "timeZone": [1]}, x="@tick-0")],
            "the time zone [1] is no text",
        ),
        ([obj("Job", "a-1", api="batch/v1", x="@tick-0")], "Job a-1: '@tick-0' stands in no CronJob"),
        ([obj("ConfigMap", "a", data={"@samples": []})], "ConfigMap a: @samples needs a list"),
        ([obj("SelfSubjectReview", "a", None, "authentication.k8s.io/v1")], "is an answer, no object"),
    ],
)
def test_objects_that_no_cluster_would_hold(serve, objects, said):
    with pytest.raises(WorldInvalid) as refused:
        serve({"kubernetes/neu/a.yaml": objects})
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"kubernetes/neu/behaviour.yaml": {"dateSkw": "3h"}},
            "behaviour.yaml: unknown key dateSkw, did you mean dateSkew?",
        ),
        ({"kubernetes/neu/behaviour.yaml": {"dateSkew": "3"}}, "behaviour.yaml: '3' is no duration"),
        (
            {"kubernetes/neu/behaviour.yaml": {"requests": [{"path": "/x", "delay": "-3s"}]}},
            "a delay cannot be negative",
        ),
        (
            {"kubernetes/neu/access.yaml": {"deny": [{"verb": "list"}]}},
            "access.yaml: deny[0]: unknown key verb, did you",
        ),
    ],
)
def test_wrong_behaviour(serve, files, said):
    with pytest.raises(WorldInvalid) as refused:
        serve(files)
    assert said in str(refused.value)
