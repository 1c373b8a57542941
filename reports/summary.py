"""``summary.md``: for a pipeline's summary page and a change ticket; the verdict survives every limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import roll_call, telling
from .escaping import markdown
from .results import Result, Results

LIMIT = 900_000
"""Bytes. A step summary over 1 MiB is thrown away as a whole; what does not fit is dropped from the end, and said."""

_MOST = 100
_INERT = {ord("`"): None, ord("<"): None}  # within a code span nothing can be escaped


def render(results: Results, limit: int = LIMIT) -> bytes:
    """The document, at most ``limit`` bytes, whole sections at a time."""
    written = "\n".join(_head(results)).encode()
    dropped = []
    for title, section in _SECTIONS.items():
        lines = section(results)
        more = "\n".join(["", "", f"## {title}", "", *lines]).encode()
        if lines and len(written) + len(more) > limit - 1_000:
            dropped.append(title.lower())
        elif lines:
            written += more
    if dropped:
        written += f"\n\nLeft out for size: {', '.join(dropped)}. They are in report.html.".encode()
    return written + b"\n"


def _head(results: Results) -> list[str]:
    facts = [results.environment, results.phase, results.change or "", f"run {results.run}"]
    when = [f"Judged {telling.stamp(results.instant)}", telling.coverage(results), telling.no_return(results) or ""]
    return [
        f"# {telling.ICONS[results.verdict.word]} {markdown(results.verdict.title)}",
        "",
        f"**{markdown(telling.why(results))}**",
        "",
        " · ".join(markdown(fact) for fact in facts if fact),
        "",
        " · ".join(markdown(fact) for fact in when if fact),
    ]


def _notes(results: Results) -> list[str]:
    return [f"- {markdown(note)}" for note in telling.notes(results)]


def _roll_call(results: Results) -> list[str]:
    called = roll_call.call(results)
    rows = [["layer", "word", *called.places], ["---"] * (len(called.places) + 2)]
    for layer in called.layers:
        word = results.layers[layer].word
        cells = [called.cell(layer, place).brief() for place in called.places]
        rows.append([layer, f"{telling.ICONS[word]} {word}", *cells])
    table = [f"| {' | '.join(cell if cell == '---' else markdown(cell) for cell in row)} |" for row in rows]
    return [*table, "", markdown(roll_call.LEGEND)]


def _blockers(results: Results) -> list[str]:
    def tell(each: Result) -> str:
        return _told(each) + _remedy(each) + _rerun(each, results)

    return _some(telling.blockers(results), tell)


def _rerun(result: Result, results: Results) -> str:
    return f"<br>`{telling.rerun(result, results).translate(_INERT)}`"


def _unproven(results: Results) -> list[str]:
    lines = []
    for group in telling.unproven(results)[:_MOST]:
        lacks = f"<br>missing permission: {markdown(group.missing_permission)}" if group.missing_permission else ""
        named = ", ".join(markdown(f"{each.check}[{telling.item(each)}]") for each in group.results[:10])
        more = f" and {group.size - 10} more" if group.size > 10 else ""
        lines.append(f"- {markdown(group.message)}{lacks}<br>{group.size}: {named}{more}")
    return lines


def _waivers(results: Results) -> list[str]:
    return [
        f"- **{markdown(each.ticket)}** {markdown(telling.waiver_state(each, results.instant))},"
        f" {markdown(each.owner)}, approved by {markdown(each.approved_by)}: {markdown(each.reason)}"
        + "".join(f"<br>waived {_told(result)}" for result in telling.waived(results, each)[:_MOST])
        for each in results.waivers
    ]


def _warnings(results: Results) -> list[str]:
    return _some(telling.warnings(results), _told)


def _sources(results: Results) -> list[str]:
    return [
        f"- {markdown(each.place)} {markdown(each.source)}: {each.state}"
        + (f", {markdown(each.error.kind)}: {markdown(each.error.message)}" if each.error else "")
        for each in results.sources
    ]


def _not_applicable(results: Results) -> list[str]:
    return [f"- {markdown(', '.join(layers))}: {markdown(reason)}" for reason, layers in telling.excused(results)]


def _some(found: Sequence[Result], tell: Callable[[Result], str]) -> list[str]:
    more = [f"- and {len(found) - _MOST} more, in report.html"] if len(found) > _MOST else []
    return [f"- {tell(each)}" for each in found[:_MOST]] + more


def _told(result: Result) -> str:
    said = f"{'not proven: ' if result.state == 'unproven' else ''}{result.message}"
    named = f"**{markdown(result.check)}** {markdown(telling.item(result))}"
    return f"{named} ({markdown(result.owner or 'nobody')}): {markdown(said)}"


def _remedy(result: Result) -> str:
    return f"<br>Remedy: {markdown(result.remedy)}" if result.remedy else ""


_SECTIONS: dict[str, Callable[[Results], list[str]]] = {
    "Roll call": _roll_call,
    "Blockers unmet": _blockers,
    "Could not be proven": _unproven,
    "Waivers": _waivers,
    "Warnings": _warnings,
    "Notes": _notes,
    "Not applicable": _not_applicable,
    "Sources": _sources,
}
"""Most important first: the last are the first to be dropped."""
