from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import HttpResponseError
from azure.monitor.query import LogsQueryStatus

from fixtures.sandbox.invalid import WorldInvalid
from tests.sandbox import azure_world
from tests.sandbox.azure_world import CUSTOMER

PING = {"columns": ["ok"], "rows": [[1]]}
ASKED = "// gonogo: ping\nprint ok = 1\n"


@pytest.fixture
def ask(serve):
    def asking(said, query=ASKED, workspace=CUSTOMER, endpoint="https://api.loganalytics.io", times=1):
        files = {"arm/base.yaml": azure_world.resources(), "logs/log-weu.yaml": said}
        sandbox = serve(files, environment=azure_world.environment())
        client = azure_world.logs(sandbox.routes, endpoint)
        for _ in range(times - 1):
            client.query_workspace(workspace, query, timespan=None)
        answer = client.query_workspace(workspace, query, timespan=timedelta(hours=1))
        [seen] = {(each.source, each.place, each.method) for each in sandbox.requests}
        assert seen == ("logs", "log-weu", "POST")
        return answer

    return asking


@pytest.mark.parametrize("endpoint", ["https://api.loganalytics.io", "https://api.loganalytics.azure.com"])
def test_a_named_query(ask, endpoint):
    [table] = ask({"ping": PING}, endpoint=endpoint).tables
    assert (table.name, table.columns, table.columns_types) == ("PrimaryResult", ["ok"], ["long"])
    assert [list(row) for row in table.rows] == [[1]]


def test_a_query_of_a_user_is_found_by_its_whole_text(ask):
    said = {"Orders | summarize value=count()": {"columns": [{"name": "value", "type": "long"}], "rows": [[7]]}}
    [table] = ask(said, query="\n Orders | summarize value=count() \n", workspace=CUSTOMER.upper()).tables
    assert table.rows[0]["value"] == 7


def test_types_are_told_by_the_values_and_instants_are_written_out(ask):
    rows = [[None, 1.5, "a", True, {"k": 1}], ["@now-3m", 2, "b", False, None]]
    [table] = ask({"ping": {"columns": ["Last", "Size", "Name", "Ok", "Bag"], "rows": rows}}).tables
    assert table.columns_types == ["datetime", "real", "string", "bool", "dynamic"]
    ago = datetime.now(UTC) - table.rows[1]["Last"]
    assert timedelta(minutes=3) <= ago < timedelta(minutes=4)


def test_a_part_of_an_answer(ask):
    error = {"message": "a shard did not answer", "details": [{"code": "EngineError"}]}
    answer = ask({"ping": {"partial": {**PING, "error": error}}})
    assert answer.status is LogsQueryStatus.PARTIAL
    assert answer.partial_error.code == "PartialError"
    assert answer.partial_error.message == "a shard did not answer"
    assert answer.partial_data[0].rows[0]["ok"] == 1


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        ({"status": 403}, "InsufficientAccessError"),
        ({"status": 401}, "InvalidTokenError"),
        (
            {"status": 400, "inner": [{"code": "SyntaxError", "message": "no such thing"}]},
            "BadArgument",
        ),
        ({"status": 429, "retryAfter": 5}, "ThrottledError"),
        ({"text": "{"}, "JSON"),
    ],
)
def test_what_the_api_refuses(ask, failure, says):
    with pytest.raises(HttpResponseError, match=says):
        ask({"ping": {"error": failure}})


def test_a_failure_may_pass(ask):
    assert ask({"ping": {**PING, "error": {"status": 503, "after": 1, "times": 1}}}).tables
    with pytest.raises(HttpResponseError):
        ask({"ping": {**PING, "error": {"status": 503, "after": 1, "times": 1}}}, times=2)
    assert ask({"ping": {"columns": ["ok"], "rows": [[{"@samples": [1, 2]}]]}}, times=2).tables[0].rows[0]["ok"] == 2


def test_what_is_not_there(ask):
    with pytest.raises(HttpResponseError, match="BadArgumentError") as caught:
        ask({})
    assert "no answer for 'ping'" in caught.value.response.text()
    with pytest.raises(HttpResponseError, match="PathNotFoundError"):
        ask({"ping": PING}, workspace="11111111-58c2-4f1f-8f6a-2b7b3a1c9d10")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"ping": {"columns": ["a", "b"], "rows": [[1]]}}, "a row has 1 values"),
        ({"ping": {"rwos": []}}, "did you mean rows"),
        ({"ping": {"error": {"delay": "soon"}}}, "'soon' is no duration"),
        ({"ping": {"columns": ["a"], "rows": [["@now-never"]]}}, "is no instant"),
        ({"ping": {"partial": {"columns": ["a"]}}}, "partial: Object missing required field `error`"),
    ],
)
def test_an_answer_that_cannot_be_served_is_named(serve, said, words):
    with pytest.raises(WorldInvalid, match=words) as caught:
        serve({"logs/log-weu.yaml": said})
    assert "log-weu.yaml: ping: " in str(caught.value)
