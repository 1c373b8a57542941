from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fixtures.azure.credential import SandboxCredential
from fixtures.evidence import EvidenceMissing, SourceFailed
from fixtures.sandbox import start
from fixtures.sources.blob.accounts import Accounts
from fixtures.sources.blob.answers import Recorded
from fixtures.sources.blob.asking import Reader
from fixtures.sources.blob.facts import Answered
from tests.sandbox import azure_world, worlds

CHECKPOINT = "eh-weu.servicebus.windows.net/telemetry/$default/checkpoint/0"
SOUND = {
    "containers": {
        "landing": {"blobs": [{"name": "pos/1.csv", "size": 12, "lastModified": "@now-3m", "metadata": {"key": "s3"}}]},
        "checkpoints": {"blobs": [{"name": CHECKPOINT, "metadata": {"Offset": "42", "owner": "somebody"}}]},
        "leases": {"blobs": [{"name": "lease", "content": '{"Owner": "a", "Token": "secret"}'}, {"name": "odd"}]},
        "many": {"count": 12_000},
    }
}


class Lease(msgspec.Struct, rename="pascal"):
    owner: str


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A reader of an account of the world, and its sandbox."""
    opened: list[Any] = []

    def asking(said: Any = None, seconds: float = 10.0, credential: Any = None) -> tuple[Reader, Any]:
        root = worlds.write(tmp_path / f"world-{len(opened)}", {"blob/stweu.yaml": said or SOUND})
        environment = azure_world.environment()
        sandbox = start(root, environment, "pre-cutover", (), None, tmp_path / "work")
        end = time.monotonic() + seconds
        accounts = Accounts("blob.core.windows.net", credential or SandboxCredential(), sandbox.routes, end)
        opened.extend((accounts.close, sandbox.stop))
        return Reader(environment, accounts), sandbox

    yield asking
    for close in opened:
        close()


def test_containers_and_blobs(ask):
    reader, _ = ask()
    assert reader.containers("stweu") == {"landing", "checkpoints", "leases", "many"}
    listing = reader.blobs("STWEU", "landing", "pos/")
    [blob] = listing.blobs
    assert (blob.name, blob.size, blob.lease_state, listing.bounded) == ("pos/1.csv", 12, "available", False)
    assert timedelta(minutes=3) <= blob.last_modified.now(blob.last_modified.tzinfo) - blob.last_modified


def test_only_the_metadata_that_somebody_wants_leave_the_account(ask):
    reader, _ = ask()
    [blob] = reader.blobs("stweu", "checkpoints", "eh-weu", keep=("offset", "sequencenumber")).blobs
    assert blob.metadata == {"offset": "42"}
    [bare] = reader.blobs("stweu", "landing").blobs
    assert bare.metadata == {}
    assert b"somebody" not in msgspec.json.encode(reader.recorded())


@pytest.mark.parametrize(
    ("most", "found", "bounded"), [(100, 100, True), (11_999, 11_999, True), (12_000, 12_000, False)]
)
def test_a_long_listing_is_bounded_and_says_so(ask, most, found, bounded):
    reader, _ = ask()
    listing = reader.blobs("stweu", "many", most=most)
    assert (len(listing.blobs), listing.bounded) == (found, bounded)


def test_a_small_document(ask):
    reader, _ = ask()
    assert reader.content("stweu", "leases", "lease", Lease).owner == "a"
    assert reader.content("stweu", "leases", "gone", Lease) is None
    with pytest.raises(EvidenceMissing, match="holds no JSON"):
        reader.content("stweu", "leases", "odd", Lease)


def test_no_field_of_a_document_is_recorded_but_the_struct_s(ask):
    reader, _ = ask()
    assert reader.content("stweu", "leases", "lease", Lease).owner == "a"
    assert b"secret" not in msgspec.json.encode(reader.recorded())


def test_metadata_without_a_value_and_a_document_too_deep_to_read(ask):
    blobs = [{"name": "released", "metadata": {"ownerid": ""}}, {"name": "deep", "content": "[" * 60_000}]
    reader, _ = ask({"containers": {"c": {"blobs": blobs}}})
    assert [each.metadata.get("ownerid") for each in reader.blobs("stweu", "c", keep=("ownerid",)).blobs] == [None, ""]
    with pytest.raises(EvidenceMissing, match="holds no JSON"):
        reader.content("stweu", "c", "deep", Lease)
    recorded = msgspec.json.decode(msgspec.json.encode(reader.recorded()), type=dict[str, Answered])
    assert len(recorded) == 2


def test_how_a_blob_is_leased(ask):
    lease = {"state": "leased", "status": "locked", "duration": "infinite"}
    reader, _ = ask({"containers": {"c": {"blobs": [{"name": "lock", "lease": lease}]}}})
    [blob] = reader.blobs("stweu", "c").blobs
    assert (blob.lease_state, blob.lease_status, blob.lease_duration) == ("leased", "locked", "infinite")


def test_what_is_not_there_is_none_and_an_unknown_account_is_not(ask):
    reader, _ = ask()
    assert reader.blobs("stweu", "gone") is None
    with pytest.raises(EvidenceMissing) as caught:
        reader.containers("stother")
    assert caught.value.kind == "unreachable"


def test_a_refusal_names_the_role_and_costs_only_what_needs_it(ask):
    denied = {"containers": {**SOUND["containers"], "landing": {"error": {"status": 403}}}}
    reader, _ = ask(denied)
    with pytest.raises(EvidenceMissing, match=r"Mismatch \(missing: Storage Blob Data Reader on"):
        reader.blobs("stweu", "landing")
    assert len(reader.blobs("stweu", "checkpoints").blobs) == 1


def test_a_busy_account_is_asked_again(ask):
    reader, sandbox = ask({**SOUND, "error": {"status": 503, "times": 2, "retryAfter": 0}})
    assert len(reader.blobs("stweu", "landing").blobs) == 1
    assert [each.status for each in sandbox.requests] == [503, 503, 200]


@pytest.mark.parametrize(("ill", "kind"), [({"status": 500}, "unreachable"), ({"status": 429}, "throttled")])
def test_one_that_stays_ill(ask, ill, kind):
    reader, _ = ask({**SOUND, "error": {"retryAfter": 0, **ill}})
    with pytest.raises(EvidenceMissing) as caught:
        reader.containers("stweu")
    assert caught.value.kind == kind


def test_an_answer_that_is_no_listing(ask):
    reader, _ = ask({**SOUND, "error": {"body": "<html>a proxy</html>"}})
    with pytest.raises(EvidenceMissing):
        reader.blobs("stweu", "landing")
    reader, _ = ask({**SOUND, "error": {"body": "<cut"}})
    with pytest.raises(EvidenceMissing):
        reader.blobs("stweu", "landing")


def test_a_silent_account_is_given_up_at_the_deadline(ask):
    reader, _ = ask({**SOUND, "error": {"delay": "1h"}}, seconds=1)
    began = time.monotonic()
    with pytest.raises(EvidenceMissing) as caught:
        reader.containers("stweu")
    assert caught.value.kind == "timeout"
    assert time.monotonic() - began < 60


def test_without_a_token_the_source_has_failed(ask):
    from azure.core.exceptions import ClientAuthenticationError

    class Nobody:
        def get_token(self, *scopes: str, **options: Any) -> Any:
            raise ClientAuthenticationError("no credential")

    reader, _ = ask(credential=Nobody())
    with pytest.raises(SourceFailed, match="gave no token"):
        reader.containers("stweu")


def test_what_was_asked_is_what_is_judged(ask):
    reader, _ = ask()
    told = reader.blobs("stweu", "checkpoints", "eh-weu", keep=("offset",))
    reader.containers("stweu")
    written = msgspec.json.decode(msgspec.json.encode(reader.recorded()), type=dict[str, Answered])
    replayed = Recorded(azure_world.environment(), written)
    assert replayed.blobs("stweu", "checkpoints", "eh-weu", keep=("offset",)) == told
    assert replayed.containers("STWEU") == reader.containers("stweu")
    with pytest.raises(EvidenceMissing, match="was not asked"):
        replayed.blobs("stweu", "checkpoints")
