"""Runs that never took place, small or believable, with sensible defaults for everything a test is not about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reports.assembling import assemble
from reports.recording import outcome
from reports.results import Results

LAYERS = [
    "compute", "configuration", "integration", "networking", "dns", "messaging", "storage",
    "analytics", "batch", "data", "security", "recovery", "smoke", "gate",
]  # fmt: skip
LATER = dict.fromkeys(("analytics", "recovery", "smoke"), "its checks come with a later version")

Plan = dict[str, Any]


def planned(identity: str = "compute.memory_headroom[neu/orders/api]", **values: Any) -> Plan:
    """A planned item; what its id says is taken from there."""
    check, _, item = identity.partition("[")
    place, service, resource = [*item.removesuffix("]").split("/", 2), "-", "-", "-"][:3]
    return {
        "id": identity,
        "check": check,
        "layer": check.partition(".")[0],
        "place": place,
        "sites": place.split("+"),
        "service": service,
        "resource": resource,
        "owner": f"team-{service}",
        "severity": "blocker",
        "title": "The expected peak leaves the declared headroom below every container's memory limit.",
        "remedy": "Raise the limit or find the leak.",
        "rationale": "A container that is killed at production memory looks ready until traffic arrives.",
        "evidence": [[place, "kubernetes"]],
        "undeclared": None,
        "undeclared_by": None,
        "level": "item",
        "environment": "prod",
        "file": f"checks/{check.replace('.', '/test_', 1)}.py",
        "function": f"test_{check.partition('.')[2]}",
        "nodeid": f"checks/{check}.py::test_x[{item}",
        **values,
    }


def context(plan: Sequence[Plan], **values: Any) -> dict[str, Any]:
    """The context of a run; the layers of its plan are the known ones."""
    return {
        "run": "20261205T221004Z-prod-pre-cutover",
        "folder": "runs/20261205T221004Z-prod-pre-cutover",
        "suite": "1.0.0",
        "environment": "prod",
        "sandbox": False,
        "phase": "pre-cutover",
        "vantage": "weu",
        "change": "CHG0048213",
        "started": "2026-12-05T22:10:04Z",
        "ended": "2026-12-05T22:10:13Z",
        "instant": "2026-12-05T22:10:04Z",
        "configuration_sha256": "9f2c" * 16,
        "narrowed_by": None,
        "replay_of": None,
        "site_lost": [],
        "sites": [
            {"name": "weu", "kind": "aks", "location": "westeurope", "active": True, "routed": True, "target": False},
            {"name": "neu", "kind": "aks", "location": "northeurope", "active": False, "routed": False, "target": True},
        ],
        "cutover": {
            "from": "weu",
            "to": "neu",
            "window": {
                "opens": "2026-12-05T22:00:00+01:00",
                "pointOfNoReturn": "2026-12-06T01:30:00+01:00",
                "closes": "2026-12-06T04:00:00+01:00",
            },
        },
        "decision": {"owner": "release-management", "approvers": ["cab-payments", "sre-lead"], "evidenceMaxAge": "30m"},
        "policy": {"warnings": "report", "severity": {}, "vantages": [], "secrets": "skip"},
        "waivers": [],
        "not_applicable": {},
        "layers": list(dict.fromkeys(each["layer"] for each in plan)),
        "sources": [],
        "plan": list(plan),
        "collection_errors": [],
        "accept_partial": False,
        "stopped": None,
        **values,
    }


def waiver(*checks: str, **values: Any) -> dict[str, Any]:
    """A waiver as an environment file has it, valid at the run's instant."""
    return {
        "checks": list(checks),
        "reason": "three poison messages from the October drill, replay is CHG0048290",
        "risk": "low",
        "owner": "ana.lima@contoso.example",
        "approvedBy": "sre-lead",
        "ticket": "CHG0048290",
        "expires": "2026-12-07T00:00:00Z",
        "index": 0,
        **values,
    }


def met(plan: Plan, looked_at: int = 3) -> dict[str, Any]:
    return outcome(plan, None, "call", looked_at, None, 0.2)


