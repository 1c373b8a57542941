from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, sites
from tests.checks.messaging.buses import COUNTS, declared, everything, queue, replaced, subscription, topic, without

check = load("messaging/test_forwarding.py").test_forwarding


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declared(tmp_path)


def judge(
    environment: Environment, documents: Sequence[Document], name: str = "events/paid", **more: Any
) -> dict[str, Any]:
    found = [each for each in environment.declared("consumed") if (each.id, each.site) == (name, "neu")]
    return {
        "consumed": found[0],
        "arm": arm(environment, *documents, place="neu", **more),
        "site": sites(environment)["neu"],
    }


def changed(*others: Document) -> list[Document]:
    return replaced(everything("neu"), *others)


def left(count: int | None) -> dict[str, Any]:
    return {f"{name}MessageCount": 0 for name in COUNTS} | {"transferDeadLetterMessageCount": count}


def test_it_goes_where_it_is_declared_to_go(environment):
    check(**judge(environment, everything("neu")))
    check(**judge(environment, everything("neu"), "in"))


def test_it_goes_elsewhere(environment):
    documents = [*changed(subscription("neu", forwardTo="out")), queue("neu", "out")]
    assert unmet(check, **judge(environment, documents)) == (
        "events/paid of sb-neu in neu does not forward as declared: its messages go on to out, declared is in."
    )


def test_it_stays(environment):
    said = unmet(check, **judge(environment, changed(subscription("neu", forwardTo=None))))
    assert "its messages stay, declared is that they go on to in" in said


def test_a_consumer_starves(environment):
    documents = [*changed(queue("neu", forwardTo="out")), queue("neu", "out")]
    said = unmet(check, **judge(environment, documents, "in"))
    assert "its messages go on to out, declared is that worker consumes them" in said


@pytest.mark.parametrize("status", ["Disabled", "SendDisabled", "Deleting"])
def test_a_target_that_takes_nothing(environment, status):
    said = unmet(check, **judge(environment, changed(queue("neu", status=status))))
    assert f"its messages go to queue in, which is {status} and takes none" in said


def test_a_target_that_only_receivers_may_not_use(environment):
    check(**judge(environment, changed(queue("neu", status="ReceiveDisabled"))))


def test_a_target_that_is_not_there(environment):
    said = unmet(check, **judge(environment, without(everything("neu"), queue("neu")["id"])))
    assert "its messages go to in, which does not exist in sb-neu" in said


def test_a_topic_may_be_the_target(environment):
    letters = subscription("neu", forwardDeadLetteredMessagesTo="events")
    check(**judge(environment, changed(letters)))
    closed = changed(letters, topic("neu", status="SendDisabled"))
    said = unmet(check, **judge(environment, closed))
    assert "its dead letters go to topic events, which is SendDisabled and takes none" in said


@pytest.mark.parametrize("url", ["https://SB-neu.servicebus.windows.net/IN", "sb://sb-neu.servicebus.windows.net/in/"])
def test_a_target_by_its_url(environment, url):
    check(**judge(environment, changed(subscription("neu", forwardTo=url))))


def test_a_target_in_another_namespace(environment):
    url = "https://sb-weu.servicebus.windows.net/in"
    said = unmet(check, **judge(environment, changed(subscription("neu", forwardTo=url))))
    assert "its messages go to in of sb-weu, which is another namespace" in said


def test_messages_go_round(environment):
    documents = [*changed(queue("neu", forwardTo="out")), queue("neu", "out", forwardTo="in")]
    said = unmet(check, **judge(environment, documents))
    assert "its messages go round: in to out to in to out to in, and 4 steps are the most" in said


def test_more_and_more_is_left_behind(environment):
    growing = left(None) | {"transferDeadLetterMessageCount": {"@samples": [3, 5]}}
    said = unmet(check, **judge(environment, changed(subscription("neu", countDetails=growing))))
    assert "messages that could not be forwarded grow from 3 to 5" in said
    fewer = left(None) | {"transferDeadLetterMessageCount": {"@samples": [5, 3]}}
    check(**judge(environment, changed(subscription("neu", countDetails=fewer))))


def test_letters_of_long_ago_do_not_count(environment):
    check(**judge(environment, changed(subscription("neu", countDetails=left(3)))))


@pytest.mark.parametrize("details", [None, left(None), left(-1), {"transferDeadLetterMessageCount": "many"}])
def test_counts_that_are_not_told_are_unproven(environment, details):
    assert unproven(check, **judge(environment, changed(subscription("neu", countDetails=details))))
    check(**judge(environment, changed(queue("neu", countDetails=details)), "in"))


def test_an_entity_that_is_not_there_is_unproven(environment):
    documents = without(everything("neu"), subscription("neu")["id"])
    assert "nothing can be forwarded" in unproven(check, **judge(environment, documents))


def test_what_may_not_be_read_or_is_not_said_is_unproven(environment):
    denied = [queue("neu")["id"]]
    assert "Reader" in unproven(check, **judge(environment, everything("neu"), denied=denied))
    for value in (None, 7):
        assert unproven(check, **judge(environment, changed(queue("neu", status=value))))
    assert unproven(check, **judge(environment, changed(subscription("neu", forwardTo=["in"]))))
