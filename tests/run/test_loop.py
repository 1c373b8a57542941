"""Items are judged in a loop of our own: whatever happens in it, it comes to the same as in pytest's."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.run.gate import Ran, copy_of_the_clone, run_gate

SANDBOX = ("--env", "sandbox", "--phase", "pre-cutover", "--fault", "compute/oom_kills-killed-under-load")
KEPT = ("oom_kills", "scheduling", "workloads")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:]+")
DURATION = re.compile(r"\d+\.\d+s (setup|call|teardown) ")
SECONDS = re.compile(r"in \d+\.\d+s|\d+ ms")
#: Somebody who listens: it is enough that a conftest has such a hook for pytest's own loop to run.
LISTENS = "def pytest_runtest_logfinish(nodeid): pass\n"
#: Somebody with a say in what there is: pytest makes every item in full.
GENERATES = "def pytest_generate_tests(metafunc): pass\n"
ODD = '''
import os
import signal
import sys
import warnings

import pytest


@pytest.mark.check(severity="blocker", remedy="None.")
def test_odd_first(workload, kubernetes):
    """It looks, prints and warns."""
    print("##vso[task.complete result=Succeeded]AccountKey=leaked")
    print("leaked", file=sys.stderr)
    warnings.warn("leaked")
    assert kubernetes.workload(workload)


@pytest.mark.check(severity="blocker", remedy="None.")
def test_odd_second(workload, kubernetes):
    """It does something else for every workload."""
    assert kubernetes.workload(workload)
    said = sum(map(ord, workload.name)) % 7
    assert said != 1, "the second of seven"
    if said == 2:
        raise KeyError("limit")
    if said == 3:
        pytest.skip("not today")
    if said == 4 and os.environ.get("ODD") == "interrupt":
        os.kill(os.getpid(), signal.SIGINT)
    if said == 4 and os.environ.get("ODD") == "exit":
        pytest.exit("enough")


@pytest.mark.check(severity="warning", remedy="None.")
def test_odd_third(workload):
    """It never looks."""
'''


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with few checks, so that a whole run of it is quick."""
    root = copy_of_the_clone(tmp_path_factory.mktemp("loop") / "clone")
    for file in (root / "checks").rglob("test_*.py"):
        if not any(word in file.name for word in KEPT):
            file.unlink()
    (root / "checks/compute/test_odd.py").write_text(ODD)
    return root


def judged(clone: Path, folder: Path, *more: str, conftest: str = "", **variables: str) -> Ran:
    (clone / "checks/conftest.py").write_text(conftest)
    return run_gate(folder, *SANDBOX, *more, root=clone, **variables)


def told(ran: Ran) -> Any:
    """Everything that was recorded, but for the times."""
    results = ran.results
    return [
        {key: INSTANT.sub("", str(value)) for key, value in each.items() if key not in ("duration_ms", "evidence")}
        for each in results["results"]
    ], {key: results[key] for key in ("verdict", "counts", "layers", "stopped", "narrowed_by", "checks")}


