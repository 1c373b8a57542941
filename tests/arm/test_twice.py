"""What is asked for twice: counts that must move."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.arm.asking import read_all
from fixtures.sources.arm.facts import Request
from fixtures.sources.arm.objects import Part, Resource
from fixtures.sources.arm.reader import Reader
from tests.arm.conftest import GROUP, VAULT, environment, paths

OTHER = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-other"


class Properties(Part):
    count: int | None = None


class Counted(Resource):
    properties: Properties | None = None


class Topic:
    """A topic that wants to know the count of each subject twice, and then something else."""

    KINDS = ("vault",)

    def __init__(self):
        self.told = {}

    def read(self, arm, declared):
        found = arm.twice(declared.path, Counted)
        self.told[declared.path] = found and (found.first.properties.count, found.second.properties.count, found.apart)
        arm.list(f"{declared.path}/secrets", Resource)


def subject(path):
    return SimpleNamespace(path=path, is_kind=lambda kind: kind == "vault")


def counts(*values):
    return [(200, {"id": VAULT, "properties": {"count": value}}, {}) for value in values]


def ask(reader, *subjects, seconds=10.0):
    topic = Topic()
    read_all(reader, {"counts": topic}, [subject(path) for path in subjects], time.monotonic() + seconds)
    return topic.told


def test_both_counts_are_told_with_the_interval_between_them(manager, reader):
    manager.in_turn(*counts(7, 9))
    asked = reader()
    told = ask(asked, VAULT)
    first, second, apart = told[VAULT]
    assert (first, second) == (7, 9)
    assert apart >= environment().azure.sample_interval
    assert asked.recorded()[Request(path=VAULT, again=True).key].after == apart.total_seconds()


def test_what_is_asked_after_the_second_answer_is_asked_for_too(manager, reader):
    manager.in_turn(*counts(7, 7))
    ask(reader(), VAULT)
    assert paths(manager.asked) == [VAULT, VAULT, f"{VAULT}/secrets"]


def test_many_wait_for_their_second_answers_together(manager, reader):
    manager.in_turn(*counts(1, 2))
    many = [f"{OTHER}-{number}" for number in range(24)]
    asked = reader()
    told = ask(asked, *many)
    assert [each[:2] for each in told.values()] == [(1, 2)] * len(many)


def test_what_does_not_exist_is_not_asked_for_again(manager, reader):
    manager.in_turn((404, {"error": {"code": "ResourceNotFound"}}, {}))
    assert ask(reader(), VAULT) == {VAULT: None}
    assert paths(manager.asked).count(VAULT) == 1


def test_a_refusal_of_the_second_answer_is_recorded_as_such(manager, reader):
    manager.in_turn(*counts(7), (403, {"error": {"code": "AuthorizationFailed"}}, {}))
    asked = reader()
    assert ask(asked, VAULT) == {}
    assert asked.recorded()[Request(path=VAULT, again=True).key].error.kind == "denied"


def test_an_interval_beyond_the_deadline_leaves_the_second_answer_unknown(manager, connect):
    manager.in_turn(*counts(7, 9))
    asked = Reader(environment(), connect(seconds=0.2))
    assert ask(asked, VAULT, seconds=3.0) == {}
    assert asked.recorded()[Request(path=VAULT, again=True).key].error.kind == "timeout"


def test_before_its_turn_a_second_answer_is_not_waited_for(manager, reader):
    manager.in_turn(*counts(7, 9))
    with pytest.raises(EvidenceMissing, match="not asked for again yet"):
        reader().twice(VAULT, Counted)
