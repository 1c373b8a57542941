"""Linting: problems of all files at once, and hints."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fixtures.environment.lint import hints, lint

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EXAMPLE = Path(__file__).with_name("example.yaml")
VARIABLES = {"AZURE_TENANT_ID": "t", "AZURE_SUBSCRIPTION_ID": "s"}


def test_the_example_has_no_problem_and_no_hint() -> None:
    assert lint([EXAMPLE], VARIABLES, now=NOW) == []
    assert hints([EXAMPLE], VARIABLES, now=NOW) == []


def test_problems_of_several_files(tmp_path: Path, small: str) -> None:
    good, bad, worse = (tmp_path / name for name in ("good.yaml", "bad.yaml", "worse.yaml"))
    good.write_text(small)
    bad.write_text(small + "foo: 1\n")
    worse.write_text("a: [")
    problems = lint([good, bad, worse], {}, now=NOW)
    assert [problem.split(":")[0] for problem in problems] == ["bad.yaml", "worse.yaml"]


def test_unset_variables_are_problems() -> None:
    assert lint([EXAMPLE], {}, now=NOW) == [
        "example.yaml:27: azure.tenant: the variable AZURE_TENANT_ID is not set",
        "example.yaml:28: azure.subscription: the variable AZURE_SUBSCRIPTION_ID is not set",
    ]


def test_hints(tmp_path: Path, small: str) -> None:
    path = tmp_path / "prod.yaml"
    waiver = "{{checks: [dns.ttl], phases: [pre-cutover], reason: x, risk: low, owner: a, approvedBy: b, "
    waiver += "ticket: T, expires: '{}'}}"
    path.write_text(
        small
        + "decision: {approvers: [c]}\n"
        + "services: {o: {namespace: o, workloads: [{name: w, kind: DaemonSet, memory: {headroom: 25%}}]}}\n"
        + f"waivers: [{waiver.format('2026-11-01T00:00:00Z')}, {waiver.format('2026-12-06T00:00:00Z')}]\n"
    )
    unmeasured = "prod.yaml: services.o.workloads[0]: no peak is declared, and {} has neither prometheus nor workspace"
    assert hints([path, tmp_path / "none.yaml"], {}, now=NOW) == [
        "prod.yaml: waivers[0]: expired on 2026-11-01T00:00:00+00:00: its checks count again",
        "prod.yaml: waivers[0]: b is none of decision.approvers",
        "prod.yaml: waivers[1]: expires before the window closes",
        "prod.yaml: waivers[1]: b is none of decision.approvers",
        "prod.yaml: resolvers.public: no name is judged from it",
        "prod.yaml: services.o: has no owner",
        f"{unmeasured.format('weu')} to measure it",
        f"{unmeasured.format('neu')} to measure it",
    ]
