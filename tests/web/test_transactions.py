"""Transactions through the web source: how often, in what order, where, and what the deadline cuts off."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing

from .conftest import endpoint
from .serving import answer, path_of

HOST = "shop.contoso.example"
FIRST, SECOND = "20.60.1.4", "20.60.1.5"


def transaction(*paths: str, repeat: int = 3, p95: float | None = None, **expect: Any) -> SimpleNamespace:
    said = {"status": (200,), "within": None, "body": None, "json_": {}} | expect
    steps = [SimpleNamespace(get=f"http://{HOST}{path}", expect=SimpleNamespace(**said)) for path in paths]
    bound = None if p95 is None else timedelta(seconds=p95)
    return SimpleNamespace(service="shop", id="buy", steps=steps, repeat=repeat, p95=bound)


def test_each_attempt_takes_all_steps_in_order_with_get_alone(serve, names, ask):
    server = serve(answer(200, b'{"status":"ok"}', x_served_by="neu"))
    buy = transaction("/cart", "/pay", json_={"$.status": "ok"})
    asked = ask(buy, connects={f"{FIRST}:80": server.port}, resolver=names({HOST: FIRST}))
    attempts = list(asked.web.attempts(buy))
    assert [attempt.number for attempt in attempts] == [1, 2, 3]
    assert [path_of(head) for head in server.heads] == ["/cart", "/pay"] * 3
    assert all(head.startswith("GET ") for head in server.heads)
    step = attempts[0].steps[1]
    assert (step.status, step.reached, step.body, step.findings[0].matches) == (200, FIRST, None, True)
    assert step.headers["x-served-by"] == "neu"
    assert attempts[0].elapsed_ms == sum(each.elapsed_ms for each in attempts[0].steps)
    assert (asked.looked.count, asked.answer.requests, asked.answer.error) == (3, 6, None)


def test_an_attempt_ends_where_a_customer_would_not_come_further(serve, names, ask):
    server = serve(answer(500))
    buy = transaction("/cart", "/pay")
    asked = ask(buy, connects={f"{FIRST}:80": server.port}, resolver=names({HOST: FIRST}))
    assert [len(attempt.steps) for attempt in asked.web.attempts(buy)] == [1, 1, 1]


def test_nothing_is_tried_again_since_a_customer_would_have_seen_it(serve, names, ask):
    statuses = itertools.cycle([503, 200])

    async def handler(head: str, writer: asyncio.StreamWriter) -> None:
        await answer(next(statuses))(head, writer)

    server = serve(handler)
    buy = transaction("/cart", repeat=4)
    asked = ask(buy, connects={f"{FIRST}:80": server.port}, resolver=names({HOST: FIRST}))
    assert [attempt.steps[0].status for attempt in asked.web.attempts(buy)] == [503, 200, 503, 200]


def test_what_takes_too_long_is_measured_once_more(serve, names, ask):
    waits = iter([1.1, 1.1] + [0.0] * 10)

    async def handler(head: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(next(waits))
        await answer()(head, writer)

    server = serve(handler)
    buy = transaction("/cart", repeat=2, p95=1.0)
    asked = ask(buy, connects={f"{FIRST}:80": server.port}, resolver=names({HOST: FIRST}))
    assert len(server.heads) == 4
    assert max(attempt.elapsed_ms for attempt in asked.web.attempts(buy)) < 1000


def test_a_redirect_to_another_host_tells_who_was_reached(serve, names, ask):
    other = "login.contoso.example"
    server = serve(answer(302, location=f"http://{other}/"))
    target = serve(answer(200))
    buy = transaction("/cart", repeat=1)
    asked = ask(
        buy,
        connects={f"{FIRST}:80": server.port, f"{SECOND}:80": target.port},
        resolver=names({HOST: FIRST, other: SECOND}),
    )
    (attempt,) = asked.web.attempts(buy)
    step = attempt.steps[0]
    assert (step.status, step.address, step.reached) == (200, FIRST, SECOND)
    assert [(hop.status, hop.location, hop.address) for hop in step.redirects] == [(302, f"http://{other}/", FIRST)]


def test_a_name_that_does_not_resolve_is_an_observation(names, ask):
    buy = transaction("/cart", repeat=1)
    asked = ask(buy, resolver=names({}))
    (attempt,) = asked.web.attempts(buy)
    assert attempt.steps[0].error.kind == "unresolved"


def test_what_the_deadline_cuts_off_is_said_and_the_rest_kept(serve, names, ask):
    async def handler(head: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        await answer()(head, writer)

    server = serve(handler)
    buy, page = transaction("/cart", repeat=50), endpoint(f"http://{HOST}/")
    asked = ask(buy, page, connects={f"{FIRST}:80": server.port}, resolver=names({HOST: FIRST}), seconds=2.5)
    assert asked.web.probe(page).status == 200
    assert 0 < len(list(asked.web.tried(buy))) < 50
    with pytest.raises(EvidenceMissing, match="not tried as often as declared before the time was up"):
        list(asked.web.attempts(buy))
    assert asked.answer.error.message == "1 of 1 transactions were not tried as often as declared"


def test_a_transaction_that_nobody_asked_for_is_missing(names, ask):
    with pytest.raises(EvidenceMissing, match="was not tried in neu"):
        list(ask(resolver=names({})).web.tried(transaction("/")))
