from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from fixtures.azure.credential import SandboxCredential
from fixtures.azure.transport import transport_to
from fixtures.sandbox.bus import Bus
from fixtures.sandbox.invalid import WorldInvalid
from tests.sandbox import azure_world

HOST = "https://stweu.blob.core.windows.net"
CHECKPOINT = "eh-weu.servicebus.windows.net/telemetry/$default/checkpoint/0"
BLOBS = {
    "containers": {
        "landing": {"blobs": [{"name": f"pos/{n}.csv", "size": n, "lastModified": f"@now-{n}m"} for n in range(1, 5)]},
        "checkpoints": {"blobs": [{"name": CHECKPOINT, "metadata": {"offset": "42", "sequencenumber": "7"}}]},
        "azure-webjobs-hosts": {
            "blobs": [{"name": "locks/exports/host", "lease": {"state": "leased", "status": "locked"}, "content": "{}"}]
        },
        "many": {"count": 12_000},
    }
}


def client(routes, host=HOST):
    from azure.storage.blob import BlobServiceClient

    credential: Any = SandboxCredential()
    return BlobServiceClient(host, credential=credential, transport=transport_to(host, routes), retry_total=0)


@pytest.fixture
def account(serve):
    def serving(said=BLOBS, host=HOST):
        sandbox = serve({"blob/stweu.yaml": said}, environment=azure_world.environment())
        return client(sandbox.routes, host), sandbox

    return serving


def test_containers_are_listed_in_the_order_of_their_names(account):
    service, _ = account()
    assert [each.name for each in service.list_containers()] == [
        "azure-webjobs-hosts",
        "checkpoints",
        "landing",
        "many",
    ]
    assert [each.name for each in service.list_containers(name_starts_with="la")] == ["landing"]


def test_blobs_with_what_a_listing_tells(account):
    service, _ = account()
    found = list(service.get_container_client("landing").list_blobs(name_starts_with="pos/"))
    assert [(each.name, each.size) for each in found] == [(f"pos/{n}.csv", n) for n in range(1, 5)]
    assert timedelta(0) <= datetime.now(UTC) - found[2].last_modified - timedelta(minutes=3) < timedelta(minutes=1)
    [lock] = service.get_container_client("azure-webjobs-hosts").list_blobs(name_starts_with="locks/")
    assert (lock.lease.state, lock.lease.status) == ("leased", "locked")


def test_metadata_is_told_where_it_is_asked_for(account):
    checkpoints = account()[0].get_container_client("checkpoints")
    [with_it] = checkpoints.list_blobs(name_starts_with="eh-weu", include=["metadata"])
    [without] = checkpoints.list_blobs()
    assert (with_it.metadata, without.metadata) == ({"offset": "42", "sequencenumber": "7"}, {})


def test_properties_and_content_of_one_blob(account):
    service, _ = account()
    blob = service.get_blob_client("azure-webjobs-hosts", "locks/exports/host")
    assert (blob.get_blob_properties().lease.state, blob.download_blob().readall()) == ("leased", b"{}")
    assert service.get_blob_client("checkpoints", CHECKPOINT).get_blob_properties().metadata["offset"] == "42"


def test_a_long_list_has_pages(account):
    service, sandbox = account()
    names = [each.name for each in service.get_container_client("many").list_blobs()]
    assert (len(names), len(set(names)), names) == (12_000, 12_000, sorted(names))
    assert [(each.source, each.place, each.status) for each in sandbox.requests] == [("blob", "stweu", 200)] * 3


def test_folders(account):
    walked = account()[0].get_container_client("landing").walk_blobs(delimiter="/")
    assert [each.name for each in walked] == ["pos/"]


def test_what_is_not_there(account):
    service, _ = account()
    for absent in (
        lambda: list(service.get_container_client("gone").list_blobs()),
        lambda: service.get_blob_client("landing", "gone").get_blob_properties(),
        lambda: service.get_container_client("gone").get_container_properties(),
    ):
        with pytest.raises(ResourceNotFoundError):
            absent()


