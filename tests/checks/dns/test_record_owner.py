from __future__ import annotations

from typing import Any

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import cluster_of, container, deployment, kubernetes, load, unmet, unproven

check = load("dns/test_record_owner.py").test_record_owner


def external(*args: str, image: str = "registry.k8s.io/external-dns/external-dns:v0.19.0", env: Any = ()) -> Any:
    holding = container("external-dns", env=list(env), args=list(args)) | {"image": image}
    return deployment("external-dns", holding)


def judge(weu: Any, neu: Any, looked: Looked | None = None, denied: tuple[str, ...] = ()) -> dict[str, Any]:
    held = {"weu": weu, "neu": neu}
    return {
        "cluster_by_site": {site: cluster_of(site) for site in held},
        "kubernetes_by_site": {
            site: kubernetes(*([each] if each else []), site=site, looked=looked, denied=denied)
            for site, each in held.items()
        },
    }


def test_owners_that_differ_are_met_and_counted():
    looked = Looked()
    check(**judge(external("--txt-owner-id=weu"), external("--txt-owner-id", "neu"), looked))
    assert looked.count == 2


def test_one_owner_is_told_exactly():
    assert unmet(
        check, **judge(external("--txt-owner-id=k8s", "--domain-filter=example.org"), external("--txt-owner-id=k8s"))
    ) == (
        "The external-dns of cluster aks-weu and cluster aks-neu share records: Deployment orders/external-dns in weu "
        "and Deployment orders/external-dns in neu both write example.org as k8s."
    )


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ((), (), "every domain as default"),
        (("--registry=noop",), ("--txt-owner-id=b",), "one keeps no owner"),
        (("--registry=noop",), ("--registry=noop",), "keep no owner (--registry=noop)"),
        (("--domain-filter=a.example",), ("--domain-filter=b.a.example", "--domain-filter=c"), "write b.a.example"),
        (("--zone-id-filter=1", "--zone-id-filter=2"), ("--zone-id-filter=2",), "every domain"),
    ],
)
def test_what_they_share(one, other, words):
    assert words in unmet(check, **judge(external(*one), external(*other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("--domain-filter=a.example",), ("--domain-filter=aa.example",)),
        (("--provider=azure",), ("--provider=azure-private-dns",)),
        (("--azure-resource-group=a",), ("--azure-resource-group=b",)),
        (("--zone-id-filter=1",), ("--zone-id-filter=2",)),
    ],
)
def test_one_owner_in_places_of_their_own_does_no_harm(one, other):
    check(**judge(external(*one), external(*other)))


def test_variables_count_as_arguments_do():
    env = [{"name": "EXTERNAL_DNS_TXT_OWNER_ID", "value": "same"}]
    short = [{"name": "OWNER", "value": "same"}]
    said = unmet(
        check, **judge(external(env=env, image="bitnami/externaldns"), external("--txt-owner-id=$(OWNER)", env=short))
    )
    assert "as same" in said


def test_other_images_and_a_single_external_dns_are_left_alone():
    check(**judge(external(), None))
    check(**judge(external(image="acr.example/external-dns-exporter:1"), external()))


def test_an_owner_that_stands_elsewhere_is_unproven():
    env = [{"name": "OWNER", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "y"}}}]
    said = unproven(check, **judge(external(), external("--txt-owner-id=$(OWNER)", env=env)))
    assert "Deployment orders/external-dns takes OWNER from elsewhere" in said


def test_what_may_not_be_listed_is_unproven():
    assert "deployments" in unproven(check, **judge(external(), external(), denied=("deployments",)))
