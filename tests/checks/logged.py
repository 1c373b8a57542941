"""Made-up answers of workspaces, seen through the real view: a topic asks, and finds what a test names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from fixtures.environment import Environment
from fixtures.evidence import Looked, Record, SourceError
from fixtures.sources.arm import answers as arm
from fixtures.sources.logs.answers import Logs
from fixtures.sources.logs.facts import Answered, LogsEvidence, Query
from fixtures.sources.logs.views import LogsView
from tests.checks.evidence import NOW

_NAMED = re.compile(r"// gonogo: (?P<name>\S+)\n")


def table(columns: str, *rows: Any) -> Answered:
    """A table; ``columns`` are the names, in one word after the other."""
    return Answered(columns=columns.split(), rows=msgspec.Raw(msgspec.json.encode([list(row) for row in rows])))


def refused(message: str = "the workspace refuses queries", *, blocked: bool = False) -> Answered:
    """A refusal."""
    error = SourceError(kind="denied", message=message, missing_permission="Log Analytics Reader on it")
    return Answered(error=error, blocked=blocked)


class Made(Logs):
    """Workspaces that answer a query by its name, or by its whole text."""

    def __init__(self, found: Environment, place: str, answers: Mapping[str, Answered]) -> None:
        super().__init__(arm.Recorded(found, {}), place)
        self._answers = answers
        self.queries: dict[str, Answered] = {}

    def answered(self, query: Query) -> Answered:
        """The answer, remembered."""
        named = _NAMED.match(query.text)
        self.queries[query.key] = self._answers[named["name"] if named else query.text]
        return self.queries[query.key]


def logs(
    topic: str,
    about: Any,
    found: Environment,
    answers: Mapping[str, Answered],
    looked: Looked | None = None,
    place: str | None = None,
) -> LogsView:
    """The view of a check after a topic was asked about what is declared, at its own place or at another."""
    from fixtures.azure.topical import quietly
    from fixtures.sources.logs.topics import topics

    place = place or about.site or "global"
    made = Made(found, place, answers)
    quietly(lambda found, thing: found.read(made, thing), topics()[topic], about)
    record = Record(
        source="logs",
        place=place,
        asked_at=NOW,
        observed_at=NOW,
        duration_ms=1,
        data=msgspec.Raw(msgspec.json.encode(LogsEvidence(queries=made.queries))),
    )
    return LogsView(record, looked or Looked(), found)
