"""The whole gate on generated sites: time, requests, memory, and what a check costs over an empty pytest item.

    python -m bench.whole_gate [WORKLOADS ...]

Whole processes, collection, evidence, documents and all. A process of its own serves the site from memory, so that
nothing but the gate is measured. Beside each run plain pytest runs as many empty parametrized tests, with the same
options. Time is by the clock, CPU is user and system, memory the peak resident set, as the kernel tells of the process.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .generated_site import environment
from .kubernetes_decode import kubeconfig

ROOT = Path(__file__).parent.parent
SIZES = (50, 500, 5000)
FLEETS = ((10, 50), (100, 10))
GOAL_SECONDS, GOAL_MEMORY = 30.0, 1024.0
OPTIONS = ("-q", "--tb=no", "--no-header", "--no-summary", "-p", "no:cacheprovider")
EMPTY = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_nothing(number):
    assert number >= 0
"""


class Cost(NamedTuple):
    """Seconds by the clock, seconds of CPU, MiB at the peak."""

    wall: float
    cpu: float
    memory: float


class Judged(NamedTuple):
    """What a run came to."""

    items: int
    requests: int
    states: Counter[str]
    words: set[str]


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table, one row a size; sizes of single sites may be named."""
    sizes = tuple(map(int, arguments)) or SIZES
    print(f"Whole gate on generated sites, {os.cpu_count()} cores, CPython {sys.version.split()[0]}")
    print(f"{'':<24}{'items':>7}{'requests':>9}{'wall':>8}{'CPU':>8}{'peak':>10}{'us/item':>9}{'plain':>8}{'ratio':>7}")
    reached = []
    for workloads in sizes:
        cost = row(f"{workloads} workloads", [workloads])
        if workloads == max(SIZES):
            reached.append(cost.wall <= GOAL_SECONDS and cost.memory <= GOAL_MEMORY)
    for count, workloads in () if arguments else FLEETS:
        row(f"{count} envs of {workloads}", [workloads] * count)
    if reached:
        print(f"goal: {max(SIZES)} workloads in {GOAL_SECONDS:g} s and 1 GiB: {'met' if all(reached) else 'NOT MET'}")
    print(
        "us/item and plain: CPU of the whole process by item, the gate's and that of empty pytest items; ratio of both"
    )


def row(name: str, sizes: Sequence[int]) -> Cost:
    """Measure one line of the table and print it."""
    with tempfile.TemporaryDirectory() as folder, served(max(sizes)) as url:
        cost, judged = gate(Path(folder), url, sizes)
        plain = empty(Path(folder), judged.items)
    ours, theirs = (each.cpu / max(1, judged.items) * 1e6 for each in (cost, plain))
    print(
        f"{name:<24}{judged.items:>7}{judged.requests:>9}{cost.wall:>7.1f}s{cost.cpu:>7.1f}s{cost.memory:>6.0f} MiB"
        f"{ours:>9.0f}{theirs:>8.0f}{ours / theirs:>7.2f}",
        flush=True,
    )
    unusual = {state: count for state, count in judged.states.items() if state not in ("met", "undeclared")}
    if unusual or judged.words != {"GO"}:
        print(f"  it came to {', '.join(sorted(judged.words))}: {dict(judged.states)}")
    return cost


def gate(folder: Path, url: str, sizes: Sequence[int]) -> tuple[Cost, Judged]:
    """One run of the gate over an environment of each size."""
    arguments: list[str] = []
    for number, workloads in enumerate(sizes):
        file = folder / f"bench-{number}.yaml"
        file.write_text(environment(f"bench-{number}", workloads, url))
        arguments.append(f"--env={file}")
    runs = folder / "run"
    clone = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    command = [sys.executable, "-m", "pytest", *clone, *arguments, "--phase=post-cutover", f"--run-dir={runs}"]
    cost = measured(command, ROOT, {"KUBECONFIG": kubeconfig(str(folder), url)})
    results = [json.loads(file.read_bytes()) for file in sorted(runs.rglob("results.json"))]
    if len(results) != len(sizes):
        raise SystemExit(f"{len(results)} of {len(sizes)} environments came to a result")
    states = Counter(each["state"] for result in results for each in result["results"])
    requests = sum(source["requests"] for result in results for source in result["sources"])
    words = {result["verdict"]["word"] for result in results}
    return cost, Judged(sum(states.values()), requests, states, words)


def empty(folder: Path, count: int) -> Cost:
    """Plain pytest over as many empty items."""
    plain = folder / "plain"
    plain.mkdir()
    (plain / "test_empty.py").write_text(EMPTY.format(count=count))
    return measured([sys.executable, "-m", "pytest", *OPTIONS, str(plain)], plain, {})


def measured(command: Sequence[str], folder: Path, more: dict[str, str]) -> Cost:
    """The cost of one process, as the kernel counted it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GONOGO_", "PYTEST_", "HTTP"))}
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=kept | more, stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0  # it was waited for here
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, _mebibytes(used))


def _mebibytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


@contextmanager
def served(workloads: int) -> Iterator[str]:
    """The address of a site of this size."""
    command = [sys.executable, "-m", "bench.generated_server", str(workloads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().decode().strip()
        finally:
            server.terminate()


if __name__ == "__main__":
    main(sys.argv[1:])
