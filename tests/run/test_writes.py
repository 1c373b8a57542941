"""Nothing is written without --allow-writes, and with it only what the environment declares for canaries."""

from pathlib import Path

import pytest

from tests.run.gate import Ran, run_gate

MESSAGING = ("--env", "sandbox", "--phase", "pre-cutover", "-m", "messaging")
CANARY = "messaging.canary[weu/platform/canary]"
WRITES = {"ATTACH-SENDER", "ATTACH-RECEIVER", "SEND", "RECEIVE", "SETTLE"}


def written(ran: Ran) -> list[tuple[str, str, str]]:
    """What was sent, received or settled, and where."""
    return [(each["place"], each["method"], each["path"]) for each in ran.requests() if each["method"] in WRITES]


def test_without_the_flag_no_canary_is_sent_and_none_is_missed(tmp_path: Path) -> None:
    ran = run_gate(tmp_path / "run", *MESSAGING)
    assert ran.word == "PARTIAL", ran.output
    (canary,) = [
        each for each in ran.results["results"] if each["check"] == "messaging.canary" and each["place"] == "weu"
    ]
    assert canary["state"] == "undeclared"
    assert "--allow-writes" in ran.output or "--allow-writes" in canary["message"]
    assert written(ran) == []


def test_with_the_flag_a_canary_makes_the_round_trip(tmp_path: Path) -> None:
    pytest.importorskip("proton", reason="the sandbox's AMQP peer is not installed")
    ran = run_gate(tmp_path / "run", *MESSAGING, "--allow-writes")
    assert ran.word == "PARTIAL", ran.output
    assert ran.states()[CANARY] == "met"
    assert {(place, path) for place, _, path in written(ran)} == {("sb-sandbox-weu", "gonogo-canary")}
    assert sorted(method for _, method, _ in written(ran)) == sorted(WRITES)
    assert ran.results["command"][-1] == "--allow-writes"
