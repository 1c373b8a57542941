from __future__ import annotations

import re
from datetime import timedelta

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import (
    NOW,
    deployment,
    instant,
    kubernetes,
    load,
    metadata,
    node,
    pod,
    role,
    stateful_set,
    unmet,
    unproven,
    workload,
)

check = load("compute/test_volumes.py")
NOBODY = "only, and none of the 2 nodes for the workload is there"
ZONE = "topology.disk.csi.azure.com/zone"


class Drift:
    """Finds ``weu`` as a word; one volume may name it."""

    def named_in(self, value):
        return re.findall(r"\bweu\b", value)

    def allowed(self, surface, key):
        return surface == "persistentvolume/pv-allowed"


def judge(*objects, **values):
    declared = workload("store", kind="StatefulSet")
    view = kubernetes(*objects, *NODES, **values)
    return {"workload": declared, "kubernetes": view, "site": role(), "drift": Drift(), "now": NOW}


def in_zone(name, zone):
    made = node(name)
    made["metadata"]["labels"]["topology.kubernetes.io/zone"] = zone
    return made


NODES = [in_zone("aks-1", "northeurope-1"), in_zone("aks-2", "northeurope-2")]
STORE = stateful_set("store", spec={"volumeClaimTemplates": [{"metadata": {"name": "data"}}]})


def mounting(claim="data-store-0", name="store-0", **source):
    made = pod(name, app="store")
    made["spec"]["volumes"] = [{"name": "data", **(source or {"persistentVolumeClaim": {"claimName": claim}})}]
    return made


def claim(name="data-store-0", phase="Bound", volume="pv-0", **about):
    spec = {"volumeName": volume} if volume else {}
    status = {"phase": phase} if phase else {}
    return {"kind": "PersistentVolumeClaim", "metadata": metadata(name, **about), "spec": spec, "status": status}


def volume(name="pv-0", zones=("northeurope-1",), key=ZONE, **spec):
    expressions = [{"key": key, "operator": "In", "values": list(zones or ())}]
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": expressions}]}} if zones is not None else None
    return {"kind": "PersistentVolume", "metadata": metadata(name, None), "spec": {"nodeAffinity": affinity, **spec}}


def test_bound_claims_of_this_region_are_fine():
    looked = Looked()
    disk = {"driver": "disk.csi.azure.com", "volumeHandle": "/subscriptions/1/resourceGroups/rg-neu/disks/pv-0"}
    check.test_volumes(**judge(STORE, mounting(), claim(), volume(csi=disk), looked=looked))
    assert looked.count > 4
    check.test_volumes(**judge(STORE, pod(app="store")))


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        ([], "claim data-store-0 does not exist"),
        ([claim(phase="Lost")], "claim data-store-0 is Lost"),
        ([claim(phase="Pending", volume=None)], "claim data-store-0 is Pending (no event says why)"),
        ([claim()], "claim data-store-0 is bound to volume pv-0, which does not exist"),
        (
            [claim(deletionTimestamp=instant(NOW)), volume()],
            "claim data-store-0 is being deleted, and its data with the last pod that uses it",
        ),
        (
            [claim(), volume(zones=["westeurope-1"])],
            "claim data-store-0: volume pv-0 lies in westeurope, and neu in northeurope",
        ),
        (
            [claim(), volume(zones=["westeurope"], key="topology.kubernetes.io/region")],
            "claim data-store-0: volume pv-0 lies in westeurope, and neu in northeurope",
        ),
        (
            [claim(), volume(zones=["northeurope-3"])],
            f"claim data-store-0: volume pv-0 is reached from northeurope-3 {NOBODY}",
        ),
        (
            [claim(), volume(zones=[""])],
            f"claim data-store-0: volume pv-0 is reached from no zone {NOBODY}",
        ),
        (
            [claim(), volume(zones=None, csi={"volumeHandle": "rg#st-weu#share", "volumeAttributes": {}})],
            "claim data-store-0: volume pv-0 names weu in csi.volumeHandle (rg#st-weu#share)",
        ),
        (
            [claim(), volume(zones=None, csi={"volumeHandle": "1", "volumeAttributes": {"storageAccount": "st-weu"}})],
            "claim data-store-0: volume pv-0 names weu in csi.volumeAttributes.storageAccount (st-weu)",
        ),
    ],
)
def test_what_does_not_fit_is_named(objects, says):
    assert unmet(check.test_volumes, **judge(STORE, mounting(), *objects)) == (
        f"StatefulSet orders/store in neu has volumes that do not fit: {says}."
    )


def test_an_event_tells_why_a_claim_waits():
    told = {
        "kind": "Event",
        "metadata": metadata("data-store-0.1"),
        "involvedObject": {"kind": "PersistentVolumeClaim", "namespace": "orders", "name": "data-store-0"},
        "type": "Warning",
        "reason": "ProvisioningFailed",
        "message": 'storageclass.storage.k8s.io "managed-premium-zrs" not found',
    }
    waiting = claim(phase="Pending", volume=None)
    assert 'is Pending (storageclass.storage.k8s.io "managed-premium-zrs" not found).' in unmet(
        check.test_volumes, **judge(STORE, mounting(), waiting, told)
    )


def test_a_claim_of_a_pod_of_its_own_counts():
    scratch = mounting(ephemeral={"volumeClaimTemplate": {}})
    assert "claim store-0-data is Lost" in unmet(
        check.test_volumes, **judge(STORE, scratch, claim("store-0-data", phase="Lost"))
    )


YOUNG = instant(NOW - timedelta(seconds=30))
EMPTY = stateful_set("store", replicas=0, spec={"volumeClaimTemplates": [{"metadata": {"name": "data"}}]})


@pytest.mark.parametrize(
    "objects",
    [
        [STORE, mounting(), claim(phase="Pending", volume=None, creationTimestamp=YOUNG)],
        [EMPTY, claim(phase="Pending", volume=None)],  # waits for its first consumer
        [EMPTY, claim("data-store-x", phase="Lost"), claim("other-store-0", phase="Lost")],
        [STORE, mounting(), claim(), volume(zones=["northeurope-1", "northeurope-3"])],
        [STORE, mounting(), claim(), volume(zones=None, nfs={"server": "st-neu", "path": "/sweuper"})],
        [STORE, mounting(), claim(volume="pv-allowed"), volume("pv-allowed", nfs={"server": "st-weu"})],
    ],
)
def test_what_only_looks_wrong_is_innocent(objects):
    check.test_volumes(**judge(*objects))


def test_a_claim_kept_from_before_is_judged_though_no_pod_uses_it():
    assert "lies in westeurope" in unmet(check.test_volumes, **judge(EMPTY, claim(), volume(zones=["westeurope-1"])))


@pytest.mark.parametrize(
    ("objects", "values", "says"),
    [
        ([mounting()], {}, "does not exist"),
        ([STORE, mounting(), claim(phase=None)], {}, "claim data-store-0 has no status.phase"),
        ([STORE, mounting(), claim(volume=None)], {}, "claim data-store-0 is Bound and has no spec.volumeName"),
        ([STORE, mounting(), claim()], {"denied": ["persistentvolumes"]}, "persistentvolumes"),
        ([STORE, mounting(), claim()], {"denied": ["persistentvolumeclaims"]}, "persistentvolumeclaims"),
        ([deployment("other")], {}, "does not exist"),
    ],
)
def test_what_cannot_be_seen_is_unproven(objects, values, says):
    assert says in unproven(check.test_volumes, **judge(*objects, **values))
