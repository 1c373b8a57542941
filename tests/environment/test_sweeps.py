from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.environment.sweeps import SURFACES
from fixtures.sources.arm.references import READERS
from tests.checks.azure import environment

HOSTS = {"hosts": ["mq01.corp.example"]}
NETWORKS = {"networks": ["10.20.0.0/16"]}


@pytest.mark.parametrize("legacy", [HOSTS, NETWORKS])
def test_every_kind_of_surface_is_swept_on_every_site(tmp_path: Path, legacy: dict[str, list[str]]) -> None:
    found = environment(tmp_path, {}, legacy=legacy)
    swept = [(each.site, each.name) for each in found.declared("azure_surface")]
    assert sorted(swept) == sorted((site, name) for site in ("weu", "neu") for name in SURFACES)
    assert set(SURFACES) == set(READERS)


def test_the_same_surface_of_both_sites_has_one_key(tmp_path: Path) -> None:
    found = environment(tmp_path, {}, legacy=HOSTS)
    keys = {each.key for each in found.declared("azure_surface")}
    assert len(keys) == len(SURFACES)
    assert all(len(found.counterparts("azure_surface", key)) == 2 for key in keys)


def test_flows_need_legacy_networks_and_a_workspace(tmp_path: Path) -> None:
    def sites(**more: str) -> dict[str, object]:
        return {
            name: {
                "location": place,
                "networks": ["10.40.0.0/16"],
                "cluster": {"name": f"aks-{name}", "context": name},
                **more,
            }
            for name, place in (("weu", "westeurope"), ("neu", "northeurope"))
        }

    assert not environment(tmp_path, {}, legacy=NETWORKS).declared("legacy_flow")
    assert not environment(tmp_path, {}, legacy=HOSTS, sites=sites(workspace="log")).declared("legacy_flow")
    found = environment(tmp_path, {}, legacy=NETWORKS, sites=sites(workspace="log-<site>"))
    assert [each.site for each in found.declared("legacy_flow")] == ["weu", "neu"]


def test_nothing_legacy_is_nothing_to_sweep(tmp_path: Path) -> None:
    assert not environment(tmp_path, {}).declared("azure_surface")
