"""Where volumes lie, which nodes reach them, and what events say of an object."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing, SourceError
from fixtures.sources.kubernetes.cluster_view import KubernetesView
from fixtures.sources.kubernetes.objects.core import Node, PersistentVolume
from tests.kubernetes.cluster import meta, record, view

ZONE, REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"
DISK = "topology.disk.csi.azure.com/zone"


def held(*expressions: dict[str, Any], zone: str = "northeurope-1", **spec: Any) -> tuple[KubernetesView, Any, Node]:
    """A view with one volume and one node, and both of them."""
    terms = [{"matchExpressions": [expression]} for expression in expressions]
    affinity = {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}} if terms else {}
    seen = view(
        persistentvolumes=[{"metadata": meta("pv-0", None), "spec": {**affinity, **spec}}],
        nodes=[{"metadata": meta("aks-1", None, labels={ZONE: zone})}],
    )
    (volume,), (node,) = list(seen.persistent_volumes()), list(seen.nodes())
    assert isinstance(volume, PersistentVolume)
    return seen, volume, node


def within(key: str, *values: str, operator: str = "In") -> dict[str, Any]:
    return {"key": key, "operator": operator, "values": list(values)}


@pytest.mark.parametrize(
    ("expressions", "zone", "regions", "reached"),
    [
        ([], "northeurope-1", [], True),
        ([within(DISK, "northeurope-1", "northeurope-2")], "northeurope-1", ["northeurope"], True),
        ([within(ZONE, "northeurope-2")], "northeurope-1", ["northeurope"], False),
        ([within(ZONE, "northeurope-2"), within(DISK, "northeurope-1")], "northeurope-1", ["northeurope"], True),
        ([within(REGION, "westeurope")], "northeurope-1", ["westeurope"], False),
        ([within("failure-domain.beta.kubernetes.io/zone", "westeurope-3")], "westeurope-3", ["westeurope"], False),
        ([within(DISK, "")], "0", [], True),  # a disk without a zone, on a node without one
        ([within(DISK, "")], "northeurope-1", [], False),
        ([within(DISK, "northeurope-1", operator="NotIn")], "northeurope-2", [], True),
    ],
)
def test_a_volume_lies_where_its_node_affinity_says(
    expressions: list[dict[str, Any]], zone: str, regions: list[str], reached: bool
) -> None:
    seen, volume, node = held(*expressions, zone=zone)
    assert seen.regions_of(volume) == regions
    assert seen.reaches(node, volume) is reached


def test_addresses_are_all_texts_of_what_is_behind_a_volume() -> None:
    source = {"driver": "file.csi.azure.com", "volumeHandle": "rg#st#share", "volumeAttributes": {"server": "st.net"}}
    seen, volume, _ = held(csi=source, nfs={"server": "10.20.0.5", "path": "/data"})
    assert dict(seen.addresses_of(volume)) == {
        "csi.driver": "file.csi.azure.com",
        "csi.volumeHandle": "rg#st#share",
        "csi.volumeAttributes.server": "st.net",
        "nfs.server": "10.20.0.5",
        "nfs.path": "/data",
    }


def test_a_source_of_another_shape_is_missing_evidence() -> None:
    seen, volume, _ = held(csi="disk")
    with pytest.raises(EvidenceMissing, match="csi"):
        seen.addresses_of(volume)


def test_remarks_are_told_the_newest_first_and_denied_events_cost_only_them() -> None:
    def event(name: str, at: str | None, reason: str = "Failed", about: str = "pv-0") -> dict[str, Any]:
        involved = {"kind": "PersistentVolume", "name": about}
        told = {"reason": reason, "message": name, "involvedObject": involved, "type": "Warning"}
        return {"metadata": meta(name), **told, **({"lastTimestamp": at} if at else {})}

    volumes = [{"metadata": meta("pv-0", None), "spec": {}}]
    events = [
        event("undated", None),
        event("old", "2026-12-04T20:00:00Z"),
        event("absurd", "0001-01-01T00:00:00Z"),
        event("new", "2026-12-05T20:00:00Z"),
        event("other", "2026-12-05T20:00:00Z", about="pv-1"),
        event("bound", "2026-12-05T20:30:00Z", reason="Bound"),
    ]
    seen = view(persistentvolumes=volumes, events=events)
    (volume,) = list(seen.persistent_volumes())
    assert seen.remarks(volume, "Failed") == ["new", "old", "undated"]
    assert seen.remarks(volume)[0] == "bound"
    denied = view(record({"events": SourceError(kind="denied", message="no")}, persistentvolumes=volumes))
    assert denied.remarks(volume) == []
