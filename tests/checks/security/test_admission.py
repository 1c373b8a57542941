from __future__ import annotations

from types import SimpleNamespace

import pytest

from fixtures.evidence import Looked
from tests.checks.configured import having
from tests.checks.evidence import container, deployment, event, kubernetes, load, metadata, namespace, unmet, unproven

check = load("security/test_admission.py").test_admission

LEVEL = "pod-security.kubernetes.io/enforce"
PODS = [{"apiGroups": [""], "resources": ["pods"], "operations": ["CREATE"]}]


def neutral(site, value):
    return value.replace(site, "<site>")


def judge(weu, neu, **values):
    return {
        "cluster_by_site": {site: SimpleNamespace(name=f"aks-{site}") for site in ("weu", "neu")},
        "kubernetes_by_site": {
            "weu": kubernetes(*weu, site="weu", **values),
            "neu": kubernetes(*neu, site="neu", **values),
        },
        "neutral": neutral,
    }


def says(what):
    return (
        f"What aks-weu and aks-neu let in differs, or turns workloads away: {what}; "
        "declared is the same admission on both sites, and none that rejects what is declared."
    )


def orders(level=None):
    made = namespace()
    made["metadata"]["labels"] = {LEVEL: level} if level else {}
    return made


def hook(name="policy", service="policy", failure="Fail", rules=PODS, **more):
    client = {"service": {"namespace": "policy", "name": service}}
    held = {"name": "a.example", "clientConfig": client, "failurePolicy": failure, "rules": rules, **more}
    return {"kind": "ValidatingWebhookConfiguration", "metadata": metadata(name, None), "webhooks": [held]}


def ready(service="policy", state=True):
    labels = {"kubernetes.io/service-name": service}
    endpoints = [{"addresses": ["10.0.0.1"], "conditions": {"ready": state}}]
    return {"kind": "EndpointSlice", "metadata": metadata(service, "policy", labels=labels), "endpoints": endpoints}


def policy(name="images", **spec):
    return {"kind": "ValidatingAdmissionPolicy", "metadata": metadata(name, None), "spec": spec}


def constraint(action="deny", **violation):
    status = {"violations": [violation]} if violation else {}
    return {
        "kind": "Constraint",
        "metadata": metadata("caps", None),
        "spec": {"enforcementAction": action},
        "status": status,
    }


def test_the_same_on_both_sites_is_fine():
    looked = Looked()
    weu = [orders("baseline"), deployment(), policy(expr="x-weu"), hook("policy-weu"), ready()]
    neu = [orders("baseline"), deployment(), policy(expr="x-neu"), hook("policy-neu"), ready()]
    check(**judge(weu, neu, looked=looked))
    assert looked.count > 5


@pytest.mark.parametrize(
    ("weu", "neu", "what"),
    [
        ([policy()], [], "ValidatingAdmissionPolicy images is missing in neu"),
        (
            [policy(failurePolicy="Fail")],
            [policy(failurePolicy="Ignore")],
            (
                'ValidatingAdmissionPolicy images says {"failurePolicy": "Fail"} in weu '
                'and {"failurePolicy": "Ignore"} in neu'
            ),
        ),
        (
            [orders("baseline")],
            [orders("restricted")],
            f'Namespace orders says {{"{LEVEL}": "baseline"}} in weu and {{"{LEVEL}": "restricted"}} in neu',
        ),
        ([], [constraint()], "Constraint caps is missing in weu"),
    ],
)
def test_what_differs_is_told(weu, neu, what):
    assert unmet(check, **judge(weu, neu)) == says(what)


@pytest.mark.parametrize(
    ("spec", "own", "fault"),
    [
        ({"hostNetwork": True}, {}, "hostNetwork"),
        ({"hostPID": True}, {}, "hostPID"),
        ({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, {}, "hostPath volume v"),
        ({}, {"securityContext": {"privileged": True}}, "privileged container api"),
        ({}, {"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}, "capabilities NET_ADMIN of container api"),
        ({}, {"ports": [{"containerPort": 1, "hostPort": 1}]}, "hostPort of container api"),
        ({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, {}, "seccompProfile Unconfined of the pod"),
    ],
)
def test_what_the_baseline_does_not_allow_is_told(spec, own, fault):
    held = having(deployment("api", container(**own)), **spec)
    both = [orders("baseline"), held]
    assert unmet(check, **judge(both, [orders("baseline")])) == says(
        f"Deployment orders/api violates the enforced level baseline ({fault}) in weu"
    )
    check(**judge([orders(), held], [orders()]))  # nothing is enforced


def test_the_restricted_level_asks_for_more():
    tight = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    held = having(deployment("api", container(securityContext=tight)), securityContext={"runAsNonRoot": True})
    check(**judge([orders("restricted"), held], [orders("restricted"), held]))
    for more, fault in (
        ({"runAsUser": 0}, "runAsUser 0"),
        ({"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}, "capabilities"),
    ):
        other = having(deployment("api", container(securityContext={**tight, "runAsNonRoot": True, **more})))
        told = unmet(check, **judge([orders("restricted"), other], [orders("restricted"), other]))
        assert f"({fault} of container api)" in told
    loose = [orders("restricted"), deployment()]
    assert "runAsNonRoot of container api" in unmet(check, **judge(loose, [orders("restricted")]))


def test_violations_that_a_constraint_has_found_are_told():
    found = {"kind": "Deployment", "name": "api", "namespace": "orders", "message": "runs as root"}
    both = [orders(), deployment(), constraint(**found)]
    assert "Deployment orders/api violates constraint caps (runs as root) in weu" in unmet(check, **judge(both, both))
    for innocent in (constraint(action="warn", **found), constraint(**{**found, "namespace": "other"})):
        same = [orders(), deployment(), innocent]
        check(**judge(same, same))


def test_a_webhook_that_nobody_answers_is_told():
    silent = [orders(), hook(), ready(state=False)]
    assert unmet(check, **judge([orders(), hook(), ready()], silent)) == says(
        "no pod is let into orders, since nobody answers webhook a.example "
        "(Service policy/policy has no ready endpoint, failurePolicy Fail) in neu"
    )


@pytest.mark.parametrize(
    "innocent",
    [
        hook(failure="Ignore"),
        hook(rules=[{"apiGroups": ["keda.sh"], "resources": ["*"], "operations": ["*"]}]),
        hook(namespaceSelector={"matchLabels": {"policy": "on"}}),
        hook(
            namespaceSelector={
                "matchExpressions": [
                    {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["orders", "billing"]}
                ]
            }
        ),
    ],
)
def test_a_silent_webhook_that_is_not_asked_or_not_waited_for_is_innocent(innocent):
    check(**judge([orders(), innocent], [orders(), innocent]))


def test_pods_that_were_turned_away_are_told():
    told = event('admission webhook "v" denied the request: no', reason="FailedCreate", about="api-7f")
    told["metadata"]["namespace"] = "orders"
    assert "pods of Node orders/api-7f were turned away" in unmet(check, **judge([orders(), told], [orders()]))


def test_what_was_not_seen_is_unproven():
    for kind in ("validatingwebhookconfigurations", "validatingadmissionpolicies", "namespaces", "constraints"):
        assert kind in unproven(check, **judge([orders()], [orders()], denied=[kind]))
    broken = having(deployment(), hostNetwork="perhaps")
    assert unproven(check, **judge([orders("baseline"), broken], [orders("baseline")]))
