"""A plain check is judged in one step: whatever it does, it comes to the same as pytest's own way of three."""

import re
from pathlib import Path

import pytest

from tests.run.gate import Ran, copy_of_the_clone, run_gate

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:]+")

ODD = {
    "met": "assert list(kubernetes.nodes())",
    "unmet": "assert not list(kubernetes.nodes()), 'there are nodes'",
    "fails": "pytest.fail('it says so')",
    "silent": "pass",
    "loops_over_nothing": "for node in []: assert node",
    "looks_up": "raise LookupError('there is none')",
    "stumbles": "return {}['absent']",
    "skips": "list(kubernetes.nodes()); pytest.skip('not today')",
    "expects_to_fail": "list(kubernetes.nodes()); pytest.xfail('known')",
    "prints": "print('a secret'); assert list(kubernetes.nodes())",
    "exits": "raise SystemExit(0)",
    "returns": "return not list(kubernetes.nodes())",
}
MARKED = {
    "marked_to_skip": "@pytest.mark.skip(reason='not today')\n",
    "marked_to_fail": "@pytest.mark.xfail(reason='known')\n",
    "with_a_fixture": "@pytest.mark.usefixtures('own')\n",
}
HEAD = """import pytest


@pytest.fixture
def own():
    raise AssertionError("a fixture is no judgement")
"""
CHECK = '''

{mark}@pytest.mark.check(severity="blocker", remedy="None.")
def test_odd_{name}(cluster, kubernetes):
    """It is odd."""
    {body}
'''
UNPROVEN = {
    "silent",
    "loops_over_nothing",
    "looks_up",
    "stumbles",
    "skips",
    "expects_to_fail",
    "exits",
    "marked_to_skip",
    "with_a_fixture",
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with checks that do everything which a check should not."""
    clone = copy_of_the_clone(tmp_path_factory.mktemp("odd") / "clone")
    checks = [CHECK.format(mark="", name=name, body=body) for name, body in ODD.items()]
    checks += [CHECK.format(mark=mark, name=name, body=ODD["unmet"]) for name, mark in MARKED.items()]
    (clone / "checks/compute/test_odd.py").write_text(HEAD + "".join(checks))
    return clone


def judged(clone: Path, folder: Path, *more: str) -> Ran:
    """The odd checks, and one whole layer of the shipped ones, over a fault."""
    asked = ("--env", "sandbox", "--phase", "pre-cutover", "--fault", "compute/oom_kills-killed-under-load")
    return run_gate(folder, *asked, "-k", "odd or oom_kills or schedul", *more, root=clone)


def told(ran: Ran) -> list[tuple[str, str, str]]:
    """Every result, with its message where no time stands in it."""
    return [(each["id"], each["state"], INSTANT.sub("", each["message"])) for each in ran.results["results"]]


def test_it_comes_to_the_same_as_pytests_own_way(odd: Path, tmp_path: Path) -> None:
    short, long = judged(odd, tmp_path / "short"), judged(odd, tmp_path / "long", "--setup-show")
    assert "SETUP    F planned" not in short.output
    assert "SETUP    F planned" in long.output
    assert told(short) == told(long)
    assert {state for _, state, _ in told(short)} >= {"met", "unmet", "unproven"}
    assert (short.exit, short.word) == (long.exit, long.word) == (1, "NO-GO"), short.output


def test_whatever_an_odd_check_does_is_never_met(odd: Path, tmp_path: Path) -> None:
    for workers in ((), ("-n", "2")):
        ran = judged(odd, tmp_path / f"run{len(workers)}", *workers)
        of: dict[str, set[str]] = {name: set() for name in (*ODD, *MARKED)}
        for each, state in ran.states("compute.odd_").items():
            of[each.partition("[")[0].removeprefix("compute.odd_")].add(state)
        assert of["met"] == of["prints"] == {"met"}
        assert of["unmet"] == of["fails"] == of["marked_to_fail"] == {"unmet"}
        assert {name: of[name] for name in UNPROVEN} == {name: {"unproven"} for name in UNPROVEN}
        assert "a secret" not in ran.output
