from __future__ import annotations

from fixtures.environment import Environment
from fixtures.environment.stores import KINDS


def test_each_store_is_a_kind_of_its_own(example: Environment) -> None:
    databases = example.declared("database")
    assert {kind for kind in KINDS for each in databases if each.is_kind(kind)} == set(KINDS)
    for each in databases:
        assert each.is_kind("database")
        assert sum(each.is_kind(kind) for kind in KINDS) == 1
        assert each.namespace == "orders"


def test_a_service_may_lose_less_than_the_cutover(example: Environment) -> None:
    assert str(example.declared("cosmos")[0].rpo) == str(example.cutover.objectives.rpo)


def test_servers_that_stand_for_one_another(example: Environment) -> None:
    pairs = {each.store: each for each in example.declared("server_pair")}
    assert list(pairs) == ["sqlFailoverGroup", "postgres"]
    assert dict(pairs["sqlFailoverGroup"].servers) == {"weu": "sql-prod-weu", "neu": "sql-prod-neu"}
    assert (pairs["sqlFailoverGroup"].id, pairs["sqlFailoverGroup"].place) == ("fg-orders", "global")
    assert pairs["postgres"].id == "pg-orders-weu+pg-orders-neu"
    assert str(pairs["postgres"]) == "orders/pg-orders-weu+pg-orders-neu"
