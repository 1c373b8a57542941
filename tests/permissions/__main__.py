"""``python -m tests.permissions``: find out what each right is needed for and write the documents again."""

import sys
import tempfile
from pathlib import Path

from tests.faults.rigs import Rig
from tests.permissions.documents import ROOT, documents
from tests.permissions.finding import ENVIRONMENT, needs_of, withdrawn


def main() -> None:
    """Write every document that differs, and name it."""
    with tempfile.TemporaryDirectory() as folder:
        rigs: list[Rig] = []

        def rig_in(phase: str) -> Rig:
            rigs.append(Rig(ENVIRONMENT, phase, Path(folder) / phase))
            return rigs[-1]

        results = list(withdrawn(rig_in))
        for rig in rigs:
            rig.stop()
    for file, text in documents(needs_of(results)).items():
        if not file.exists() or file.read_text("utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            sys.stdout.write(f"wrote {file.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
