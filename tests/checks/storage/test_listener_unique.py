from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.blob.topics.host_lock import Hosts, Lock
from tests.checks.azure import Body, arm, environment, resource
from tests.checks.evidence import NOW, load

check = load("storage/test_listeners.py")
EVENTS = "Microsoft.EventGrid/eventSubscriptions"
LISTENER = {"name": "files", "account": "st<site>", "container": "files", "destination": "sb-<site>/queues/files"}
HOST = {"name": "files", "account": "st<site>", "container": "files", "kind": "blob-trigger", "host": "exports"}
HERE = "/blobServices/default/containers/files/"


class Role(SimpleNamespace):
    @property
    def passive(self) -> bool:
        return not self.active


def account(site: str) -> Body:
    return resource("Microsoft.Storage/storageAccounts", f"st{site}", site, location="x")


def factory(site: str) -> Body:
    return resource("Microsoft.DataFactory/factories", f"adf-{site}", site, location="x")


BASE = (*map(account, ("weu", "neu")), *map(factory, ("weu", "neu")))


def subscription(site: str, to: str, name: str = "files", begins: str = HERE, **more: Any) -> Body:
    id_ = resource("Microsoft.ServiceBus/namespaces/queues", f"sb-{to}/files", to)["id"]
    properties = {
        "provisioningState": "Succeeded",
        "destination": {"endpointType": "ServiceBusQueue", "properties": {"resourceId": id_}},
        "filter": {"subjectBeginsWith": begins},
        **more,
    }
    return {
        "id": f"{account(site)['id']}/providers/{EVENTS}/{name}",
        "name": name,
        "type": EVENTS,
        "properties": properties,
    }


def trigger(site: str, on: str, name: str = "landed", state: str | None = "Started", **blobs: Any) -> Body:
    watched = {"scope": account(on)["id"].upper(), "blobPathBeginsWith": "/files/blobs/", **blobs}
    kind = "Microsoft.DataFactory/factories/triggers"
    return resource(
        kind, f"adf-{site}/{name}", site, type="BlobEventsTrigger", runtimeState=state, typeProperties=watched
    )


def judge(
    tmp_path: Path,
    *bodies: Body,
    listener: Mapping[str, Any] = LISTENER,
    locked: tuple[str, ...] = (),
    active: tuple[str, ...] = ("weu",),
    jobs: Any = (),
    base: tuple[Body, ...] = BASE,
    failing: Mapping[str, str] | None = None,
) -> None:
    found = environment(tmp_path, {"s": {"listeners": [listener], **({"jobs": jobs} if jobs else {})}})
    listeners = {each.site: each for each in found.declared("listener")}
    views = {
        site: arm("container_listeners", each, found, *base, *bodies, failing=failing)
        for site, each in listeners.items()
    }
    check.test_listener_unique(
        listeners,
        views,
        {site: SimpleNamespace(host_lock=lambda _, site=site: hosts(site, site in locked)) for site in listeners},
        {site: Role(active=site in active, is_from=site == "weu", is_to=site == "neu") for site in listeners},
        NOW,
    )


def hosts(site: str, held: bool) -> Hosts:
    said = ("leased", "locked") if held else ("available", "unlocked")
    return Hosts(account=f"st{site}", there=True, lock=Lock(host="exports", state=said[0], status=said[1]))


