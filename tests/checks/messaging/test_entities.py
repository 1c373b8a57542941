from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from fixtures.neutral import neutral_of
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, sites
from tests.checks.messaging.buses import (
    HUBS,
    NEVER,
    declared,
    everything,
    hub,
    namespace,
    queue,
    replaced,
    subscription,
    topic,
    without,
)

active = load("messaging/test_entities.py").test_entity_active
parity = load("messaging/test_entities.py").test_entity_parity
ENTITIES = ["in", "events/paid", "telemetry/readers"]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declared(tmp_path)


def entity(environment: Environment, name: str, site: str) -> Any:
    return next(each for each in environment.declared("entity") if (each.id, each.site) == (name, site))


def judge(environment: Environment, name: str, documents: Sequence[Document], **more: Any) -> dict[str, Any]:
    return {
        "entity": entity(environment, name, "neu"),
        "arm": arm(environment, *documents, place="neu", **more),
        "site": sites(environment)["neu"],
    }


def compare(
    environment: Environment, name: str, weu: Sequence[Document], neu: Sequence[Document], **more: Any
) -> dict[str, Any]:
    return {
        "entity_by_site": {site: entity(environment, name, site) for site in ("weu", "neu")},
        "arm_by_site": {site: arm(environment, *weu, *neu, place=site, **more) for site in ("weu", "neu")},
        "neutral": neutral_of(environment),
    }


@pytest.mark.parametrize("name", ENTITIES)
def test_all_is_there_and_works(environment, name):
    active(**judge(environment, name, everything("neu")))
    parity(**compare(environment, name, everything("weu"), everything("neu")))


@pytest.mark.parametrize("status", ["Disabled", "SendDisabled", "ReceiveDisabled", "Creating", "Unknown"])
def test_a_queue_that_is_not_active(environment, status):
    documents = replaced(everything("neu"), queue("neu", status=status))
    assert unmet(active, **judge(environment, "in", documents)) == (
        f"in of sb-neu in neu cannot be used: queue in of sb-neu is {status}; declared is that it exists and is Active."
    )
    active(**judge(environment, "events/paid", documents))


def test_what_it_stands_in_counts(environment):
    documents = replaced(everything("neu"), topic("neu", status="SendDisabled"), namespace("neu", status="Disabled"))
    said = unmet(active, **judge(environment, "events/paid", documents))
    assert "namespace sb-neu is Disabled; topic events of sb-neu is SendDisabled;" in said
    active(**judge(environment, "telemetry/readers", documents))


@pytest.mark.parametrize(
    ("name", "gone", "said"),
    [
        ("in", queue("neu"), "queue in of sb-neu does not exist"),
        ("in", namespace("neu"), "namespace sb-neu does not exist"),
        ("events/paid", topic("neu"), "topic events of sb-neu does not exist"),
        ("events/paid", subscription("neu"), "subscription events/paid of sb-neu does not exist"),
        ("telemetry/readers", hub("neu")[0], "event hub telemetry of eh-neu does not exist"),
        ("telemetry/readers", hub("neu")[1], "consumer group telemetry/readers of eh-neu does not exist"),
    ],
)
def test_what_does_not_exist(environment, name, gone, said):
    left = without(everything("neu"), gone["id"])
    assert said in unmet(active, **judge(environment, name, left))
    assert f"{said.removesuffix(' does not exist')} in neu does not exist, declared are both sites." in unmet(
        parity, **compare(environment, name, everything("weu"), left)
    )


def test_the_group_that_every_hub_has_need_not_be_listed(environment):
    hubs = [each for each in environment.declared("event_hub") if each.name == "telemetry"]
    for each in hubs:
        object.__setattr__(each, "group", "$Default")
    bare = {site: without(everything(site), hub(site)[1]["id"]) for site in ("weu", "neu")}
    active(**judge(environment, "telemetry/$Default", bare["neu"]))
    parity(**compare(environment, "telemetry/$Default", bare["weu"], bare["neu"]))


