from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Looked
from fixtures.neutral import neutral_of
from tests.checks.azure import arm, declared, environment, resource
from tests.checks.evidence import load, role, unmet, unproven

check = load("configuration/test_app_configuration.py").test_app_configuration

KIND = "Microsoft.AppConfiguration/configurationStores"


def store(site="neu", place: Any = None, state: Any = "Succeeded"):
    place = place or {"neu": "North Europe", "weu": "westeurope"}[site]
    return resource(KIND, f"ac-{site}", site, location=place, **({"provisioningState": state} if state else {}))


def key(name="a", site="neu", label="$northeurope"):
    return resource(f"{KIND}/keyValues", f"ac-{site}/{name}{label}", site, key=name)


def replica(site, place, state: Any = "Succeeded"):
    return resource(f"{KIND}/replicas", f"ac-{site}/{place}", site, location=place, provisioningState=state)


def judge(tmp_path: Path, *answers: Any, label: Any = "<location>", keys=("a",), **more: Any) -> dict[str, Any]:
    said = {"name": "ac-<site>", "label": label, "keys": list(keys)}
    stores = [{name: each for name, each in said.items() if each}]
    found = environment(tmp_path, {"orders": {"appConfigurations": stores}})
    about = declared(found, "app_configuration")
    return {
        "app_configuration": about,
        "arm": arm("configuration_store", about, found, *answers, **more),
        "site": role(),
        "neutral": neutral_of(found),
    }


def says(what: str, keys: int = 1) -> str:
    return (
        f"Store ac-neu of orders in neu {what}; declared are {keys} keys under label northeurope, and the replicas of "
        "the other site."
    )


def test_a_store_with_its_keys_is_fine(tmp_path):
    looked = Looked()
    check(**judge(tmp_path, store(), key(), looked=looked))
    assert looked.count
    check(**judge(tmp_path, store(), key(label=""), label=None))
    check(**judge(tmp_path, store(), label=None, keys=()))


def test_a_key_is_asked_for_as_its_name_is_written(tmp_path):
    odd = ".appconfig.featureflag/x y~z%"
    check(**judge(tmp_path, store(), key(".appconfig.featureflag~2Fx~20y~7Ez~25"), keys=[odd]))


def test_keys_without_a_value_are_told_and_who_has_them(tmp_path):
    assert unmet(check, **judge(tmp_path, store(), key("b"), keys=["a", "b"])) == says(
        "has no value for neu under a", 2
    )
    there = [store("weu"), key(site="weu", label="$westeurope")]
    assert unmet(check, **judge(tmp_path, store(), *there)) == says(
        "has no value at all for neu under a, which weu has"
    )


def test_a_store_that_does_not_exist_or_is_not_ready_is_told(tmp_path):
    assert unmet(check, **judge(tmp_path)) == (
        "Store ac-neu of orders in neu does not exist, but is declared with label northeurope."
    )
    assert unmet(check, **judge(tmp_path, store(state="Failed"), key())) == says("is in the state Failed")
    assert unmet(check, **judge(tmp_path, store(), key(), replica("neu", "westeurope", "Creating"))) == says(
        "has replica westeurope, which is in the state Creating"
    )


def test_replicas_are_compared_in_the_terms_of_each_site(tmp_path):
    there = [store("weu"), replica("weu", "North Europe")]
    assert unmet(check, **judge(tmp_path, store(), key(), *there)) == says(
        "is not replicated as ac-weu of weu is (to northeurope)"
    )
    check(**judge(tmp_path, store(), key(), *there, replica("neu", "West Europe")))


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ([store(state=None), key()], "provisioning state of store ac-neu"),
        ([store(state=7), key()], "provisioningState"),
        ([store(), key(), replica("neu", "westeurope", None)], "provisioning state of replica"),
        ([store(), key(), store("weu", state=None)], "provisioning state of store ac-weu"),
    ],
)
def test_what_arm_does_not_say_is_unproven(tmp_path, answers, what):
    assert what in unproven(check, **judge(tmp_path, *answers))


def test_a_label_without_keys_cannot_be_seen(tmp_path):
    assert "lists no keys" in unproven(check, **judge(tmp_path, store(), keys=()))


def test_what_may_not_be_read_is_unproven(tmp_path):
    right = "Microsoft.AppConfiguration/configurationStores/keyValues/read"
    assert right in unproven(check, **judge(tmp_path, store(), key(), failing={"keyValues": right}))
