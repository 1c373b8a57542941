"""What happened to an item, and the state it is given: every row of the table, and the ways around it."""

from __future__ import annotations

import pytest

from reports.recording import outcome, worst

from .made_up import Missing, planned

ITEM = planned()


def judged(
    exception: BaseException | None, when: str = "call", looked_at: int = 1, **values: object
) -> tuple[str, str]:
    found = outcome({**ITEM, **values}, exception, when, looked_at, None, 0.1)
    return found["state"], found["message"]


def failed(message: str) -> BaseException:
    try:
        pytest.fail(message)
    except pytest.fail.Exception as exception:
        return exception


def test_silence_is_met_only_when_something_was_looked_at() -> None:
    assert judged(None) == ("met", "")
    assert judged(None, looked_at=0) == ("unproven", "the check was silent without having looked at anything")


def test_only_the_check_itself_can_judge() -> None:
    assert judged(AssertionError("3 of 4 are ready")) == ("unmet", "3 of 4 are ready")
    assert judged(failed("3 of 4 are ready")) == ("unmet", "3 of 4 are ready")
    for when in ("setup", "teardown"):
        assert judged(AssertionError("no"), when)[0] == "unproven"
        assert judged(failed("no"), when)[0] == "unproven"


@pytest.mark.parametrize(
    "exception",
    [
        pytest.skip.Exception("later"),
        pytest.xfail.Exception("known"),
        KeyError("limit"),
        SystemExit(0),
        RecursionError(),
        ExceptionGroup("both", [AssertionError("one")]),
        Missing("neu: 403"),
        MemoryError(),
    ],
)
@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_nothing_else_does(exception: BaseException, when: str) -> None:
    assert judged(exception, when)[0] == "unproven"


def test_evidence_that_is_elsewhere_is_told_as_such() -> None:
    assert judged(Missing("neu is judged from vantage neu", "elsewhere")) == (
        "elsewhere",
        "neu is judged from vantage neu",
    )
    assert judged(Missing("neu is judged from vantage neu", "elsewhere"), "setup")[0] == "elsewhere"


def test_a_check_that_says_what_it_could_not_look_at_did_not_stumble() -> None:
    assert judged(LookupError("orders-in does not exist")) == ("unproven", "orders-in does not exist")
    assert "stumbled" in judged(KeyError("orders-in"))[1]


def test_what_a_sandbox_cannot_serve_is_no_part_of_its_landscape() -> None:
    found = outcome(ITEM, Missing("the sandbox has no AMQP peer here", "unserved"), "call", 3, None, 0.1)
    assert (found["state"], found["undeclared_by"]) == ("undeclared", "sandbox")
    assert found["message"] == "the sandbox has no AMQP peer here"


def test_only_the_planner_can_skip() -> None:
    skip = pytest.skip.Exception("no queue is declared")
    assert judged(skip, "setup", undeclared="no queue is declared") == ("undeclared", "no queue is declared")
    assert judged(skip, "setup")[0] == "unproven"
    assert judged(skip, "call", undeclared="no queue is declared")[0] == "unproven"
    assert judged(KeyError("x"), "setup", undeclared="no queue is declared")[0] == "unproven"


def test_what_is_about_the_run_waits_for_it() -> None:
    assert judged(pytest.skip.Exception("last"), "setup", level="run")[0] == "deferred"


def test_the_message_is_the_sentence_alone() -> None:
    assert judged(AssertionError("2 are late\nassert not ['a', 'b']"))[1] == "2 are late"
    assert judged(AssertionError("assert 1 == 2"))[1] == "assert 1 == 2"
    assert judged(AssertionError(""))[1] == "the check does not hold, and does not say why"
    assert judged(AssertionError())[1] == "AssertionError"


def test_the_message_of_a_stumble_says_what_and_where() -> None:
    assert judged(KeyError("limit"))[1] == "compute.memory_headroom stumbled: KeyError: 'limit'"
    assert judged(KeyError("limit"), "setup")[1] == "compute.memory_headroom could not be prepared: KeyError: 'limit'"
    try:
        {}["limit"]
    except KeyError as exception:
        said = judged(exception, file="reports/test_recording.py")[1]
    assert said.startswith("compute.memory_headroom stumbled at reports/test_recording.py:")


def test_an_exception_whose_text_cannot_be_had_is_survived() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    assert judged(Broken())[0] == "unproven"


def test_a_missing_permission_travels_along() -> None:
    found = outcome(ITEM, Missing("403", missing_permission="list pods"), "call", 0, None, 0.1)
    assert found["missing_permission"] == "list pods"


def test_what_is_told_is_redacted_before_it_is_cut() -> None:
    found = outcome(
        ITEM,
        AssertionError("key=" + "s" * 5_000),
        "call",
        1,
        None,
        0.1,
        lambda text: text.replace("s" * 5_000, "<redacted>"),
    )
    assert found["message"] == "key=<redacted>"


def test_a_megabyte_is_survived() -> None:
    state, message = judged(AssertionError("\x1b[31m##vso[" * 100_000))
    assert state == "unmet"
    assert len(message) < 4_100
    assert message.endswith("more characters)")


def test_the_worst_that_was_said_counts() -> None:
    said = [{"state": state} for state in ("met", "unproven", "unmet", "elsewhere")]
    assert worst(said)["state"] == "unmet"
    assert worst(said[:2])["state"] == "unproven"
    assert worst([{"state": "elsewhere"}, {"state": "met"}])["state"] == "elsewhere"
