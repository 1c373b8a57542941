"""Waves of which some are resumed in Data Factory."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fixtures.evidence import Looked, SourceError
from fixtures.sources.arm.answers import known
from fixtures.sources.arm.facts import Answered, Request
from fixtures.sources.arm.topics import wave_triggers
from fixtures.sources.arm.topics.wave_triggers import Resumed
from tests.checks.azure import Made, environment, resource
from tests.checks.batch.made_up import CUTOVER, ago, scheduled
from tests.checks.evidence import NOW, kubernetes, load, role, since, unmet, unproven

check = load("batch/test_waves.py")
FACTORY = resource("Microsoft.DataFactory/factories", "adf-neu", location="northeurope")
SWEEP = {"name": "sweep", "schedule": "*/10 * * * *", "wave": 1, "lastSuccess": "1h"}
LOAD = {"factory": "adf-<site>", "trigger": "hourly-load", "wave": 2}
FAILED = scheduled("sweep", status={"lastSuccessfulTime": ago(hours=9)})


class Runs(Made):
    """ARM with runs of pipelines: the end of each that succeeded, by pipeline."""

    runs: dict[str, list[str]] | None = None

    def answered(self, request: Request) -> Answered:
        return known(super().answered(request))

    def _answer(self, request: Request) -> Answered:
        if request.body is None or self._failing:
            return super()._answer(request)
        assert request.path.endswith("/factories/adf-neu/queryPipelineRuns")
        if self.runs is None:
            return Answered(status=404)
        asked = msgspec.json.decode(request.body)
        pipeline = asked["filters"][0]["values"][0]
        runs = [{"runEnd": end, "status": "Succeeded"} for end in self.runs.get(pipeline, ())]
        return Answered(body=msgspec.Raw(msgspec.json.encode({"value": runs})))


class Arm:
    def __init__(self, answers: Runs, looked: Looked) -> None:
        self._answers, self._looked = answers, looked

    def wave_triggers(self, wave: Any) -> tuple[Resumed, ...]:
        return tuple(self._looked.each(wave_triggers.read(self._answers, wave)))


def trigger(state: str = "Started", name: str = "hourly-load") -> dict[str, Any]:
    references = [{"pipelineReference": {"referenceName": each}} for each in ("load", "index")]
    properties = {"type": "ScheduleTrigger", "runtimeState": state, "pipelines": references}
    return resource("Microsoft.DataFactory/factories/triggers", f"adf-neu/{name}", **properties)


def judge(
    path: Path,
    jobs: list[dict[str, Any]],
    *bodies: Any,
    objects: Any = (),
    number: int = 2,
    runs: Any = None,
    failing: Any = None,
) -> dict[str, Any]:
    found = environment(path, {"orders": {"jobs": jobs}})
    wave = next(each for each in found.declared("wave") if (each.site, each.number) == ("neu", number))
    answers = Runs(found, {each["id"].lower(): each for each in bodies}, failing or {})
    answers.runs = runs
    told = {"wave": wave, "kubernetes": kubernetes(*objects), "arm_here": {"neu": Arm(answers, Looked())}}
    return {**told, "site": role(active=True), "cutover": CUTOVER, "since": since, "now": NOW - timedelta(minutes=1)}


def test_a_trigger_that_is_started_too_early_is_told(tmp_path: Path) -> None:
    given = judge(tmp_path, [SWEEP, LOAD], FACTORY, trigger(), objects=[FAILED])
    assert unmet(check.test_waves, **given) == (
        "wave 2 of orders in neu is not resumed as declared: trigger hourly-load of Data Factory adf-neu is live, but "
        "CronJob orders/sweep of wave 1 last succeeded at 2026-12-05 12:00 UTC, not since 2026-12-05 20:00 UTC."
    )
    check.test_waves(**judge(tmp_path, [SWEEP, LOAD], FACTORY, trigger("Stopped"), objects=[FAILED]))
    done = scheduled("sweep", status={"lastSuccessfulTime": ago(minutes=9)})
    check.test_waves(**judge(tmp_path, [SWEEP, LOAD], FACTORY, trigger(), objects=[done]))


def test_an_earlier_wave_has_succeeded_when_all_that_its_trigger_starts_has(tmp_path: Path) -> None:
    jobs = [{**LOAD, "wave": 1}, {**SWEEP, "wave": 2}]
    objects, bodies = [scheduled("sweep")], (FACTORY, trigger())
    half = {"load": [ago(minutes=5)], "index": [ago(hours=30)]}
    said = unmet(check.test_waves, **judge(tmp_path, jobs, *bodies, objects=objects, runs=half))
    assert "but trigger hourly-load of Data Factory adf-neu of wave 1 last succeeded at 2026-12-04 15:00 UTC" in said
    never = {"load": [ago(minutes=5)]}
    assert "succeeded never" in unmet(check.test_waves, **judge(tmp_path, jobs, *bodies, objects=objects, runs=never))
    both = {"load": [ago(minutes=5)], "index": [ago(hours=30), ago(minutes=4)]}
    check.test_waves(**judge(tmp_path, jobs, *bodies, objects=objects, runs=both))


def test_the_backfill_of_a_trigger_needs_a_success_since_then(tmp_path: Path) -> None:
    jobs = [{**LOAD, "wave": 1, "backfill": {"from": "2026-12-05T12:00:00Z"}}]
    bodies = (FACTORY, trigger())
    old = {"load": [ago(hours=20)], "index": [ago(hours=20)]}
    assert unmet(check.test_waves, **judge(tmp_path, jobs, *bodies, number=1, runs=old)) == (
        "wave 1 of orders in neu is not resumed as declared: the backfill of trigger hourly-load of Data Factory "
        "adf-neu from 2026-12-05 12:00 UTC is not covered, it last succeeded at 2026-12-05 01:00 UTC."
    )
    made_up = {"load": [ago(hours=2)], "index": [ago(hours=1)]}
    check.test_waves(**judge(tmp_path, jobs, *bodies, number=1, runs=made_up))
    ahead = [{**jobs[0], "backfill": {"from": "2026-12-06T12:00:00Z"}}]
    check.test_waves(**judge(tmp_path, ahead, *bodies, number=1))


@pytest.mark.parametrize("bodies", [(), (FACTORY,)])
def test_a_trigger_that_is_not_there_proves_nothing(tmp_path: Path, bodies: Any) -> None:
    said = unproven(check.test_waves, **judge(tmp_path, [SWEEP, LOAD], *bodies, objects=[FAILED]))
    assert said == ("trigger hourly-load of Data Factory adf-neu does not exist in neu, so its wave cannot be judged.")


def test_runs_that_cannot_be_true_prove_nothing(tmp_path: Path) -> None:
    jobs = [{**LOAD, "wave": 1}, {**SWEEP, "wave": 2}]
    ahead = {"load": [ago(days=-9)], "index": [ago(days=-9)]}
    given = judge(tmp_path, jobs, FACTORY, trigger(), objects=[scheduled("sweep")], runs=ahead)
    assert "the runEnd 2026-12-14T21:00:00+00:00, which cannot be" in unproven(check.test_waves, **given)


def test_a_factory_that_knows_of_no_runs_proves_nothing(tmp_path: Path) -> None:
    jobs = [{**LOAD, "wave": 1}, {**SWEEP, "wave": 2}]
    said = unproven(check.test_waves, **judge(tmp_path, jobs, FACTORY, trigger(), objects=[scheduled("sweep")]))
    assert "Data Factory adf-neu does not tell the runs of pipeline load" in said


def test_runs_that_may_not_be_asked_for_prove_nothing_where_they_matter(tmp_path: Path) -> None:
    action = "Microsoft.DataFactory/factories/querypipelineruns/action"
    refused = {"/queryPipelineRuns": SourceError(kind="denied", message="refused", missing_permission=action)}
    jobs = [{**LOAD, "wave": 1}, {**SWEEP, "wave": 2}]
    given = judge(tmp_path, jobs, FACTORY, trigger(), objects=[scheduled("sweep")], failing=refused)
    assert action in unproven(check.test_waves, **given)
    resting = [scheduled("sweep", suspend=True)]
    check.test_waves(**judge(tmp_path, jobs, FACTORY, trigger(), objects=resting, failing=refused))
