"""Whole runs of a tiny gate: no way of ending may turn green, or lose what was judged."""

from __future__ import annotations

import pytest

from .conftest import Gate

pytest_plugins = ["pytester"]

MET = "@check()\ndef test_met():\n    pass\n"
LATER = "@check()\ndef test_later():\n    pass\n"
UNMET = "@check()\ndef test_unmet():\n    token = 'hunter2'\n    assert not token, 'api in neu uses ' + token\n"
WORKERS = pytest.mark.parametrize("workers", ["-n0", "-n2"])

ODD = """
LOOKED_AT = 5

@check()
def test_wrong_key():
    {}["limit"]

@check()
def test_skips():
    pytest.skip("not today")

@check()
def test_expects_failure():
    pytest.xfail("known")

@check()
def test_leaves():
    raise SystemExit(0)

@check()
def test_lacks_a_module():
    pytest.importorskip("no_such_module")

@pytest.mark.skip(reason="later")
@check()
def test_marked_skip():
    assert 0

@pytest.mark.xfail(run=False, reason="later")
@check()
def test_marked_not_to_run():
    assert 0

@pytest.fixture
def view():
    assert False, "the view is broken"

@check()
def test_fixture(view):
    pass

@pytest.fixture
def closing():
    yield
    raise OSError("gone")

@check()
def test_clean_up(closing):
    pass
"""


def test_everything_met_is_a_go(gate: Gate) -> None:
    ended = gate.run(MET)
    assert ended.ret == 0
    assert gate.results().verdict.word == "GO"
    ended.stdout.fnmatch_lines(["GO: 1 of 1 check is met"])
    assert sorted(path.name for path in gate.path.glob("run/*")) == [
        "junit.xml",
        "report.html",
        "results.json",
        "summary.md",
    ]


def test_an_unmet_blocker_is_a_no_go_told_without_its_secret(gate: Gate) -> None:
    ended = gate.run(MET + UNMET, "--junitxml=pytest.xml", "-l", "--tb=long", "-rA", "-o", "addopts=")
    assert ended.ret == 1
    assert gate.states() == {"met": "met", "unmet": "unmet"}
    shown = ended.stdout.str() + ended.stderr.str()
    assert "api in neu uses <redacted:password>" in shown
    written = "".join(path.read_text() for path in gate.path.glob("run/*")) + (gate.path / "pytest.xml").read_text()
    assert "hunter2" not in shown + written


def test_whatever_else_happens_to_a_check_is_unproven(gate: Gate) -> None:
    assert gate.run(ODD + MET).ret == 11
    states = gate.states()
    assert states.pop("met") == "met"
    assert set(states.values()) == {"unproven"}
    assert len(states) == 9


def test_an_expected_failure_is_unmet_all_the_same(gate: Gate) -> None:
    checks = "@pytest.mark.xfail(strict=False)\n@check()\ndef test_odd():\n    assert False, 'broken'\n"
    assert gate.run(checks).ret == 1
    assert gate.states() == {"odd": "unmet"}


def test_a_failing_clean_up_does_not_hide_what_was_unmet(gate: Gate) -> None:
    broken = "@pytest.fixture\ndef view():\n    yield\n    raise OSError('gone')\n"
    assert gate.run(broken + "@check()\ndef test_bad(view):\n    assert False, 'bad'\n").ret == 1
    assert gate.states() == {"bad": "unmet"}


def test_silence_without_having_looked_is_unproven(gate: Gate) -> None:
    assert gate.run("LOOKED_AT = 0\n" + MET).ret == 11
    assert gate.states() == {"met": "unproven"}


def test_a_planned_skip_is_undeclared(gate: Gate) -> None:
    assert gate.run(MET + "@check(undeclared='no queue')\ndef test_queue():\n    assert 0\n").ret == 0
    assert gate.states() == {"met": "met", "queue": "undeclared"}
    assert gate.results().results[1].message == "no queue"


def test_a_worker_that_dies_leaves_its_item_unproven(gate: Gate) -> None:
    assert gate.run(MET + "@check()\ndef test_odd():\n    os._exit(0)\n", "-n2").ret == 11
    assert gate.states() == {"met": "met", "odd": "unproven"}
    assert "died" in gate.results().results[1].message


def test_workers_that_all_die_leave_nothing_green(gate: Gate) -> None:
    ended = gate.run("import signal\nos.kill(os.getpid(), signal.SIGKILL)\n" + MET, "-n1", "--max-worker-restart=0")
    assert ended.ret not in (0, 5)


@WORKERS
def test_a_file_with_a_syntax_error_is_incomplete(gate: Gate, workers: str) -> None:
    assert gate.run(MET, workers, test_broken="def broken(:\n").ret == 11
    assert [error.file for error in gate.results().collection_errors] == ["test_broken.py"]
    assert "SyntaxError" in gate.results().collection_errors[0].message


def test_the_rest_is_judged_despite_a_syntax_error(gate: Gate) -> None:
    assert gate.run(MET + UNMET, "--continue-on-collection-errors", test_broken="def broken(:\n").ret == 1
    assert gate.states() == {"met": "met", "unmet": "unmet"}


def test_a_file_that_skips_itself_is_incomplete(gate: Gate) -> None:
    assert gate.run(MET, test_quiet="pytest.skip('no', allow_module_level=True)\n").ret == 11
    assert gate.results().collection_errors[0].file == "test_quiet.py"


