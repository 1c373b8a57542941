from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.sandbox.changing import change
from fixtures.sandbox.faults import find_fault, load_fault
from fixtures.sandbox.world import WorldInvalid, read_world
from tests.sandbox.worlds import POD, obj, pod, write

ORDERS = "kubernetes/neu/orders.yaml"
ZONE = "api.example. 60 IN CNAME weu.example.\nweu.example. 60 IN A 1.2.3.4\nweu.example. 60 IN A 1.2.3.5\n"
WORLD = {
    ORDERS: [POD, pod("api-2"), obj("Node", "n1", None), obj("ConfigMap", "c", data={"application.yaml": "x"})],
    "phases/post-cutover/kubernetes/neu/orders.yaml": [POD],
    "web.yaml": [{"host": "a", "tls": {"days": 9}}, {"host": "b"}],
    "arm/bus.yaml": {"id": "/x/bus", "properties": {"status": "Active"}},
    "prometheus/neu.yaml": {"memory-peak": [{"value": 1}]},
    "dns/neu.zone": ZONE,
}


@pytest.fixture
def apply(tmp_path: Path, fault):
    """The tree after the changes."""

    def applied(*changes: dict[str, Any], phase: str = "pre-cutover") -> dict[str, Any]:
        tree = read_world(write(tmp_path / "world", WORLD), phase)
        return {path: file.records for path, file in change(tree, [fault(*changes)]).items()}

    return applied


def test_set_and_unset_in_one_object(apply):
    env = "spec.containers[0].env[name=REGION]"
    records = apply(
        {"file": ORDERS, "object": "Pod/orders/api-1", "set": {f"{env}.value": "weu", "spec.hostNetwork": True}},
        {"file": ORDERS, "object": "ConfigMap/orders/c", "unset": ['data["application.yaml"]']},
        {"file": ORDERS, "object": "Node//n1", "set": {"spec": {}}},
        {"file": ORDERS, "object": "Node/n1", "set": {"spec.unschedulable": True}},
    )[ORDERS]
    assert records[0]["spec"]["containers"][0]["env"][0]["value"] == "weu"
    assert records[0]["spec"]["hostNetwork"] is True
    assert records[3]["data"] == {}
    assert records[2]["spec"] == {"unschedulable": True}


def test_nothing_but_the_file_itself_is_copied(tmp_path: Path, fault):
    tree = read_world(write(tmp_path / "world", WORLD), "pre-cutover")
    changed = change(tree, [fault({"file": ORDERS, "object": "Pod/orders/api-1", "set": {"status.phase": "Failed"}})])
    assert tree[ORDERS].records[0]["status"]["phase"] == "Running"
    assert changed[ORDERS].records[0]["status"]["phase"] == "Failed"
    assert changed["web.yaml"] is tree["web.yaml"]
    assert changed[ORDERS] != tree[ORDERS]


def test_where_chooses_by_dotted_keys(apply):
    records = apply(
        {"file": ORDERS, "where": {"kind": "Pod", "metadata.labels.app": "api"}, "all": True, "set": {"x": 1}},
        {"file": "web.yaml", "where": {"host": "a", "tls.days": "9"}, "set": {"tls.days": -1}},
        {"file": "arm/bus.yaml", "where": {"id": "/x/bus"}, "set": {"properties.status": "Disabled"}},
    )
    assert [each.get("x") for each in records[ORDERS]] == [1, 1, None, None]
    assert records["web.yaml"][0]["tls"]["days"] == -1
    assert records["arm/bus.yaml"][0]["properties"] == {"status": "Disabled"}


BLOBS = "blob/stneu.yaml"


def test_where_chooses_among_the_items_of_a_file_that_is_one_mapping(tmp_path: Path, fault):
    held = [{"name": "a", "lease": {"state": "leased"}}, {"name": "b"}, {"name": "b"}]
    world = {BLOBS: {"containers": {"c": {"blobs": held}, "d": {"blobs": [{"name": "e"}]}}}}
    tree = read_world(write(tmp_path / "world", world), "pre-cutover")

    def blobs(*changes: dict[str, Any]) -> Any:
        [record] = change(tree, [fault(*({"file": BLOBS, **each} for each in changes))])[BLOBS].records
        return [each for container in record["containers"].values() for each in container["blobs"]]

    assert (
        blobs({"where": {"lease.state": "leased"}, "set": {"lease.state": "expired"}})[0]["lease"]["state"] == "expired"
    )
    assert [each["name"] for each in blobs({"where": {"name": "e"}, "remove": True})] == ["a", "b", "b"]
    assert [each["name"] for each in blobs({"where": {"name": "b"}, "all": True, "remove": True})] == ["a", "e"]
    for choice, said in (({"name": "b"}, "2 items are"), ({"name": "x"}, "nothing is")):
        with pytest.raises(WorldInvalid, match=said):
            blobs({"where": choice, "remove": True})


