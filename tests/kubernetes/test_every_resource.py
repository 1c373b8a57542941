"""Kinds that only the discovery of their group knows: constraints, each of a kind of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from tests.kubernetes.api import Api, Sick

GROUP = "constraints.gatekeeper.sh"
ROOT = f"/apis/{GROUP}/v1"


def discovered(*names: str) -> list[Sick]:
    return [Sick(body=json.dumps({"resources": [{"name": name} for name in names]}).encode())]


def test_the_objects_of_every_resource_are_one_list(api: Api, asked: Any) -> None:
    api.groups.append(GROUP)
    api.ill[ROOT] = discovered("k8sallowedrepos", "k8sallowedrepos/status", "k8sazurev2noprivilege")
    for name in ("k8sallowedrepos", "k8sazurev2noprivilege"):
        api.lists[f"{ROOT}/{name}"] = [{"metadata": {"name": f"{name}-{number}"}} for number in range(3)]
    api.page = 2
    _, view = asked()
    assert len(list(view.custom("constraints"))) == 6
    assert f"{ROOT}/k8sallowedrepos/status" not in api.paths()


def test_a_cluster_without_the_group_has_none(asked: Any) -> None:
    _, view = asked()
    assert list(view.custom("constraints")) == []


@pytest.mark.parametrize(
    ("path", "sick"),
    [(ROOT, [Sick(status=403)]), (ROOT, [Sick(body=b"{")]), (f"{ROOT}/k8sallowedrepos", [Sick(status=403)])],
)
def test_one_resource_that_cannot_be_listed_leaves_nothing_proven(
    api: Api, asked: Any, path: str, sick: list[Sick]
) -> None:
    api.groups.append(GROUP)
    api.ill = {ROOT: discovered("k8sallowedrepos"), path: sick}
    _, view = asked()
    with pytest.raises(EvidenceMissing):
        list(view.custom("constraints"))
