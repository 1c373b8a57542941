"""One long-lived sandbox an environment and phase: a fault changes its world, and only what changed is asked again."""

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from fixtures.environment import load
from fixtures.run import Run
from fixtures.sandbox import start
from fixtures.sandbox.faults import Fault
from fixtures.sandbox.requests_log import Request
from fixtures.session import find_sources
from reports.results import Results
from tests.faults.judging import judge, plan_all

DEADLINE = 30.0
STALE = 60.0
#: Whether the sandbox can serve buses here; where it cannot, no canary is sent.
PEER = find_spec("proton") is not None


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
        return judge(self._base, plan_all(self._base))

    def base(self, without: tuple[str, str] | None = None) -> Run:
        """A run of its own over the evidence and at the instant of the healthy one, but for one place and source."""
        self._count += 1
        run = self._run(self._made(f"base-{self._count}"), ())
        self._borrow_evidence(run, without)
        (run.folder / "run.json").write_bytes((self._base.folder / "run.json").read_bytes())
        return run

    def with_faults(self, faults: Sequence[Fault]) -> Results:
        """The results with these faults in the world and in the declaration."""
        if time.monotonic() - self._gathered > STALE:
            self._gather_base()
        self._count += 1
        run = self._run(self._made(f"fault-{self._count}"), faults)
        changed = self._sandbox.reload(faults=faults)
        try:
            self._borrow_evidence(run)
            planned = plan_all(run)
            everything = any(fault.environment_changes or fault.vantage for fault in faults)
            items = [item for _, item in planned]
            seconds = min([each.deadline.total_seconds() for each in faults if each.deadline], default=DEADLINE)
            run.gather(items, seconds, self._sandbox.routes, only=None if everything else changed)
            return judge(run, planned)
        finally:
            self._sandbox.reload(faults=())

    def stop(self) -> None:
        """Stop serving."""
        self._sandbox.stop()

    def _gather_base(self) -> None:
        """Ask everything of the healthy world again, whose instants are set anew: nothing in it grows old."""
        self._sandbox.reload(now=datetime.now(UTC))
        self._count += 1
        self._base = self._run(self._made(f"base-{self._count}"), ())
        self._base.gather([item for _, item in plan_all(self._base)], DEADLINE, self._sandbox.routes)
        self._gathered = time.monotonic()

    def _run(self, folder: Path, faults: Sequence[Fault]) -> Run:
        def amend(document: dict[str, object]) -> None:
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
