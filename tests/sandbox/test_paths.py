from __future__ import annotations

from typing import Any

import pytest

from fixtures.sandbox.paths import NoSuchPath, append, get, put, remove, same


def data() -> dict[str, Any]:
    return {
        "spec": {"containers": [{"name": "api", "env": [{"name": "REGION", "value": "neu"}]}, {"name": "envoy"}]},
        "data": {"application.yaml": "a: b"},
        "owners": [{"metadata": {"name": "x"}}, {"metadata": {"name": "y"}}],
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.containers[0].name", "api"),
        ("spec.containers[-1].name", "envoy"),
        ("spec.containers[name=api].env[name=REGION].value", "neu"),
        ('data["application.yaml"]', "a: b"),
        ('["data"]["application.yaml"]', "a: b"),
        ("owners[metadata.name=y].metadata.name", "y"),
    ],
)
def test_paths_lead_somewhere(path, value):
    assert get(data(), path) == value


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("spec.conainers[0]", "there is no conainers"),
        ("spec.containers[2]", "the list has 2 items"),
        ("spec.containers[name=app]", "no items are"),
        ("spec[0]", "no list at"),
        ("spec.containers.name", "no mapping at name"),
        ("spec..x", "is no path"),
        (".spec", "is no path"),
        ("spec[", "is no path"),
        ("", "empty path"),
    ],
)
def test_paths_that_lead_nowhere(path, said):
    with pytest.raises(NoSuchPath, match=said):
        get(data(), path)


def test_several_matches_are_none():
    with pytest.raises(NoSuchPath, match="2 items are"):
        get({"a": [{"n": 1}, {"n": 1}]}, "a[n=1]")


def test_put_may_create_the_last_key_only():
    changed = data()
    put(changed, "spec.containers[0].image", "x:2")
    put(changed, "spec.containers[name=envoy]", {"name": "linkerd"})
    assert changed["spec"]["containers"][0]["image"] == "x:2"
    assert changed["spec"]["containers"][1] == {"name": "linkerd"}
    with pytest.raises(NoSuchPath):
        put(changed, "spec.template.spec", {})
    with pytest.raises(NoSuchPath):
        put(changed, "spec.containers[5]", {})


def test_remove_and_append():
    changed = data()
    remove(changed, "spec.containers[name=envoy]")
    remove(changed, 'data["application.yaml"]')
    append(changed, "spec.containers", {"name": "new"})
    append(changed, "spec.initContainers", {"name": "first"})
    assert [each["name"] for each in changed["spec"]["containers"]] == ["api", "new"]
    assert changed["spec"]["initContainers"] == [{"name": "first"}]
    assert changed["data"] == {}
    with pytest.raises(NoSuchPath):
        remove(changed, "spec.nothing")
    with pytest.raises(NoSuchPath, match="no list to add to"):
        append(changed, "spec", 1)


def test_values_written_as_text_are_the_same():
    assert same(5, "5")
    assert same(observed=True, wanted="true")
    assert not same(observed=True, wanted=1.5)
    assert same(None, "null")
    assert not same([1], "[1]")
