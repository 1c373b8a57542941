from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.blob.answers import Answers
from fixtures.sources.blob.facts import Answered, Entry, Request
from fixtures.sources.blob.topics import checkpoints
from tests.checks.azure import declared, environment

UNDER = "eh-neu.servicebus.windows.net/telemetry/$default/"
HUB = {"name": "Telemetry", "bus": "eh-<site>", "consumer": "reader", "checkpoints": "stneu/checkpoints"}
LATE, EARLY = datetime(2026, 12, 5, 12, tzinfo=UTC), datetime(2026, 12, 5, 9, tzinfo=UTC)
ALIAS = [{"name": "eh-both", "members": {"weu": "eh-weu", "neu": "eh-neu"}}]


class Made(Answers):
    """An account with these blobs in one container; documents are their content."""

    def __init__(self, where: Any, blobs: list[Entry] | None, documents: dict[str, Any], *, bounded: bool) -> None:
        super().__init__(where)
        self._blobs, self._documents, self._bounded = blobs, documents, bounded

    def answered(self, request: Request) -> Answered:
        if request.name is not None:
            found = self._documents.get(request.name)
            return Answered(absent=True) if found is None else Answered(content=msgspec.Raw(json.dumps(found).encode()))
        if self._blobs is None:
            return Answered(absent=True)
        named = [each for each in self._blobs if each.name.startswith(request.prefix)]
        return Answered(entries=named, bounded=self._bounded)


def blob(name: str, modified: datetime = LATE, lease: str | None = None, **metadata: str) -> Entry:
    return Entry(name=name, size=0, last_modified=modified, metadata=metadata, lease_state=lease)


def read(
    tmp_path: Path,
    blobs: list[Entry] | None,
    documents: Any = None,
    *,
    bounded: bool = False,
    alias: bool = False,
    kind: str = "event_hub",
    **hub: Any,
) -> Any:
    service = {
        "workloads": [{"name": "reader", "replicas": {"active": 1, "passive": 1}, "memory": {"headroom": "25%"}}],
        "eventHubs": [{key: value for key, value in {**HUB, **hub}.items() if value}],
        **({"busAliases": ALIAS} if alias else {}),
    }
    found = environment(tmp_path, {"s": service})
    return checkpoints.read(Made(found, blobs, documents or {}, bounded=bounded), declared(found, kind))


def test_metadata_of_empty_blobs(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        [
            blob(f"{UNDER}checkpoint/0", offset="4295", sequencenumber="81234"),
            blob(f"{UNDER}ownership/0", ownerid="1f3c"),
            blob(f"{UNDER}ownership/1", ownerid=""),
        ],
    )
    assert [(each.partition, each.sequence) for each in found.checkpoints] == [("0", 81234)]
    assert [(each.partition, each.owner, each.held) for each in found.ownerships] == [
        ("0", "1f3c", None),
        ("1", "", None),
    ]


@pytest.mark.parametrize("said", ["", "  ", "none", "12.5", "9" * 25, "-"])
def test_a_number_that_is_none_is_not_known(tmp_path: Path, said: str) -> None:
    found = read(tmp_path, [blob(f"{UNDER}checkpoint/0", offset="1:2:3", sequencenumber=said)])
    assert found.checkpoints[0].sequence is None
    assert read(tmp_path, [blob(f"{UNDER}checkpoint/0", offset="1")]).checkpoints[0].sequence is None


def test_a_partition_that_never_was_read_has_minus_one(tmp_path: Path) -> None:
    assert read(tmp_path, [blob(f"{UNDER}checkpoint/0", sequencenumber="-1")]).checkpoints[0].sequence == -1


def test_leases_with_documents_also_under_names_as_declared(tmp_path: Path) -> None:
    name = "eh-neu.servicebus.windows.net/Telemetry/$Default/3"
    document = {"PartitionId": "3", "Owner": "host-1", "Token": "t", "Epoch": 2, "SequenceNumber": 17}
    found = read(tmp_path, [blob(name, lease="leased")], {name: document})
    assert (found.checkpoints[0].sequence, found.ownerships[0].owner, found.ownerships[0].held) == (17, "host-1", True)
    over = read(tmp_path, [blob(name, lease="expired")], {name: {**document, "Owner": None}})
    assert (over.ownerships[0].owner, over.ownerships[0].held) == ("", False)
    assert read(tmp_path, [blob(name)], {}).checkpoints == ()


