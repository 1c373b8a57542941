"""The gate from its command line, each in a process of its own."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.run.gate import ROOT, Ran, clean_environment, copy_of_the_clone, run_gate

SANDBOX = ("--env", "sandbox", "--phase", "pre-cutover")
CHECK = "def test_oom_kills("


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One healthy run of everything."""
    return run_gate(tmp_path_factory.mktemp("whole") / "run", *SANDBOX)


def untimed(value: Any) -> Any:
    """Results without what differs from run to run: times, names of folders."""
    timed = {
        "started",
        "ended",
        "instant",
        "observed_at",
        "asked_at",
        "duration_ms",
        "run",
        "clock_offset_ms",
        "folder",
        "requests",
    }
    if isinstance(value, dict):
        return {key: untimed(item) for key, item in value.items() if key not in timed}
    if isinstance(value, list):
        return [untimed(item) for item in value]
    return value


def test_the_sandbox_is_go_and_says_that_it_is_a_sandbox(whole: Ran) -> None:
    assert whole.exit == 0, whole.output
    assert whole.word == "GO"
    assert whole.results["sandbox"] is True
    assert "SANDBOX GO" in whole.output
    assert set(whole.states().values()) <= {"met", "undeclared"}


def test_every_document_is_written(whole: Ran) -> None:
    for name in ("results.json", "report.html", "summary.md", "junit.xml", "environment.resolved.yaml", "gonogo.log"):
        assert (whole.folder / name).stat().st_size > 0, name


@pytest.mark.parametrize("workers", ["2", "4"])
def test_with_workers_the_results_are_the_same_and_every_source_is_asked_once(
    whole: Ran, tmp_path: Path, workers: str
) -> None:
    ran = run_gate(tmp_path / "run", *SANDBOX, "-n", workers)
    assert ran.exit == 0, ran.output
    assert untimed(ran.results) == untimed(whole.results)
    for each in (ran, whole):
        lists = [(asked["place"], asked["path"]) for asked in each.requests() if asked["method"] == "GET"]
        kubernetes = [asked for asked in lists if str(asked[1]).startswith("/api")]
        assert kubernetes
        assert len(kubernetes) == len(set(kubernetes)), [asked for asked in kubernetes if kubernetes.count(asked) > 1]


def test_allure_can_tell_items_apart_from_run_to_run(tmp_path: Path) -> None:
    run_gate(tmp_path / "run", *SANDBOX, "-m", "dns", "--alluredir", str(tmp_path / "allure"))
    written = [json.loads(file.read_bytes()) for file in (tmp_path / "allure").glob("*-result.json")]
    assert {each["name"].partition("[")[0] for each in written} >= {"test_record", "test_ttl"}
    values = [parameter["value"] for each in written for parameter in each["parameters"]]
    assert len(values) == len(set(values)) == len(written)
    assert not [value for value in values if " at 0x" in value]


def test_one_layer_asks_its_own_source_only_and_is_partial(tmp_path: Path) -> None:
    ran = run_gate(tmp_path / "run", *SANDBOX, "-m", "dns")
    assert ran.exit == 12, ran.output
    assert ran.word == "PARTIAL"
    assert {asked["source"] for asked in ran.requests()} == {"dns"}
    assert {asked["method"] for asked in ran.requests()} == {"QUERY"}
    assert {each["source"] for each in ran.results["sources"]} == {"dns"}
    assert {each["layer"] for each in ran.results["results"]} == {"dns"}
    assert run_gate(tmp_path / "accepted", *SANDBOX, "-m", "dns", "--accept-partial").exit == 0


def test_narrowing_by_path_keyword_or_site_is_never_go(tmp_path: Path) -> None:
    for number, narrowed in enumerate((("checks/compute",), ("-k", "api"), ("--site", "neu"))):
        ran = run_gate(tmp_path / str(number), *SANDBOX, *narrowed)
        assert (ran.exit, ran.word) == (12, "PARTIAL"), ran.output