def message(*args: Any, **more: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        judge(*args, **more)
    return str(caught.value).partition("\n")[0]


OWN = (subscription("weu", "weu"), subscription("neu", "neu"))


def test_each_site_tells_its_own_queue(tmp_path: Path) -> None:
    judge(tmp_path, *OWN)


def test_one_account_that_tells_both_sites(tmp_path: Path) -> None:
    assert message(tmp_path, *OWN, subscription("weu", "neu", "drill")) == (
        "Listener files of container files: blobs of stweu are taken by neu (event subscription drill on stweu to "
        "sb-neu/queues/files) and by weu (event subscription files on stweu to sb-weu/queues/files)."
    )


@pytest.mark.parametrize(
    "second",
    [
        subscription("weu", "neu", "drill", expirationTimeUtc=(NOW - timedelta(days=1)).isoformat()),
        subscription("weu", "neu", "drill", provisioningState="AwaitingManualAction"),
        subscription("weu", "neu", "drill", "/blobServices/default/containers/files-old/"),
        subscription("weu", "neu", "drill", filter={"includedEventTypes": ["Microsoft.Storage.BlobDeleted"]}),
        subscription("weu", "weu", "again"),
        trigger("neu", "weu", state="Stopped"),
        trigger("neu", "weu", blobPathBeginsWith="/files-old/blobs/"),
        trigger("neu", "weu", events=["Microsoft.Storage.BlobDeleted"]),
        trigger("weu", "weu"),
    ],
    ids=[
        "expired",
        "never validated",
        "another container",
        "deletions",
        "own",
        "stopped",
        "other path",
        "gone",
        "own t",
    ],
)
def test_what_takes_nothing_or_is_of_the_same_site_is_let_be(tmp_path: Path, second: Body) -> None:
    judge(tmp_path, *OWN, second)


@pytest.mark.parametrize("begins", ["", "/files", "/files/blobs/pos/", "/"])
def test_a_factory_of_the_other_site(tmp_path: Path, begins: str) -> None:
    said = message(tmp_path, *OWN, trigger("neu", "weu", blobPathBeginsWith=begins), active=("weu", "neu"))
    assert "blobs of stweu are taken by neu (trigger landed of factory adf-neu) and by weu (event subscription" in said


def test_a_trigger_that_is_started_on_the_passive_site(tmp_path: Path) -> None:
    both = (trigger("weu", "weu"), trigger("neu", "neu"))
    assert (
        "on neu, which is passive, trigger landed of factory adf-neu takes blobs, on the active weu trigger"
        in message(tmp_path, *both)
    )
    judge(tmp_path, *both, active=("weu", "neu"))
    judge(tmp_path, *both, jobs=[{"factory": "adf-<site>", "trigger": "Landed", "runsOn": "both"}])


def test_hosts_of_both_sites(tmp_path: Path) -> None:
    judge(tmp_path, listener=HOST, locked=("weu",))
    judge(tmp_path, listener=HOST)
    judge(tmp_path, listener=HOST, locked=("weu", "neu"), active=("weu", "neu"))
    assert message(tmp_path, listener=HOST, locked=("weu", "neu")) == (
        "Listener files of container files: on neu, which is passive, host exports (lock in stneu) takes blobs, "
        "on the active weu host exports (lock in stweu)."
    )
    assert "on the active weu nothing." in message(tmp_path, listener=HOST, locked=("neu",))


def test_a_lock_that_both_sites_share_has_one_holder(tmp_path: Path) -> None:
    judge(tmp_path, listener={**HOST, "account": account("weu")["id"]}, locked=("weu", "neu"))


def test_a_webhook_that_both_sites_share_is_of_the_account_s_own_site(tmp_path: Path) -> None:
    hook = {"endpointType": "WebHook", "properties": {"endpointBaseUrl": "https://h.example/in"}}
    told = [subscription(site, site, destination=hook) for site in ("weu", "neu")]
    judge(
        tmp_path,
        *told,
        trigger("neu", "neu"),
        listener={**LISTENER, "destination": "https://h.example/in"},
        active=("neu",),
    )


@pytest.mark.parametrize(
    "unknown",
    [
        subscription("weu", "neu", "drill", destination=None),
        subscription("weu", "neu", "drill", filter=None),
        subscription("weu", "neu", "drill", provisioningState=None),
        trigger("neu", "weu", state=None),
        trigger("neu", "weu", scope=None),
    ],
    ids=["destination", "filter", "state", "runtimeState", "scope"],
)
def test_what_arm_does_not_say_is_unproven(tmp_path: Path, unknown: Body) -> None:
    with pytest.raises(EvidenceMissing):
        judge(tmp_path, *OWN, unknown)


def test_factories_that_may_not_be_listed_are_unproven(tmp_path: Path) -> None:
    with pytest.raises(EvidenceMissing, match="DataFactory"):
        judge(tmp_path, *OWN, failing={"Microsoft.DataFactory/factories": "Microsoft.DataFactory/factories/read"})


def test_an_account_that_does_not_exist_is_unproven(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="Storage account stneu does not exist in neu"):
        judge(tmp_path, base=(account("weu"),))
