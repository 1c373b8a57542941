"""Every source is asked once, all at the same time; whatever goes wrong is recorded as what it is."""

import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from fixtures import asking as asking_module
from fixtures.asking import Asking, ask_all, read_record
from fixtures.evidence import Answer, Question, Record, SourceError, SourceFailed

ENVIRONMENT: Any = SimpleNamespace(aks_sites=(), legacy=None, own_names=dict, declared=lambda kind: ())


class Fake:
    """A source that does what it is told."""

    NAME = "fake"

    def __init__(self, behaviour: Any) -> None:
        self.asked: list[str] = []
        self._behaviour = behaviour

    def ask(self, question: Question) -> Answer:
        self.asked.append(question.place)
        return self._behaviour(question)

    def view(self, record: Record, looked: Any, around: Any) -> object:
        raise AssertionError("not judged here")


def asked(tmp_path: Path, behaviour: Any, places: tuple[str, ...] = ("weu",), seconds: float = 5.0) -> list[Record]:
    source = Fake(behaviour)
    needs: dict[Any, Any] = {(place, "fake"): () for place in places}
    records = ask_all(
        Asking(environment=ENVIRONMENT, sources={"fake": source}, folder=tmp_path, needs=needs, seconds=seconds)
    )
    assert sorted(source.asked) == sorted(places)
    return records


def answer(question: Question) -> Answer:
    return Answer(data={"of": question.place}, requests=2)


def test_an_answer_is_written_as_it_is_read(tmp_path: Path) -> None:
    [record] = asked(tmp_path, answer)
    again = read_record(tmp_path, "weu", "fake")
    assert again is not None
    assert record.error is None
    assert msgspec.json.decode(again.data) == {"of": "weu"}
    assert again.requests == 2


def test_all_places_are_asked_at_the_same_time(tmp_path: Path) -> None:
    barrier = threading.Barrier(4, timeout=5)

    def together(question: Question) -> Answer:
        barrier.wait()
        return answer(question)

    assert [record.error for record in asked(tmp_path, together, ("a", "b", "c", "d"))] == [None] * 4


@pytest.mark.parametrize("kind", ["denied", "throttled", "wrong-cluster", "unreachable"])
def test_a_failure_that_a_source_tells_is_recorded_as_told(tmp_path: Path, kind: Any) -> None:
    def failing(question: Question) -> Answer:
        raise SourceFailed(kind, "no entry", "list pods")

    [record] = asked(tmp_path, failing)
    assert record.error == SourceError(kind=kind, message="no entry", missing_permission="list pods")
    assert not record.answered


def test_any_other_exception_is_recorded_and_its_credentials_are_not(tmp_path: Path) -> None:
    def failing(question: Question) -> Answer:
        raise KeyError("https://app:hunter2hunter2@weu.example")

    [record] = asked(tmp_path, failing)
    assert record.error is not None
    assert record.error.kind == "unexpected"
    assert record.error.message.startswith("KeyError")
    assert "hunter2" not in (tmp_path / "evidence/weu/fake.json").read_text()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_no_answer(tmp_path: Path) -> None:
    def dying(question: Question) -> Answer:
        raise SystemExit

    [record] = asked(tmp_path, dying)
    assert record.error == SourceError(kind="unexpected", message="its thread died without an answer")


def test_a_source_that_hangs_is_late_and_the_others_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_module, "GRACE", 0.0)
    release = threading.Event()

    def hanging(question: Question) -> Answer:
        if question.place == "neu":
            release.wait(60)
        return answer(question)

    weu, neu = asked(tmp_path, hanging, ("weu", "neu"), seconds=1.5)
    assert weu.error is None
    assert neu.error == SourceError(kind="timeout", message="did not answer within 1.5 s")
    release.set()
    time.sleep(0.05)
    written = read_record(tmp_path, "neu", "fake")
    assert written is not None
    assert written.error is not None, "what comes late changes nothing any more"


def test_data_that_is_no_json_is_recorded_as_a_failure(tmp_path: Path) -> None:
    [record] = asked(tmp_path, lambda question: Answer(data=object(), requests=1))
    assert record.error is not None
    assert record.error.kind == "unexpected"


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from types import SimpleNamespace
from fixtures.asking import Asking, ask_all
from fixtures.evidence import Answer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
source = SimpleNamespace(ask=lambda question: Answer(data="x" * 5000, requests=1))
environment = SimpleNamespace(aks_sites=(), legacy=None, own_names=dict, declared=lambda kind: ())
needs = {("weu", "fake"): ()}
folder = Path(sys.argv[1])
[record] = ask_all(Asking(environment=environment, sources={"fake": source}, folder=folder, needs=needs))
print(record.error.message, record.answered)
"""


def test_a_full_disk_is_an_error_of_the_source(tmp_path: Path) -> None:
    assert resource.RLIMIT_FSIZE
    assert signal.SIGXFSZ
    root = Path(__file__).parent.parent.parent
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.strip() == "its evidence could not be written: File too large False"
    assert not (tmp_path / "evidence/weu/fake.json").exists()
