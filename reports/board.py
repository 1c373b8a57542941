"""The board in the terminal: the verdict first and last, in between only what somebody has to act on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from . import roll_call, telling
from .results import Result, Results, Waiver
from .verdict import plural

COLOURS = {
    "GO": "green",
    "CONDITIONAL": "yellow",
    "NO-GO": "red",
    "INCOMPLETE": "magenta",
    "PARTIAL": "cyan",
    "WARNING": "yellow",
    "-": "dim",
}
_MOST = 40
_MOST_NAMES = 6


def render(results: Results, console: Console, folder: Path | None = None) -> None:
    """Print the board. Without colour the console gets plain text: no boxes, nothing but ASCII of our own."""
    for part in _parts(results, console):
        console.print(part, highlight=False, markup=False, emoji=False, soft_wrap=_unbroken(part))
    if folder is not None:
        console.print(Text(f"report  {folder / 'report.html'}"), soft_wrap=True, highlight=False)
    console.print(
        Text(
            f"{_icon(results.verdict.word, console)}{results.verdict.title}: {telling.why(results)}",
            style=f"bold {COLOURS[results.verdict.word]}",
        )
    )


def _parts(results: Results, console: Console) -> Iterable[RenderableType]:
    yield _banner(results, console)
    yield _roll_call(results, console)
    yield from _section("BLOCKERS UNMET", [_unmet(each, results, console) for each in telling.blockers(results)])
    yield from _section("COULD NOT BE PROVEN", [_group(each) for each in telling.unproven(results)])
    yield from _section("WAIVERS", [_waiver(each, results) for each in results.waivers])
    yield from _section("WARNINGS", [_warning(each) for each in telling.warnings(results)])
    yield from _section("NOTES", [Text(note) for note in telling.notes(results)])
    excused = [Text.assemble((", ".join(layers), "bold"), f"  {reason}") for reason, layers in telling.excused(results)]
    yield from _section("NOT APPLICABLE", excused)
    yield from _sources(results)


def _banner(results: Results, console: Console) -> RenderableType:
    word = results.verdict.word
    facts = [results.environment, results.phase, results.change, _move(results)]
    when = [
        f"judged {telling.stamp(results.instant)}",
        f"from {results.vantage}" if results.vantage else None,
        telling.coverage(results),
        telling.no_return(results),
    ]
    lines = Group(
        Text.assemble(
            (f" {_icon(word, console)}{results.verdict.title} ", f"bold reverse {COLOURS[word]}"),
            "  ",
            _joined(facts, console),
        ),
        Text(telling.why(results), style="bold"),
        Text.assemble((_joined(when, console), "dim")),
    )
    if _plain(console):
        return Group(Text(), lines, Text())
    return Panel(lines, box=box.HEAVY, border_style=COLOURS[word], padding=(0, 1))


def _roll_call(results: Results, console: Console) -> RenderableType:
    called, excused = roll_call.call(results), results.not_applicable
    table = Table(box=None if _plain(console) else box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("layer", "", *called.places):
        table.add_column(heading, no_wrap=not heading, overflow="fold")
    for layer in (each for each in called.layers if results.layers[each].word != "-" or each not in excused):
        word = results.layers[layer].word
        cells = [called.cell(layer, place) for place in called.places]
        table.add_row(
            Text(layer),
            Text(f"{_icon(word, console)}{word}", style=COLOURS[word]),
            *(Text(cell.brief(), style=COLOURS[cell.word]) for cell in cells),
        )
    return Group(table, Text(roll_call.LEGEND, style="dim"), Text())


def _section(title: str, entries: Sequence[RenderableType]) -> Iterable[RenderableType]:
    if not entries:
        return
    yield Text(f"{title} ({len(entries)})", style="bold")
    for entry in entries[:_MOST]:
        yield from map(_indented, entry.renderables if isinstance(entry, Group) else [entry])
    if len(entries) > _MOST:
        yield Padding(Text(f"and {len(entries) - _MOST} more, in the report"), (0, 0, 0, 2))
    yield Text()


def _indented(part: RenderableType) -> RenderableType:
    return part if _unbroken(part) else Padding(part, (0, 0, 0, 2))


def _unbroken(part: RenderableType) -> bool:
    """Whether it is a command: one that was broken into lines could not be copied."""
    return isinstance(part, Text) and bool(part.no_wrap)


def _unmet(result: Result, results: Results, console: Console) -> RenderableType:
    lines: list[RenderableType] = [Text(result.message)]
    if result.remedy:
        lines.append(Text(f"{'remedy:' if _plain(console) else '→'} {result.remedy}", style="green"))
    command = Text(f"    $ {telling.rerun(result, results)}", style="dim", no_wrap=True)
    head = Text.assemble(
        (result.check, "bold red"), "  ", telling.item(result), (f"  {result.owner or 'nobody owns it'}", "cyan")
    )
    return Group(head, Padding(Group(*lines), (0, 0, 0, 2)), command)


def _group(group: telling.Group) -> RenderableType:
    lines: list[RenderableType] = [Text(_named(group.results), style="dim")]
    if group.missing_permission:
        lines.append(Text(f"missing permission: {group.missing_permission}", style="bold"))
    head = Text.assemble((plural(len(group.results), "item"), "bold magenta"), f"  {group.message}")
    return Group(head, Padding(Group(*lines), (0, 0, 0, 2)))


def _waiver(waiver: Waiver, results: Results) -> RenderableType:
    expired = waiver.state == "expired"
    forgiven = telling.waived(results, waiver)
    head = Text.assemble(
        (waiver.ticket, "bold"),
        "  ",
        (telling.waiver_state(waiver, results.instant), "bold red" if expired else ""),
        (f"  {waiver.owner}, approved by {waiver.approved_by}", "cyan"),
    )
    lines: list[RenderableType] = [Text(waiver.reason)]
    lines += [Text(f"waived {each.check}  {telling.item(each)}: {each.message}", style="yellow") for each in forgiven]
    return Group(head, Padding(Group(*lines), (0, 0, 0, 2)))


def _warning(result: Result) -> RenderableType:
    state = "" if result.state == "unmet" else "not proven: "
    return Text.assemble((result.check, "yellow"), f"  {telling.item(result)}: {state}{result.message}")


def _sources(results: Results) -> Iterable[RenderableType]:
    if not results.sources:
        return
    yield Text("SOURCES", style="bold")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(5):
        table.add_column(overflow="fold")
    for source in results.sources:
        colour = {"complete": "green", "partial": "yellow", "elsewhere": "cyan", "unserved": "cyan"}.get(
            source.state, "red"
        )
        told = f"{source.error.kind}: {source.error.message}" if source.error else ""
        took = f"{source.duration_ms:.0f} ms, {plural(source.requests, 'request')}"
        table.add_row(f"  {source.place}", source.source, Text(source.state, style=colour), took, Text(told))
    yield table
    yield Text()


def _move(results: Results) -> str | None:
    cutover = results.cutover
    return f"{cutover.from_site} to {cutover.to_site}" if cutover and cutover.from_site and cutover.to_site else None


def _named(results: Sequence[Result]) -> str:
    names = [f"{each.check}[{telling.item(each)}]" for each in results[:_MOST_NAMES]]
    return ", ".join(names) + (f" and {len(results) - _MOST_NAMES} more" if len(results) > _MOST_NAMES else "")


def _joined(facts: Iterable[str | None], console: Console) -> str:
    return (", " if _plain(console) else " · ").join(fact for fact in facts if fact)


def _icon(word: str, console: Console) -> str:
    return "" if _plain(console) else f"{telling.ICONS[word]} "


def _plain(console: Console) -> bool:
    return console.color_system is None
