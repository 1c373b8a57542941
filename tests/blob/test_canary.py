"""The canary blob: written to the declared container with --allow-writes and never without, told of, and gone again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

pytest.importorskip("proton", reason="the sandbox's AMQP peer is not installed")

from fixtures.environment import load
from fixtures.evidence import Answer, Around, Deadline, EvidenceMissing, Looked, Question, Record
from fixtures.sandbox import start
from fixtures.sandbox.landscape import Sandbox
from fixtures.sources import blob
from fixtures.sources.blob.canary import HELD
from tests.sandbox import worlds

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DECLARED = Path(__file__).parents[1] / "bus/environment.yaml"
CANARY = {"container": "canary", "account": "stweu", "events": "sb-prod-weu/queues/canary-events", "within": "3s"}
EVENTS = {"to": "sb-prod-weu/queues/canary-events", "after": "100ms"}
QUEUES = {"canary-events": {}, "orders-in": {}}
AMQP_WRITES = {"ATTACH-SENDER", "ATTACH-RECEIVER", "SEND", "RECEIVE", "SETTLE"}


class Place:
    """A sandbox with an account and a namespace, and the source to ask about them."""

    def __init__(self, environment: Any, sandbox: Sandbox) -> None:
        self.environment, self.sandbox = environment, sandbox
        (self.canary,) = [each for each in environment.declared("canary_container") if each.site == "weu"]

    def ask(self, *, allow_writes: bool = True, seconds: float = 20.0) -> Answer:
        return blob.ask(
            Question(
                place="weu",
                environment=self.environment,
                subjects=(self.canary,),
                deadline=Deadline(seconds),
                routes=self.sandbox.routes,
                allow_writes=allow_writes,
            )
        )

    def trip(self, answer: Answer) -> Any:
        now = datetime.now(UTC)
        data = msgspec.Raw(msgspec.json.encode(answer.data))
        record = Record(source="blob", place="weu", asked_at=now, observed_at=now, duration_ms=1, data=data)
        around = Around(environment=self.environment, now=now, phase="pre-cutover")
        return blob.view(record, Looked(), around).trip(self.canary)

    def asked(self, source: str) -> list[str]:
        return [each.method for each in self.sandbox.requests if each.source == source]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """A place whose account and namespace hold this; ``canary`` is what the environment declares."""
    started: list[Sandbox] = []

    def serving(account: Any = None, bus: Any = None, canary: Any = None, **more: Any) -> Place:
        document = yaml.safe_load(DECLARED.read_text("utf-8"))
        declared = {**CANARY, **(canary or {})}
        document["platform"]["canary"] = {key: value for key, value in declared.items() if value is not None}
        document["services"]["orders"] |= more
        file = tmp_path / "prod.yaml"
        file.write_text(yaml.safe_dump(document), "utf-8")
        environment = load(file)
        files = {
            "blob/stweu.yaml": account or {"containers": {"canary": {"events": EVENTS}}},
            "bus/sb-prod-weu.yaml": bus or {"queues": QUEUES},
        }
        root = worlds.write(tmp_path / "world", files)
        started.append(start(root, environment, "pre-cutover", (), None, tmp_path / "work"))
        return Place(environment, started[-1])

    yield serving
    for sandbox in started:
        sandbox.stop()


def test_its_event_comes_and_the_blob_is_gone(place):
    here = place()
    trip = here.trip(here.ask())
    assert (trip.written, trip.raised, trip.removed, trip.error) == (True, True, True, None)
    assert here.asked("blob") == ["PUT", "DELETE"]
    assert not set(here.asked("bus")) & AMQP_WRITES


ACCOUNT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stweu"


def test_the_account_may_be_declared_by_its_id(place):
    here = place(canary={"account": ACCOUNT})
    trip = here.trip(here.ask())
    assert (trip.raised, trip.removed, trip.error) == (True, True, None)


def test_without_the_flag_nothing_is_written(place):
    here = place()
    answer = here.ask(allow_writes=False)
    assert here.sandbox.requests == []
    with pytest.raises(EvidenceMissing, match="needs --allow-writes"):
        here.trip(answer)


def test_an_event_that_never_comes_is_no_error_and_the_blob_is_gone(place):
    here = place({"containers": {"canary": {}}}, canary={"within": "1s"})
    trip = here.trip(here.ask())
    assert (trip.written, trip.raised, trip.removed) == (True, False, True)


def test_other_events_and_hostile_bodies_are_nobodys(place):
    lying = [{"body": {"subject": ["gonogo-"]}, "count": 60}, {"body": "\x00{" * 40}, {"body": 7}, {"body": ""}]
    here = place(bus={"queues": {**QUEUES, "canary-events": {"messages": lying}}})
    answer = here.ask()
    assert here.trip(answer).raised
    assert b"subject" not in msgspec.json.encode(answer.data)


REFUSED = {
    "no-way-declared": ({"canary": {"events": None}}, "declares no queue"),
    "no-queue": ({"bus": {"queues": {}}}, "there is no queue sb-prod-weu/queues/canary-events"),
    "a-services-queue": ({"canary": {"events": "SB-prod-weu/queues/Orders-In"}}, "a declared queue of a service"),
    "in-use": (
        {"bus": {"queues": {"canary-events": {"messages": [{"count": HELD + 1}]}}}},
        f"holds more than {HELD} messages",
    ),
    "a-listeners-container": (
        {"listeners": [{"name": "exports", "account": "stweu", "container": "canary", "destination": "a/queues/b"}]},
        "exports of orders is about the same container",
    ),
    "a-listeners-container-by-its-id": (
        {"listeners": [{"name": "exports", "account": ACCOUNT, "container": "canary", "destination": "a/queues/b"}]},
        "exports of orders is about the same container",
    ),
    "longer-than-there-is-time": ({"canary": {"within": "5m"}}, "its event may take 5m"),
    "no-namespace": ({"canary": {"events": "sb-other/queues/q"}}, "nobody listens"),
}


@pytest.mark.parametrize(("said", "why"), REFUSED.values(), ids=REFUSED)
def test_where_it_would_do_harm_or_prove_nothing_no_blob_is_written(place, said, why):
    here = place(**said)
    with pytest.raises(EvidenceMissing, match=why):
        here.trip(here.ask())
    assert here.asked("blob") == []
    assert not set(here.asked("bus")) & AMQP_WRITES


ILL = {
    "no-right": ({"status": 403}, "denied", "Storage Blob Data Contributor on stweu/canary"),
    "throttled": ({"status": 429, "retryAfter": 0}, "throttled", "429"),
    "down": ({"status": 500, "retryAfter": 0}, "unreachable", "500"),
}


@pytest.mark.parametrize(("ill", "kind", "words"), ILL.values(), ids=ILL)
def test_an_account_that_takes_no_blob_is_told(place, ill, kind, words):
    here = place({"containers": {"canary": {"error": ill}}})
    answer = here.ask()
    with pytest.raises(EvidenceMissing, match=words) as caught:
        here.trip(answer)
    assert caught.value.kind == kind
    assert answer.error is not None


def test_no_such_container(place):
    here = place({"containers": {}})
    with pytest.raises(EvidenceMissing, match="no canary blob was written to canary of stweu: there is no such"):
        here.trip(here.ask())


def test_a_blob_that_stays_is_told(place):
    kept = {"status": 409, "code": "BlobImmutableDueToPolicy", "after": 1}
    here = place({"containers": {"canary": {"events": EVENTS, "error": kept}}})
    trip = here.trip(here.ask())
    assert (trip.raised, trip.removed) == (True, False)


def test_a_namespace_that_falls_silent_leaves_no_blob_behind(place):
    silent = {"queues": QUEUES, "behaviour": [{"at": "request", "do": "refuse", "status": 500, "after": 1}]}
    here = place(bus=silent)
    with pytest.raises(EvidenceMissing) as caught:
        here.trip(here.ask())
    assert "could not be deleted" not in str(caught.value)
    assert here.asked("blob") == ["PUT", "DELETE"]
