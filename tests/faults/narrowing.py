"""Of what asks ARM, the sources and the requests that a change of its documents can have touched at all."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from unittest.mock import patch

import msgspec

from fixtures.asking import Need
from fixtures.run import Run
from fixtures.sandbox.faults import Fault
from fixtures.sources.arm.connection import Connection
from fixtures.sources.arm.facts import Answered, Request

ASKING_ARM = ("arm", "metrics", "logs")
#: What is given at one scope counts at every scope below, and a rule may strike anything.
EVERYWHERE = ("microsoft.authorization/", "*")
_PATH = re.compile(r"/[^\s|?]*")


class Asked(msgspec.Struct):
    """What a record holds about resources: keys with their paths, and of ARM the answers."""

    answers: dict[str, msgspec.Raw] = {}
    arm: dict[str, msgspec.Raw] = {}
    measured: dict[str, msgspec.Raw] = {}
    queries: dict[str, msgspec.Raw] = {}

    @property
    def paths(self) -> Iterator[str]:
        """Every path that it is about."""
        for keys in (self.answers, self.arm, self.measured, self.queries):
            for key in keys:
                yield from (path.rstrip("/") for path in _PATH.findall(key.lower()))


class Data(msgspec.Struct):
    """A record as far as it tells that."""

    data: Asked


class Memory:
    """What the base run asked of ARM, and which resources differ since."""

    def __init__(self, base: Run) -> None:
        files = (base.folder / "evidence").glob("*/*.json")
        self._asked = {(file.parent.name, file.stem): _read(file) for file in files if file.stem in ASKING_ARM}
        told = (answers for asked in self._asked.values() if asked for answers in (asked.answers, asked.arm))
        self._answers = {key: raw for answers in told for key, raw in answers.items()}

    def narrowed(self, changed: Iterable[Need], resources: frozenset[str], faults: Sequence[Fault]) -> set[Need]:
        """Those of the changed needs that must be asked again; ``resources`` are the ids of what differs."""
        files = {PurePosixPath(change.file).parts[0].partition(".")[0] for fault in faults for change in fault.changes}
        return {
            need
            for need in changed
            if need[1] not in ASKING_ARM
            or (need[1] in files and need[1] != "arm")
            or self._touched(self._asked.get(need), resources)
        }

    def answering(self, resources: frozenset[str]) -> AbstractContextManager[object]:
        """While it lasts, what no change can have touched is answered as it was, and everything else is asked."""
        ask: Callable[[Connection, Request], Answered] = Connection.ask

        def remembered(connection: Connection, request: Request) -> Answered:
            raw = None if touches_any(resources, request.path.lower().rstrip("/")) else self._answers.get(request.key)
            answer = msgspec.json.decode(raw, type=Answered) if raw is not None else None
            return ask(connection, request) if answer is None or answer.error else answer

        return patch.object(Connection, "ask", remembered)

    def _touched(self, asked: Asked | None, resources: frozenset[str]) -> bool:
        return asked is None or any(touches_any(resources, path) for path in asked.paths)


def _read(file: Path) -> Asked | None:
    """What a record was about; None of one that does not say."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Data).data
    except msgspec.ValidationError:
        return None


def touches_any(resources: Iterable[str], path: str) -> bool:
    """Whether any of these resources may show in the answer for a path."""
    return any(touches(resource, path) for resource in resources)


def touches(resource: str, path: str) -> bool:
    """Whether a resource may show in the answer for a path: one stands under the other, or is of the type it lists."""
    if any(word in resource for word in EVERYWHERE) or path.endswith("/resources"):
        return True
    if f"{resource}/".startswith(f"{path}/") or path.startswith(f"{resource}/"):
        return True
    _, _, type_ = path.rpartition("/providers/")
    return "/resourcegroups/" not in path and f"/providers/{type_}/" in f"{resource}/"
