"""One long-lived sandbox an environment and phase: a fault changes its world, and only what changed is asked again."""

import os
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import msgspec

from fixtures.asking import Need, evidence_file
from fixtures.check import Check
from fixtures.environment import load
from fixtures.evidence import Record, SourceError
from fixtures.planning import Item
from fixtures.run import Run
from fixtures.sandbox import start
from fixtures.sandbox.faults import Fault
from fixtures.sandbox.requests_log import Request
from fixtures.session import find_sources
from reports.results import Results
from tests.faults.judging import concluded, judge, outcomes_of, plan_all
from tests.faults.narrowing import Memory

DEADLINE = 30.0
#: What the sandbox shows of a second sample it shows at once.
SOON = "50ms"
STALE = 60.0
#: Whether the sandbox can serve buses here; where it cannot, no canary is sent.
PEER = find_spec("proton") is not None


#: Two clocks that differ by less are the same: the header that tells of one is cut to the second.
CLOCKS = 2000


class Said(msgspec.Struct):
    """What of a record is evidence, and not how it was had."""

    data: msgspec.Raw
    error: SourceError | None = None
    clock_offset_ms: int | None = None

    def same(self, other: "Said") -> bool:
        """Whether two records say the same."""
        apart = abs((self.clock_offset_ms or 0) - (other.clock_offset_ms or 0))
        return bytes(self.data) == bytes(other.data) and self.error == other.error and apart < CLOCKS


class Borrowing(Run):
    """A run over the evidence of another, but for what was found to say something else."""

    def __init__(self, base: Run, folder: Path) -> None:
        super().__init__(
            base.environment, base.phase, folder, base.sources, allow_writes=base.allow_writes, sandbox=True
        )
        self._base = base
        self.different: set[Need] = set()

    def record(self, place: str, source: str) -> Record | None:
        """That of the other run, decoded as it is, unless it differs."""
        own = (place, source) in self.different
        return super().record(place, source) if own else self._base.record(place, source)

    def settle_differences(self) -> None:
        """Find out whose evidence differs from that of the other run."""
        self.different = {need for need in self._records if not _said(self, need).same(_said(self._base, need))}

    def touches(self, check: Check, item: Item) -> bool:
        """Whether an item rests on evidence, or a place's clock, that differs; ``azure`` is what any source asked."""
        planned = item.planned
        places = {place for place, source in self.different if source == "kubernetes"}
        needs = any((place, source) in self.different for place, source in planned.evidence)
        return needs or "azure" in check.arguments or not places.isdisjoint({planned.place, *planned.sites})


def _said(run: Run, need: Need) -> Said:
    return msgspec.json.decode(evidence_file(run.folder, *need).read_bytes(), type=Said)


class Rig:
    """The landscape of one environment in one phase, healthy but for the fault of the moment."""

    def __init__(self, environment: Path, phase: str, folder: Path) -> None:
        self._file, self._phase, self._folder = environment, phase, folder
        self._count = 0
        declared = load(environment)
        assert declared.world is not None
        self._sandbox = start(declared.world, declared, phase, (), log=None, work=self._made("work"))
        self._gather_base()

    @property
    def requests(self) -> list[Request]:
        """Everything that was asked so far."""
        return self._sandbox.requests

    @cached_property
    def healthy(self) -> Results:
        """The results without any fault."""
        return concluded(self._base, self._planned, self._outcomes)

    def base(self, without: tuple[str, str] | None = None) -> Run:
        """A run of its own over the evidence and at the instant of the healthy one, but for one place and source."""
        self._count += 1
        run = self._run(self._made(f"base-{self._count}"), ())
        self._borrow_evidence(run, without)
        (run.folder / "run.json").write_bytes((self._base.folder / "run.json").read_bytes())
        return run

    def with_faults(self, faults: Sequence[Fault], *, everything: bool = False) -> Results:
        """The results with these faults in the world and in the declaration.

        What a fault changes is asked again, and what rests on evidence that has become another is judged again; with
        ``everything`` all of it.
        """
        if time.monotonic() - self._gathered > STALE:
            self._gather_base()
        changed = self._sandbox.reload(faults=faults)
        seconds = min([each.deadline.total_seconds() for each in faults if each.deadline], default=DEADLINE)
        self._count += 1
        try:
            if everything or any(fault.environment_changes or fault.vantage for fault in faults):
                return self._judged_anew(faults, seconds)
            return self._judged_again(faults, changed, seconds)
        finally:
            self._sandbox.reload(faults=())

    def _judged_anew(self, faults: Sequence[Fault], seconds: float) -> Results:
        run = self._run(self._made(f"fault-{self._count}"), faults)
        planned = plan_all(run)
        run.gather([item for _, item in planned], seconds, self._sandbox.routes)
        return judge(run, planned)

    def _judged_again(self, faults: Sequence[Fault], changed: Iterable[Need], seconds: float) -> Results:
        run = Borrowing(self._base, self._made(f"fault-{self._count}"))
        self._borrow_evidence(run)
        resources = self._sandbox.changed_resources
        again = self._memory.narrowed(changed, resources, faults)
        with self._memory.answering(resources):
            run.gather([item for _, item in self._planned], seconds, self._sandbox.routes, only=again)
        run.settle_differences()
        touched = [pair for pair in self._planned if run.touches(*pair)]
        return concluded(run, self._planned, self._outcomes | outcomes_of(run, touched))

    def stop(self) -> None:
        """Stop serving."""
        self._sandbox.stop()

    def _gather_base(self) -> None:
        """Ask everything of the healthy world again, whose instants are set anew: nothing in it grows old."""
        self._sandbox.reload(now=datetime.now(UTC))
        self._count += 1
        self._base = self._run(self._made(f"base-{self._count}"), ())
        self._planned = plan_all(self._base)
        self._base.gather([item for _, item in self._planned], DEADLINE, self._sandbox.routes)
        self._gathered = time.monotonic()
        self._memory = Memory(self._base)
        self._outcomes = outcomes_of(self._base, self._planned)

    def _run(self, folder: Path, faults: Sequence[Fault]) -> Run:
        def amend(document: dict[str, object]) -> None:
            azure = document.get("azure")
            if isinstance(azure, dict):
                azure["sampleInterval"] = SOON
            for fault in faults:
                fault.amend(document)

        vantage = next((fault.vantage for fault in faults if fault.vantage), None)
        return Run(
            load(self._file, amend=amend),
            self._phase,
            folder,
            find_sources(),
            vantage=vantage,
            allow_writes=PEER,
            sandbox=True,
        )

    def _borrow_evidence(self, run: Run, without: tuple[str, str] | None = None) -> None:
        for record in sorted((self._base.folder / "evidence").glob("*/*.json")):
            if (record.parent.name, record.stem) == without:
                continue
            place = run.folder / "evidence" / record.parent.name
            place.mkdir(parents=True, exist_ok=True)
            os.link(record, place / record.name)

    def _made(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder
