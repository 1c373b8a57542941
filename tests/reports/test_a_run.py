"""Whole runs of a tiny gate: no way of ending may turn green, or lose what was judged."""

from __future__ import annotations

import pytest

from reports.results import Results, load

from .conftest import Gate

MET = "@check()\ndef test_met():\n    pass\n"
UNMET = "@check()\ndef test_unmet():\n    token = 'hunter2'\n    assert not token, 'api in neu uses ' + token\n"
WORKERS = pytest.mark.parametrize("workers", ["-n0", "-n2"])


def results(gate: Gate) -> Results:
    return load(gate.path / "run")


def states(gate: Gate) -> dict[str, str]:
    return {each.check.partition(".")[2]: each.state for each in results(gate).results}


@WORKERS
def test_everything_met_is_a_go(gate: Gate, workers: str) -> None:
    ended = gate.run(MET, workers)
    assert ended.ret == 0
    assert results(gate).verdict.word == "GO"
    ended.stdout.fnmatch_lines(["*GO: 1 of 1 check are met"])


@WORKERS
def test_an_unmet_blocker_is_a_no_go_told_once_and_without_its_secret(gate: Gate, workers: str) -> None:
    ended = gate.run(MET + UNMET, workers, "--junitxml=pytest.xml", "-l", "--tb=long", "-rA")
    assert ended.ret == 1
    assert states(gate) == {"met": "met", "unmet": "unmet"}
    shown = ended.stdout.str() + ended.stderr.str()
    assert "api in neu uses <redacted:password>" in shown
    written = "".join(path.read_text() for path in gate.path.glob("run/*")) + (gate.path / "pytest.xml").read_text()
    assert "hunter2" not in shown + written


@WORKERS
@pytest.mark.parametrize(
    "body",
    [
        "raise KeyError('limit')",
        "pytest.skip('not today')",
        "pytest.xfail('known')",
        "raise SystemExit(0)",
        "pytest.importorskip('no_such_module')",
    ],
)
def test_whatever_else_a_check_raises_is_unproven(gate: Gate, workers: str, body: str) -> None:
    ended = gate.run(MET + f"@check()\ndef test_odd():\n    {body}\n", workers)
    assert ended.ret == 11
    assert states(gate) == {"met": "met", "odd": "unproven"}


@WORKERS
@pytest.mark.parametrize(
    "mark", ["skip(reason='later')", "skipif(True, reason='later')", "xfail(run=False, reason='later')"]
)
def test_a_marker_cannot_excuse_a_check(gate: Gate, workers: str, mark: str) -> None:
    ended = gate.run(MET + f"@pytest.mark.{mark}\n@check()\ndef test_odd():\n    assert False\n", workers)
    assert ended.ret == 11
    assert states(gate)["odd"] == "unproven"


def test_an_expected_failure_is_unmet_all_the_same(gate: Gate) -> None:
    ended = gate.run("@pytest.mark.xfail(strict=False)\n@check()\ndef test_odd():\n    assert False, 'broken'\n", "-n0")
    assert ended.ret == 1
    assert states(gate) == {"odd": "unmet"}


@WORKERS
def test_an_assertion_in_a_fixture_is_no_judgement(gate: Gate, workers: str) -> None:
    broken = "@pytest.fixture\ndef view():\n    assert False\n@check()\ndef test_odd(view):\n    pass\n"
    assert gate.run(MET + broken, workers).ret == 11
    assert states(gate)["odd"] == "unproven"


def test_a_failing_clean_up_unproves_what_was_met_but_not_what_was_unmet(gate: Gate) -> None:
    broken = "@pytest.fixture\ndef view():\n    yield\n    raise OSError('gone')\n"
    checks = "@check()\ndef test_odd(view):\n    pass\n@check()\ndef test_bad(view):\n    assert False, 'bad'\n"
    assert gate.run(broken + checks, "-n0").ret == 1
    assert states(gate) == {"odd": "unproven", "bad": "unmet"}


@WORKERS
def test_silence_without_having_looked_is_unproven(gate: Gate, workers: str) -> None:
    assert gate.run("LOOKED_AT = 0\n" + MET, workers).ret == 11
    assert states(gate) == {"met": "unproven"}


@WORKERS
def test_a_planned_skip_is_undeclared(gate: Gate, workers: str) -> None:
    assert gate.run(MET + "@check(undeclared='no queue')\ndef test_queue():\n    assert 0\n", workers).ret == 0
    assert states(gate) == {"met": "met", "queue": "undeclared"}
    assert results(gate).results[1].message == "no queue"


def test_a_worker_that_dies_leaves_its_item_unproven(gate: Gate) -> None:
    ended = gate.run(MET + "@check()\ndef test_odd():\n    os._exit(0)\n", "-n2")
    assert ended.ret == 11
    assert states(gate) == {"met": "met", "odd": "unproven"}
    assert "died" in results(gate).results[1].message