def test_remove(apply):
    records = apply(
        {"file": ORDERS, "object": "Pod/orders/api-1", "remove": True},
        {"file": "web.yaml", "where": {"host": "b"}, "remove": True},
        {"file": "prometheus/neu.yaml", "remove": True},
    )
    assert [each["metadata"]["name"] for each in records[ORDERS]] == ["api-2", "n1", "c"]
    assert [each["host"] for each in records["web.yaml"]] == ["a"]
    assert "prometheus/neu.yaml" not in records


def test_add(apply):
    listed = {"apiVersion": "v1", "kind": "List", "items": [obj("Secret", "s1"), obj("Secret", "s2")]}
    records = apply(
        {"file": ORDERS, "add": listed},
        {"file": ORDERS, "object": "Pod/orders/api-1", "add": {"spec.containers[0].env": {"name": "X", "value": "1"}}},
        {"file": "kubernetes/neu/new.yaml", "add": obj("Secret", "s3")},
        {"file": "web.yaml", "add": {"tcp": "x:1"}},
        {"file": "prometheus/neu.yaml", "add": {"memory-peak": {"value": 2}, "memory-trend": {"value": 3}}},
    )
    assert [each["metadata"]["name"] for each in records[ORDERS]][-2:] == ["s1", "s2"]
    assert len(records[ORDERS][0]["spec"]["containers"][0]["env"]) == 2
    assert records["kubernetes/neu/new.yaml"][0]["metadata"]["name"] == "s3"
    assert records["web.yaml"][-1] == {"tcp": "x:1"}
    assert records["prometheus/neu.yaml"] == [
        {"memory-peak": [{"value": 1}, {"value": 2}], "memory-trend": [{"value": 3}]}
    ]


def test_a_well_site_can_be_made_ill(apply):
    records = apply(
        {"file": "kubernetes/neu/behaviour.yaml", "set": {"dateSkew": "3h"}},
        {"file": "kubernetes/neu/behaviour.yaml", "add": {"requests": {"path": "/x", "status": 500}}},
    )
    assert records["kubernetes/neu/behaviour.yaml"] == [{"dateSkew": "3h", "requests": [{"path": "/x", "status": 500}]}]


def test_zones(apply):
    found = apply(
        {"file": "dns/neu.zone", "where": {"name": "API.example.", "type": "CNAME"}, "set": {"data": "neu.example."}},
        {"file": "dns/neu.zone", "where": {"name": "weu.example", "data": "1.2.3.5"}, "remove": True},
        {"file": "dns/neu.zone", "where": {"name": "weu.example"}, "set": {"ttl": 3600}},
        {"file": "dns/neu.zone", "add": "neu.example. 30 IN A 5.6.7.8"},
        {"file": "dns/neu.zone", "add": ["x.example. 30 IN A 5.6.7.9", "; rcode y.example. SERVFAIL"]},
    )["dns/neu.zone"]
    assert [tuple(each.values()) for each in found] == [
        ("api.example", "CNAME", 60, "neu.example."),
        ("weu.example", "A", 3600, "1.2.3.4"),
        ("neu.example", "A", 30, "5.6.7.8"),
        ("x.example", "A", 30, "5.6.7.9"),
    ]


