from __future__ import annotations

from types import SimpleNamespace

import pytest

from fixtures.evidence import Looked
from tests.checks.evidence import kubernetes, load, metadata, role, unmet, unproven

check = load("configuration/test_gitops.py").test_gitops

SHA, OLD = "4f1c9e7b2a60d85813ce7740b9a2d6f5e8013c94", "00aa7b2a60d85813ce7740b9a2d6f5e8013c9400"
READY = {"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded"}


def neutral(site, value):
    return value.replace(site, "<site>")


def judge(here, there=(), **values):
    return {
        "cluster": SimpleNamespace(name="aks-neu", id="aks-neu"),
        "kubernetes": kubernetes(*here, **values),
        "kubernetes_elsewhere": {"weu": kubernetes(*there, site="weu")},
        "neutral": neutral,
        "site": role(),
    }


def flux(name="apps", kind="Kustomization", condition=READY, revision=f"main@sha1:{SHA}", generation=3, **spec):
    status = {"observedGeneration": 3, "lastAppliedRevision": revision, "conditions": [condition] if condition else []}
    return {
        "kind": kind,
        "metadata": metadata(name, "flux-system", generation=generation),
        "spec": spec,
        "status": status,
    }


def argo(name="shop", sync="Synced", health="Healthy", revision=SHA, **status):
    told = {"sync": {"status": sync, "revision": revision}, "health": {"status": health}, **status}
    return {"kind": "Application", "metadata": metadata(name, "argocd"), "spec": {}, "status": told}


def says(what):
    return (
        f"What deploys to aks-neu in neu does not follow its source: {what}; "
        "declared is ready, not suspended, and the same revision on every site."
    )


def test_what_is_ready_and_at_one_revision_is_fine():
    looked = Looked()
    here = [flux("apps-neu"), flux("ingress", "HelmRelease", revision="4.13.3"), argo()]
    check(**judge(here, [flux("apps-weu", revision=f"main/{SHA}"), argo()], looked=looked))
    assert looked.count > 2


def test_a_cluster_without_gitops_has_been_looked_at():
    looked = Looked()
    check(**judge([], looked=looked))
    assert looked.count == 1


@pytest.mark.parametrize(
    ("held", "what"),
    [
        (flux(suspend=True), "Kustomization flux-system/apps is suspended"),
        (
            flux(condition={"type": "Ready", "status": "False", "message": "build failed"}),
            "Kustomization flux-system/apps is not ready (build failed)",
        ),
        (flux(condition=None), "Kustomization flux-system/apps says nothing of being ready"),
        (flux(generation=5), "Kustomization flux-system/apps has not taken up its last change (generation 3 of 5)"),
        (argo(sync="OutOfSync"), "Application argocd/shop is OutOfSync, not Synced"),
        (argo(health="Degraded"), "Application argocd/shop has health Degraded"),
        (
            argo(conditions=[{"type": "ComparisonError", "message": "no such path"}]),
            "Application argocd/shop reports no such path",
        ),
    ],
)
def test_what_does_not_follow_is_told(held, what):
    assert unmet(check, **judge([held])) == says(what)


def test_another_revision_than_the_other_sites_is_told():
    assert unmet(check, **judge([flux("apps-neu", revision=f"main@sha1:{OLD}")], [flux("apps-weu")])) == says(
        "Kustomization flux-system/apps-neu is at 00aa7b2a60d8, in weu at 4f1c9e7b2a60"
    )
    assert "is at 4.13.2, in weu at 4.13.3" in unmet(
        check, **judge([flux(kind="HelmRelease", revision="4.13.2")], [flux(kind="HelmRelease", revision="4.13.3")])
    )


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ([flux()], []),
        ([flux()], [flux("other", revision=f"main@sha1:{OLD}")]),
        ([argo(health="Suspended")], []),
        ([flux(revision=None)], [flux()]),
        ([flux()], [flux(suspend=True)]),
    ],
    ids=["only-here", "another-object", "resting", "no-revision-yet", "fault-of-the-other-site"],
)
def test_what_is_different_for_a_reason_is_innocent(here, there):
    check(**judge(here, there))


def test_what_was_not_seen_is_unproven():
    assert "kustomizations" in unproven(check, **judge([], denied=["kustomizations"]))
    arguments = judge([flux()])
    arguments["kubernetes_elsewhere"] = {"weu": kubernetes(site="weu", denied=["helmreleases"])}
    assert "helmreleases" in unproven(check, **arguments)


@pytest.mark.parametrize("absurd", [{"conditions": "all"}, {"conditions": [7]}, {"lastAppliedRevision": 7}, {}])
def test_absurd_status_stops_nobody(absurd):
    held = {**flux(), "status": absurd}
    assert "says nothing of being ready" in unmet(check, **judge([held], [flux()]))
    strange = {**argo(), "status": {"sync": "yes", "health": [], "conditions": "x"}}
    assert "is of unknown state" in unmet(check, **judge([strange]))


def test_of_an_application_with_several_sources_every_revision_counts():
    def several(*revisions):
        return {
            **argo(),
            "status": {"sync": {"status": "Synced", "revisions": revisions}, "health": {"status": "Healthy"}},
        }

    check(**judge([several(SHA, "1.2.0")], [several(SHA, "1.2.0")]))
    assert unmet(check, **judge([several(SHA, "1.2.0")], [several(SHA, "1.3.0")])) == says(
        f"Application argocd/shop is at {SHA[:12]} and 1.2.0, in weu at {SHA[:12]} and 1.3.0"
    )