def test_properties_that_cannot_travel_cannot_lose_a_report(gate: Gate) -> None:
    odd = "import datetime\n@check()\ndef test_odd(record_property):\n    record_property('at', datetime.datetime.now())\n    assert 0, 'no'\n"
    assert gate.run(MET + odd, "-n2").ret == 1
    assert states(gate)["odd"] == "unmet"


@WORKERS
def test_a_file_with_a_syntax_error_is_incomplete(gate: Gate, workers: str) -> None:
    ended = gate.run(MET, workers, test_broken="def broken(:\n")
    assert ended.ret == 11
    assert [error.file for error in results(gate).collection_errors] == ["test_broken.py"]
    assert "SyntaxError" in results(gate).collection_errors[0].message


def test_the_rest_is_judged_despite_a_syntax_error(gate: Gate) -> None:
    assert gate.run(MET + UNMET, "-n0", "--continue-on-collection-errors", test_broken="def broken(:\n").ret == 1
    assert states(gate) == {"met": "met", "unmet": "unmet"}


@WORKERS
def test_a_file_that_skips_itself_is_incomplete(gate: Gate, workers: str) -> None:
    assert gate.run(MET, workers, test_quiet="pytest.skip('no', allow_module_level=True)\n").ret == 11
    assert results(gate).collection_errors[0].file == "test_quiet.py"


def test_a_keyboard_interrupt_keeps_its_exit_code_and_what_was_judged(gate: Gate) -> None:
    ended = gate.run(
        MET + "@check()\ndef test_odd():\n    raise KeyboardInterrupt\n" + UNMET.replace("test_unmet", "test_later"),
        "-n0",
    )
    assert ended.ret == 2
    assert states(gate) == {"met": "met", "odd": "unproven", "later": "unproven"}
    assert results(gate).stopped == "interrupted from the keyboard"
    assert results(gate).verdict.word == "INCOMPLETE"


def test_leaving_with_code_0_is_no_go(gate: Gate) -> None:
    assert gate.run(MET + "@check()\ndef test_odd():\n    pytest.exit('done', returncode=0)\n", "-n0").ret == 11
    assert results(gate).stopped == "done"


@WORKERS
def test_stopping_at_the_first_failure_says_so(gate: Gate, workers: str) -> None:
    later = "@check()\ndef test_later():\n    pass\n"
    ended = gate.run(UNMET + later, workers, "-x", "--maxfail=1")
    assert ended.ret == (1 if workers == "-n0" else 2)
    assert "stopping after 1 failures" in (results(gate).stopped or "")
    assert results(gate).verdict.word == "NO-GO"


def test_an_internal_error_keeps_its_exit_code(gate: Gate) -> None:
    gate.path.joinpath("conftest.py").open("a").write(
        "\ndef pytest_runtest_logfinish():\n    raise RuntimeError('bug')\n"
    )
    assert gate.run(MET, "-n0").ret == 3
    assert "RuntimeError: bug" in (results(gate).stopped or "")


@pytest.mark.parametrize("limit", [4096, 0])
def test_a_full_disk_still_tells_the_verdict(gate: Gate, limit: int) -> None:
    full = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, -1))\n"
    ended = gate.run(full + MET, "-n0", "-p", "no:logging", "-s")
    assert ended.ret == (3 if limit == 0 else 0)
    ended.stdout.fnmatch_lines(["*GO: 1 of 1 check*"])
    ended.stderr.fnmatch_lines(["gonogo: *could not be written: File too large"])


def test_listing_judges_nothing(gate: Gate) -> None:
    assert gate.run(MET, "--collect-only", "-q").ret == 0
    assert not (gate.path / "run").exists()


@WORKERS
def test_nothing_selected_is_incomplete(gate: Gate, workers: str) -> None:
    assert gate.run(MET, workers, "-k", "nothing_like_it").ret == 11


def test_a_test_that_nobody_planned_cannot_fail_in_silence(gate: Gate) -> None:
    assert gate.run(MET + "def test_stray():\n    assert 0\n", "-n0").ret == 11


def test_a_check_about_the_run_is_judged_last(gate: Gate) -> None:
    late = "@check(level='run')\ndef test_last(results):\n    assert all(each.state == 'met' for each in results), 'not all are met'\n"
    assert gate.run(late + MET, "-n2").ret == 0
    assert states(gate) == {"last": "met", "met": "met"}
    assert gate.run(late + UNMET, "-n0").ret == 1
    assert states(gate) == {"last": "unmet", "unmet": "unmet"}


def test_verbose_output_uses_our_words(gate: Gate) -> None:
    gate.run(MET + UNMET, "-n0", "-v").stdout.fnmatch_lines(["*test_met MET *", "*test_unmet UNMET *"])


def test_the_same_results_from_one_process_and_from_workers(gate: Gate) -> None:
    found = []
    for workers in ("-n0", "-n2"):
        gate.run(MET + UNMET + "@check(undeclared='none')\ndef test_none():\n    pass\n", workers)
        found.append([(each.id, each.state, each.message, each.looked_at) for each in results(gate).results])
    assert found[0] == found[1]
