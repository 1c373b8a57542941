"""What a judged item costs over an empty pytest item: whole processes, collection and documents included.

A recorded run is replayed, so that no source is asked; beside it, plain pytest runs as many empty parametrized tests.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAIRS = 5
EMPTY = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_nothing(number):
    assert number >= 0
"""


def main() -> None:
    """Print the CPU time per item of both, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        recorded = Path(folder) / "recorded"
        _run(["--env", "sandbox", "--phase", "pre-cutover", "--run-dir", str(recorded)], ROOT)
        count = len(json.loads((recorded / "results.json").read_bytes())["results"])
        plain = Path(folder) / "plain"
        plain.mkdir()
        (plain / "test_empty.py").write_text(EMPTY.format(count=count))
        ours, theirs = [], []
        for number in range(PAIRS):
            replay = Path(folder) / f"replay-{number}"
            ours.append(_run(["--replay", str(recorded), "--run-dir", str(replay)], ROOT))
            theirs.append(_run(["-q", "-p", "no:cacheprovider", str(plain)], plain))
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    print(f"check cost: {count} items, {PAIRS} pairs, CPU of whole processes")
    for name, seconds in (("replayed gate", statistics.median(ours)), ("plain pytest", statistics.median(theirs))):
        print(f"  {name:<16} {seconds:.2f} s  {seconds / count * 1e6:7.0f} us per item")
    print(f"  ratio             {statistics.median(ratios):.2f}  (from {min(ratios):.2f} to {max(ratios):.2f})")


def _run(arguments: list[str], folder: Path) -> float:
    """CPU seconds, own and system, of one pytest process."""
    before = os.times()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GONOGO_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", *arguments]
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False)
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


if __name__ == "__main__":
    main()
