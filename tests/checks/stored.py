"""Made-up answers of Blob storage, seen through the real view: a topic asks, and finds what a test names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from fixtures.environment import Environment
from fixtures.evidence import EvidenceMissing, Looked, Record, SourceError
from fixtures.sources.blob.answers import Answers
from fixtures.sources.blob.facts import Answered, BlobEvidence, Entry, Request
from fixtures.sources.blob.views import BlobView
from tests.checks.evidence import NOW

#: Containers by ``account/container``, each with its blobs.
Stored = Mapping[str, Sequence[Entry]]


def entry(name: str, ago: timedelta | None = timedelta(0), size: int | None = 1024, **more: Any) -> Entry:
    """A blob that was written some time ago."""
    changed: datetime | None = None if ago is None else NOW - ago
    return Entry(name=name, size=size, last_modified=changed, **more)


def error(message: str = "stneu/landing: 403", kind: str = "denied", missing: str | None = None) -> SourceError:
    """Why a request has no answer."""
    return msgspec.convert({"kind": kind, "message": message, "missing_permission": missing}, SourceError)


class Made(Answers):
    """Accounts with these containers alone; requests with a ``failing`` part in their key answer nothing."""

    def __init__(
        self, found: Environment, stored: Stored, failing: Mapping[str, SourceError], place: str | None = None
    ) -> None:
        super().__init__(found, place)
        self._stored, self._failing = stored, failing
        self.answers: dict[str, Answered] = {}

    def answered(self, request: Request) -> Answered:
        """The answer, remembered."""
        answer = self._answer(request)
        self.answers[request.key] = answer
        if answer.error is not None:
            raise EvidenceMissing(answer.error.kind, answer.error.message)
        return answer

    def _answer(self, request: Request) -> Answered:
        for part, why in self._failing.items():
            if part in request.key:
                return Answered(error=why)
        held = self._stored.get(f"{request.account}/{request.container}")
        if held is None:
            return Answered(absent=True)
        found = sorted((each for each in held if each.name.startswith(request.prefix)), key=lambda each: each.name)
        if request.level:
            return _level(found, request)
        return Answered(entries=found[: request.most], bounded=len(found) > request.most)


def _level(found: Sequence[Entry], request: Request) -> Answered:
    skipped, most = len(request.prefix), request.most
    below = {each.name: each.name[skipped:].partition("/") for each in found}
    folders = sorted({f"{request.prefix}{head}/" for head, slash, _ in below.values() if slash})
    blobs = [each for each in found if not below[each.name][1]]
    return Answered(names=folders[:most], entries=blobs[:most], bounded=len(folders) + len(blobs) > most)


def blob(
    topic: str,
    about: Any,
    found: Environment,
    stored: Stored,
    *,
    failing: Mapping[str, SourceError] | None = None,
    looked: Looked | None = None,
    asked: Any = None,
) -> BlobView:
    """The view of a check after a topic was asked at the place of what is declared, about it or ``asked``."""
    from fixtures.azure.topical import quietly
    from fixtures.sources.blob.topics import topics

    made = Made(found, stored, failing or {}, about.site)
    quietly(lambda found, thing: found.read(made, thing), topics()[topic], asked or about)
    record = Record(
        source="blob",
        place=about.site or "global",
        asked_at=NOW,
        observed_at=NOW,
        duration_ms=1,
        data=msgspec.Raw(msgspec.json.encode(BlobEvidence(answers=made.answers))),
    )
    return BlobView(record, looked or Looked(), found)
