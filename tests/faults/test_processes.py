"""One fault of every layer through the whole gate, in a process of its own: what the matrix says, a user sees."""

from pathlib import Path

import pytest

from fixtures.options import SHIPPED
from fixtures.sandbox.faults import Fault, load_fault
from reports.results import read_results
from reports.verdict import EXITS
from tests.faults.expectations import disappointments
from tests.faults.rigs import PEER
from tests.run.gate import run_gate


def one_of_each_layer() -> list[Fault]:
    """The first fault of every folder that turns something red."""
    faults = [load_fault(file) for file in sorted((SHIPPED / "sandbox/faults").glob("*/*.yaml"))]
    first: dict[str, Fault] = {}
    for fault in faults:
        unseen = not PEER and any(change.file.startswith("bus/") for change in fault.changes)
        if not fault.expect.innocent and not fault.expect.state and not unseen:
            first.setdefault(fault.layer, fault)
    return list(first.values())


@pytest.mark.parametrize("fault", one_of_each_layer(), ids=lambda fault: fault.layer)
def test_a_fault_is_told_as_the_matrix_tells_it(fault: Fault, tmp_path: Path) -> None:
    asked = ("--env", "sandbox", "--phase", fault.phases[0], "--fault", str(fault.path))
    asked += ("--allow-writes",) if PEER else ()
    ran = run_gate(tmp_path / "run", *asked)
    results = read_results(ran.folder)
    wrong = list(disappointments(fault, results))
    assert not wrong, "\n".join([fault.title, *wrong])
    assert ran.exit == EXITS[results.verdict.word]
    assert f"SANDBOX {results.verdict.word}" in ran.output
    said = " ".join(ran.output.split())
    assert [each for each in results.results if each.state == "unmet"]
    for each in results.results:
        if each.state == "unmet" and each.severity == "blocker":
            assert " ".join(each.message.split())[:60] in said
