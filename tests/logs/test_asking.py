from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from fixtures.evidence import EvidenceMissing, SourceFailed, utc_now
from fixtures.sources.arm.facts import Answered as ArmAnswered
from fixtures.sources.logs import asking
from fixtures.sources.logs.answers import Recorded
from fixtures.sources.logs.facts import Answered, Query, Row
from fixtures.sources.logs.queries import declared, named, tables
from tests.logs.conftest import CLUSTER, PING, environment, filled, namespace, workspace
from tests.sandbox.azure_world import WORKSPACE


def failing(**failure):
    return {"ping": {**PING, "error": failure}}


def test_each_query_is_sent_once_however_many_ask(ask):
    asked = ask({}, workspace(), namespace(), namespace("billing"), namespace("Orders"))
    assert asked.answer.error is None
    assert asked.queries == 3
    assert asked.answer.requests == 4  # one to ARM, for the workspace's id
    assert asked.answer.identity == "api.loganalytics.io"
    assert abs(asked.answer.clock_offset) < timedelta(seconds=2)
    assert asked.view.ping(workspace()).answered
    assert asked.looked.count == 1


def test_rows_of_this_cluster_whatever_the_case_of_its_id(ask):
    first, second = ask({}).view.ingestion(workspace())
    assert [first.table, second.table] == ["ContainerLogV2", "KubePodInventory"]
    assert (first.rows, second.rows) == (900, 40)
    assert timedelta(minutes=2) <= utc_now() - first.last < timedelta(minutes=3)


def test_rows_of_another_cluster_are_not_ours(ask):
    other = CLUSTER.replace("aks-weu", "aks-other").lower()
    [table, _] = ask({"ingestion": filled(("containerlogv2", other, "@now-1m", 5))}).view.ingestion(workspace())
    assert (table.last, table.rows, table.others) == (None, 0, ("aks-other",))


def test_lines_of_a_namespace(ask):
    view = ask({}, namespace(), namespace("billing")).view
    assert view.namespace_logs(namespace()).rows == 70
    assert view.namespace_logs(namespace("billing")).last is None


def test_throttled_and_then_fine_changes_nothing(ask):
    asked = ask(failing(status=429, times=2, retryAfter=0))
    assert asked.answer.error is None
    assert asked.view.ping(workspace()).answered


def test_a_token_that_expires_in_the_middle_is_renewed(ask):
    asked = ask(failing(status=401, times=1))
    assert asked.answer.error is None
    assert asked.queries == 3


SYNTAX = [{"code": "SyntaxError", "message": "wrong"}, {"code": "SYN0002", "message": "could not be parsed at 'x'"}]


@pytest.mark.parametrize(
    ("failure", "kind", "says"),
    [
        ({"status": 403}, "denied", "log-weu refuses queries (InsufficientAccessError)"),
        ({"status": 403, "code": "InvalidAuthenticationToken"}, "denied", "does not take the credential"),
        ({"status": 401}, "denied", "log-weu does not take the credential (InvalidTokenError)"),
        (
            {"status": 400, "inner": SYNTAX},
            "unexpected",
            "cannot run the query ping: SYN0002: could not be parsed at 'x'",
        ),
        ({"status": 404}, "unexpected", "the query API knows no workspace log-weu"),
        ({"status": 429, "retryAfter": 60}, "throttled", "429 ThrottledError"),
        ({"status": 503, "retryAfter": 0}, "unreachable", "503"),
        ({"status": 504, "retryAfter": 60}, "unreachable", "504 GatewayTimeout"),
        ({"text": '{"tables": [{'}, "malformed", "is no JSON"),
        ({"text": '{"tables": [{"rows": []}]}'}, "malformed", "not as documented"),
        ({"text": '{"tables": []}'}, "partial", "holds no table"),
    ],
)
def test_what_is_not_known_is_told(ask, failure, kind, says):
    asked = ask(failing(**failure))
    assert asked.answer.error.kind == "partial"
    assert asked.view.ingestion(workspace())
    with pytest.raises(EvidenceMissing) as caught:
        asked.view.ping(workspace())
    assert (caught.value.kind, says in str(caught.value)) == (kind, True), str(caught.value)


def test_the_missing_role_is_named_with_its_scope(ask):
    asked = ask(failing(status=403))
    assert (
        asked.answer.error.missing_permission
        == f"Microsoft.OperationalInsights/workspaces/query/read (Log Analytics Reader) on {WORKSPACE}"
    )
    with pytest.raises(
        EvidenceMissing,
        match=rf"missing: Microsoft.OperationalInsights/workspaces/query/read \(Log Analytics Reader\) on {WORKSPACE}",
    ):
        asked.view.ping(workspace())


