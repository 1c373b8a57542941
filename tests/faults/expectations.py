"""What a fault file expects, held against what a run came to."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fixtures.sandbox.faults import Expect, Fault
from reports.results import Result, Results, encode

RED = ("unmet", "unproven")


def disappointments(fault: Fault, results: Results) -> Iterator[str]:
    """Everything about the results that the fault file does not expect, one sentence each."""
    expect = fault.expect
    verdicts = [expect.verdict] if expect.verdict else list(expect.verdict_any)
    if results.verdict.word not in verdicts:
        yield f"the verdict is {results.verdict.word} ({results.verdict.sentence}), not {' or '.join(verdicts)}"
    state = expect.state or "unmet"
    yield from _missing(expect, results, state)
    expected = [*expect.unmet, *expect.unmet_any, *expect.may_also]
    for result in results.results:
        if result.state in RED and not (names(expected, result) and _may(expect, result)):
            yield f"{result.id} is {result.state} as well: {result.message}"
    yield from _unsaid(expect, results)


def names(ids: Iterable[str], result: Result) -> bool:
    """Whether one of the ids, with or without item, is this result's; ``*`` stands for anything, as in ``*[neu/*]``.

    A pattern is for evidence that is missing: it excuses only what is unproven and says so in words that are expected.
    """
    return any(each in (result.id, result.check) or ("*" in each and fits(each, result.id)) for each in ids)


def collateral(fault: Fault, results: Results) -> list[Result]:
    """What turned red although another check is the one that is to tell."""
    expect = fault.expect
    meant = [*expect.unmet, *expect.unmet_any]
    return [result for result in results.results if result.state in RED and not names(meant, result)]


def fits(pattern: str, id_: str) -> bool:
    """Whether an id is one that a pattern means."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), id_) is not None


def _may(expect: Expect, result: Result) -> bool:
    """Whether what is expected somehow is red for the reason that is expected."""
    named = [each for each in (*expect.unmet, *expect.unmet_any, *expect.may_also) if "*" not in each]
    if names(named, result):
        return True
    return result.state == "unproven" and any(_says(words, result.message) for words in expect.says)


def _says(words: str | Sequence[str], text: str) -> bool:
    choices = [words] if isinstance(words, str) else words
    return any(str(word).casefold() in text.casefold() for word in choices)


def _missing(expect: Any, results: Results, state: str) -> Iterator[str]:
    there = [result for result in results.results if result.state == state]
    for wanted in expect.unmet:
        if not any(names([wanted], result) for result in there):
            yield f"{wanted} is not {state}: {_told(wanted, results)}"
    if expect.unmet_any and not any(names(expect.unmet_any, result) for result in there):
        yield f"none of {', '.join(expect.unmet_any)} is {state}"


def _told(wanted: str, results: Results) -> str:
    said = [f"{result.id} is {result.state}" for result in results.results if names([wanted], result)]
    return ", ".join(said[:5]) or "there is no such item"


def _unsaid(expect: Any, results: Results) -> Iterator[str]:
    named = [result for result in results.results if names([*expect.unmet, *expect.unmet_any], result)]
    said = " ".join(result.message for result in named if result.state in RED)
    for words in expect.says:
        if not _says(words, said):
            choices = [words] if isinstance(words, str) else words
            yield f"the messages do not say {' or '.join(map(str, choices))}: {said[:600]}"
    everything = encode(results).decode()
    for word in expect.says_not:
        if word in everything:
            yield f"{word!r} must not be said, and is"
