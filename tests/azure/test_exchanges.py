from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError, ServiceResponseTimeoutError

from fixtures.azure import exchanges
from fixtures.azure.exchanges import Exchanges, Unanswered, kind_of, told_by
from fixtures.evidence import SourceFailed

HOST = "https://management.azure.com"


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    told = Clock()
    passing = SimpleNamespace(monotonic=lambda: told.now, sleep=told.sleep)
    monkeypatch.setattr(exchanges, "time", passing)
    return told


def response(status: int, **headers: str) -> Any:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(status_code=status, headers=given, content=b"{}")


def run(clock: Clock, *answers: Any, seconds: float = 60.0) -> tuple[Exchanges, Any]:
    """Ask with a service that answers these in turn, the last one for ever; exceptions are raised."""
    left = list(answers)
    clients: list[object] = []

    def new_client() -> object:
        clients.append(object())
        return clients[-1]

    def call(client: object, options: Any) -> Any:
        assert client is clients[-1]
        assert options["read_timeout"] <= 30
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    asking = Exchanges(HOST, new_client, clock.now + seconds)
    return asking, lambda: asking.ask(call, "a thing")


def test_a_service_that_names_a_pause_is_asked_until_the_deadline(clock):
    asking, ask = run(clock, *[response(429, Retry_After="7")] * 8, response(200))
    assert ask().status == 200
    assert clock.slept == [7.0] * 8
    assert asking.requests == 9
    asking, ask = run(clock, response(429, Retry_After="7"))
    assert ask().status == 429
    assert asking.requests == 9
    asking, ask = run(clock, response(429, Retry_After="90"))
    assert (ask().status, asking.requests) == (429, 1)


def test_a_service_that_names_none_is_asked_a_few_times(clock):
    for failing in (response(503), response(503, Retry_After="0"), response(500, Retry_After="soon")):
        asking, ask = run(clock, failing)
        assert (ask().status, asking.requests) == (503 if failing.status_code == 503 else 500, 5)
    asking, ask = run(clock, ServiceRequestError("no route"), ServiceRequestError("no route"), response(200))
    assert (ask().status, asking.requests) == (200, 3)


def test_what_never_answers_is_told(clock):
    for problem, kind in (
        (ServiceRequestError("no route"), "unreachable"),
        (ServiceResponseTimeoutError("slow"), "timeout"),
    ):
        _, ask = run(clock, problem)
        with pytest.raises(Unanswered, match=str(problem)) as caught:
            ask()
        assert caught.value.error.kind == kind
    _, ask = run(clock, response(200), seconds=0)
    with pytest.raises(Unanswered, match="the deadline was over before a thing was asked for"):
        ask()


def test_a_token_is_renewed_once(clock):
    asking, ask = run(clock, response(401), response(200))
    assert (ask().status, asking.requests) == (200, 2)
    asking, ask = run(clock, response(401))
    assert (ask().status, asking.requests) == (401, 2)
    assert clock.slept == []


def test_without_a_token_nothing_can_be_said(clock):
    elsewhere = SimpleNamespace(request=SimpleNamespace(url="https://login.microsoftonline.com/t/oauth2/v2.0/token"))
    problems = [ClientAuthenticationError("expired"), ClientAuthenticationError("expired")]
    problems[1].response = elsewhere
    for problem in problems:
        _, ask = run(clock, problem)
        with pytest.raises(SourceFailed, match=r"gave no token for management\.azure\.com: "):
            ask()


def test_what_an_error_says():
    body = b'{"error":{"code":"A","message":"b","innererror":{"code":"C","innererror":{"code":"D","message":"e"}}}}'
    told = told_by(body)
    assert (told.code, told.message, told.inner, told.details, str(told)) == ("A", "b", ("C", "D"), "e", "A: e")
    for odd in (b"", b"<html>", b"[]", b'{"error": 3}', b"\xff"):
        assert str(told_by(odd)) == ""
    assert str(told_by(b'{"error": null}')) == ""
    kinds = {401: "denied", 403: "denied", 404: "unexpected", 429: "throttled", 500: "unreachable", 504: "unreachable"}
    assert {status: kind_of(status) for status in kinds} == kinds
