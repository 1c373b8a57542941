"""Takes one right at a time from a healthy run, and says what can no longer be proven without it.

What a right is needed for is nowhere written down: it is found by withdrawing it. The evidence is changed as it would
have been recorded had the service refused, and judged again; tests.permissions.test_refusals shows that it would have.
Where a refusal makes a source ask for something else instead, the sandbox refuses it and is asked again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fixtures.asking import evidence_file
from fixtures.check import Check
from fixtures.options import SHIPPED
from fixtures.planning import Item
from fixtures.run import Run
from fixtures.sandbox.arm_paths import parse
from fixtures.sandbox.faults import Change, Expect, Fault
from fixtures.sources.kubernetes.kinds import KINDS, Kind
from reports.results import Result
from tests.faults.judging import judge, plan_all
from tests.faults.rigs import Rig

PERMISSIONS = "gate.permissions"
WORLD = SHIPPED / "sandbox" / "world"
METRICS = "Microsoft.Insights/metrics/read"
QUERIES = "Microsoft.OperationalInsights/workspaces/query/read"
AZURE = ("arm", "metrics", "logs")
RECEIVER, HUBS, READER = (
    "Azure Service Bus Data Receiver",
    "Azure Event Hubs Data Receiver",
    "Storage Blob Data Reader",
)
#: What the data planes are read with, and the sources that need it: a canary blob is seen by its event in a queue.
ROLES = {RECEIVER: ("bus", "blob"), HUBS: ("bus",), READER: ("blob",)}
#: What is said where a record does not hold what somebody wants to know.
_UNASKED = re.compile(r"was not asked for|no workspace was asked|was not asked about")


@dataclass(frozen=True)
class Right:
    """``list pods`` in a cluster, an action in Azure, or a role in a data plane; only the first has a ``kind``."""

    name: str
    kind: Kind | None = None

    @property
    def is_role(self) -> bool:
        """Whether it is a role in a data plane."""
        return self.name in ROLES

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources whose evidence is another without it."""
        if self.is_role:
            return ROLES[self.name]
        return AZURE if self.kind is None else ("kubernetes",)


@dataclass(frozen=True)
class Withdrawn:
    """What came of it: the results that are others than before."""

    right: Right
    changed: tuple[tuple[Result, Result], ...]

    @property
    def unproven(self) -> frozenset[str]:
        """The checks that can no longer be proven."""
        return frozenset(after.check for _, after in self.changed if after.state == "unproven")

    def wrongs(self) -> Iterator[str]:
        """What must never come of a missing right."""
        for before, after in self.changed:
            said = f"{after.id} is {after.state} without {self.right.name}, was {before.state}: {after.message}"
            if after.state == "unmet" and after.check == PERMISSIONS:
                if self.right.name.lower() not in after.message.lower():
                    yield f"{said} (which does not name the right)"
            elif after.state != "unproven":
                yield said
            elif self.right.name.lower() not in after.message.lower():
                yield f"{said} (which does not name the right)"


def rights_in_clusters() -> list[Right]:
    """Everything that is listed by default; Secrets are not."""
    return [Right(f"list {kind.full}", kind) for kind in KINDS if not kind.matched]


def rights_in_azure(rig: Rig) -> list[Right]:
    """Every action that some request of the rig needed, as it was written there."""
    asked = {parse(each.path.partition("?")[0]).action for each in rig.requests if each.source in ("arm", "metrics")}
    if any(each.source == "logs" for each in rig.requests):
        asked.add(QUERIES)
    named = {action.lower(): action for action in sorted(asked)}
    return [Right(named[action]) for action in sorted(named)]


def roles_in_data_planes(rig: Rig) -> list[Right]:
    """The roles of every data plane that was asked."""
    asked = {each.source for each in rig.requests}
    return [Right(name) for name, sources in ROLES.items() if sources[0] in asked]


class Withdrawal:
    """A rig's healthy run, judged again without single rights."""

    def __init__(self, rig: Rig, passed_over: Iterable[str] = ()) -> None:
        self._rig = rig
        self._healthy = {result.id: result for result in rig.healthy.results}
        self._planned = [pair for pair in plan_all(rig.base()) if pair[0].id not in set(passed_over)]

    @property
    def judged(self) -> frozenset[str]:
        """The checks that are met somewhere."""
        return frozenset(result.check for result in self._healthy.values() if result.state == "met")

    def of(self, right: Right) -> Withdrawn:
        """What becomes of the items without a right."""
        supposed = self.supposed(right)
        strayed = any(_UNASKED.search(after.message) for _, after in supposed.changed)
        return self.refused(right) if strayed else supposed

    def refused(self, right: Right) -> Withdrawn:
        """The same where the services themselves refuse."""
        fault = Fault(
            path=Path(f"without {right.name}"),
            title=right.name,
            layer="gate",
            phases=(),
            changes=tuple(_refusals(right)),
            expect=Expect(verdict="NO-GO"),
        )
        wanted = {item.planned.id for _, item in self._planned}
        return self._compared(right, [each for each in self._rig.with_faults([fault]).results if each.id in wanted])

    def supposed(self, right: Right) -> Withdrawn:
        """The same over changed evidence; only items whose evidence may differ are judged."""
        run = self._rig.base()
        for file in sorted((run.folder / "evidence").glob("*/*.json")):
            if file.stem in right.sources:
                _rewrite(run, file, right)
        return self._compared(right, judge(run, [pair for pair in self._planned if _concerned(pair, right)]).results)

    def _compared(self, right: Right, results: Iterable[Result]) -> Withdrawn:
        pairs = ((self._healthy[result.id], result) for result in results if result.id in self._healthy)
        return Withdrawn(right, tuple((before, now) for before, now in pairs if before.state != now.state))


