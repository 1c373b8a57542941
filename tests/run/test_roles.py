"""The table of phases and roles, read as the design writes it."""

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.roles import PHASES, role_of

TABLE = {
    "pre-cutover": ("active, routed", "passive, target"),
    "mid-cutover": ("passive, routed", "active"),
    "post-cutover": ("passive", "active, routed"),
    "pre-failback": ("passive, target", "active, routed"),
    "mid-failback": ("active", "passive, routed"),
    "post-failback": ("active, routed", "passive"),
}


def landscape(mode: str = "active-passive", from_kind: str = "aks") -> Any:
    def site(kind: str) -> SimpleNamespace:
        return SimpleNamespace(kind=kind, location="x", tokens=[], networks=[], ingress=[], vantage=None)

    sites = {"weu": site(from_kind), "neu": site("aks"), "sea": site("aks")}
    return SimpleNamespace(
        cutover=SimpleNamespace(from_site="weu", to_site="neu"),
        sites=sites,
        services={"orders": SimpleNamespace(mode=mode)},
        site=sites.__getitem__,
        derived=lambda key, make: make(),
    )


@pytest.mark.parametrize("phase", PHASES)
def test_the_phase_assigns_the_roles(phase: str) -> None:
    environment = landscape()
    said = tuple(role_of(environment, phase, site, "orders").described for site in ("weu", "neu"))
    assert said == TABLE[phase]


@pytest.mark.parametrize("phase", PHASES)
def test_an_active_active_service_is_active_and_routed_everywhere(phase: str) -> None:
    environment = landscape("active-active")
    for site in ("weu", "neu", "sea"):
        role = role_of(environment, phase, site, "orders")
        assert role.active
        assert role.routed


@pytest.mark.parametrize("phase", PHASES)
def test_a_third_site_and_what_all_share_follow_the_phase(phase: str) -> None:
    assert role_of(landscape("active-active"), phase, "sea", "platform").described == "passive"
    assert role_of(landscape("active-active"), phase, "weu").described == TABLE[phase][0]


def test_a_legacy_place_is_never_made_active_by_the_mode_of_a_service() -> None:
    assert role_of(landscape("active-active", "legacy"), "post-cutover", "weu", "orders").described == "passive"
