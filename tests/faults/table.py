"""The fault matrix as a table: of each check, how many faults it found, innocents it left alone, and came up beside.

Rows travel as properties of test reports, which xdist hands on, so the table is printed where the summary is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fixtures.sandbox.faults import Fault
from reports.results import Results
from tests.faults.expectations import collateral

PROPERTY = "fault"
FAULTS, INNOCENTS = 3, 2
HEAD = ("check", "faults found", "innocents quiet", "collateral")

Row = dict[str, Any]


def told(file: Path, fault: Fault, results: Results, *, disappointed: bool) -> str:
    """What one fault in one phase came to, as text."""
    expect = fault.expect
    meant = sorted({each.partition("[")[0] for each in (*expect.unmet, *expect.unmet_any)})
    return json.dumps(
        {
            "file": f"{file.parents[2].name}/{file.parent.name}/{file.stem}",
            "innocent": expect.innocent,
            "evidence": (expect.state or "unmet") != "unmet",
            "checks": list(fault.innocent_of) if expect.innocent else meant,
            "collateral": sorted({result.check for result in collateral(fault, results)}),
            "well": not disappointed,
        }
    )


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """The table and below it what is short of three faults and two innocents; nothing where there is no row."""
    files = _by_file(rows)
    if not files:
        return
    judged: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for row in files.values():
        kind = "innocent" if row["innocent"] else "evidence" if row["evidence"] else "fault"
        for check in row["checks"]:
            judged[check][kind].append(row["well"])
        for check in row["collateral"]:
            judged[check]["collateral"].append(True)
    table = [HEAD, *((check, *_cells(kinds)) for check, kinds in sorted(judged.items()))]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEAD))]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    found, quiet = _total(judged, "fault"), _total(judged, "innocent")
    unproven = sum(row["evidence"] for row in files.values())
    yield f"{len(files)} files: {found} faults found, {quiet} innocents quiet, {unproven} evidence faults"
    few = [
        f"{check} {len(kinds['fault'])}/{len(kinds['innocent'])}"
        for check, kinds in sorted(judged.items())
        if len(kinds["fault"]) < FAULTS or len(kinds["innocent"]) < INNOCENTS
    ]
    if few:
        yield f"fewer than {FAULTS} faults or {INNOCENTS} innocents: {', '.join(few)}"


def rows_of(reports: Iterable[Any]) -> list[Row]:
    """The rows that test reports carry."""
    held = [value for report in reports for name, value in getattr(report, "user_properties", ()) if name == PROPERTY]
    return [json.loads(value) for value in held]


def _by_file(rows: Iterable[Row]) -> dict[str, Row]:
    """One row a fault file: it went well if it did so in each of its phases."""
    files: dict[str, Row] = {}
    for row in rows:
        known = files.setdefault(row["file"], row)
        known["well"] = known["well"] and row["well"]
        known["collateral"] = sorted({*known["collateral"], *row["collateral"]})
    return files


def _cells(kinds: dict[str, list[bool]]) -> tuple[str, str, str]:
    return _share(kinds["fault"]), _share(kinds["innocent"]), str(len(kinds["collateral"]) or "")


def _share(well: list[bool]) -> str:
    return f"{sum(well)} of {len(well)}" if well else ""


def _total(judged: dict[str, dict[str, list[bool]]], kind: str) -> str:
    every = [well for kinds in judged.values() for well in kinds[kind]]
    return f"{sum(every)} of {len(every)}"
