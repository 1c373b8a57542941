"""Restarts: does every container hold, or is it started again and again?"""

from datetime import UTC, timedelta

import pytest

#: A container that holds for ten minutes has left its crash loop, as the kubelet counts it.
SETTLED = timedelta(minutes=10)
OFTEN = 3
CLOCKS = timedelta(minutes=5)  # how far a node's clock may be ahead


@pytest.mark.check(
    severity="blocker",
    remedy="Read why it ended (`kubectl logs --previous`, `kubectl describe pod`): a wrong setting, an unreachable "
    "dependency, a liveness probe that is too strict.",
)
def test_restarts(workload, kubernetes, site, since, now, shortened):
    """No container is in a crash loop, and none restarts more often within the window than declared.

    A process that cannot reach its database, or that a strict liveness probe kills, is started again and again. It is
    ready in between, so a look at the right moment finds nothing; only the count and the times of its ends tell. Init
    containers and sidecars count: a pod whose sidecar loops drops its requests just the same.
    """
    if kubernetes.workload(workload) is None:
        raise LookupError(f"{workload} does not exist in {site}, so nobody can say whether it restarts.")
    bound, containers = workload.restarts, list(kubernetes.containers(workload))
    looping = [each for each in containers if loops(each, bound, now)]
    problems = [f"{named(each)} is in a crash loop ({history(each)})" for each in looping]
    uncertain = []
    for each in containers if bound else ():
        start = since(bound.window)
        least, most = restarts_since(each, start, now)
        if least > bound.max and each not in looping:
            problems.append(
                f"{named(each)} restarted {amount(least, most)} since {instant(start)}, "
                f"at most {bound.max} within {bound.window} are declared ({history(each)})"
            )
        elif most > bound.max and each not in looping:
            uncertain.append(f"{named(each)} ({history(each)})")
    assert not problems, f"{workload} in {site} does not hold: {shortened(problems)}."
    if uncertain:
        raise LookupError(
            f"{workload} in {site} cannot be judged: the status does not tell how many restarts lie within the last "
            f"{bound.window}, at most {bound.max} are declared: {shortened(uncertain)}."
        )


def loops(container, bound, now):
    """Whether the kubelet holds a container back, or, where no number is declared, it fell again just now."""
    if container.waiting_reason == "CrashLoopBackOff":
        return True
    if bound or container.restarts < OFTEN:
        return False
    last = container.restarted_at
    return last is not None and now - SETTLED <= last <= now + CLOCKS


def restarts_since(container, start, now):
    """At least and at most how many of a container's restarts lie after the start.

    The API tells their number over the pod's life and the time of the last one only.
    """
    total, last = container.restarts, container.restarted_at
    if not total:
        return 0, 0
    created = container.observed.created
    if created is not None and start <= created <= now + CLOCKS:
        return total, total
    if last is None or last > now + CLOCKS:
        return 0, total
    if last < start:
        return 0, 0
    before = [end.started_at for end in container.terminations if end.started_at]
    return (2 if total > 1 and any(start <= at <= last for at in before) else 1), total


def history(container):
    """How often a container was restarted, and how it last ended."""
    told = f"{container.restarts} restarts in all"
    ends = [end for end in container.terminations if end.finished_at or end.reason]
    if not ends:
        return told
    end = max(ends, key=lambda each: (each.finished_at is not None, each.finished_at and each.finished_at.timestamp()))
    code = "" if end.exit_code is None else f", exit code {end.exit_code}"
    at = f" at {instant(end.finished_at)}" if end.finished_at else ""
    return f"{told}, it last ended{at} with {end.reason or 'no reason given'}{code}"


def amount(least, most):
    """How often, as far as that is known."""
    return f"{'at least ' if least < most else ''}{'once' if least == 1 else f'{least} times'}"


def instant(at):
    """An instant for the reader."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def named(container):
    """A container for the reader, saying so where it is an init container or a sidecar."""
    return str(container) if container.kind == "container" else f"{container.kind} {container}"