def test_a_document_that_is_not_as_expected_is_not_read_as_anything(tmp_path: Path) -> None:
    with pytest.raises(EvidenceMissing, match="can be read"):
        read(tmp_path, [blob(f"{UNDER}3")], {f"{UNDER}3": {"SequenceNumber": "many"}})


def test_other_hubs_and_groups_are_left_alone(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        [
            blob(f"{UNDER}checkpoint/0", sequencenumber="5"),
            blob("eh-neu.servicebus.windows.net/telemetry-old/$default/checkpoint/1", sequencenumber="6"),
            blob("eh-neu.servicebus.windows.net/telemetry/$default-2/checkpoint/2", sequencenumber="7"),
            blob("eh-weu.servicebus.windows.net/telemetry/$default/checkpoint/3", sequencenumber="8"),
            blob(f"{UNDER}notes.txt"),
            blob(f"{UNDER}checkpoint/old/4", sequencenumber="9"),
        ],
    )
    assert [each.sequence for each in found.checkpoints] == [5]
    assert found.elsewhere == ()


def test_another_namespace_is_told_where_there_is_nothing_under_the_own(tmp_path: Path) -> None:
    found = read(tmp_path, [blob("eh-weu.servicebus.windows.net/telemetry/$default/checkpoint/3", sequencenumber="8")])
    assert (found.checkpoints, found.elsewhere) == ((), ("eh-weu.servicebus.windows.net",))


def test_of_two_checkpoints_the_newer_counts_under_whichever_name(tmp_path: Path) -> None:
    alias = "eh-both.servicebus.windows.net/telemetry/$default/"
    blobs = [
        blob(f"{UNDER}checkpoint/0", EARLY, sequencenumber="5"),
        blob(f"{alias}checkpoint/0", LATE, sequencenumber="9"),
        blob(f"{alias}ownership/0", ownerid="a"),
    ]
    found = read(tmp_path, blobs, alias=True)
    assert [each.sequence for each in found.checkpoints] == [9]
    assert [each.under for each in found.ownerships] == [alias]
    assert [each.sequence for each in read(tmp_path, blobs).checkpoints] == [5]


def test_nothing_where_there_is_no_container_or_none_is_declared(tmp_path: Path) -> None:
    assert read(tmp_path, None) is None
    assert read(tmp_path, [], checkpoints=None) is None


def test_a_listing_that_was_cut_short_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(EvidenceMissing, match="too many to read"):
        read(tmp_path, [blob(f"{UNDER}checkpoint/0", sequencenumber="5")], bounded=True)


def test_a_consumer_is_asked_about_by_its_hub(tmp_path: Path) -> None:
    assert read(tmp_path, [blob(f"{UNDER}checkpoint/0", sequencenumber="5")], kind="consumer").checkpoints
    queue = SimpleNamespace(is_kind=lambda kind: kind == "queue")
    assert checkpoints.read(Made(None, [], {}, bounded=False), SimpleNamespace(entity=queue)) is None


@pytest.mark.parametrize("below", ["", "/blobServices/default/containers"])
def test_an_id_may_stand_for_the_account(tmp_path, below):
    id_ = f"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stneu{below}/checkpoints"
    service = {
        "workloads": [{"name": "reader", "replicas": {"active": 1, "passive": 1}, "memory": {"headroom": "25%"}}],
        "eventHubs": [{**HUB, "checkpoints": id_}],
    }
    found = environment(tmp_path, {"orders": service})
    assert declared(found, "event_hub").checkpoint_store[1] == "checkpoints"
    container = declared(found, "blob_container")
    assert (container.host, container.container) == ("stneu", "checkpoints")
    assert read(tmp_path, [blob(f"{UNDER}checkpoint/0", sequencenumber="5")], checkpoints=id_).checkpoints
