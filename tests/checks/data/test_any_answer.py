"""Whatever ARM answers in place of a healthy value: a check is met, unmet or unproven, and never stumbles."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from tests.checks.data import test_access_parity as parity
from tests.checks.data import test_cosmos as cosmos
from tests.checks.data import test_postgres as postgres
from tests.checks.data import test_redis as redis
from tests.checks.data import test_sql_failover_group as group
from tests.checks.managed import Document, declaring
from tests.checks.storage import test_account_role as role
from tests.checks.storage import test_network_access as access

#: How a check says that something is unmet, or that it cannot be proven.
TOLD = (AssertionError, LookupError, EvidenceMissing)
ABSURD: tuple[Any, ...] = (None, 7, "", "nonsense", [], {}, [None], True)
SERVERS = {"sqlFailoverGroup": "fg-orders", "servers": {"weu": "sql-weu", "neu": "sql-neu"}, "databases": ["orders"]}
STORES = [
    SERVERS,
    {"postgres": "pg-<site>"},
    {"redis": "redis-<site>"},
    {"cosmos": "cosmos-orders"},
    {"storage": "stshared", "redundancy": "GRS"},
    {"storage": "st<site>"},
]
JUDGED: dict[str, tuple[Any, Callable[..., dict[str, Any]], list[Document]]] = {
    "sql_failover_group": (group.check, group.judge, [group.group("weu"), group.group("neu")]),
    "postgres": (
        postgres.check,
        postgres.judge,
        [postgres.primary("weu"), postgres.replica("neu"), postgres.endpoint("weu", "pg-neu")],
    ),
    "cosmos": (cosmos.check, cosmos.judge, [cosmos.account(cosmos.WEU, cosmos.NEU)]),
    "redis": (redis.check, redis.judge, redis.linked()),
    "access_parity": (parity.check, parity.of_sql, [*parity.sql("weu"), *parity.sql("neu", ("a", "203.0.113.4"))]),
    "account_role": (role.check, role.judge, [role.account()]),
    "network_access": (
        access.check,
        access.judge,
        [access.account("stneu", "neu", ("neu", "Approved")), *access.endpoint(), *access.around()],
    ),
}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a document's properties, those that hold others too."""
    held = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in held:
        yield (*path, key)
        yield from leaves(each, (*path, key))


def replaced(documents: list[Document], number: int, path: tuple[Any, ...], by: Any) -> list[Document]:
    changed = copy.deepcopy(documents)
    holder = changed[number]["properties"]
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = by
    return changed


@pytest.mark.parametrize("name", sorted(JUDGED))
def test_no_answer_makes_a_check_stumble(tmp_path: Path, name: str) -> None:
    check, judge, documents = JUDGED[name]
    environment = declaring(tmp_path, databases=STORES)
    for number, document in enumerate(documents):
        for path in leaves(document["properties"]):
            for by in ABSURD:
                told = outcome(check, judge(environment, *replaced(documents, number, path, by)))
                assert told is None or type(told) in TOLD, f"{document['id']} {path} as {by!r}: {told!r}"


def outcome(check: Callable[..., None], arguments: dict[str, Any]) -> BaseException | None:
    """What a check raises, if anything."""
    try:
        check(**arguments)
    except Exception as raised:  # noqa: BLE001 - whatever it is, the test tells it
        return raised
    return None
