"""What customers met since the switch, held against what they met before."""

import math
from datetime import timedelta

import pytest

#: What counts as since the switch, as the query of the source has it.
WINDOW = timedelta(hours=1)
#: A new pod may fall once or twice until what it needs is there.
OFTEN = 3


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    phases=("post-cutover", "post-failback"),
    declares="requests",
    every_site=True,
    remedy="See which requests fail and with what (`AppRequests | where Success == false | summarize count() by Name, "
    "ResultCode`), and whether they are those of the switch or still go on.",
)
def test_error_rate(service, logs, logs_of_sites, kubernetes, metrics, declared, site, since, attempt, climb):
    """No larger share of requests fails since the switch than before it, and no new pod falls again and again.

    Health pages and a smoke transaction are green, and one request in fifty fails: a cold connection pool, a partner
    that does not know the new address, a region with half the throughput. Only the sum of all requests shows it. What
    the former site met before the switch is what is usual; as many failures as chance may add are no difference. What
    its buses refuse meanwhile is told beside it.
    """
    climb(
        f"{service} does worse in {site} than before the switch",
        lambda: failing(service, logs, logs_of_sites),
        lambda: falling(service, kubernetes, declared, since),
        beside=lambda: throttled(service, metrics, declared, attempt),
    )


def failing(service, logs, logs_of_sites):
    """The rung of the requests: no more of them fail than at the level before. Where none fails, that is no matter."""
    own = logs.error_rate(service)
    if own.since is None or not own.since.requests:
        raise LookupError(
            f"{own.workspace} holds no request to {service} since the switch: "
            "whether more of them fail than before is not known."
        )
    if own.since.failed:
        requests, failed = level_before(service, logs_of_sites)
        most = expected(own.since.requests, requests, failed)
        if own.since.failed > most:
            yield (
                f"{share(own.since.failed, own.since.requests)} failed since, {share(failed, requests)} before; "
                f"at that level at most {most} were to be expected"
            )


def level_before(service, logs_of_sites):
    """Requests before the switch in all workspaces, each counted once, and how many of them failed."""
    levels = {}
    for view in logs_of_sites.values():
        found = view.error_rate(service)
        levels[found.workspace.casefold()] = found.before
    known = [level for level in levels.values() if level is not None and level.requests]
    if not known:
        raise LookupError(f"No workspace holds a request to {service} before the switch: what is usual is not known.")
    return sum(level.requests for level in known), sum(level.failed for level in known)


def expected(requests, before, failed):
    """How many requests may fail at the level before: three deviations more than usual, and one."""
    usual = requests * (failed + 1) / (before + 1)
    return math.floor(usual + 3 * math.sqrt(usual * (1 + requests / before)) + 1)


def falling(service, kubernetes, declared, since):
    """The rung of restarts, of workloads that declare no bound: new pods hold, after a start that may fail."""
    start = since(WINDOW)
    for workload in declared("workload"):
        if workload.service == service.service and workload.restarts is None:
            for container in kubernetes.containers(workload):
                created = container.observed.created
                if created is not None and created >= start and container.restarts >= OFTEN:
                    yield f"{container} restarted {container.restarts} times since its pod came at {created:%H:%M} UTC"


def throttled(service, metrics, declared, attempt):
    """What the buses of a service refuse, as far as somebody asked; that they do is another check's."""
    buses = {each.bus for each in declared("entity") if each.service == service.service}
    for namespace in declared("bus_namespace"):
        refusals, _ = attempt(lambda of=namespace: metrics.refusals(of)) if namespace.name in buses else (None, None)
        for each in refusals or ():
            count, _ = attempt(lambda of=each: of.count)
            if count:
                yield f"meanwhile {namespace} has {count} {each.what}"


def share(part, whole):
    """``38 of 2100 requests (1.81%)``."""
    return f"{part} of {whole} requests ({part * 100 / whole:.2f}%)"