def test_a_fault_changes_the_tree_of_its_phase(apply):
    change_one = {"file": ORDERS, "object": "Pod/orders/api-1", "set": {"x": 1}}
    assert len(apply(change_one, phase="post-cutover")[ORDERS]) == 1
    with pytest.raises(WorldInvalid, match="nothing is Pod/orders/api-2"):
        apply({**change_one, "object": "Pod/orders/api-2"}, phase="post-cutover")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"file": ORDERS, "object": "Pod/orders/api-9", "set": {"x": 1}}, "did you mean Pod/orders/api-2?"),
        (
            {"file": ORDERS, "object": "Pod/orders/api-1", "set": {"spec.x.y": 1}},
            "spec.x.y leads to nothing: there is",
        ),
        ({"file": ORDERS, "object": "Pod/orders/api-1", "unset": ["spec.x"]}, "spec.x leads to nothing"),
        ({"file": ORDERS, "where": {"kind": "Pod"}, "set": {"x": 1}}, "2 records are"),
        ({"file": ORDERS, "where": {"kind": "Job"}, "all": True, "set": {"x": 1}}, "nothing is"),
        ({"file": ORDERS, "set": {"x": 1}}, "set and unset need object or where"),
        ({"file": ORDERS, "add": "x"}, "add needs a whole object"),
        (
            {"file": "kubernetes/neu/order.yaml", "object": "Pod/a/b", "set": {"x": 1}},
            "did you mean kubernetes/neu/or",
        ),
        ({"file": "prometheus/weu.yaml", "remove": True}, "there is no such file"),
        ({"file": "kubernets/neu/x.yaml", "add": {}}, "nothing reads a file of this name"),
        ({"file": "dns/neu.zone", "add": "x y z"}, "is no zone"),
        ({"file": "dns/neu.zone", "add": {"name": "x"}}, "add needs a zone line"),
        ({"file": "dns/neu.zone", "where": {"name": "weu.example"}, "set": {"ttl": 1}}, "2 records are"),
    ],
)
def test_what_matches_nothing_is_said_with_the_fault_file(apply, tmp_path: Path, changes, said):
    with pytest.raises(WorldInvalid) as refused:
        apply(changes)
    assert said in str(refused.value)
    assert str(tmp_path / "faults/compute/made.yaml") in str(refused.value)


def test_the_declaration_is_amended(fault):
    made = fault(
        {"file": "environment", "set": {"services.orders.queues[name=orders-in].backlog": 5}},
        {"file": "environment", "add": {"waivers": {"ticket": "T1"}}, "unset": ["services.orders.owner"]},
        {"file": ORDERS, "object": "Pod/orders/api-1", "remove": True},
    )
    document = {"services": {"orders": {"owner": "x", "queues": [{"name": "orders-in", "backlog": 1}]}}}
    made.amend(document)
    assert document == {
        "services": {"orders": {"queues": [{"name": "orders-in", "backlog": 5}]}},
        "waivers": [{"ticket": "T1"}],
    }
    assert (len(made.environment_changes), len(made.world_changes)) == (2, 1)
    with pytest.raises(WorldInvalid, match=r"made\.yaml: environment: services.*leads to nothing"):
        made.amend({"services": {}})


def test_instants_of_the_declaration_are_written_out(fault):
    now = datetime(2026, 12, 5, 21, 0, tzinfo=UTC)
    made = fault({"file": "environment", "add": {"waivers": {"expires": "@now+10d"}}, "set": {"a": "@home"}})
    document: dict[str, Any] = {}
    made.amend(document, now)
    assert document == {"waivers": [{"expires": "2026-12-15T21:00:00+00:00"}], "a": "@home"}
    with pytest.raises(WorldInvalid, match=r"environment: '@now\+soon' is no instant"):
        fault({"file": "environment", "set": {"a": "@now+soon"}}).amend({})


def test_a_fault_may_be_applied_many_times(fault):
    made = fault({"file": "environment", "set": {"a": {"list": []}}}, {"file": "environment", "add": {"a.list": 1}})
    for _ in range(2):
        document: dict[str, Any] = {}
        made.amend(document)
        assert document == {"a": {"list": [1]}}


GOOD: dict[str, Any] = {
    "title": "The old namespace",
    "layer": "messaging",
    "phases": ["post-cutover"],
    "change": [{"file": "web.yaml", "add": {"host": "x"}}],
    "expect": {
        "verdictAny": ["NO-GO", "INCOMPLETE"],
        "unmetAny": ["a.b"],
        "state": "unproven",
        "says": ["orders-in", ["sb-weu", "weu"]],
        "saysNot": ["secret"],
        "mayAlso": ["c.d"],
        "because": "it follows",
    },
}


def loaded(tmp_path: Path, document: Any):
    file = tmp_path / "messaging" / "old_bus-left-behind.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(document if isinstance(document, str) else yaml.safe_dump(document), "utf-8")
    return load_fault(file)


