"""A region may be written as portals show it; everything that is compared with it has the form of ids."""

from __future__ import annotations

from tests.environment.conftest import Loads


def test_a_region_as_portals_write_it(loads: Loads, small: str) -> None:
    declared = loads(small.replace("northeurope", "North Europe"))
    assert declared.site("neu").location == "northeurope"