def unmet(plan: Plan, message: str = "api in neu expects 812Mi of 1Gi, declared headroom is 25%") -> dict[str, Any]:
    return outcome(plan, AssertionError(message), "call", 3, None, 0.2)


class Missing(Exception):
    """Like the one that views raise when evidence is missing."""

    def __init__(self, message: str, kind: str = "denied", missing_permission: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.missing_permission = missing_permission


def unproven(
    plan: Plan, message: str = "neu: pods could not be listed: 403", permission: str | None = None
) -> dict[str, Any]:
    return outcome(plan, Missing(message, missing_permission=permission), "call", 0, None, 0.2)


def elsewhere(plan: Plan) -> dict[str, Any]:
    return outcome(plan, Missing("neu is judged from vantage neu", "elsewhere"), "call", 0, None, 0.2)


def run(states: Mapping[str, str], severity: str = "blocker", **values: Any) -> Results:
    """A run with one item per id, each in the state given."""
    plan = [
        planned(identity, severity=severity, **({"undeclared": "none declared"} if state == "undeclared" else {}))
        for identity, state in states.items()
    ]
    makers = {"met": met, "unmet": unmet, "unproven": unproven, "elsewhere": elsewhere}
    outcomes = {
        each["id"]: makers[state](each) for each, state in zip(plan, states.values(), strict=True) if state in makers
    }
    return assemble(context(plan, **values), outcomes)


CHECKS: dict[str, list[str]] = {
    "gate": ["cluster_identity", "permissions", "clock", "evidence_age"],
    "compute": ["workload_present", "replicas_ready", "memory_limit_set", "memory_headroom", "oom_kills"],
    "configuration": ["region_drift", "expected_settings"],
    "integration": ["kubernetes_references"],
    "networking": ["reachable", "http", "certificate"],
    "dns": ["record", "ttl", "consistent"],
    "messaging": ["consumer_bound", "dead_letters", "backlog"],
    "storage": ["containers", "listener_destination"],
    "batch": ["scheduled", "no_double_schedule"],
    "data": ["replication"],
    "security": ["workload_identity"],
}
SERVICES = {
    "orders": ["api", "worker", "outbox", "scheduler"],
    "payments": ["api", "ledger", "reconciler"],
    "catalogue": ["web", "search", "indexer"],
    "notify": ["mailer", "push"],
    "platform": ["ingress"],
}


def believable(services: Mapping[str, list[str]] | None = None) -> Iterator[Plan]:
    """A plan of about 300 items over two sites, global things and a public resolver."""
    for layer, checks in CHECKS.items():
        for check in checks:
            for place in _places(layer, check):
                for service, resources in (services or SERVICES).items():
                    for resource in resources if layer in {"compute", "networking", "batch"} else resources[:1]:
                        yield planned(
                            f"{layer}.{check}[{place}/{service}/{resource}]",
                            severity="warning" if check in {"ttl", "scheduled"} else "blocker",
                            title=f"{check.replace('_', ' ').capitalize()} is as declared.",
                        )


def _places(layer: str, check: str) -> list[str]:
    if layer == "dns":
        return ["public"]
    if check == "no_double_schedule":
        return ["weu+neu"]
    return ["global"] if check == "evidence_age" else ["weu", "neu"]


SOURCES = [
    {"place": "weu", "source": "kubernetes", "state": "complete", "duration_ms": 412, "requests": 31, "error": None,
     "asked_at": "2026-12-05T22:10:04Z", "observed_at": "2026-12-05T22:10:05Z"},
    {"place": "neu", "source": "kubernetes", "state": "partial", "duration_ms": 1460, "requests": 31,
     "error": {"kind": "partial", "message": "cronjobs in namespace orders could not be listed: 403 Forbidden",
               "missing_permission": None}, "asked_at": "2026-12-05T22:10:04Z", "observed_at": "2026-12-05T22:10:06Z"},
    {"place": "public", "source": "dns", "state": "complete", "duration_ms": 96, "requests": 48, "error": None,
     "asked_at": "2026-12-05T22:10:04Z", "observed_at": "2026-12-05T22:10:04Z"},
    {"place": "neu", "source": "web", "state": "failed", "duration_ms": 60000, "requests": 4,
     "error": {"kind": "timeout", "message": "nothing answered within 60 s", "missing_permission": None},
     "asked_at": "2026-12-05T22:10:04Z", "observed_at": "2026-12-05T22:11:04Z"},
]  # fmt: skip


def go(services: Mapping[str, list[str]] | None = None) -> Results:
    """A believable GO with two warnings."""
    plan = list(believable(services))
    outcomes = {each["id"]: met(each, looked_at=7) for each in plan}
    for each in [each for each in plan if each["check"] == "dns.ttl"][:2]:
        outcomes[each["id"]] = unmet(each, UNMET["dns.ttl[public/orders/api]"])
    sources = [{**each, "state": "complete", "error": None, "duration_ms": 640} for each in SOURCES]
    return assemble(context(plan, layers=LAYERS, not_applicable=LATER, sources=sources), outcomes)


UNMET = {
    "compute.memory_headroom[neu/orders/api]": (
        "Deployment orders/api keeps less than 25% free in neu: api in pod api-7f9c6d-x2x4p expects 812Mi of 1Gi, "
        "api in pod api-7f9c6d-k8s7q expects 806Mi of 1Gi"
    ),
    "messaging.consumer_bound[neu/orders/api]": (
        "orders/worker in neu is configured for sb-prod-weu.servicebus.windows.net, "
        "declared is sb-prod-neu.servicebus.windows.net"
    ),
    "messaging.dead_letters[neu/orders/api]": "queue orders-in in neu holds 3 dead letters, declared at most 0",
    "configuration.region_drift[neu/payments/api]": (
        "configmap/payments/ledger-config data.application.yaml:cosmos.endpoint is "
        "https://cosmos-prod-weu.documents.azure.com, which names weu"
    ),
    "messaging.dead_letters[weu/payments/api]": "queue refunds in weu holds 12 dead letters, declared at most 0",
    "dns.ttl[public/orders/api]": ("api.contoso.example has a TTL of 300 s, declared at most 60 s before the switch"),
    "batch.scheduled[neu/notify/mailer]": (
        "CronJob notify/digest in neu last succeeded 31 h ago, declared within 26 h"
    ),
}


def no_go() -> Results:
    """A believable NO-GO: blockers unmet, some unproven, one waived, one expired waiver, warnings."""
    plan = list(believable())
    outcomes = {each["id"]: met(each, looked_at=7) for each in plan}
    for each in plan:
        if each["id"] in UNMET:
            outcomes[each["id"]] = unmet(each, UNMET[each["id"]])
        elif each["layer"] == "networking" and each["place"] == "neu" and each["check"] != "networking.certificate":
            outcomes[each["id"]] = unproven(each, "web from neu: nothing answered within 60 s")
        elif each["check"] == "batch.no_double_schedule" and each["service"] == "orders":
            outcomes[each["id"]] = unproven(
                each,
                "neu: cronjobs in namespace orders could not be listed: 403 Forbidden",
                "list cronjobs.batch in namespace orders",
            )
    waivers = [
        waiver("messaging.dead_letters[neu/orders/*]"),
        waiver("messaging.dead_letters[weu/payments/*]", ticket="CHG0047001", expires="2026-12-01T00:00:00Z", index=1,
               reason="refund replays wait for the bank", owner="joao.reis@contoso.example"),
        waiver("storage.containers[neu/catalogue/*]", ticket="CHG0048111", index=2,
               reason="container is made by the first upload"),
    ]  # fmt: skip
    policy = {"warnings": "report", "severity": {"dns.ttl": "warning"}, "vantages": [], "secrets": "skip"}
    whole = context(plan, layers=LAYERS, not_applicable=LATER, sources=SOURCES, waivers=waivers, policy=policy)
    return assemble(whole, outcomes)
