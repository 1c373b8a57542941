"""``gonogo explain``: in plain text, for every shipped check and a user's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fixtures.command_line import main
from fixtures.discovery import SHIPPED, check_ids
from fixtures.explaining import Unexplained, explain

OWN = '''
import pytest


@pytest.mark.check(
    severity="warning", remedy="Read `the book`.", blocker_in=("post-cutover",), phases=("post-cutover",)
)
def test_of_mine(workload_by_site, kubernetes_by_site):
    """The title of it.

    The reason why.
    """
'''


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


def own(folder: Path, text: str = OWN) -> Path:
    file = folder / "checks" / "house" / "test_mine.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return folder / "checks"


def test_a_check_is_told_whole():
    said = explain("compute.no_leak")
    for words in (
        "compute.no_leak\nNo container of the active site grows steadily",
        "A leak looks like health until the limit",
        "judges    each declared workload that declares memory",
        "the Kubernetes API, of the item's own site; Prometheus, of the item's own site",
        "severity  warning",
        "phases    all",
        "sites     those that are active",
        "What to do\n  Take a heap dump",
        "Faults that show it\n",
        "  compute/no_leak-grows-to-its-limit: One pod of the api",
        "--env sandbox --phase post-cutover --fault compute/no_leak-all-replicas-since-the-move -k no_leak",
        "What looks like it and is none\n",
        "compute/no_leak-passive-site-is-warming-up",
    ):
        assert words in said, said


@pytest.mark.parametrize("check", sorted(set(check_ids(SHIPPED))))
def test_every_shipped_check_can_be_explained_in_plain_text(check):
    said = explain(check)
    assert said.startswith(f"{check}\n")
    assert "`" not in said
    assert "\x1b" not in said
    assert "What to do" in said
    assert "Faults that show it" in said
    assert [line for line in said.split("\n") if len(line) > 100 and "pytest --env" not in line] == []


@pytest.mark.parametrize("name", ["no_leak", "compute.no_leak[weu/orders/api]"])
def test_a_short_name_and_an_item_will_do(name):
    assert explain(name) == explain("compute.no_leak")


def test_a_layer_lists_its_checks():
    said = explain("compute")
    assert "compute.memory_headroom\n  The expected peak" in said
    assert "dns." not in said


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("compute.memory_hedroom", "did you mean compute.memory_headroom"),
        ("no_leek", "did you mean compute.no_leak"),
        ("netwrking", "networking (a layer)"),
        ("xyzzy", "layers are gate, compute"),
    ],
)
def test_an_unknown_name_is_told_with_what_was_meant(name, says, capsys):
    with pytest.raises(Unexplained, match=re.escape(says)):
        explain(name)
    assert main(["explain", name]) == 4
    assert says in capsys.readouterr().err


def test_a_users_own_check_is_explained_too(tmp_path, monkeypatch, capsys):
    own(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["explain", "of_mine"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("house.of_mine\nThe title of it.\n\nThe reason why.\n")
    assert "each declared workload, on both sites together" in said
    assert "severity  warning, a blocker in post-cutover" in said
    assert "phases    post-cutover" in said
    assert "Read the book." in said
    assert "Faults" not in said


def test_a_check_that_cannot_be_planned_is_usage(tmp_path, monkeypatch, capsys):
    own(tmp_path, 'def test_bare(cluster, kubernetes):\n    """It has no marker."""\n')
    monkeypatch.chdir(tmp_path)
    assert main(["explain", "bare"]) == 4
    assert "carries no @pytest.mark.check" in capsys.readouterr().err