def test_a_keyboard_interrupt_keeps_its_exit_code_and_what_was_judged(gate: Gate) -> None:
    ended = gate.run(MET + "@check()\ndef test_odd():\n    raise KeyboardInterrupt\n" + LATER, apart=True)
    assert ended.ret == 2
    assert gate.states() == {"met": "met", "odd": "unproven", "later": "unproven"}
    assert gate.results().stopped == "interrupted from the keyboard"
    assert gate.results().verdict.word == "INCOMPLETE"


def test_leaving_with_code_0_is_no_go(gate: Gate) -> None:
    checks = MET + "@check()\ndef test_odd():\n    pytest.exit('done', returncode=0)\n"
    assert gate.run(checks, apart=True).ret == 11
    assert gate.results().stopped == "done"


@WORKERS
def test_stopping_at_the_first_failure_says_so(gate: Gate, workers: str) -> None:
    assert gate.run(UNMET + LATER, workers, "-x").ret == 1
    assert "stopping after 1 failures" in (gate.results().stopped or "")
    assert gate.results().verdict.word == "NO-GO"


def test_an_internal_error_keeps_its_exit_code(gate: Gate) -> None:
    with (gate.path / "conftest.py").open("a") as conftest:
        conftest.write("\ndef pytest_runtest_logfinish():\n    raise RuntimeError('bug')\n")
    assert gate.run(MET, apart=True).ret == 3
    assert "RuntimeError: bug" in (gate.results().stopped or "")


def test_a_failure_while_the_verdict_is_found_is_no_verdict(gate: Gate) -> None:
    gate.context(instant="0001-01-01T00:00:00+14:00")  # a UTC instant that no calendar has
    ended = gate.run(MET, apart=True)
    assert ended.ret == 3
    ended.stderr.fnmatch_lines(["*OverflowError*", "*internal error: there is no verdict*"])


def test_a_full_disk_still_tells_the_verdict(gate: Gate) -> None:
    """The limit lets the board through, and the small documents; the record itself does not fit."""
    gate.context(decision={"approvers": [f"approver-{number}" for number in range(2_000)]})
    full = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (10_000, -1))\n"
    ended = gate.run(full + MET, apart=True)
    assert ended.ret == 3
    ended.stdout.fnmatch_lines(["GO: 1 of 1 check is met"])
    ended.stderr.fnmatch_lines(["gonogo: results.json could not be written: File too large"])
    assert not (gate.path / "run" / "results.json").exists()


def test_a_document_that_cannot_be_written_does_not_change_the_verdict(gate: Gate) -> None:
    (gate.path / "run" / "report.html").mkdir(parents=True)
    ended = gate.run(MET)
    assert ended.ret == 0
    ended.stderr.fnmatch_lines(["gonogo: report.html could not be written: *"])


def test_listing_judges_nothing(gate: Gate) -> None:
    assert gate.run(MET, "--collect-only").ret == 0
    assert not (gate.path / "run").exists()


def test_nothing_selected_is_incomplete(gate: Gate) -> None:
    assert gate.run(MET, "-k", "nothing_like_it").ret == 11


def test_a_test_that_nobody_planned_cannot_fail_in_silence(gate: Gate) -> None:
    assert gate.run(MET + "def test_stray():\n    assert 0\n").ret == 11


def test_a_run_without_an_environment_is_incomplete(gate: Gate) -> None:
    with (gate.path / "conftest.py").open("a") as conftest:
        conftest.write("\ndel pytest_gonogo_context\n")
    assert gate.run(MET).ret == 11


@pytest.mark.parametrize(("second", "code"), [({}, 0), ({"stopped": "why"}, 11)])
def test_several_environments_leave_with_the_worst_code(gate: Gate, second: dict[str, str], code: int) -> None:
    with (gate.path / "conftest.py").open("a") as conftest:
        conftest.write(
            "\none = pytest_gonogo_context\n"
            "def pytest_gonogo_context(config):\n"
            "    context, = one(config)\n"
            f"    return [context, {{**context, 'folder': context['folder'] + '2', **{second!r}}}]\n"
        )
    ended = gate.run(MET)
    assert ended.ret == code
    assert (gate.path / "run2" / "results.json").exists()


def test_a_check_about_the_run_is_judged_last(gate: Gate) -> None:
    late = "@check(level='run')\ndef test_last(results):\n    assert results[0].state == 'met', 'not all are met'\n"
    assert gate.run(late + MET).ret == 0
    assert gate.states() == {"last": "met", "met": "met"}
    assert gate.run(late + UNMET).ret == 1
    assert gate.states() == {"last": "unmet", "unmet": "unmet"}


def test_verbose_output_uses_our_words(gate: Gate) -> None:
    gate.run(MET + UNMET, "-v").stdout.fnmatch_lines(["*test_met MET *", "*test_unmet UNMET *"])


def test_one_process_and_several_workers_come_to_the_same(gate: Gate) -> None:
    """Also with a property that cannot travel between processes, which loses a failing item and ends with 0."""
    odd = (
        "import datetime\n@check()\ndef test_odd(record_property):\n    record_property('at', datetime.datetime.max)\n"
    )
    none = "@check(undeclared='none')\ndef test_none():\n    pass\n"
    last = "@check(level='run')\ndef test_last(results):\n    assert not results, 'there are some'\n"
    found = []
    for workers in ("-n0", "-n2"):
        assert gate.run(ODD + MET + UNMET + odd + "    assert 0, 'no'\n" + none + last, workers).ret == 1
        found.append([(each.id, each.state, each.message, each.looked_at) for each in gate.results().results])
    assert found[0] == found[1]
    assert gate.states()["odd"] == gate.states()["unmet"] == gate.states()["last"] == "unmet"