def test_without_an_environment_the_choices_are_listed(tmp_path: Path) -> None:
    ran = run_gate(tmp_path)
    assert ran.exit == 4
    assert "sandbox" in ran.output
    assert "Traceback" not in ran.output
    assert "pre-cutover" in run_gate(tmp_path, "--env", "sandbox").output


def test_environment_and_phase_may_come_from_the_process_environment(tmp_path: Path) -> None:
    ran = run_gate(tmp_path / "run", "-m", "dns", GONOGO_ENV="sandbox", GONOGO_PHASE="mid-cutover")
    assert (ran.exit, ran.results["phase"]) == (12, "mid-cutover"), ran.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--env", "sandbx", "--phase", "pre-cutover"), "did you mean sandbox?"),
        (("--env", "sandbox", "--phase", "pre-cutver"), "did you mean pre-cutover?"),
        (("--env", "/nowhere/env.yaml", "--phase", "pre-cutover"), "there is no such file"),
        ((*SANDBOX, "-m", "mesaging"), "mesaging"),
        ((*SANDBOX, "-n", "2", "-m", "mesaging"), "mesaging"),
        ((*SANDBOX, "--started", "yesterday"), "not an instant"),
        ((*SANDBOX, "--started", "2026-12-05T22:00:00"), "offset"),
        ((*SANDBOX, "--started", "0001-01-01T00:00:00+14:00"), "the year 1"),
        ((*SANDBOX, "--env", "sandbox"), "the environment sandbox is given twice"),
        ((*SANDBOX, "--site", "wue"), "no site"),
        ((*SANDBOX, "--site-lost", "wue"), "no site"),
        ((*SANDBOX, "--evidence-deadline", "60"), "60"),
        ((*SANDBOX, "--replay", "/nowhere"), "no such folder"),
        ((*SANDBOX, "--world", "/nowhere"), "no such folder"),
        ((*SANDBOX, "--fault", "nonesuch"), "nonesuch"),
    ],
    ids=range(15),
)
def test_what_cannot_be_meant_is_one_sentence_and_exit_4(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = run_gate(tmp_path / "run", *arguments)
    assert ran.exit == 4, ran.output
    assert said in ran.output
    assert "Traceback" not in ran.output
    assert "INTERNALERROR" not in ran.output


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_silenced_assert_is_refused(tmp_path: Path, workers: tuple[str, ...]) -> None:
    ran = run_gate(tmp_path / "run", *SANDBOX, *workers, python=("-O",))
    assert ran.exit == 4, ran.output
    assert "python -O" in ran.output


def test_a_replay_says_the_same_and_is_never_go(whole: Ran, tmp_path: Path) -> None:
    ran = run_gate(tmp_path / "run", "--replay", str(whole.folder))
    assert ran.exit == 12, ran.output
    assert "REPLAY" in ran.output
    assert ran.states() == whole.states()
    assert ran.results["instant"] == whole.results["instant"]
    assert not (ran.folder / "sandbox.requests.jsonl").exists()
    assert run_gate(tmp_path / "accepted", "--replay", str(whole.folder), "--accept-partial").exit == 12


def test_a_damaged_record_of_a_replay_proves_nothing_and_hides_nothing(whole: Ran, tmp_path: Path) -> None:
    shutil.copytree(whole.folder, tmp_path / "old")
    (tmp_path / "old" / "evidence" / "weu" / "prometheus.json").write_text("{")
    ran = run_gate(tmp_path / "run", "--replay", str(tmp_path / "old"))
    assert ran.exit == 11, ran.output
    assert "prometheus in weu: its record cannot be read" in ran.output
    assert set(ran.states("dns.record").values()) <= {"met", "undeclared"}
    (tmp_path / "old" / "results.json").write_text("{")
    ran = run_gate(tmp_path / "again", "--replay", str(tmp_path / "old"))
    assert ran.exit == 4, ran.output
    assert "is no record of a run" in ran.output


def test_a_check_edited_to_loop_over_nothing_is_incomplete(tmp_path: Path) -> None:
    clone = copy_of_the_clone(tmp_path / "clone")
    [file] = [each for each in (clone / "checks/compute").glob("test_*.py") if CHECK in each.read_text()]
    head, _, tail = file.read_text().partition(CHECK)
    end_of_docstring = tail.index('"""', tail.index('"""') + 3) + 3
    file.write_text(f"{head}{CHECK}{tail[:end_of_docstring]}\n    for pod in []:\n        assert not pod\n")
    ran = run_gate(tmp_path / "run", *SANDBOX, root=clone)
    assert (ran.exit, ran.word) == (11, "INCOMPLETE"), ran.output
    assert set(ran.states("compute.oom_kills").values()) == {"unproven"}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_check_file_with_a_syntax_error_is_incomplete(tmp_path: Path, workers: tuple[str, ...]) -> None:
    clone = copy_of_the_clone(tmp_path / "clone")
    broken = next((clone / "checks/compute").glob("test_*.py"))
    broken.write_text("def test_broken(:\n")
    ran = run_gate(tmp_path / "run", *SANDBOX, *workers, root=clone)
    assert (ran.exit, ran.word) == (11, "INCOMPLETE"), ran.output
    assert broken.name in json.dumps(ran.results["collection_errors"])
    assert ran.results["layers"]["compute"]["word"] == "INCOMPLETE"


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_check_that_kills_its_process_is_told(tmp_path: Path, workers: tuple[str, ...]) -> None:
    clone = copy_of_the_clone(tmp_path / "clone")
    (clone / "checks/compute/test_deadly.py").write_text(
        "import os\nimport pytest\n\n"
        '@pytest.mark.check(severity="blocker", remedy="None.")\n'
        "def test_deadly(cluster, kubernetes):\n"
        '    """It dies."""\n'
        "    os._exit(0)\n"
    )
    ran = run_gate(tmp_path / "run", *SANDBOX, *workers, root=clone)
    assert ran.exit != 0 or not workers
    if workers:
        assert ran.exit == 11, ran.output
        assert set(ran.states("compute.deadly").values()) == {"unproven"}
    else:
        assert not (ran.folder / "results.json").exists(), (
            "a process that is gone says nothing, and leaves its evidence"
        )
        assert list((ran.folder / "evidence").glob("*/*.json"))


def slow_world(folder: Path) -> Path:
    """A fault that makes one list of one site hang for half a minute."""
    fault = folder / "slow.yaml"
    fault.write_text(
        "title: One list hangs\nlayer: gate\nphases: [pre-cutover]\nchange:\n"
        "  - {file: kubernetes/neu/behaviour.yaml, set: {requests: [{path: /apis/batch/v1/cronjobs, delay: 30s}]}}\n"
        "expect: {verdict: INCOMPLETE, state: unproven, unmet: [batch.scheduled]}\n"
    )
    return fault


def test_a_source_that_hangs_leaves_everything_else_judged(tmp_path: Path) -> None:
    fault = slow_world(tmp_path)
    ran = run_gate(tmp_path / "run", *SANDBOX, "--fault", str(fault), "--evidence-deadline", "8s")
    assert (ran.exit, ran.word) == (11, "INCOMPLETE"), ran.output
    states = ran.states()
    assert states["batch.scheduled[neu/orders/settlement]"] == "unproven"
    assert states["batch.scheduled[weu/orders/settlement]"] == "met"
    assert states["compute.oom_kills[neu/orders/api]"] == "met"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_so_and_keeps_what_it_has(tmp_path: Path, sent: signal.Signals) -> None:
    fault, folder = slow_world(tmp_path), tmp_path / "run"
    command = [sys.executable, "-m", "pytest", *SANDBOX, "--fault", str(fault), "--run-dir", str(folder)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    until((folder / "evidence/weu/kubernetes.json").exists)
    process.send_signal(sent)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2, output
    results = json.loads((folder / "results.json").read_bytes())
    assert results["stopped"]
    assert results["verdict"]["word"] == "INCOMPLETE"
    assert ("SIGTERM" in results["stopped"]) is (sent is signal.SIGTERM)
    assert "Traceback" not in output


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_stopping_at_the_first_failure_says_so(tmp_path: Path, workers: tuple[str, ...]) -> None:
    ran = run_gate(tmp_path / "run", *SANDBOX, "-x", *workers, "--fault", "compute/oom_kills-killed-under-load")
    assert ran.exit == 1, ran.output
    assert ran.results["stopped"]
    assert "unproven" in ran.states().values()


def until(condition: Any, seconds: float = 60.0) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def test_what_stands_outside_the_project_works_from_the_clone(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "environments/sandbox/world", tmp_path / "landscape")
    shutil.copyfile(ROOT / "environments/sandbox.yaml", tmp_path / "mine.yaml")
    fault = next((ROOT / "environments/sandbox/faults/compute").glob("oom_kills-killed-under-load.yaml"))
    shutil.copyfile(fault, tmp_path / "broken.yaml")
    outside = ("--env", str(tmp_path / "mine.yaml"), "--phase", "pre-cutover", "--world", str(tmp_path / "landscape"))
    assert run_gate(tmp_path / "healthy", *outside).exit == 0
    ran = run_gate(tmp_path / "ill", *outside, "--fault", str(tmp_path / "broken.yaml"))
    assert ran.exit == 1, ran.output
    again = ran.results["command"]
    assert again == [*outside, "--fault", str(tmp_path / "broken.yaml")]
    assert f"$ pytest {' '.join(again)} -k" in ran.output


def test_only_what_was_unmet_is_judged_again(tmp_path: Path) -> None:
    first = run_gate(tmp_path / "first", *SANDBOX, "--fault", "compute/oom_kills-killed-under-load")
    again = run_gate(tmp_path / "again", *SANDBOX, "--unmet-of", str(first.folder))
    unmet = [each for each, state in first.states().items() if state in ("unmet", "unproven")]
    assert unmet
    assert sorted(again.states()) == sorted(unmet)
    assert again.exit == 12, again.output


def test_another_vantage_judges_what_it_can(tmp_path: Path) -> None:
    ran = run_gate(tmp_path / "run", *SANDBOX, "--vantage", "neu")
    assert (ran.exit, ran.word) == (12, "PARTIAL"), ran.output
    assert ran.states()["compute.oom_kills[weu/orders/api]"] == "elsewhere"
    assert ran.states()["compute.oom_kills[neu/orders/api]"] == "met"
    assert not [asked for asked in ran.requests() if asked["place"] == "weu"]


def test_a_lost_site_is_told_as_lost(tmp_path: Path) -> None:
    ran = run_gate(tmp_path / "run", "--env", "sandbox", "--phase", "post-cutover", "--site-lost", "weu")
    assert (ran.exit, ran.word) == (10, "CONDITIONAL"), ran.output
    lost = {each["id"]: each for each in ran.results["results"] if each["undeclared_by"] == "lost"}
    assert "compute.oom_kills[weu/orders/api]" in lost
    assert not [asked for asked in ran.requests() if asked["place"] == "weu" and asked["source"] == "kubernetes"]


def test_several_environments_give_one_record_each_and_the_worst_exit(tmp_path: Path) -> None:
    both = ("--env", "sandbox", "--env", "sandbox-migration", "--phase", "pre-cutover")
    ran = run_gate(tmp_path / "run", *both)
    assert ran.exit == 0, ran.output
    for name in ("sandbox", "sandbox-migration"):
        results = json.loads((tmp_path / "run" / name / "results.json").read_bytes())
        assert (results["environment"], results["verdict"]["word"]) == (name, "GO")