def shown(ran: Ran) -> list[str]:
    """The lines of the terminal that tell of items."""
    kept = (
        line
        for line in ran.output.splitlines()
        if ("[" in line and not DURATION.match(line)) or (line and set(line) <= set(".x?~-sFE"))
    )
    return [SECONDS.sub("", INSTANT.sub("", line)) for line in kept if str(ran.folder) not in line]


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-v",),
        ("-s",),
        ("-x",),
        ("--maxfail=3",),
        ("-o", "addopts=", "--tb=no", "--disable-warnings"),
        ("-o", "addopts=", "-p", "no:terminal"),
        ("-n", "0"),
        ("-n", "2"),
        ("-m", "compute"),
        ("-k", "odd and not first"),
        ("-W", "error"),
        ("--junitxml=junit.of.pytest.xml",),
        ("--alluredir=allure",),
        ("--durations=2",),
    ],
    ids=" ".join,
)
def test_it_comes_to_the_same_as_pytests_own(clone: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    swift = judged(clone, tmp_path / "swift", *options)
    longer = judged(clone, tmp_path / "longer", *options, conftest=LISTENS + GENERATES)
    if "-n" not in options or "2" not in options:  # two workers stop where they happen to be
        assert told(swift) == told(longer)
    assert (swift.exit, swift.word, swift.states()) == (longer.exit, longer.word, longer.states())
    assert {"unmet", "unproven"} <= set(swift.states().values()), swift.output
    if "-s" not in options:
        assert shown(swift) == shown(longer) or "-n" in options
        assert "leaked" not in swift.output.replace("UserWarning: leaked", "").replace('warn("leaked")', "")


@pytest.mark.parametrize("how", ["interrupt", "exit"])
def test_an_interrupted_run_keeps_what_is_judged(clone: Path, tmp_path: Path, how: str) -> None:
    swift = judged(clone, tmp_path / "swift", ODD=how)
    longer = judged(clone, tmp_path / "longer", conftest=LISTENS, ODD=how)
    assert told(swift) == told(longer)
    assert swift.exit == longer.exit != 0
    assert "met" in swift.states("compute.odd_first").values()
    assert set(swift.states("compute.odd_third").values()) == {"unproven"}  # it never came to these
    assert swift.results["stopped"]


def test_an_item_can_be_asked_for_by_its_name(clone: Path, tmp_path: Path) -> None:
    listed = judged(clone, tmp_path / "listed", "--collect-only").output.splitlines()
    names = [line for line in listed if "test_odd_second[" in line]
    assert len(names) > 3
    whole = judged(clone, tmp_path / "whole", "--collect-only", conftest=GENERATES).output.splitlines()
    assert [line for line in listed if "::" in line] == [line for line in whole if "::" in line]
    for conftest in ("", GENERATES):
        ran = judged(clone, tmp_path / f"one{len(conftest)}", names[1], conftest=conftest)
        assert list(ran.states()) == [names[1].replace("checks/compute/test_odd.py::test_", "compute.")]
        assert ran.word in ("PARTIAL", "NO-GO", "INCOMPLETE")


MARKS = """
import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        if "odd_first" in item.name and "api" in item.name:
            item.add_marker(pytest.mark.skip(reason="not today"))
"""


def test_what_was_marked_while_it_was_collected_goes_pytests_way(clone: Path, tmp_path: Path) -> None:
    ran = judged(clone, tmp_path / "run", conftest=MARKS)
    states = ran.states("compute.odd_first")
    assert {state for name, state in states.items() if "api" in name} == {"unproven"}, ran.output
    assert {state for name, state in states.items() if "api" not in name} == {"met"}


LOOKS = """
import json


def pytest_collection_finish(session):
    for item in session.items:
        marks = [mark.name for mark in item.iter_markers()]
        told = {key: str(value) for key, value in item.callspec.indices.items()}, item.callspec.id, item.location
        print("SEEN", item.nodeid, sorted(map(str, item.keywords)), marks, told, item.fixturenames, item.originalname,
              item.user_properties, type(item).__name__, item.function.__name__, item.get_closest_marker("check"))
"""


def test_whoever_looks_at_an_item_sees_what_pytest_would_have_made(clone: Path, tmp_path: Path) -> None:
    options = ("--collect-only", "-s")
    swift = judged(clone, tmp_path / "swift", *options, conftest=LOOKS)
    longer = judged(clone, tmp_path / "longer", *options, conftest=LOOKS + GENERATES)
    seen = [line for line in swift.output.splitlines() if line.startswith("SEEN")]
    assert len(seen) > 30
    assert seen == [line for line in longer.output.splitlines() if line.startswith("SEEN")]


PARAMETRIZED = """
import pytest


@pytest.fixture(params=["first", "second"])
def kubernetes(request, kubernetes):
    return kubernetes
"""


def test_whoever_parametrizes_an_argument_gets_all_his_items(clone: Path, tmp_path: Path) -> None:
    plain = judged(clone, tmp_path / "plain", "--collect-only", "-k", "odd_second").output
    twice = judged(clone, tmp_path / "twice", "--collect-only", "-k", "odd_second", conftest=PARAMETRIZED).output
    assert twice.count("test_odd_second[") == 2 * plain.count("test_odd_second[") > 6


def test_a_world_of_words_that_pytest_escapes_is_judged_whole(tmp_path: Path) -> None:
    from fixtures.items import tells_them_apart

    assert tells_them_apart(["neu/orders/api", "neu/-"])
    for odd in (["neu/bücher/api"], ["a\\b"], ["a\nb"], ["same", "same"]):
        assert not tells_them_apart(odd), odd


def test_what_two_parametrize_is_refused_and_not_lost(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from fixtures.items import Family, expanded

    family = Family([], [], lambda item, judging: None)
    twice = [SimpleNamespace(callspec=SimpleNamespace(params={"planned": family}), nodeid="x")] * 2
    with pytest.raises(pytest.UsageError, match="parametrizes this check beside its plan"):
        expanded(twice)
    assert expanded(twice[:0]) == []
    assert json.dumps(expanded(None)) == "null"