def test_a_fault_file_is_read(tmp_path: Path):
    fault = loaded(tmp_path, GOOD)
    assert (fault.title, fault.layer, fault.name) == (GOOD["title"], "messaging", "messaging/old_bus-left-behind")
    assert fault.expect.says == ("orders-in", ("sb-weu", "weu"))
    assert fault.expect.verdicts == ("NO-GO", "INCOMPLETE")
    assert (fault.expect.innocent, fault.innocent_of) == (False, ())
    innocent = loaded(tmp_path, {**GOOD, "expect": {"verdict": "GO"}})
    assert innocent.innocent_of == ("messaging.old_bus",)
    warning = loaded(tmp_path, {**GOOD, "expect": {"verdict": "GO", "unmet": ["messaging.old_bus"]}})
    assert warning.innocent_of == ()


def test_a_fault_may_shorten_the_deadline(tmp_path: Path):
    assert loaded(tmp_path, GOOD).deadline is None
    assert loaded(tmp_path, {**GOOD, "deadline": "1m30s"}).deadline == timedelta(seconds=90)
    for wrong in ("soon", "0s", "-5s"):
        with pytest.raises(WorldInvalid, match=f"deadline: '{wrong}' is no duration such as 500ms or 5s"):
            loaded(tmp_path, {**GOOD, "deadline": wrong})


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", "must hold one document, and holds 0"),
        ("- 1", "Expected `object`, got `array`"),
        ({**GOOD, "phase": []}, "unknown key phase, did you mean phases?"),
        ({**GOOD, "phases": []}, "needs at least one phase"),
        ({**GOOD, "phases": ["after"]}, "phases[0]: Invalid enum value 'after'"),
        ({**GOOD, "change": []}, "needs at least one change"),
        ({**GOOD, "change": [{"file": "x"}]}, "change[0]: needs a verb"),
        ({**GOOD, "change": [{"file": "x", "remove": True, "add": 1}]}, "change[0]: remove goes with no other verb"),
        ({**GOOD, "change": [{"file": "x", "object": "a", "where": {}, "remove": True}]}, "object or where, not both"),
        ({**GOOD, "change": [{"file": "x", "remove": True, "all": True}]}, "change[0]: all needs object or where"),
        ({**GOOD, "change": [{"file": "environment", "remove": True}]}, "knows set, unset and add"),
        ({**GOOD, "change": [{"file": "x", "object": "a", "add": 1}]}, "add needs the path"),
        ({**GOOD, "expect": {}}, "expect: needs either verdict or verdictAny"),
        ({**GOOD, "expect": {"verdict": "GO", "verdictAny": ["GO"]}}, "expect: needs either"),
        ({**GOOD, "expect": {"verdict": "go"}}, "expect.verdict: Invalid enum value 'go'"),
        ({**GOOD, "expect": {"verdict": "GO", "mayAlso": ["a"]}}, "mayAlso needs because"),
        ({**GOOD, "expect": {"verdict": "GO", "saysnot": []}}, "expect: unknown key saysnot, did you mean saysNot?"),
    ],
)
def test_a_wrong_fault_file(tmp_path: Path, document, said):
    with pytest.raises(WorldInvalid) as refused:
        loaded(tmp_path, document)
    assert said in str(refused.value)
    assert "old_bus-left-behind.yaml" in str(refused.value)


def test_faults_are_found_by_path_or_name(tmp_path: Path):
    environment = tmp_path / "here.yaml"
    folder = tmp_path / "here" / "faults"
    for name in ("dns/old-answer", "web/expired", "dns/expired"):
        file = folder / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump({**GOOD, "title": name}), "utf-8")
    assert find_fault("old-answer", environment).title == "dns/old-answer"
    assert find_fault("web/expired", environment).title == "web/expired"
    assert find_fault(str(folder / "dns/expired.yaml"), environment).title == "dns/expired"
    with pytest.raises(WorldInvalid, match="more than one fault: say dns/expired or web/expired"):
        find_fault("expired", environment)
    with pytest.raises(WorldInvalid, match=r"neither a fault file nor a fault of .*did you mean dns/old-answer"):
        find_fault("old-anser", environment)
    with pytest.raises(WorldInvalid, match="neither a fault file"):
        find_fault("nowhere/else.yaml", environment)