def test_a_refusal_of_the_network_is_an_observation(ask):
    asked = ask(failing(status=403, inner=[{"code": "NspValidationFailed", "message": "not from a public network"}]))
    ping = asked.view.ping(workspace())
    assert (ping.answered, ping.refused) == (
        False,
        "log-weu takes no queries from this network: NspValidationFailed: not from a public network",
    )


def test_a_part_of_an_answer_is_unproven(ask):
    error = {"message": "a shard did not answer", "details": [{"message": "it was too much"}]}
    asked = ask({"ping": {"partial": {**PING, "error": error}}})
    assert asked.answer.error.kind == "partial"
    with pytest.raises(EvidenceMissing, match="in part only: PartialError: a shard did not answer; it was") as caught:
        asked.view.ping(workspace())
    assert caught.value.kind == "partial"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"columns": ["Table", "ClusterId", "Rows"], "rows": [["a", "b", 1]]}, "missing required field `Last`"),
        (filled(("ContainerLogV2", CLUSTER, None, 3)), "3 rows, and the newest of them is of null"),
        (filled(("ContainerLogV2", CLUSTER, "recently", 3)), "Invalid RFC3339"),
        (filled(("ContainerLogV2", CLUSTER, "@now-1m", "many")), "Expected `int`, got `str`"),
    ],
)
def test_a_row_that_is_not_as_expected_is_unproven(ask, answer, says):
    asked = ask({"ingestion": answer})
    assert asked.answer.error is None
    with pytest.raises(EvidenceMissing, match="a row of the query ingestion is not as expected") as caught:
        asked.view.ingestion(workspace())
    assert says in str(caught.value)
    assert asked.view.ping(workspace())


def test_where_arm_does_not_tell_which_workspace_is_meant_nobody_is_asked(ask):
    refused = {"id": f"{WORKSPACE}*", "x-gonogo": {"status": 403}}
    asked = ask({}, documents=[refused])
    assert asked.queries == 0
    with pytest.raises(EvidenceMissing, match=r"missing: Microsoft\.OperationalInsights/workspaces/read") as caught:
        asked.view.ping(workspace())
    assert caught.value.kind == "denied"


def test_a_workspace_that_does_not_exist(ask):
    asked = ask({}, workspace("log-gone"))
    with pytest.raises(EvidenceMissing, match="log-gone does not exist, so it cannot be asked for the query ping"):
        asked.view.ping(workspace("log-gone"))


def test_without_a_token_the_source_has_failed(ask, monkeypatch):
    from azure.core.exceptions import ClientAuthenticationError

    class Nobody:
        def get_token(self, *scopes, **options):
            raise ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token")

    monkeypatch.setattr(asking, "credential_for", lambda environment, routes: Nobody())
    with pytest.raises(SourceFailed, match="no token for"):
        ask({})


def test_a_late_query_does_not_hold_up_the_others(ask):
    asked = ask(failing(delay="30s"), seconds=1.5)
    assert asked.view.ingestion(workspace())
    with pytest.raises(EvidenceMissing) as caught:
        asked.view.ping(workspace())
    assert caught.value.kind == "timeout"
    assert threading.active_count() < 40


class Value(Row, rename=None):
    value: float


def test_a_users_query_is_sent_as_it_is():
    place = environment()
    query = declared("Orders | summarize value=count()", place, "log-weu", None, timedelta(days=1), "orders of the day")
    assert query.workspaces == (WORKSPACE, WORKSPACE.replace("rg-weu", "rg-neu"))
    held = Recorded(_arm(place), "global", {query.key: Answered(columns=["value"], rows=b"[[7]]")})  # type: ignore[arg-type]
    assert [row.value for row in held.rows(query, Value)] == [7]
    other = Query(workspaces=query.workspaces, text="other", window=query.window, name="orders of tomorrow")
    with pytest.raises(EvidenceMissing, match="no workspace was asked for orders of tomorrow"):
        held.rows(other, Value)


def test_every_query_begins_with_its_name():
    place = environment()
    from fixtures.sources.logs import queries

    folder = queries.__path__[0]
    from pathlib import Path

    for file in sorted(Path(folder).glob("*.kql")):
        text = named(file.stem, place, "log-weu", "weu", timedelta(hours=1)).text
        assert text.startswith(f"// gonogo: {file.stem}\n")


def test_a_table_is_a_name_and_nothing_else():
    assert tables(["ContainerLogV2", "Orders_CL"]) == "ContainerLogV2, Orders_CL"
    with pytest.raises(ValueError, match=r"Perf \| take 1 is no name of a table"):
        tables(["Perf | take 1"])


def _arm(place):
    from fixtures.sources.arm.answers import Recorded as Arm

    return Arm(place, {"": ArmAnswered()})
