from __future__ import annotations

import threading
from types import ModuleType

import msgspec
import pytest

from fixtures.azure.topical import TopicView
from fixtures.evidence import EvidenceMissing, Looked, Record, SourceError, utc_now
from fixtures.sources.arm.answers import Recorded
from fixtures.sources.arm.facts import Answered, Request
from fixtures.sources.arm.objects import Part, Resource, said
from tests.arm.conftest import GROUP, VAULT, environment


class Properties(Part):
    vault_uri: str | None = None
    soft_delete: bool | None = msgspec.field(name="enableSoftDelete", default=None)


class Vault(Resource):
    properties: Properties = msgspec.field(default_factory=Properties)


def recorded(**answers):
    keyed = {Request(path=VAULT).key: answers.get("vault"), Request(path=GROUP, listed=True).key: answers.get("group")}
    return Recorded(environment(), {key: answer for key, answer in keyed.items() if answer is not None})


def body(value):
    return Answered(body=msgspec.Raw(msgspec.json.encode(value)))


def test_a_path_means_the_same_in_any_case_and_with_any_slash_at_its_end():
    shouted = Request(path=f"{VAULT.upper()}/").key
    assert shouted == Request(path=VAULT).key
    assert recorded(vault=body({"id": VAULT})).get(f"{VAULT.upper()}/", Vault).id == VAULT


def test_requests_that_differ_in_any_option_are_different():
    asked = [
        Request(path=VAULT),
        Request(path=VAULT, expand="a"),
        Request(path=VAULT, filter="a"),
        Request(path=VAULT, listed=True),
        Request(path=VAULT, body="{}"),
        Request(path=VAULT, again=True),
    ]
    assert len({each.key for each in asked}) == len(asked)


def test_a_resource_is_read_into_its_struct():
    found = recorded(vault=body({"id": VAULT, "location": "West Europe", "properties": {"vaultUri": "https://x"}}))
    vault = found.get(VAULT, Vault)
    assert (vault.properties.vault_uri, vault.region, str(vault)) == ("https://x", "westeurope", "kv-weu")


def recorded_twice(second):
    first = body({"id": VAULT, "properties": {"enableSoftDelete": False}})
    return Recorded(environment(), {Request(path=VAULT).key: first, Request(path=VAULT, again=True).key: second})


def test_a_resource_is_known_at_two_instants():
    raw = msgspec.Raw(msgspec.json.encode({"id": VAULT, "properties": {"enableSoftDelete": True}}))
    found = recorded_twice(Answered(body=raw, after=5.25)).twice(VAULT, Vault)
    assert (found.first.properties.soft_delete, found.second.properties.soft_delete) == (False, True)
    assert found.apart.total_seconds() == 5.25


def test_what_is_gone_at_the_second_instant_does_not_exist():
    assert recorded_twice(Answered(status=404, after=5.0)).twice(VAULT, Vault) is None


@pytest.mark.parametrize(
    "second",
    [Answered(error=SourceError(kind="timeout", message="late")), body({"id": VAULT})],
    ids=["late", "undated"],
)
def test_without_a_second_instant_nothing_is_known(second):
    with pytest.raises(EvidenceMissing):
        recorded_twice(second).twice(VAULT, Vault)


def test_what_was_asked_for_once_is_not_known_twice():
    with pytest.raises(EvidenceMissing, match="was not asked"):
        recorded(vault=body({"id": VAULT})).twice(VAULT, Vault)


def test_an_absent_property_is_no_false():
    vault = recorded(vault=body({"id": VAULT, "properties": {"enableSoftDelete": None}})).get(VAULT, Vault)
    assert vault.properties.soft_delete is None
    with pytest.raises(EvidenceMissing, match="ARM does not say whether kv-weu keeps what is deleted"):
        said(vault.properties.soft_delete, "whether kv-weu keeps what is deleted")


@pytest.mark.parametrize("odd", ["yes", 1, [], {}, 1e300])
def test_an_odd_property_is_unknown_and_costs_nothing_else(odd):
    plain = {"id": VAULT, "name": "kv-weu", "properties": {"enableSoftDelete": odd, "vaultUri": "https://x"}}
    vault = recorded(vault=body(plain)).get(VAULT, Vault)
    assert vault.properties.vault_uri == "https://x"
    with pytest.raises(EvidenceMissing, match="enableSoftDelete"):
        bool(vault.properties.soft_delete)


