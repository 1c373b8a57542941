"""Made-up namespaces of both sites as ARM tells of them, and an environment that declares what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fixtures.environment import Environment
from tests.checks.managed import Document, declaring, resource

BUS, HUBS = "Microsoft.ServiceBus/namespaces", "Microsoft.EventHub/namespaces"
NEVER = "P10675199DT2H48M5.4775807S"
COUNTS = ("active", "deadLetter", "scheduled", "transfer", "transferDeadLetter")


def declared(folder: Path, **lists: Any) -> Environment:
    """A queue with a consumer, a subscription that is forwarded to it, and an event hub."""
    return declaring(
        folder,
        workloads=[{"name": "worker", "kind": "Deployment", "replicas": {"active": 1, "passive": 0}}],
        queues=[{"name": "in", "bus": "sb-<site>", "consumer": "worker"}],
        subscriptions=[
            {
                "name": "paid",
                "topic": "events",
                "bus": "sb-<site>",
                "forwardTo": "in",
                "rules": [
                    {"name": "paid-only", "sql": "status = 'paid'"},
                    {"name": "late", "correlation": {"label": "late", "channel": "web"}},
                ],
            }
        ],
        eventHubs=[{"name": "telemetry", "bus": "eh-<site>", "group": "readers", "consumer": "worker"}],
        **lists,
    )


def namespace(site: str, kind: str = BUS, **said: Any) -> Document:
    return resource(site, kind, f"{'sb' if kind == BUS else 'eh'}-{site}", **{"status": "Active", **said})


def queue(site: str, name: str = "in", **said: Any) -> Document:
    return resource(site, f"{BUS}/queues", f"sb-{site}", name, **{**messages(), **said})


def topic(site: str, **said: Any) -> Document:
    settings = {"status": "Active", "autoDeleteOnIdle": NEVER, "supportOrdering": True, "enablePartitioning": False}
    return resource(site, f"{BUS}/topics", f"sb-{site}", "events", **{**settings, **said})


def subscription(site: str, name: str = "paid", **said: Any) -> Document:
    settings = {**messages(), "forwardTo": "in", **said}
    return resource(site, f"{BUS}/topics/subscriptions", f"sb-{site}", "events", name, **settings)


def messages() -> dict[str, Any]:
    """What queues and subscriptions have in common."""
    return {
        "status": "Active",
        "lockDuration": "PT1M",
        "maxDeliveryCount": 10,
        "requiresSession": False,
        "autoDeleteOnIdle": NEVER,
        "countDetails": {f"{name}MessageCount": 0 for name in COUNTS},
    }


def rule(site: str, name: str, **said: Any) -> Document:
    return resource(site, f"{BUS}/topics/subscriptions/rules", f"sb-{site}", "events", "paid", name, **said)


def sql(site: str, name: str, text: str) -> Document:
    return rule(site, name, filterType="SqlFilter", sqlFilter={"sqlExpression": text})


def correlation(site: str, name: str = "late", **values: Any) -> Document:
    said = {"label": "late", "properties": {"channel": "web"}, **values}
    return rule(site, name, filterType="CorrelationFilter", correlationFilter=said)


def hub(site: str, **said: Any) -> list[Document]:
    settings = {"status": "Active", "partitionCount": 4, "messageRetentionInDays": 7, **said}
    return [
        resource(site, f"{HUBS}/eventhubs", f"eh-{site}", "telemetry", **settings),
        resource(site, f"{HUBS}/eventhubs/consumergroups", f"eh-{site}", "telemetry", "readers"),
    ]


def everything(site: str) -> list[Document]:
    """A site where all is as declared."""
    return [
        *(namespace(site), namespace(site, HUBS), queue(site), topic(site), subscription(site)),
        *(sql(site, "paid-only", "status = 'paid'"), correlation(site), *hub(site)),
    ]


def replaced(documents: list[Document], *others: Document) -> list[Document]:
    """The documents with others in the place of those with the same id."""
    ids = {each["id"] for each in others}
    return [*(each for each in documents if each["id"] not in ids), *others]


def without(documents: list[Document], *ids: str) -> list[Document]:
    return [each for each in documents if each["id"] not in ids]
