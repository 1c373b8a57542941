"""Every kind of mistake in an environment file, and the exact sentence that tells it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

Refuses = Callable[..., list[str]]

SERVICE = """\
services:
  orders:
    namespace: orders
    workloads:
      - {name: api, replicas: {active: 2, passive: 1}}
      - {name: worker, replicas: {active: 2, passive: 0}}
"""

# What is added after SERVICE begins on line 23, indented as a part of the service.
IN_SERVICE = {
    "queues: [{name: q, bus: b, consumer: worker, backlog: {activ: 1}}]": [
        "services.orders.queues[0].backlog.activ: unknown key, did you mean 'active'?"
    ],
    "queues: [{name: q, bus: b, consumer: worker, maxBacklg: 5}]": [
        "services.orders.queues[0].maxBacklg: unknown key, did you mean 'backlog'?"
    ],
    "queues: [{name: q, bus: b, consumer: wroker}]": [
        "services.orders.queues[0].consumer: 'wroker' is no workload of orders, did you mean 'worker'?"
    ],
    "queues: [{name: q, bus: b}]": ["services.orders.queues[0]: needs either consumer or forwardTo"],
    "queues: [{name: q, bus: b, consumer: worker, maxProcessing: 5}]": [
        "services.orders.queues[0].maxProcessing: must be a duration with its unit, such as 500ms, 30s, 15m, 26h or 7d, is 5"
    ],
    "queues: [{name: q, bus: b, consumer: worker, maxProcessing: 0s}]": [
        "services.orders.queues[0].maxProcessing: must be more than zero, is '0s'"
    ],
    "queues: [{name: q, bus: b, consumer: worker, sessions: yes}]": [
        "services.orders.queues[0].sessions: must be true or false, is 'yes'"
    ],
    "queues: [{name: q, bus: b, consumer: worker}, {name: q, bus: b, consumer: api}]": [
        "services.orders.queues[1]: 'q' is declared twice, first in services.orders.queues[0]"
    ],
    "queues: {name: q}": ["services.orders.queues: must be a list, is a mapping"],
    "queues: [q]": ["services.orders.queues[0]: must be a mapping, is 'q'"],
    "queues:": ["services.orders.queues: is empty: give it a value or leave the key out"],
    "queues: [~, {name: q, bs: b, bus: b, consumer: worker}]": [
        "services.orders.queues[0]: is empty: give it a value or leave the key out",
        "services.orders.queues[1].bs: unknown key, did you mean 'bus'?",
    ],
    "queues: [{name: q, bus: b-<sit>, consumer: worker}]": [
        "services.orders.queues[0].bus: unknown template '<sit>', did you mean '<site>'?"
    ],
    "queues: [{name: q, bus: b, consumer: worker, sites: [nue]}]": [
        "services.orders.queues[0].sites[0]: unknown site 'nue', did you mean 'neu'?"
    ],
    "queues: [{name: q, bus: b, consumer: worker, sites: [dc1]}]": [
        "services.orders.queues[0].sites[0]: 'dc1' is a legacy site: services are declared for AKS sites only"
    ],
    "queues: [{name: q, bus: b, consumer: worker, sites: []}]": [
        "services.orders.queues[0].sites: must have at least 1, is a list"
    ],
    "queues: [{name: q, bus: {weu: b, nue: c}, consumer: worker}]": [
        "services.orders.queues[0].bus.nue: unknown site, did you mean 'neu'?"
    ],
    "queues: [{name: q, bus: {weu: b}, consumer: worker}]": [
        "services.orders.queues[0].bus: has no value for the site 'neu'"
    ],
    "queues: [{name: q, bus: {weu: b, neu: 3}, consumer: worker}]": [
        "services.orders.queues[0].bus.neu: must be text, is 3: put it in quotes"
    ],
    'queues: [{name: "two\\nlines", bus: b, consumer: worker}]': [
        "services.orders.queues[0].name: must be printable text on one line, is 'two\\nlines'"
    ],
    'queues: [{name: "", bus: b, consumer: worker}]': [
        "services.orders.queues[0].name: must not be empty, nor begin or end with a space, is ''"
    ],
    "subscriptions: [{name: s, topic: t, bus: b, consumer: api, rules: [{name: r}]}]": [
        "services.orders.subscriptions[0].rules[0]: needs either sql or correlation"
    ],
    "eventHubs: [{name: t, bus: b, consumer: api, startAfterMove: late}]": [
        "services.orders.eventHubs[0].startAfterMove: must be earliest, latest or an instant with an offset, is 'late'"
    ],
    "busAliases: [{name: a, members: {weu: x, nue: y}}]": [
        "services.orders.busAliases[0].members.nue: unknown site, did you mean 'neu'?"
    ],
    "busAliases: [{name: a, members: {weu: x}}]": [
        "services.orders.busAliases[0].members: has no value for the site 'neu'"
    ],
    "names: [{host: a.example, private: true, resolvers: [pubic]}]": [
        "services.orders.names[0].resolvers[0]: unknown resolver 'pubic', did you mean 'public'?"
    ],
    "names: [{host: a.example, resolvers: [public]}]": [
        "services.orders.names[0]: needs before and after, or private: true: the expected answers are missing"
    ],
    "names: [{host: a.example, resolvers: [public], before: [x.example]}]": [
        "services.orders.names[0]: needs before and after: one of the expected answers is missing"
    ],
    "names: [{host: a.example, type: A, resolvers: [public], before: [x.example], after: [1.2.3.4]}]": [
        "services.orders.names[0]: the answers of a record of type A must be IPv4 addresses"
    ],
    "names: [{host: 'a b', private: true, resolvers: [public]}]": [
        "services.orders.names[0].host: must be a host name, such as api.contoso.example, is 'a b'"
    ],
    "endpoints: [{url: api.example}]": [
        "services.orders.endpoints[0].url: must be a URL that begins with https:// or http:// and names a host, is 'api.example'"
    ],
    "endpoints: [{tcp: sql.example}]": [
        "services.orders.endpoints[0].tcp: must be a host and a port, such as sql.contoso.example:1433, is 'sql.example'"
    ],
    "endpoints: [{tcp: 'sql.example:1433', from: nue}]": [
        "services.orders.endpoints[0].from: unknown site 'nue', did you mean 'neu'?"
    ],
    "endpoints: [{url: 'https://a.example', tcp: 'a.example:1'}]": [
        "services.orders.endpoints[0]: needs either url or tcp"
    ],
    "endpoints: [{url: 'https://a.example', tls: {minimum: 1.2}}]": [
        "services.orders.endpoints[0].tls.minimum: must be 1.2 or 1.3, is 1.2: put it in quotes"
    ],
    "endpoints: [{url: 'https://a.example', expect: {status: [200, 99]}}]": [
        "services.orders.endpoints[0].expect.status[1]: must be at least 100, is 99"
    ],
    "endpoints: [{url: 'https://a.example', expect: {within: 500}}]": [
        "services.orders.endpoints[0].expect.within: must be a duration with its unit, such as 500ms, 30s, 15m, 26h or 7d, is 500"
    ],
    "jobs: [{name: j, schedule: 0 18 * * 1-9}]": [
        "services.orders.jobs[0].schedule: is no schedule: bad day-of-week, is '0 18 * * 1-9'"
    ],
    "jobs: [{name: j, schedule: '* * * * * *'}]": [
        "services.orders.jobs[0].schedule: must be a schedule of five fields, such as 0 18 * * 1-5, is '* * * * * *'"
    ],
    "jobs: [{name: j, schedule: '@often'}]": [
        "services.orders.jobs[0].schedule: must be one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, or five fields such as 0 18 * * 1-5, is '@often'"
    ],
    "jobs: [{name: j, schedule: '@daily', timeZone: Europe/Amsterdm}]": [
        "services.orders.jobs[0].timeZone: is no time zone: use a name such as Europe/Amsterdam or Etc/UTC, is 'Europe/Amsterdm'"
    ],
    "jobs: [{name: j, schedule: '@daily', runsOn: activ}]": [
        "services.orders.jobs[0].runsOn: must be one of active, from, to, both, nowhere, is 'activ', did you mean 'active'?"
    ],
    "jobs: [{factory: f}]": ["services.orders.jobs[0].trigger: missing"],
    "reconciliations: [{name: r, tolerance: 5, left: {workspace: w, kql: a}, right: {workspace: w, kql: a < <b>}}]": [
        "services.orders.reconciliations[0].tolerance: must be a percentage with its sign, such as 25% or 0.5%, is 5"
    ],
    "databases: [{postgres: p, redis: r}]": [
        "services.orders.databases[0]: needs exactly one of sqlFailoverGroup, postgres, cosmos, redis, storage"
    ],
    "databases: [{storage: s, redundancy: GZR}]": [
        "services.orders.databases[0].redundancy: must be one of LRS, ZRS, GRS, RAGRS, GZRS, RAGZRS, is 'GZR', did you mean 'GZRS'?"
    ],
    "identities: [{name: i, roles: [Reader]}]": ["services.orders.identities[0]: each role must be written role@scope"],
    "routing: [{trafficManager: t}]": [
        "services.orders.routing[0]: a trafficManager has endpoints, one per site, and nothing else"
    ],
    "nodePools: [{name: n, min: 3, max: 2}]": ["services.orders.nodePools[0]: min 3 is more than max 2"],
    "egress: {addresses: [20.50.1.400]}": [
        "services.orders.egress.addresses[0]: must be an IP address such as 20.50.1.4, is '20.50.1.400'"
    ],
    "objectives: {rto: 40m}": [
        "services.orders.objectives.rto: 40m is longer than the cutover's 30m: a service may only be stricter"
    ],
    "vualts: []": ["services.orders.vualts: unknown key, did you mean 'vaults'?"],
}

WORKLOADS = {
    "{name: api, replicas: {active: 2}}": [
        "services.orders.workloads[0].replicas.passive: missing: the service is active-passive"
    ],
    "{name: api}": ["services.orders.workloads[0].replicas: missing: a Deployment has replicas"],
    "{name: api, kind: DaemonSet, replicas: {active: 1, passive: 1}}": [
        "services.orders.workloads[0].replicas: a DaemonSet has no replicas"
    ],
    "{name: api, kind: daemonset}": [
        "services.orders.workloads[0].kind: must be one of Deployment, StatefulSet, DaemonSet, is 'daemonset', did you mean 'DaemonSet'?"
    ],
    "{name: Api, kind: DaemonSet}": [
        "services.orders.workloads[0].name: must be a Kubernetes name of small letters, digits, dots and dashes, is 'Api'"
    ],
    "{name: api, kind: DaemonSet, memory: {headroom: 25}}": [
        "services.orders.workloads[0].memory.headroom: must be a percentage with its sign, such as 25% or 0.5%, is 25"
    ],
    "{name: api, kind: DaemonSet, memory: {headroom: 25%, peak: 780}}": [
        "services.orders.workloads[0].memory.peak: must be a size with its unit, such as 780Mi, 1.5Gi or 500M, is 780"
    ],
    "{name: api, kind: DaemonSet, memory: {headroom: 25%, peak: {api: 780M, envoy: 60}}}": [
        "services.orders.workloads[0].memory.peak.envoy: must be a size with its unit, such as 780Mi, 1.5Gi or 500M, is 60"
    ],
    "{name: api, kind: DaemonSet, settings: {PORT: 8080}}": [
        "services.orders.workloads[0].settings.PORT: must be text, is 8080: put it in quotes"
    ],
    "{name: api, kind: DaemonSet, restarts: {max: -1}}": [
        "services.orders.workloads[0].restarts.max: must be at least 0, is -1"
    ],
    "{name: api, kind: DaemonSet, restarts: {max: 0.5}}": [
        "services.orders.workloads[0].restarts.max: must be a whole number, is 0.5"
    ],
    "{kind: DaemonSet}": ["services.orders.workloads[0].name: missing"],
}

# What is added after SMALL, on line 17.
AT_THE_TOP = {
    "servics: {}": ["servics: unknown key, did you mean 'services'?"],
    "services: []": ["services: must be a mapping, is a list"],
    "services: {or ders: {}}": [
        "services[\"or ders\"]: must be a name of letters, digits, dots, dashes and underscores, is 'or ders'"
    ],
    "services: {platform: {}}": ["services.platform: 'platform' has a meaning of its own and cannot be a name"],
    "services: {a: {workloads: [{name: w, kind: DaemonSet}]}}": [
        "services.a: needs a namespace: it declares things that live in one"
    ],
    "notApplicable: {dnss: why}": ["notApplicable.dnss: unknown key, did you mean 'dns'?"],
    "policy: {vantages: [wue]}": ["policy.vantages[0]: unknown vantage 'wue', did you mean 'weu'?"],
    "policy: {severity: {dns.ttl: warn}}": [
        "policy.severity[\"dns.ttl\"]: must be blocker or warning, is 'warn', did you mean 'warning'?"
    ],
    "policy: {severity: {ttl: warning}}": ["policy.severity.ttl: must be the id of a check, such as dns.ttl, is 'ttl'"],
    "policy: {warnings: maybe}": ["policy.warnings: must be report or decide, is 'maybe'"],
    "azure: {resourceGroup: rg-<sites>}": ["azure.resourceGroup: unknown template '<sites>', did you mean '<site>'?"],
    "azure: {cloud: Azure}": [
        "azure.cloud: must be one of AzureCloud, AzureChinaCloud, AzureUSGovernment, is 'Azure', did you mean 'AzureCloud'?"
    ],
    "legacy: {networks: [10.20.0.1/16]}": [
        "legacy.networks[0]: must be a network such as 10.40.0.0/16, without host bits, is '10.20.0.1/16'"
    ],
    "legacy: {hosts: ['mq*.example']}": [
        "legacy.hosts[0]: must be a host name, such as api.contoso.example, is 'mq*.example'"
    ],
    "legacy: {endpoints: [{url: 'https://l.example', after: {}}]}": [
        "legacy.endpoints[0].after: needs either status or refused: true"
    ],
    "drift: {allow: [{surface: configmap/a/b}]}": ["drift.allow[0].reason: missing"],
    "world: nowhere": ["world: is no folder"],
    "change: 48213": ["change: must be text, is 48213: put it in quotes"],
}


def below(problems: list[str], line: int) -> list[str]:
    return [f"prod.yaml:{line}: {problem}" for problem in problems]


@pytest.mark.parametrize(("text", "problems"), IN_SERVICE.items(), ids=range(len(IN_SERVICE)))
def test_in_a_service(refuses: Refuses, small: str, text: str, problems: list[str]) -> None:
    assert refuses(f"{small}{SERVICE}    {text}\n") == below(problems, 23)


@pytest.mark.parametrize(("text", "problems"), WORKLOADS.items(), ids=range(len(WORKLOADS)))
def test_in_a_workload(refuses: Refuses, small: str, text: str, problems: list[str]) -> None:
    service = f"services:\n  orders:\n    namespace: orders\n    workloads:\n      - {text}\n"
    assert refuses(small + service) == below(problems, 21)


@pytest.mark.parametrize(("text", "problems"), AT_THE_TOP.items(), ids=range(len(AT_THE_TOP)))
def test_at_the_top(refuses: Refuses, small: str, text: str, problems: list[str]) -> None:
    assert refuses(f"{small}{text}\n") == below(problems, 17)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("to: neu", "to: nue", "prod.yaml:5: cutover.to: unknown site 'nue', did you mean 'neu'?"),
        ("from: weu", "from: neu", "prod.yaml:5: cutover.to: is the same site as cutover.from, 'neu'"),
        ("to: neu", "to: dc1", "prod.yaml:5: cutover.to: 'dc1' is a legacy site: one can only move away from it"),
        (
            "rto: 30m",
            'rto: "30"',
            "prod.yaml:10: cutover.objectives.rto: must be a duration with its unit, such as 500ms, 30s, 15m, 26h or 7d, is '30'",
        ),
        ("12-06T01:30", "12-05T01:30", "prod.yaml:6: cutover.window: pointOfNoReturn is not after opens"),
        ("12-06T04:00", "12-06T01:30", "prod.yaml:6: cutover.window: closes is not after pointOfNoReturn"),
        (
            '"2026-12-05T22:00:00+01:00"',
            "2026-12-05T22:00:00",
            "prod.yaml:7: cutover.window.opens: must be an instant with an offset, such as \"2026-12-05T22:00:00+01:00\"; the offset is missing, is '2026-12-05T22:00:00'",
        ),
        (
            "gonogo/v1",
            "gonogo/v2",
            "prod.yaml:1: apiVersion: must be gonogo/v1, is 'gonogo/v2', did you mean 'gonogo/v1'?",
        ),
        (
            "environment: prod",
            "environment: NO/pe",
            "prod.yaml:2: environment: must be a name of letters, digits, dots, dashes and underscores, is 'NO/pe'",
        ),
        (
            "context: aks-weu",
            "inCluster: false",
            "prod.yaml:12: sites.weu.cluster: needs either context or inCluster: true",
        ),
        ("{location: westeurope, ", "{", "prod.yaml:12: sites.weu: an AKS site needs location (or kind: legacy)"),
        (
            "kind: legacy",
            "kind: legcy",
            "prod.yaml:14: sites.dc1.kind: must be aks or legacy, is 'legcy', did you mean 'legacy'?",
        ),
        (
            "servers: [1.1.1.1]",
            "servers: []",
            "prod.yaml:16: resolvers.public.servers: must have at least 1, is a list",
        ),
        (
            "servers: [1.1.1.1]",
            "servers: [dns.google]",
            "prod.yaml:16: resolvers.public.servers[0]: must be 'system', an IP address (with :port if not 53) or an https:// URL, is 'dns.google'",
        ),
        (
            "[1.1.1.1]}",
            "[1.1.1.1], vantage: wue}",
            "prod.yaml:16: resolvers.public.vantage: unknown vantage 'wue', did you mean 'weu'?",
        ),
    ],
)
def test_in_the_small_file(refuses: Refuses, small: str, old: str, new: str, problem: str) -> None:
    assert old in small
    assert refuses(small.replace(old, new)) == [problem]


def test_a_missing_section(refuses: Refuses) -> None:
    assert refuses("apiVersion: gonogo/v1\n") == [
        "prod.yaml:1: environment: missing",
        "prod.yaml:1: cutover: missing",
        "prod.yaml:1: sites: missing",
    ]


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file(refuses: Refuses, small: str) -> None:
    text = small.replace("rto: 30m", "rto: 30").replace("location: westeurope", "locaton: westeurope")
    problems = refuses(f"{text}{SERVICE}    queues: [{{name: q, bus: b-<sit>, consumer: wroker, foo: 1}}]\n")
    assert [problem.split(": ")[0:2] for problem in problems] == [
        ["prod.yaml:10", "cutover.objectives.rto"],
        ["prod.yaml:12", "sites.weu.locaton"],
        ["prod.yaml:23", "services.orders.queues[0].bus"],
        ["prod.yaml:23", "services.orders.queues[0].consumer"],
        ["prod.yaml:23", "services.orders.queues[0].foo"],
    ]


def test_what_a_reference_needs_from_the_site(refuses: Refuses, small: str) -> None:
    text = small.replace("networks: [10.60.0.0/16], ingress: [20.60.1.4], ", "")
    service = "services:\n  a:\n    endpoints: [{url: 'https://a.example', via: ingress}]\n"
    service += "    names: [{host: b-<site>.example, private: true, resolvers: [public]}]\n"
    assert refuses(text + service) == [
        "prod.yaml:19: services.a.endpoints[0].via: the site 'neu' declares no ingress",
        "prod.yaml:20: services.a.names[0].private: the site 'neu' declares no networks",
    ]


def test_a_consumer_on_another_site(refuses: Refuses, small: str) -> None:
    service = "services:\n  a:\n    namespace: a\n    workloads: [{name: w, kind: DaemonSet, sites: [weu]}]\n"
    service += "    queues: [{name: q, bus: b, consumer: w}]\n"
    assert refuses(small + service) == [
        "prod.yaml:21: services.a.queues[0].consumer: the workload 'w' is not declared for the site 'neu'"
    ]


WAIVER = {
    "checks": '["dns.ttl"]',
    "phases": "[pre-cutover]",
    "reason": "x",
    "risk": "low",
    "owner": "ana",
    "approvedBy": "lead",
    "ticket": "T1",
    "expires": '"2026-12-07T00:00:00Z"',
}


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("approvedBy", "Ana", "waivers[0]: approvedBy must differ from owner"),
        (
            "expires",
            '"2026-12-23T12:00:01Z"',
            "waivers[0].expires: is 30 days ahead: a waiver holds for at most 30 days",
        ),
        (
            "expires",
            '"2027-12-07T00:00:00Z"',
            "waivers[0].expires: is 378 days ahead: a waiver holds for at most 30 days",
        ),
        (
            "expires",
            "2026-12-07",
            "waivers[0].expires: must be an instant with an offset, such as \"2026-12-05T22:00:00+01:00\", is '2026-12-07'",
        ),
        (
            "checks",
            '["dns.*"]',
            "waivers[0].checks[0]: must be layer.check or layer.check[item], with * only within the brackets, is 'dns.*'",
        ),
        (
            "checks",
            '["dns"]',
            "waivers[0].checks[0]: must be layer.check or layer.check[item], with * only within the brackets, is 'dns'",
        ),
        (
            "checks",
            '["dns.ttl[]"]',
            "waivers[0].checks[0]: must be layer.check or layer.check[item], with * only within the brackets, is 'dns.ttl[]'",
        ),
        ("checks", "[]", "waivers[0].checks: must have at least 1, is a list"),
        (
            "phases",
            "[before]",
            "waivers[0].phases[0]: must be one of pre-cutover, mid-cutover, post-cutover, pre-failback, mid-failback, post-failback, is 'before'",
        ),
        ("risk", "none", "waivers[0].risk: must be one of low, medium, high, is 'none'"),
    ],
)
def test_waivers(refuses: Refuses, small: str, key: str, value: str, problem: str) -> None:
    fields = ", ".join(f"{name}: {text}" for name, text in {**WAIVER, key: value}.items())
    assert refuses(f"{small}waivers:\n  - {{{fields}}}\n") == [f"prod.yaml:18: {problem}"]


@pytest.mark.parametrize("expires", ['"2026-01-01T00:00:00Z"', '"2026-12-23T12:00:00Z"', '"2026-12-23T13:00:00+01:00"'])
def test_a_waiver_may_be_expired_or_just_within_its_longest_time(
    loads: Callable[..., object], small: str, expires: str
) -> None:
    fields = ", ".join(f"{name}: {text}" for name, text in {**WAIVER, "expires": expires}.items())
    loads(f"{small}waivers:\n  - {{{fields}}}\n")


def test_the_longest_time_counts_from_now(refuses: Refuses, small: str) -> None:
    from datetime import UTC, datetime

    fields = ", ".join(f"{name}: {text}" for name, text in WAIVER.items())
    now = datetime(2026, 12, 7, tzinfo=UTC) - timedelta(days=30, seconds=1)
    assert refuses(f"{small}waivers:\n  - {{{fields}}}\n", now=now) == [
        "prod.yaml:18: waivers[0].expires: is 30 days ahead: a waiver holds for at most 30 days"
    ]


@pytest.mark.parametrize(
    "pattern", ["dns.ttl", "dns.ttl[*]", "dns.ttl[public/orders/*]", "data.postgres[neu/a/b[1]]", "a_b.c_2[x]"]
)
def test_checks_that_a_waiver_may_name(loads: Callable[..., object], small: str, pattern: str) -> None:
    fields = ", ".join(f"{name}: {text}" for name, text in {**WAIVER, "checks": f'["{pattern}"]'}.items())
    loads(f"{small}waivers:\n  - {{{fields}}}\n")