@pytest.mark.parametrize("plain", [{}, {"id": 3}, [], None, "x"])
def test_what_is_no_resource_is_malformed(plain):
    with pytest.raises(EvidenceMissing) as caught:
        recorded(vault=body(plain)).get(VAULT, Vault)
    assert caught.value.kind == "malformed"


def test_what_does_not_exist_is_none_and_its_collection_is_unknown():
    gone = recorded(vault=Answered(status=404), group=Answered(status=404))
    assert gone.get(VAULT, Vault) is None
    with pytest.raises(EvidenceMissing, match="nobody knows what is in it"):
        gone.list(GROUP, Vault)


def test_an_empty_collection_is_known_to_be_empty():
    assert recorded(group=body([])).list(GROUP, Vault) == ()


def test_the_first_place_where_it_stands_counts_and_a_refusal_before_it_is_not_passed_over():
    refused = Answered(status=403, error=SourceError(kind="denied", message="no", missing_permission="a right"))
    answers = {
        Request(path="/a").key: Answered(status=404),
        Request(path="/b").key: body({"id": "/b"}),
        Request(path="/c").key: refused,
    }
    arm = Recorded(environment(), answers)
    assert arm.first(["/a", "/b", "/c"], Vault).id == "/b"
    assert arm.first(["/a"], Vault) is None
    with pytest.raises(EvidenceMissing, match=r"no \(missing: a right\)") as caught:
        arm.first(["/a", "/c", "/b"], Vault)
    assert caught.value.kind == "denied"


def test_what_was_never_asked_is_unknown():
    with pytest.raises(EvidenceMissing, match="ARM was not asked for"):
        recorded().get(VAULT, Vault)
    with pytest.raises(EvidenceMissing, match="ARM was not asked for"):
        recorded(vault=body({"id": VAULT})).get(VAULT, Vault, expand="more")


def test_each_request_is_made_once_however_many_want_it(manager, reader):
    manager.in_turn((200, {"id": VAULT}, {}))
    arm = reader()
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(arm.get(VAULT, Vault).id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [VAULT] * 8
    assert len(manager.asked) == 1


def test_what_was_asked_is_what_is_judged(manager, reader):
    manager.says = lambda path, number: (
        (200, {"value": [{"id": f"{VAULT}/secrets/a"}]}, {}) if "secrets" in path else (403, {"error": {}}, {})
    )
    live = reader()
    assert [found.name or found.id[-1] for found in live.list(f"{VAULT}/secrets", Vault)] == ["a"]
    with pytest.raises(EvidenceMissing) as caught:
        live.get(VAULT, Vault)
    written = msgspec.json.decode(msgspec.json.encode(live.recorded()), type=dict[str, Answered])
    replayed = Recorded(environment(), written)
    assert replayed.list(f"{VAULT}/secrets", Vault) == live.list(f"{VAULT}/secrets", Vault)
    with pytest.raises(EvidenceMissing) as again:
        replayed.get(VAULT, Vault)
    assert str(again.value) == str(caught.value)
    assert "Microsoft.KeyVault/vaults/read (Reader) on" in str(again.value)


def test_the_view_counts_what_was_looked_at_and_knows_no_other_topics():
    told = {"many": (object(), object()), "one": object(), "none": None}

    class View(TopicView):
        NOT_ASKED = "nobody is asked about"

        def _reading(self, record, environment):
            return lambda topic, declared: told[declared]

    record = Record(source="arm", place="weu", asked_at=utc_now(), observed_at=utc_now(), duration_ms=1)
    looked = Looked()
    view = View(record, looked, environment(), {"anything": ModuleType("anything")})
    for name, count in (("none", 0), ("one", 1), ("many", 3)):
        assert view.anything(name) == told[name]
        assert looked.count == count
    with pytest.raises(AttributeError, match="nobody is asked about nonsense"):
        _ = view.nonsense