def test_neither_site_has_it(environment):
    neither = [without(everything(site), queue(site)["id"]) for site in ("weu", "neu")]
    assert "nothing can be compared" in unproven(parity, **compare(environment, "in", *neither))


def test_case_does_not_matter(environment):
    active(**judge(environment, "in", replaced(everything("neu"), queue("neu", status="ACTIVE"))))


@pytest.mark.parametrize("value", [None, 7])
@pytest.mark.parametrize("make", [namespace, queue])
def test_a_status_that_is_not_said_is_unproven(environment, make, value):
    documents = replaced(everything("neu"), make("neu", status=value))
    assert "status" in unproven(active, **judge(environment, "in", documents))


def test_what_may_not_be_read_is_unproven(environment):
    more = {"denied": [namespace("neu", HUBS)["id"]]}
    assert "Reader" in unproven(active, **judge(environment, "telemetry/readers", everything("neu"), **more))
    both = everything("weu"), everything("neu")
    assert "Reader" in unproven(parity, **compare(environment, "telemetry/readers", *both, **more))


def test_a_setting_that_differs(environment):
    changed = replaced(everything("weu"), queue("weu", lockDuration="PT5M", requiresSession=True))
    assert unmet(parity, **compare(environment, "in", changed, everything("neu"))) == (
        "in of sb-weu in weu and in of sb-neu in neu differ: lockDuration is 0:05:00 in weu and 0:01:00 in neu; "
        "requiresSession is true in weu and false in neu; declared is that they stand for one another."
    )


def test_forwards_differ(environment):
    changed = replaced(everything("neu"), subscription("neu", forwardTo=None))
    assert "forwardTo is in in weu and not set in neu" in unmet(
        parity, **compare(environment, "events/paid", everything("weu"), changed)
    )
    by_url = replaced(everything("neu"), subscription("neu", forwardTo="https://sb-neu.servicebus.windows.net/IN"))
    parity(**compare(environment, "events/paid", everything("weu"), by_url))


def test_partitions_differ(environment):
    fewer = replaced(everything("neu"), *hub("neu", partitionCount=2))
    assert "partitionCount is 4 in weu and 2 in neu" in unmet(
        parity, **compare(environment, "telemetry/readers", everything("weu"), fewer)
    )


def test_the_same_written_otherwise(environment):
    other = {"lockDuration": "PT60S", "status": "SendDisabled", "sizeInBytes": 7, "accessedAt": "2026-01-01T00:00:00Z"}
    changed = replaced(everything("neu"), queue("neu", **other))
    parity(**compare(environment, "in", everything("weu"), changed))


def test_a_setting_that_one_side_does_not_say(environment):
    silent = replaced(everything("neu"), queue("neu", lockDuration=None))
    assert "ARM does not say lockDuration of queue in of sb-neu in neu" in unproven(
        parity, **compare(environment, "in", everything("weu"), silent)
    )
    absurd = replaced(everything("neu"), queue("neu", maxDeliveryCount="ten"))
    assert "maxDeliveryCount" in unproven(parity, **compare(environment, "in", everything("weu"), absurd))


@pytest.mark.parametrize(("idle", "red"), [(NEVER, True), ("PT1H", False)])
def test_another_subscription_of_the_topic(environment, idle, red):
    audited = [*everything("weu"), subscription("weu", "audit", autoDeleteOnIdle=idle)]
    arguments = compare(environment, "events/paid", audited, everything("neu"))
    if red:
        assert "subscription audit of topic events exists in weu and not in neu" in unmet(parity, **arguments)
    else:
        parity(**arguments)


def test_another_subscription_that_does_not_say_whether_it_stays(environment):
    audited = [*everything("weu"), subscription("weu", "audit", autoDeleteOnIdle=None)]
    assert "autoDeleteOnIdle" in unproven(parity, **compare(environment, "events/paid", audited, everything("neu")))
