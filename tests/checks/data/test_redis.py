from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, declaring, id_of, one, resource, sites

check = load("data/test_redis.py").test_redis
CACHE = "Microsoft.Cache/redis"
MATE = {"weu": "neu", "neu": "weu"}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declaring(tmp_path, databases=[{"redis": "redis-<site>"}])


def cache(site: str, **said: Any) -> Document:
    return resource(site, CACHE, f"redis-{site}", **{"provisioningState": "Succeeded", **said})


def link(site: str, other: str, **said: Any) -> Document:
    """A link as the site's cache tells of it; ``other`` is the role of the other end."""
    mate = MATE[site]
    about = {
        "linkedRedisCacheId": id_of(mate, CACHE, f"redis-{mate}"),
        "serverRole": other,
        "provisioningState": "Succeeded",
        "geoReplicatedPrimaryHostName": "redis.geo.redis.cache.windows.net",
        **said,
    }
    return resource(site, f"{CACHE}/linkedServers", f"redis-{site}", f"redis-{mate}", **about)


def linked(primary: str = "weu") -> list[Document]:
    return [cache("weu"), cache("neu"), link(primary, "Secondary"), link(MATE[primary], "Primary")]


def judge(
    environment: Environment, *documents: Document, site: str = "neu", phase: str = "pre-cutover", **more: Any
) -> dict[str, Any]:
    roles = sites(environment, phase)
    return {
        "redis": one(environment, "redis", site),
        "arm": arm(environment, *documents, place=site, **more),
        "site": roles[site],
        "sites": roles,
    }


def test_the_role_of_a_link_is_that_of_the_other_end(environment):
    for site in ("weu", "neu"):
        check(**judge(environment, *linked(), site=site))
        check(**judge(environment, *linked("neu"), site=site, phase="post-cutover"))


def test_the_active_cache_refuses_writes(environment):
    said = unmet(check, **judge(environment, *linked(), phase="mid-cutover"))
    assert said == (
        "Redis cache redis-neu in neu is not as its role demands: it is the secondary of redis-weu and refuses writes, "
        "declared is that neu is active."
    )
    said = unmet(check, **judge(environment, *linked(), site="weu", phase="mid-cutover"))
    assert "it is the primary of redis-neu, declared is secondary while weu is passive" in said


def test_a_target_that_would_take_over_empty(environment):
    assert "it is not linked to redis-weu of weu, which is active, so it takes over empty" in unmet(
        check, **judge(environment, cache("weu"), cache("neu"))
    )


def test_a_forced_failover_unlinks(environment):
    for site in ("weu", "neu"):
        check(**judge(environment, cache("weu"), cache("neu"), site=site, phase="post-cutover"))


def test_links_whose_ends_disagree(environment):
    both = cache("weu"), cache("neu")
    assert "it is linked to redis-weu, which knows of no link back" in unmet(
        check, **judge(environment, *both, link("neu", "Primary"))
    )
    said = unmet(check, **judge(environment, *both, link("weu", "Primary"), link("neu", "Primary")))
    assert "it and redis-weu both take themselves for secondary" in said
    moved = link("weu", "Secondary", geoReplicatedPrimaryHostName="old.geo.redis.cache.windows.net")
    assert "as the host of the primary" in unmet(check, **judge(environment, *both, moved, link("neu", "Primary")))
    making = link("neu", "Primary", provisioningState="Linking")
    assert "its link to redis-weu is Linking" in unmet(
        check, **judge(environment, *both, link("weu", "Secondary"), making)
    )
    strange = link("neu", "Primary", linkedRedisCacheId=id_of("weu", CACHE, "redis-drill"))
    assert "it is linked to redis-drill, declared are redis-weu, redis-neu" in unmet(
        check, **judge(environment, *both, strange)
    )


def test_active_active_caches_know_nothing_of_each_other(tmp_path):
    both = declaring(tmp_path, mode="active-active", databases=[{"redis": "redis-<site>"}])
    for site in ("weu", "neu"):
        check(**judge(both, cache("weu"), cache("neu"), site=site))
    assert "refuses writes" in unmet(check, **judge(both, *linked()))


def test_a_cache_that_is_not_there_or_not_ready(environment):
    assert unmet(check, **judge(environment, cache("weu"))) == "Redis cache redis-neu of orders does not exist in neu."
    assert "it is Scaling" in unmet(
        check, **judge(environment, cache("weu"), cache("neu", provisioningState="Scaling"), *linked()[2:])
    )


@pytest.mark.parametrize("field", ["serverRole", "provisioningState", "linkedRedisCacheId"])
@pytest.mark.parametrize("value", [None, 7])
def test_what_is_not_said_is_unproven(environment, field, value):
    documents = [cache("weu"), cache("neu"), link("weu", "Secondary"), link("neu", "Primary", **{field: value})]
    assert unproven(check, **judge(environment, *documents))


def test_what_is_said_in_words_that_nobody_knows(environment):
    documents = [cache("weu"), cache("neu"), link("weu", "Secondary"), link("neu", "Leader")]
    assert "Leader" in unproven(check, **judge(environment, *documents))
    assert "Reader" in unproven(check, **judge(environment, *linked(), denied=[f"{linked()[1]['id']}/linkedServers"]))
