"""Nothing is written without --allow-writes, and with it only what the environment declares for canaries."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.run.gate import Ran, run_gate

MESSAGING = ("--env", "sandbox", "--phase", "pre-cutover", "-m", "messaging")
CANARY = "messaging.canary[weu/platform/canary]"
PEER = find_spec("proton") is not None
WRITES = {"ATTACH-SENDER", "ATTACH-RECEIVER", "SEND", "RECEIVE", "SETTLE"}


#: Everything that reads, by source: a method, and where that alone does not say so, what its path ends with.
READS = {
    "arm": (("GET", ""), ("POST", "/queryTriggerRuns"), ("POST", "/queryPipelineRuns")),
    "blob": (("GET", ""), ("HEAD", "")),
    "bus": (("CONNECT", ""), ("TOKEN", ""), ("ATTACH-MANAGEMENT", ""), ("PEEK", ""), ("READ", "")),
    "dns": (("QUERY", ""),),
    "kubernetes": (("GET", ""), ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")),
    "logs": (("GET", ""), ("POST", "/query")),
    "metrics": (("GET", ""),),
    "prometheus": (("GET", ""), ("POST", "/api/v1/query")),
    "web": (("CONNECT", ""), ("GET", ""), ("HEAD", "")),
}
PHASES = ("pre-cutover", "mid-cutover", "post-cutover")


def reads(asked: dict[str, Any]) -> bool:
    """Whether a request is one of those that read."""
    path = asked["path"].partition("?")[0].lower()
    return any(asked["method"] == method and path.endswith(end.lower()) for method, end in READS[asked["source"]])


def written(ran: Ran) -> list[tuple[str, str, str]]:
    """What was not read but written, received or settled, and where."""
    return [(each["place"], each["method"], each["path"]) for each in ran.requests() if not reads(each)]


@pytest.mark.parametrize("phase", PHASES)
def test_without_the_flag_a_whole_run_of_every_source_reads_and_nothing_else(tmp_path: Path, phase: str) -> None:
    ran = run_gate(tmp_path / "run", "--env", "sandbox", "--phase", phase)
    assert ran.word == "GO", ran.output
    served = {"arm", "blob", "dns", "kubernetes", "logs", "prometheus", "web", *(("bus",) if PEER else ())}
    assert served <= {each["source"] for each in ran.requests()}
    assert written(ran) == []


@pytest.mark.skipif(not PEER, reason="the sandbox's AMQP peer is not installed")
@pytest.mark.parametrize(("phase", "site"), [("pre-cutover", "weu"), ("post-cutover", "neu")])
def test_with_the_flag_a_whole_run_writes_to_the_canarys_queue_and_container_only(
    tmp_path: Path, phase: str, site: str
) -> None:
    ran = run_gate(tmp_path / "run", "--env", "sandbox", "--phase", phase, "--allow-writes")
    assert ran.word == "GO", ran.output
    found = written(ran)
    blobs = [(place, method, path) for place, method, path in found if place == f"stsandbox{site}"]
    assert [method for _, method, _ in blobs] == ["PUT", "DELETE"]
    assert {path.rpartition("/")[0] for _, _, path in blobs} == {"/gonogo-canary"}
    assert len({path for _, _, path in blobs}) == 1
    messages = [each for each in found if each not in blobs]
    assert {(place, path) for place, _, path in messages} == {(f"sb-sandbox-{site}", "gonogo-canary")}
    assert sorted(method for _, method, _ in messages) == sorted(WRITES)


def test_without_the_flag_no_canary_is_sent_and_none_is_missed(tmp_path: Path) -> None:
    ran = run_gate(tmp_path / "run", *MESSAGING)
    assert ran.word == "PARTIAL", ran.output
    (canary,) = [
        each for each in ran.results["results"] if each["check"] == "messaging.canary" and each["place"] == "weu"
    ]
    assert canary["state"] == "undeclared"
    assert "--allow-writes" in ran.output or "--allow-writes" in canary["message"]
    assert written(ran) == []


@pytest.mark.skipif(not PEER, reason="the sandbox's AMQP peer is not installed")
def test_with_the_flag_a_canary_makes_the_round_trip(tmp_path: Path) -> None:
    ran = run_gate(tmp_path / "run", *MESSAGING, "--allow-writes")
    assert ran.word == "PARTIAL", ran.output
    assert ran.states()[CANARY] == "met"
    assert {(place, path) for place, _, path in written(ran)} == {("sb-sandbox-weu", "gonogo-canary")}
    assert sorted(method for _, method, _ in written(ran)) == sorted(WRITES)
    assert ran.results["command"][-1] == "--allow-writes"
