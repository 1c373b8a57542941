from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace

import msgspec
import pytest
from azure.core.exceptions import ClientAuthenticationError

from fixtures.azure.clouds import CLOUDS
from fixtures.azure.credential import SandboxCredential
from fixtures.evidence import Routes, SourceFailed
from fixtures.sandbox.certificates import Authority
from fixtures.sources.arm.connection import Connection, Refused
from fixtures.sources.arm.facts import Request
from tests.arm.conftest import GROUP, HOST, VAULT, environment, paths

SOUND = (200, {"id": VAULT}, {})


def refusal(status, code="Refused", message="no", **headers):
    return status, {"error": {"code": code, "message": message}}, headers


def test_a_resource_is_asked_for_with_the_version_of_its_type(manager, connect):
    manager.in_turn(SOUND)
    connection = connect()
    answer = connection.ask(Request(path=VAULT))
    assert msgspec.json.decode(answer.body) == {"id": VAULT}
    assert manager.asked == [("GET", f"{VAULT}?api-version=2023-07-01", "Bearer sandbox")]
    assert abs(connection.clock_offset) < timedelta(seconds=2)


def test_the_declared_version_counts(manager, connect):
    manager.in_turn(SOUND)
    connect(api_versions={"Microsoft.KeyVault/vaults": "2019-09-01"}).ask(Request(path=VAULT, expand="a,b"))
    assert manager.asked[0][1] == f"{VAULT}?$expand=a,b&api-version=2019-09-01"


def test_a_type_without_a_known_version_says_where_to_declare_one(connect):
    with pytest.raises(Refused, match=r"no version of the API is known for Contoso\.Odd/things: declare it in azure"):
        connect().ask(Request(path=f"{GROUP}/providers/Contoso.Odd/things/a"))


def test_what_does_not_exist_is_an_answer(manager, connect):
    manager.in_turn(refusal(404, "ResourceNotFound"))
    assert connect().ask(Request(path=VAULT)).status == 404


@pytest.mark.parametrize("code", ["SubscriptionNotFound", "InvalidResourceType"])
def test_a_404_that_is_not_about_the_resource_says_nothing_of_it(manager, connect, code):
    manager.in_turn(refusal(404, code, "could not be found"))
    with pytest.raises(Refused, match=f"cannot say whether there is {VAULT}: {code}: could not be found"):
        connect().ask(Request(path=VAULT))


@pytest.mark.parametrize(
    ("status", "kind", "asked"), [(400, "unexpected", 1), (409, "unexpected", 1), (403, "denied", 1), (200, None, 1)]
)
def test_an_answer_that_will_not_change_is_asked_for_once(manager, connect, status, kind, asked):
    manager.in_turn(refusal(status))
    connection = connect()
    if kind:
        with pytest.raises(Refused) as caught:
            connection.ask(Request(path=VAULT))
        assert caught.value.error.kind == kind
    else:
        connection.ask(Request(path=VAULT))
    assert len(manager.asked) == asked == connection.requests


def test_who_may_not_read_is_told_what_is_missing_and_where(manager, connect):
    manager.in_turn(refusal(403, "AuthorizationFailed"))
    for path, missing in (
        (VAULT, f"Microsoft.KeyVault/vaults/read (Reader) on {GROUP}"),
        (f"{VAULT}/secrets", f"Microsoft.KeyVault/vaults/secrets/read (Reader) on {GROUP}"),
        (
            f"{VAULT}/providers/Microsoft.Authorization/roleAssignments",
            f"Microsoft.Authorization/roleAssignments/read (Reader) on {VAULT}",
        ),
    ):
        with pytest.raises(Refused, match="AuthorizationFailed") as caught:
            connect().ask(Request(path=path, listed=path != VAULT))
        assert caught.value.error.missing_permission == missing


