"""Runs the gate as a user does: in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """What a process said and left."""

    exit: int
    output: str
    folder: Path

    @property
    def results(self) -> dict[str, Any]:
        """The recorded results."""
        read: dict[str, Any] = json.loads((self.folder / "results.json").read_bytes())
        return read

    @property
    def word(self) -> str:
        """The verdict."""
        return str(self.results["verdict"]["word"])

    def states(self, check: str = "") -> dict[str, str]:
        """State by id, of all results or of one check."""
        return {each["id"]: each["state"] for each in self.results["results"] if each["id"].startswith(check)}

    def requests(self) -> list[dict[str, Any]]:
        """What the sandbox was asked."""
        lines = (self.folder / "sandbox.requests.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


def clean_environment(**more: str) -> dict[str, str]:
    """The process environment without what would steer pytest or the gate."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GONOGO_", "PYTEST_", "PYTHON"))}
    return kept | more


def run_gate(folder: Path, *arguments: str, root: Path = ROOT, python: tuple[str, ...] = (), **more: str) -> Ran:
    """One gate from a clone; its run folder is ``folder``."""
    command = [sys.executable, *python, "-m", "pytest", *arguments, "--run-dir", str(folder)]
    ran = subprocess.run(
        command, cwd=root, env=clean_environment(**more), capture_output=True, text=True, timeout=300, check=False
    )
    return Ran(ran.returncode, ran.stdout + ran.stderr, folder)


def copy_of_the_clone(folder: Path) -> Path:
    """The project's own files, to be edited."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, listed):
        if not name.startswith(("tests/", "docs/")):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target, follow_symlinks=False)
    return folder
