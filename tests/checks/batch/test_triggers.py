from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import arm, declared, environment, resource
from tests.checks.evidence import load, role, unmet, unproven

check = load("batch/test_triggers.py")
FACTORY = resource("Microsoft.DataFactory/factories", "adf-neu", location="northeurope")
ACTIVE, PASSIVE = role(active=True), role(target=True)


def trigger(name="hourly", **properties):
    said = {"type": "ScheduleTrigger", "runtimeState": "Started", **properties}
    kept = {key: value for key, value in said.items() if value is not None}
    return resource("Microsoft.DataFactory/factories/triggers", f"adf-neu/{name}", **kept)


def judge(tmp_path, *bodies, site=ACTIVE, runs="active", looked=None, failing=None):
    job = {"factory": "adf-<site>", "trigger": "hourly", "runsOn": runs}
    found = environment(tmp_path, {"orders": {"jobs": [job]}})
    about = declared(found, "trigger")
    view = arm("factory_trigger", about, found, *bodies, failing=failing, looked=looked)
    return {"trigger": about, "arm": view, "site": site}


@pytest.mark.parametrize(
    ("site", "runs", "state"),
    [
        (ACTIVE, "active", "Started"),
        (ACTIVE, "active", "started"),
        (PASSIVE, "active", "Stopped"),
        (PASSIVE, "active", "Disabled"),
        (PASSIVE, "to", "Started"),
        (ACTIVE, "from", "Stopped"),
        (PASSIVE, "both", "Started"),
        (ACTIVE, "nowhere", "Stopped"),
    ],
)
def test_started_only_where_it_runs(tmp_path, site, runs, state):
    looked = Looked()
    given = judge(tmp_path, FACTORY, trigger(runtimeState=state), site=site, runs=runs, looked=looked)
    check.test_triggers(**given)
    assert looked.count == 1


def test_started_on_the_passive_site(tmp_path):
    assert unmet(check.test_triggers, **judge(tmp_path, FACTORY, trigger(), site=PASSIVE)) == (
        "Trigger hourly of Data Factory adf-neu in neu is Started, declared is Stopped (runsOn: active) "
        "while the site is passive."
    )


@pytest.mark.parametrize("state", ["Stopped", "Disabled"])
def test_not_started_on_the_active_site(tmp_path, state):
    told = unmet(check.test_triggers, **judge(tmp_path, FACTORY, trigger(runtimeState=state)))
    assert f"is {state}, declared is Started" in told


def test_a_trigger_or_a_factory_that_is_not_there(tmp_path):
    assert unmet(check.test_triggers, **judge(tmp_path, FACTORY, trigger("daily"))) == (
        "Trigger hourly does not exist in Data Factory adf-neu in neu."
    )
    assert unmet(check.test_triggers, **judge(tmp_path)) == (
        "Trigger hourly: Data Factory adf-neu does not exist in neu."
    )


@pytest.mark.parametrize("state", [None, 1])
def test_a_state_that_is_not_told_is_unproven(tmp_path, state):
    assert "runtimeState" in unproven(check.test_triggers, **judge(tmp_path, FACTORY, trigger(runtimeState=state)))


def test_a_trigger_that_may_not_be_read_is_unproven(tmp_path):
    failing = {"/triggers/": "Microsoft.DataFactory/factories/triggers/read"}
    told = unproven(check.test_triggers, **judge(tmp_path, FACTORY, trigger(), failing=failing))
    assert "Microsoft.DataFactory/factories/triggers/read" in told