def _refusals(right: Right) -> Iterator[Change]:
    """How a world refuses."""
    if right.is_role:
        yield from _closed_doors(right)
        return
    if right.kind is None:
        rule = {"id": "/*", "x-gonogo": {"status": 403, "actions": [right.name]}}
        yield Change(file="arm/base.yaml", add=rule)
        return
    denied = [{"verbs": ["list"], "apiGroups": [right.kind.group], "resources": [right.kind.resource]}]
    for site in ("weu", "neu"):
        yield Change(file=f"kubernetes/{site}/access.yaml", set={"deny": denied})


def _closed_doors(right: Right) -> Iterator[Change]:
    """How the accounts or namespaces of the sandbox refuse."""
    if right.name == READER:
        for file in sorted((WORLD / "blob").glob("*.yaml")):
            yield Change(file=f"blob/{file.name}", set={"error": {"status": 403, "methods": ["GET"]}})
        return
    prefix, refusing = "sb", {"at": "attach", "do": "refuse", "condition": "amqp:unauthorized-access"}
    if right.name == HUBS:
        prefix, refusing = "eh", {"at": "token", "do": "refuse", "status": 401}
    for site in ("weu", "neu"):
        yield Change(file=f"bus/{prefix}-sandbox-{site}.yaml", set={"behaviour": [refusing]})


def _concerned(pair: tuple[Check, Item], right: Right) -> bool:
    check, item = pair
    if item.planned.undeclared or item.planned.level == "run":
        return False
    return check.id == PERMISSIONS or any(source in right.sources for _, source in item.planned.evidence)


def _rewrite(run: Run, file: Path, right: Right) -> None:
    """The record as it would be without the right. The file is shared with the healthy run, so it is replaced."""
    record = msgspec.json.decode(file.read_bytes(), type=dict[str, msgspec.Raw])
    data = msgspec.json.decode(record["data"], type=dict[str, msgspec.Raw] | None)
    if data is None:
        return
    changed = _without(data, right)
    record["data"] = msgspec.Raw(msgspec.json.encode(data | changed))
    draft = evidence_file(run.folder, file.parent.name, file.stem).with_suffix(".part")
    draft.write_bytes(msgspec.json.encode(record))
    draft.replace(file)


def _without(data: Mapping[str, msgspec.Raw], right: Right) -> dict[str, msgspec.Raw]:
    if right.kind is not None:
        return _without_list(data, right.kind)
    return _without_role(data, right.name) if right.is_role else _without_action(data, right.name)


def _without_role(data: Mapping[str, msgspec.Raw], role: str) -> dict[str, msgspec.Raw]:
    """Every answer of the data planes that the role is for, refused."""
    error = {"kind": "denied", "message": "it refuses (403)", "missing_permission": f"{role} on /some/scope"}
    refused = {"error": error}
    looked = {"entities": {"waiting": refused, "dead": refused}, "trips": refused}
    refusals = {RECEIVER: looked, HUBS: {"hubs": refused}, READER: {"answers": refused}}[role]
    return {
        name: _raw(dict.fromkeys(msgspec.json.decode(told, type=dict[str, msgspec.Raw]), refusals[name]))
        for name, told in data.items()
        if name in refusals
    }


def _without_list(data: Mapping[str, msgspec.Raw], kind: Kind) -> dict[str, msgspec.Raw]:
    kinds = msgspec.json.decode(data["kinds"], type=dict[str, msgspec.Raw])
    error = {"kind": "denied", "message": "forbidden (403)", "missing_permission": kind.permission}
    kinds[kind.key] = _raw({"error": error})
    rights = msgspec.json.decode(data["rights"], type=list[dict[str, Any]])
    for right in rights:
        if (right["verb"], right["group"], right["resource"]) == ("list", kind.group, kind.resource):
            right["allowed"] = False
    return {"kinds": _raw(kinds), "rights": _raw(rights)}


def _without_action(data: Mapping[str, msgspec.Raw], action: str) -> dict[str, msgspec.Raw]:
    return {name: _raw(_refused(name, told, action)) for name, told in data.items()}


def _refused(name: str, told: msgspec.Raw, action: str) -> dict[str, Any]:
    answers = msgspec.json.decode(told, type=dict[str, msgspec.Raw])
    missing = f"{action} (some role) on /some/scope"
    error = {"kind": "denied", "message": "Azure refuses it (AuthorizationFailed)", "missing_permission": missing}
    refusal = _raw({"status": 403, "error": error} if name in ("answers", "arm") else {"error": error})
    return {key: refusal if _action(name, key) == action.lower() else answer for key, answer in answers.items()}


def _action(name: str, key: str) -> str:
    if name in ("measured", "queries"):
        return (METRICS if name == "measured" else QUERIES).lower()
    return parse(key.partition(" ")[2].partition("?")[0]).action.lower()


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
