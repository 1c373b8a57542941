"""Names match as wholes: ``esb1`` is not ``esb10``, and a word that merely contains a token names nothing."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.matching import DriftMatcher, LegacyMatcher
from fixtures.regions import spoken

GROUP, ACCOUNT = "/subscriptions/s/resourceGroups/rg", "providers/Microsoft.Storage/storageAccounts"


def environment(**legacy: Any) -> Any:
    def site(name: str, tokens: list[str], network: str, ingress: str) -> SimpleNamespace:
        return SimpleNamespace(name=name, location=tokens[-1], tokens=tokens, networks=[network], ingress=[ingress])

    sites = {
        "weu": site("weu", ["weu", "westeurope"], "10.40.0.0/16", "20.50.1.4"),
        "neu": site("neu", ["neu", "northeurope"], "10.60.0.0/16", "20.60.1.4"),
    }
    hosts = ["mq01.corp.contoso.example", "*.dc1.contoso.example", "esb1"]
    declared = {"hosts": hosts, "networks": ["10.20.0.0/16"], "allow": [], **legacy}
    return SimpleNamespace(
        aks_sites=("weu", "neu"),
        site=sites.__getitem__,
        sites=sites,
        own_names=lambda site: (
            f"stprod{site}",
            site,
            f"two words {site}",
            f"{GROUP}-{site}/{ACCOUNT}/stchk{site}/checkpoints",
        ),
        drift=SimpleNamespace(allow=[SimpleNamespace(surface="configmap/orders/standby", keys=("STANDBY",))]),
        legacy=SimpleNamespace(**declared),
    )


DRIFT = [
    ("sb-prod-weu.servicebus.windows.net", ["weu"]),
    ("https://API.WestEurope.cloudapp.azure.com", ["WestEurope"]),
    ("stprodweu", ["stprodweu"]),
    ("stchkweu", ["stchkweu"]),
    ("https://stprodweu.blob.core.windows.net/x", ["stprodweu"]),
    ("Endpoint=sb://sb-weu/;Key=x", ["weu"]),
    ("10.40.3.7:5432", ["10.40.3.7"]),
    ("20.50.1.4", ["20.50.1.4"]),
    ("weu,weu,neu", ["weu"]),
    ("REGION_WEU", ["WEU"]),
    ("West Europe", ["West Europe"]),
    ("North Europe;west europe", ["west europe"]),
]
INNOCENT = [
    "North Europe",
    "The west of Europe",
    "checkpoints",
    "storageAccounts",
    "sb-prod-neu",
    "weuter",
    "sweu",
    "northeurope",
    "10.60.1.1",
    "10.140.0.1",
    "110.40.0.1",
    "v10.40.1",
    "",
    "stprodweux",
]


@pytest.mark.parametrize(("value", "named"), DRIFT, ids=range(len(DRIFT)))
def test_the_other_sites_words_and_addresses_are_found(value: str, named: list[str]) -> None:
    assert DriftMatcher(environment(), "neu").named_in(value) == named


@pytest.mark.parametrize("value", INNOCENT, ids=range(len(INNOCENT)))
def test_what_only_looks_like_the_other_site_is_left_alone(value: str) -> None:
    assert DriftMatcher(environment(), "neu").named_in(value) == []


@pytest.mark.parametrize(
    ("key", "allowed"), [("STANDBY", True), ("data.STANDBY", True), ("data.STANDBY_TOO", False), ("OTHER", False)]
)
def test_drift_is_allowed_for_the_declared_keys_only(key: str, allowed: bool) -> None:
    matcher = DriftMatcher(environment(), "neu")
    assert matcher.allowed("configmap/orders/standby", key) is allowed
    assert not matcher.allowed("configmap/orders/standby-2", key)


LEGACY = [
    ("amqp://MQ01.corp.contoso.example:5672", ["MQ01.corp.contoso.example"]),
    ("jdbc:oracle:thin:@ora7.dc1.contoso.example.:1521", ["ora7.dc1.contoso.example"]),
    ("a.b.dc1.contoso.example", ["a.b.dc1.contoso.example"]),
    ("tcp://esb1:61616", ["esb1"]),
    ("esb1.corp.local", ["esb1"]),
    ("10.20.7.1", ["10.20.7.1"]),
    ("route 10.20.4.0/24 via x", ["10.20.4.0/24"]),
]
NOT_LEGACY = [
    "mq011.corp.contoso.example",
    "xmq01.corp.contoso.example",
    "new-mq01.corp.contoso.example",
    "mq01.corp.contoso.example.org",
    "dc1.contoso.example",
    "esb10",
    "my-esb1",
    "esb1-new",
    "10.200.7.1",
    "10.0.0.0/8",
    "1.10.20.7.1",
]


@pytest.mark.parametrize(("value", "named"), LEGACY, ids=range(len(LEGACY)))
def test_legacy_hosts_and_addresses_are_found(value: str, named: list[str]) -> None:
    assert LegacyMatcher(environment()).named_in(value) == named


@pytest.mark.parametrize("value", NOT_LEGACY, ids=range(len(NOT_LEGACY)))
def test_what_only_looks_legacy_is_left_alone(value: str) -> None:
    assert LegacyMatcher(environment()).named_in(value) == []


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    assert isinstance(LegacyMatcher(environment()).named_in(text), list)
    assert isinstance(DriftMatcher(environment(), "neu").named_in(text), list)


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1))
def test_a_longer_label_is_never_the_host(label: str) -> None:
    assert LegacyMatcher(environment()).named_in(f"{label}mq01.corp.contoso.example") == []


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("westeurope", "west europe"),
        ("eastus2", "east us 2"),
        ("germanywestcentral", "germany west central"),
        ("southeastasia", "southeast asia"),
        ("usgovvirginia", "us gov virginia"),
        ("moonbase", "moonbase"),
    ],
)
def test_a_region_as_people_write_it(location: str, said: str) -> None:
    assert spoken(location) == said


def test_a_region_whose_name_holds_that_of_another_is_left_alone() -> None:
    declared = environment()
    declared.sites["weu"].location, declared.sites["weu"].tokens = "eastus", ["weu"]
    declared.sites["neu"].location, declared.sites["neu"].tokens = "eastus2", ["neu"]
    assert DriftMatcher(declared, "neu").named_in("East US 2, East US") == ["East US"]
    assert DriftMatcher(declared, "neu").named_in("East US 2") == []


def test_a_site_without_tokens_is_known_by_its_name_and_a_region_by_the_way_it_is_spoken() -> None:
    declared = environment()
    for name, location in (("weu", "West Europe"), ("neu", "North Europe")):
        declared.sites[name].tokens, declared.sites[name].location = [], location
    drift = DriftMatcher(declared, "neu")
    assert drift.named_in("sb-other-weu.example in westeurope") == ["weu", "westeurope"]
    assert not drift.named_in("northeurope, North Europe, neu")