@pytest.mark.parametrize("odd", ["0", "\xb2", "soon", "0.01", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_busy_manager_is_asked_again_after_as_long_as_it_says(manager, connect, odd):
    manager.in_turn(refusal(429, **{"Retry-After": "0"}), refusal(503, **{"Retry-After": odd}), SOUND)
    connection = connect()
    assert connection.ask(Request(path=VAULT)).status == 200
    assert connection.requests == 3


def test_one_that_stays_busy_longer_than_there_is_time_is_not_waited_for(manager, connect):
    manager.in_turn(refusal(429, **{"Retry-After": "60"}))
    began = time.monotonic()
    with pytest.raises(Refused) as caught:
        connect(seconds=5).ask(Request(path=VAULT))
    assert caught.value.error.kind == "throttled"
    assert time.monotonic() - began < 50
    assert len(manager.asked) == 1


def test_one_that_fails_again_and_again_is_unreachable(manager, connect):
    manager.in_turn(refusal(500, **{"Retry-After": "0"}))
    with pytest.raises(Refused) as caught:
        connect().ask(Request(path=VAULT))
    assert caught.value.error.kind == "unreachable"
    assert len(manager.asked) == 5


class Tokens:
    """Gives one token after the other."""

    def __init__(self):
        self.given = 0

    def get_token(self, *scopes, **options):
        assert scopes == ("https://management.azure.com/.default",)
        self.given += 1
        return SimpleNamespace(token=f"token-{self.given}", expires_on=int(time.time()) + 3600)


def test_a_token_that_expires_in_the_middle_is_renewed_once(manager, connect):
    manager.says = lambda path, number: SOUND if manager.asked[-1][2] == "Bearer token-2" else refusal(401)
    connection = connect(credential=Tokens())
    assert connection.ask(Request(path=VAULT)).status == 200
    assert [token for _, _, token in manager.asked] == ["Bearer token-1", "Bearer token-2"]


def test_a_token_that_is_refused_again_is_denied(manager, connect):
    manager.in_turn(refusal(401, "InvalidAuthenticationToken"))
    with pytest.raises(Refused, match="InvalidAuthenticationToken") as caught:
        connect(credential=Tokens()).ask(Request(path=VAULT))
    assert caught.value.error.kind == "denied"
    assert len(manager.asked) == 2


def test_without_a_token_the_source_has_failed(connect):
    class Nobody:
        def get_token(self, *scopes, **options):
            raise ClientAuthenticationError("EnvironmentCredential: no variables\nManagedIdentityCredential: none")

    with pytest.raises(SourceFailed, match=r"gave no token for management.azure.com: EnvironmentCredential") as caught:
        connect(credential=Nobody()).ask(Request(path=VAULT))
    assert caught.value.error.kind == "denied"


@pytest.mark.parametrize("body", [b"", b"<html>a proxy's page</html>", b'{"id": "cut'])
def test_what_is_no_json_is_malformed(manager, connect, body):
    manager.in_turn((200, body, {}))
    with pytest.raises(Refused, match="is no JSON") as caught:
        connect().ask(Request(path=VAULT))
    assert caught.value.error.kind == "malformed"


@pytest.mark.parametrize("host", [HOST, f"{HOST}:443", HOST.upper()])
def test_a_collection_is_read_to_its_last_page(manager, connect, host):
    path = f"{VAULT}/secrets"

    def page(asked, number):
        at = int(asked.partition("skip=")[2] or 0)
        more = {"nextLink": f"https://{host}{path}?api-version=1&skip={at + 1}"} if at < 9 else {}
        return 200, {"value": [{"id": f"{path}/s{at * 100 + item}"} for item in range(100)], **more}, {}

    manager.says = page
    connection = connect()
    found = msgspec.json.decode(connection.ask(Request(path=path, listed=True)).body)
    assert [item["id"].rpartition("/s")[2] for item in found] == [str(number) for number in range(1000)]
    assert connection.requests == 10


@pytest.mark.parametrize(
    "link",
    [
        f"http://{HOST}/x",
        f"https://{HOST}:8443/x",
        f"https://a@{HOST}/x",
        "https://elsewhere.example/x",
        "https://management.azure.com@x/",
    ],
)
def test_the_token_goes_to_nobody_else(manager, connect, link):
    manager.in_turn((200, {"value": [], "nextLink": link}, {}))
    with pytest.raises(Refused, match="at another host"):
        connect().ask(Request(path=f"{VAULT}/secrets", listed=True))
    assert paths(manager.asked) == [f"{VAULT}/secrets"]


def test_a_list_without_end_is_not_read_for_ever(manager, connect):
    manager.in_turn((200, {"value": [{}], "nextLink": f"https://{HOST}{VAULT}/secrets?again"}, {}))
    with pytest.raises(Refused, match="more than 200 pages") as caught:
        connect(seconds=30).ask(Request(path=f"{VAULT}/secrets", listed=True))
    assert caught.value.error.kind == "partial"


@pytest.mark.parametrize("body", [[], {"values": []}, {"value": None}, {"value": {}}])
def test_an_answer_that_is_no_list_is_malformed(manager, connect, body):
    manager.in_turn((200, body, {}))
    with pytest.raises(Refused, match="is no list"):
        connect().ask(Request(path=f"{VAULT}/secrets", listed=True))


def test_only_posts_that_read_are_sent(manager, connect):
    factory = f"{GROUP}/providers/Microsoft.DataFactory/factories/adf"
    manager.in_turn((200, {"value": []}, {}))
    connect().ask(Request(path=f"{factory}/queryTriggerRuns", body="{}"))
    assert manager.asked[0][0] == "POST"
    with pytest.raises(AssertionError, match="no POST that only reads"):
        connect().ask(Request(path=f"{factory}/triggers/a/start", body="{}"))
    assert len(manager.asked) == 1
    manager.in_turn(refusal(403))
    with pytest.raises(Refused) as caught:
        connect().ask(Request(path=f"{factory}/queryTriggerRuns", body="{}"))
    assert (
        caught.value.error.missing_permission == f"Microsoft.DataFactory/factories/querytriggerruns/action on {GROUP}"
    )


def test_where_nobody_listens_it_is_unreachable(routes):
    nowhere = Routes(kubeconfig=routes.kubeconfig, ca_file=routes.ca_file)
    connection = Connection(CLOUDS["AzureCloud"], environment(), SandboxCredential(), nowhere, time.monotonic() + 2)
    with pytest.raises(Refused, match=HOST) as caught:
        connection.ask(Request(path=VAULT))
    assert caught.value.error.kind == "unreachable"


def test_a_certificate_of_nobody_s_is_not_taken(manager, routes, tmp_path):
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    stranger = Routes(kubeconfig=routes.kubeconfig, connects=routes.connects, ca_file=str(other.ca_file))
    connection = Connection(CLOUDS["AzureCloud"], environment(), SandboxCredential(), stranger, time.monotonic() + 2)
    with pytest.raises(Refused, match="certificate verify failed"):
        connection.ask(Request(path=VAULT))
    assert manager.asked == []


def test_a_silent_manager_is_given_up_at_the_deadline(manager, connect):
    def silent(path, number):
        time.sleep(60)
        return SOUND

    manager.says = silent
    began = time.monotonic()
    with pytest.raises(Refused) as caught:
        connect(seconds=1).ask(Request(path=VAULT))
    assert caught.value.error.kind == "timeout"
    assert time.monotonic() - began < 30


def test_of_what_is_bare_nothing_is_kept_but_that_it_is_there(manager, connect):
    held = f"{GROUP}/providers/Microsoft.AppConfiguration/configurationStores/a/keyValues/Pass$neu"
    manager.in_turn((200, {"id": held, "properties": {"value": "hunter2"}}, {}), (404, {}, {}))
    connection, request = connect(), Request(path=held, bare=True)
    there = connection.ask(request)
    assert there.status == 200
    assert b"hunter2" not in msgspec.json.encode(there)
    assert connection.ask(request).status == 404
    assert request.key.endswith("/keyValues/Pass$neu")