def test_a_blob_is_written_read_and_deleted_and_every_request_is_logged(account):
    service, sandbox = account()
    blob = service.get_blob_client("landing", "gonogo/canary é")
    blob.upload_blob(b"here", metadata={"id": "1"})
    assert blob.download_blob().readall() == b"here"
    assert blob.get_blob_properties().metadata == {"id": "1"}
    blob.delete_blob()
    with pytest.raises(ResourceNotFoundError):
        blob.get_blob_properties()
    assert [each.method for each in sandbox.requests] == ["PUT", "GET", "HEAD", "DELETE", "HEAD"]


def test_a_queue_is_told_of_what_is_written(serve):
    events = {"to": "sb-weu/queues/events"}
    files = {
        "blob/stweu.yaml": {
            "containers": {"told": {"events": events}, "untold": {}, "lost": {"events": {"to": "x/y"}}}
        },
        "bus/sb-weu.yaml": {"queues": {"events": {}}},
    }
    sandbox = serve(files, environment=azure_world.environment())
    for container in ("told", "untold", "lost"):
        client(sandbox.routes).get_blob_client(container, "a/b c").upload_blob(b"here")
    broker = next(each for each in sandbox._servers if isinstance(each, Bus))._known["sb-weu"].broker
    [message] = broker.store("events").messages.values()
    assert message.body["subject"] == "/blobServices/default/containers/told/blobs/a/b c"
    assert message.over(datetime.now(UTC) + timedelta(minutes=2))


def test_a_leased_blob_stays_as_it_is(account):
    held = account()[0].get_blob_client("azure-webjobs-hosts", "locks/exports/host")
    for write in (held.delete_blob, lambda: held.upload_blob(b"", overwrite=True)):
        with pytest.raises(HttpResponseError) as caught:
            write()
        assert caught.value.error_code == "LeaseIdMissing"


def test_the_secondary_reads_only_and_tells_how_far_it_is(account):
    host = "https://stweu-secondary.blob.core.windows.net"
    told = {**BLOBS, "secondary": {"Status": "live", "LastSyncTime": "@now-5m"}}
    service, _ = account(told, host)
    behind = datetime.now(UTC) - service.get_service_stats()["geo_replication"]["last_sync_time"]
    assert timedelta(minutes=5) <= behind < timedelta(minutes=6)
    with pytest.raises(HttpResponseError):
        service.get_blob_client("landing", "x").upload_blob(b"")


def test_an_ill_account_and_an_ill_container(account):
    service, _ = account({**BLOBS, "error": {"status": 503, "times": 1}})
    with pytest.raises(HttpResponseError) as caught:
        list(service.list_containers())
    assert (caught.value.status_code, caught.value.error_code) == (503, "ServerBusy")
    assert len(list(service.list_containers())) == 4
    denied = {"containers": {"landing": {"error": {"status": 403}}, "other": {}}}
    service, _ = account(denied)
    with pytest.raises(HttpResponseError) as caught:
        list(service.get_container_client("landing").list_blobs())
    assert caught.value.error_code == "AuthorizationPermissionMismatch"
    assert list(service.get_container_client("other").list_blobs()) == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"containers": {"a": {"blobs": [{"size": 1}]}}}, "name"),
        ({"containers": {"a": {"blobs": [{"name": "x", "lease": {"state": "held"}}]}}}, "held"),
        ({"container": {}}, "container"),
        ({"containers": {"a": {"error": {"status": 503, "delay": "long"}}}}, "long"),
    ],
)
def test_a_file_that_is_no_account_is_refused_with_its_name(serve, said, words):
    with pytest.raises(WorldInvalid, match=words) as caught:
        serve({"blob/stweu.yaml": said}, environment=azure_world.environment())
    assert "blob/stweu.yaml" in str(caught.value)
