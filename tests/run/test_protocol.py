"""A check that is judged in one step comes to what pytest's longer way comes to, and whoever wants that way gets it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.run.gate import copy_of_the_clone, run_gate

SANDBOX = ("--env", "sandbox", "--phase", "pre-cutover")
HEAD = "import logging\nimport sys\n\nimport pytest\n\n"
CHECK = '@pytest.mark.check(severity="blocker", remedy="None.")\n'
SHORT = "-k=made_up"
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}Z")


def told(results: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {
        each["id"]: (each["state"], INSTANT.sub("", each["message"]), looked_at(each), each["severity"])
        for each in results["results"]
    }


def looked_at(result: dict[str, Any]) -> int:
    """How much of it: of names it depends on how busy the machine is how many resolvers answer in time."""
    count = int(result["looked_at"])
    return min(count, 1) if result["id"].startswith("dns.") else count


def made_up(clone: Path, body: str, conftest: str = "") -> None:
    (clone / "checks/compute/test_made_up.py").write_text(HEAD + body)
    if conftest:
        (clone / "checks/conftest.py").write_text("import pytest\n\n\n" + conftest)


def test_both_ways_come_to_the_same(tmp_path: Path) -> None:
    fault = ("--fault", "compute/oom_kills-killed-under-load")
    swift = run_gate(tmp_path / "swift", *SANDBOX, *fault)
    longer = run_gate(tmp_path / "longer", *SANDBOX, *fault, "--setup-show")
    assert (swift.exit, swift.word) == (longer.exit, longer.word) == (1, "NO-GO"), swift.output
    assert told(swift.results) == told(longer.results)
    assert "SETUP" in longer.output
    assert "SETUP" not in swift.output


@pytest.mark.parametrize(
    ("does", "state", "says"),
    [
        ('pytest.skip("not today")', "unproven", "skipped itself: not today"),
        ('pytest.xfail("not today")', "unproven", "expects itself to fail"),
        ('pytest.fail("it is wrong")', "unmet", "it is wrong"),
        ("assert cluster is None, 'it is there'", "unmet", "it is there"),
        ("raise KeyError('limit')", "unproven", "KeyError: 'limit'"),
        ("raise SystemExit(0)", "unproven", "SystemExit"),
        ("pass", "unproven", "without having looked at anything"),
    ],
)
def test_what_a_check_does_means_the_same(tmp_path: Path, does: str, state: str, says: str) -> None:
    clone = copy_of_the_clone(tmp_path / "clone")
    made_up(clone, f'{CHECK}def test_made_up(cluster):\n    """Made up."""\n    {does}\n')
    for way in ((), ("--setup-show",)):
        ran = run_gate(tmp_path / f"run{len(way)}", *SANDBOX, SHORT, *way, root=clone)
        found = [each for each in ran.results["results"] if each["check"] == "compute.made_up"]
        assert {each["state"] for each in found} == {state}, ran.output
        assert all(says in each["message"] for each in found), found


def test_what_a_check_prints_is_not_shown(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path / "clone")
    prints = '    print("AccountKey=leaked")\n    logging.warning("leaked")\n    print("leaked", file=sys.stderr)\n'
    made_up(
        clone, f'{CHECK}def test_made_up(cluster, kubernetes):\n    """Made up."""\n{prints}    kubernetes.identity\n'
    )
    ran = run_gate(tmp_path / "run", *SANDBOX, SHORT, root=clone)
    assert "leaked" not in ran.output
    assert set(ran.states("compute.made_up").values()) == {"met"}, ran.output


@pytest.mark.parametrize(
    "conftest",
    [
        '@pytest.fixture(autouse=True)\ndef mine():\n    print("wanted")\n    yield\n',
        'def pytest_runtest_setup(item):\n    print("wanted")\n',
        'def pytest_pyfunc_call(pyfuncitem):\n    print("wanted")\n',
        '@pytest.fixture\ndef kubernetes(kubernetes):\n    print("wanted")\n    return kubernetes\n',
    ],
    ids=["autouse", "setup", "call", "override"],
)
def test_whoever_hooks_into_the_steps_is_called(tmp_path: Path, conftest: str) -> None:
    clone = copy_of_the_clone(tmp_path / "clone")
    looks = '    """Made up."""\n    kubernetes.identity\n'
    made_up(clone, f"{CHECK}def test_made_up(cluster, kubernetes):\n{looks}", conftest)
    ran = run_gate(tmp_path / "run", *SANDBOX, SHORT, "-s", root=clone)
    assert ran.output.count("wanted") >= 2, ran.output
    assert set(ran.states("compute.made_up").values()) == {"met"}, ran.output
