"""Problems are told all at once, in the order of the file, and at the line where they can be mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fixtures.environment.problems import Problem, printable, shown, suggestion, written

Refuses = Callable[..., list[str]]


def test_a_missing_section(refuses: Refuses) -> None:
    assert refuses("apiVersion: gonogo/v1\n") == [
        "prod.yaml:1: environment: missing",
        "prod.yaml:1: cutover: missing",
        "prod.yaml:1: sites: missing",
    ]


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file(refuses: Refuses, small: str) -> None:
    text = small.replace("rto: 30m", "rto: 30").replace("location: westeurope", "locaton: westeurope")
    text += "services:\n  a:\n    namespace: a\n    workloads: [{name: worker, kind: DaemonSet}]\n"
    problems = refuses(f"{text}    queues: [{{name: q, bus: b-<sit>, consumer: wroker, foo: 1}}]\n")
    assert [problem.split(": ")[0:2] for problem in problems] == [
        ["prod.yaml:10", "cutover.objectives.rto"],
        ["prod.yaml:12", "sites.weu.locaton"],
        ["prod.yaml:21", "services.a.queues[0].bus"],
        ["prod.yaml:21", "services.a.queues[0].consumer"],
        ["prod.yaml:21", "services.a.queues[0].foo"],
    ]


def test_the_line_of_a_nested_value(refuses: Refuses, small: str) -> None:
    text = "services:\n  a:\n    queues:\n      - name: q\n        bus: b\n        forwardTo: x\n        backlog:\n"
    (problem,) = refuses(f"{small}{text}          active: 1\n          age: 2\n")
    assert problem.startswith("prod.yaml:25: services.a.queues[0].backlog.age: must be a duration with its unit")


def test_what_a_reference_needs_from_the_site(refuses: Refuses, small: str) -> None:
    text = small.replace(", networks: [10.60.0.0/16], ingress: [20.60.1.4]", "")
    text += "services:\n  a:\n    endpoints: [{url: 'https://a.example', via: ingress}]\n"
    text += "    names: [{host: b-<site>.example, private: true, resolvers: [public]}]\n"
    assert refuses(text) == [
        "prod.yaml:19: services.a.endpoints[0].via: the site 'neu' declares no ingress",
        "prod.yaml:20: services.a.names[0].private: the site 'neu' declares no networks",
    ]


def test_a_consumer_on_another_site(refuses: Refuses, small: str) -> None:
    text = "services:\n  a:\n    namespace: a\n    workloads: [{name: w, kind: DaemonSet, sites: [weu]}]\n"
    assert refuses(f"{small}{text}    queues: [{{name: q, bus: b, consumer: w}}]\n") == [
        "prod.yaml:21: services.a.queues[0].consumer: the workload 'w' is not declared for the site 'neu'"
    ]


def test_a_waiver_holds_at_most_thirty_days_from_now(refuses: Refuses, small: str) -> None:
    text = "waivers:\n  - {checks: [a.b], phases: [pre-cutover], reason: x, risk: low, owner: a, approvedBy: b,\n"
    text += '     ticket: T,\n     expires: "2026-12-07T00:00:00Z"}\n'
    now = datetime(2026, 12, 7, tzinfo=UTC) - timedelta(days=30, seconds=1)
    assert refuses(small + text, now=now) == [
        "prod.yaml:20: waivers[0].expires: is more than 30 days ahead: a waiver holds for at most 30 days"
    ]


def test_a_thing_with_very_many_problems(refuses: Refuses, small: str) -> None:
    problems = refuses(small + "".join(f"k{at}: 1\n" for at in range(3000)))
    assert problems[0] == "prod.yaml:1: has 3000 problems, of which the first 100 are told"
    assert len(problems) == 101


def test_how_things_are_written() -> None:
    assert str(Problem("a.yaml", 3, "b.c", "is wrong")) == "a.yaml:3: b.c: is wrong"
    assert str(Problem("a.yaml", 0, "", "is wrong")) == "a.yaml: is wrong"
    assert written(("a", 0, "b c", "d")) == 'a[0]["b c"].d'
    assert [shown(value) for value in (None, True, 1.5, "x", {}, [], ())] == [
        "empty",
        "true",
        "1.5",
        "'x'",
        "a mapping",
        "a list",
        "a list",
    ]
    assert printable("a\x1b[31m\u202e\n") == "a\\x1b[31m\\u202e\\n"


def test_suggestions() -> None:
    assert suggestion("backlg", ["bus", "backlog"]) == ", did you mean 'backlog'?"
    assert suggestion("KIND", ["kind", "name"]) == ", did you mean 'kind'?"
    assert suggestion("zzz", ["kind", "name"]) == "; valid here: kind, name"
    assert suggestion("zzz", []) == ""
    assert suggestion("zzz", [f"name{at}" for at in range(1000)]) == ""
    assert suggestion("name12x", [f"name{at}" for at in range(1000)]).startswith(", did you mean 'name")
