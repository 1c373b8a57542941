from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from fixtures.sandbox.invalid import WorldInvalid
from tests.sandbox.azure import ACCOUNT, FILE, GROUP, STORAGE, VERSION, documents, resource


def test_a_refused_resource(arm):
    ask = arm({**STORAGE, "x-gonogo": {"status": 403}}, resource(f"{ACCOUNT}/blobServices/default"))
    said = ask.get(ACCOUNT).json()["error"]
    assert said["code"] == "AuthorizationFailed"
    assert f"perform action 'Microsoft.Storage/storageAccounts/read' over scope '{ACCOUNT}'" in said["message"]
    listed = ask.get(f"{GROUP}/providers/Microsoft.Storage/storageAccounts")
    assert listed.status_code == 403
    assert f"over scope '{GROUP}'" in listed.json()["error"]["message"]
    assert ask.names(f"{ACCOUNT}/blobServices") == ["default"]
    assert ask.names(f"{GROUP}/resources") == []


def test_a_refused_collection_and_a_refused_action(arm):
    services = f"{ACCOUNT}/blobServices"
    rule = {"status": 403, "actions": ["Microsoft.Storage/storageAccounts/*"]}
    refused = {"id": services, "x-gonogo": {"status": 403}}
    ask = arm(STORAGE, resource(f"{services}/default"), refused)
    assert ask.code(services) == (403, "AuthorizationFailed")
    assert ask.get(f"{services}/default").status_code == 200
    ask = arm(STORAGE, resource(f"{services}/default"), {"id": "/*", "x-gonogo": rule})
    assert [ask.get(path).status_code for path in (ACCOUNT, services, f"{GROUP}/resources")] == [403, 403, 200]


def test_illness_passes(arm):
    ill = {"status": 429, "times": 2, "after": 1, "retryAfter": 1}
    ask = arm({**STORAGE, "x-gonogo": ill})
    answers = [ask.get(ACCOUNT) for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 429, 429, 200]
    assert (answers[1].headers["Retry-After"], answers[1].json()["error"]["code"]) == ("1", "TooManyRequests")
    assert "x-gonogo" not in answers[3].json()


@pytest.mark.parametrize(
    ("rule", "status", "code"),
    [
        ({"status": 401}, 401, "ExpiredAuthenticationToken"),
        ({"status": 404}, 404, "ResourceNotFound"),
        ({"status": 409}, 409, "Conflict"),
        ({"status": 503}, 503, "ServiceUnavailable"),
        ({"status": 500, "code": "Own", "message": "m"}, 500, "Own"),
        ({"apiVersions": ["2019-06-01"]}, 400, "NoRegisteredProviderFound"),
    ],
)
def test_illnesses(arm, rule, status, code):
    assert arm({**STORAGE, "x-gonogo": rule}).code(ACCOUNT) == (status, code)


def test_late_dropped_and_odd_answers(arm):
    vault = resource(f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv", **{"x-gonogo": {"drop": True}})
    page = resource(f"{GROUP}/providers/Microsoft.Sql/servers/s", **{"x-gonogo": {"body": "<html>proxy</html>"}})
    ask = arm({**STORAGE, "x-gonogo": {"delay": "150ms"}}, vault, page)
    begun = datetime.now(UTC)
    assert ask.get(ACCOUNT).status_code == 200
    assert datetime.now(UTC) - begun >= timedelta(milliseconds=150)
    with pytest.raises(httpx.HTTPError):
        ask.get(vault["id"])
    assert ask.get(page["id"]).text == "<html>proxy</html>"


def test_nothing_can_be_written_and_everything_is_logged(serve, client):
    sandbox = serve({FILE: documents(STORAGE)})
    ask = client(sandbox)
    for method in ("PUT", "PATCH", "DELETE", "HEAD", "POST"):
        params = {"api-version": VERSION}
        assert ask.http.request(method, ACCOUNT, params=params, extensions={"sni_hostname": "management.azure.com"})
    logged = [(each.source, each.place, each.method, each.status) for each in sandbox.requests]
    assert logged == [("arm", "global", each, 405) for each in ("PUT", "PATCH", "DELETE", "HEAD", "POST")]


def test_a_reload_keeps_the_socket_and_the_counters(serve, fault, client):
    files = {FILE: documents({**STORAGE, "x-gonogo": {"status": 500, "times": 1}}), "arm/more.yaml": documents()}
    sandbox = serve(files)
    ask = client(sandbox)
    assert ask.get(ACCOUNT).status_code == 500
    vault = resource(f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv")
    affected = sandbox.reload(faults=[fault({"file": "arm/more.yaml", "add": vault})])
    assert {(place, "arm") for place in ("weu", "neu", "global")} <= affected
    assert ("neu", "kubernetes") not in affected
    assert [ask.get(path).status_code for path in (ACCOUNT, vault["id"])] == [200, 200]


def test_faults_choose_by_id_however_it_is_written(serve, fault, client):
    chosen = {"file": FILE, "where": {"id": ACCOUNT.upper()}}
    sandbox = serve({FILE: documents(STORAGE)}, fault({**chosen, "set": {"sku.name": "Standard_LRS"}}))
    ask = client(sandbox)
    assert ask.get(ACCOUNT).json()["sku"] == {"name": "Standard_LRS"}
    sandbox.reload(faults=[fault({**chosen, "unset": ["sku"], "set": {"x-gonogo": {"apiVersions": [VERSION]}}})])
    assert "sku" not in ask.get(ACCOUNT).json()
    sandbox.reload(faults=[fault({**chosen, "remove": True})])
    assert ask.code(ACCOUNT)[0] == 404


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"name": "x"}, "needs an id"),
        ({**STORAGE, "id": ACCOUNT.upper()}, "stands in"),
        ({**STORAGE, "id": ACCOUNT + "2", "x-gonogo": {"statu": 403}}, "unknown key statu, did you mean status?"),
        ({**STORAGE, "id": ACCOUNT + "2", "x-gonogo": {"delay": "soon"}}, "no duration"),
        ({**STORAGE, "id": ACCOUNT + "2", "kind": "@now-soon"}, "no instant"),
        ({**STORAGE, "id": ACCOUNT + "2", "type": "Microsoft.Sql/servers"}, "its id says"),
    ],
)
def test_worlds_that_cannot_be_served(serve, broken, words):
    with pytest.raises(WorldInvalid, match=r"base\.yaml:\d+: ") as raised:
        serve({FILE: documents(STORAGE, broken)})
    assert words in str(raised.value)
