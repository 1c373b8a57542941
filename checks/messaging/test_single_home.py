"""Consumers of the passive site: none is there, none is about to come.

The check climbs rungs, plain functions that give what is wrong in words. All are climbed, also where one cannot be
looked at; another source of evidence is one more rung.
"""

from datetime import timedelta

import pytest

ENDED = ("Succeeded", "Failed")
#: Kinds whose pods are judged by the workload that they belong to.
CARRIED = {"ReplicaSet", "StatefulSet", "DaemonSet"}
#: How late a receiver may be seen, so that the move itself is no alarm; a target was passive all along.
LATELY, NEWEST, ALONG = timedelta(minutes=6), timedelta(minutes=2), timedelta(minutes=15)


@pytest.mark.check(
    severity="blocker",
    roles=("passive",),
    remedy="Scale the consumer of the passive site to its declared replicas and pause its ScaledObject "
    '(`autoscaling.keda.sh/paused-replicas: "0"`); remove the copy, if that is what runs.',
)
def test_single_home(consumer, kubernetes, arm_here, metrics_here, logs_of_sites, site, drift, since, attempt, climb):
    """No consumer stands on the passive site beyond what is declared, none takes messages, no scaler is to wake one.

    Two sites that consume at once take every other message each: half of the orders is booked on the side whose
    database is read-only, and dead-letters there. It begins with a scaler that nobody paused, a pod that hangs in
    Terminating, or a second Deployment of the same program from the last debugging session. What the passive site's
    bus hands out, and whose clients the audit logs of both sites name, shows those that no list of pods does.
    """
    found = workload_of(consumer, kubernetes, site)
    broker = [
        lambda: emptied(consumer, told(arm_here, site.name), site),
        lambda: completed(consumer, told(metrics_here, site.name), site),
        *(lambda name=name: received(consumer, logs_of_sites[name], site, name, since) for name in logs_of_sites),
    ]
    looked = [attempt(lambda rung=rung: list(rung())) for rung in broker]
    climb(
        f"{consumer} has a second home in {site}, which is passive",
        lambda: replicas(consumer, found, kubernetes),
        lambda: waking(consumer, kubernetes, drift),
        lambda: copies(consumer, found, kubernetes),
        lambda: strays(consumer, found, kubernetes),
        lambda: [each for wrong, _ in looked for each in wrong or ()],
        lambda: standing_by(consumer, kubernetes, site, [missing for _, missing in looked]),
    )


def told(views, name):
    """A source's evidence, where the environment says where to ask it."""
    if name not in views:
        raise LookupError(f"nothing is declared to ask in {name}")
    return views[name]


def emptied(consumer, arm, site):
    """The rung of counts: the passive site's own bus is not being emptied. One bus for both sites tells nothing."""
    counts = arm.entity_counts(consumer)
    if counts is not None and consumer.elsewhere and counts.taken:
        yield (
            f"somebody takes messages from {counts} in {site}: {counts.first.active}, "
            f"{counts.apart.total_seconds():.0f} s later {counts.second.active}"
        )


def completed(consumer, metrics, site):
    """The rung of completions: none, and none handed out, lately; before that the site may have been active.

    A topic's subscriptions are told together, so theirs tell nothing of one.
    """
    if consumer.entity.is_kind("queue") and consumer.elsewhere:
        flow = metrics.completions(consumer)
        for how, line in (("completed", flow.completed), ("was handed", flow.outgoing)):
            count = sum(point.value or 0 for point in line.last(ALONG if site.target else NEWEST).points)
            if count:
                yield f"somebody {how} {count:.0f} messages of {consumer.bus} in {site} in the last known minutes"
                return


def received(consumer, logs, site, name, since):
    """The rung of the audit logs, of each site: nobody of the passive site received lately, from either bus."""
    audit = logs.bus_audit(consumer)
    for client in audit.received:
        if client.site == site.name and client.last >= since(ALONG if site.target else LATELY):
            yield f"{client} received from {audit.entity} in {name} at {client.last:%H:%M} UTC"


def standing_by(consumer, kubernetes, site, missing):
    """Pods that are declared to stand by consume nothing, as far as any rung of the broker tells."""
    pods = [pod for pod in kubernetes.pods(consumer.workload) if pod.phase not in ENDED]
    if pods and all(missing) and not consumer.entity.is_kind("event_hub"):
        why = "; ".join(dict.fromkeys(str(each).rstrip(".") for each in missing))
        raise LookupError(
            f"{len(pods)} pods of {consumer.workload} stand by in {site}, and whether they consume {consumer} is not "
            f"known; counts, completions or audit logs would have told: {why}."
        )
    return []


def workload_of(consumer, kubernetes, site):
    """The workload that consumes; without it nothing can be said, and that it is missing is told elsewhere."""
    found = kubernetes.workload(consumer.workload)
    if found is None:
        raise LookupError(f"{consumer.workload} does not exist in {site}, so who consumes {consumer} cannot be judged.")
    return found


def replicas(consumer, found, kubernetes):
    """The rung of replicas: no more are wanted, and no more pods are there, than declared for a passive site."""
    if consumer.workload.replicas is None:
        raise LookupError(f"{consumer.workload} declares no replicas, so how many may stand by is not known.")
    declared = consumer.workload.replicas.passive
    if found.desired > declared:
        yield f"{found} wants {found.desired} replicas, declared is {declared}"
        return
    pods = [pod for pod in kubernetes.pods(consumer.workload) if pod.phase not in ENDED]
    if len(pods) > declared:
        ending = ", terminating" if any(pod.terminating for pod in pods) else ""
        yield f"{len(pods)} of its pods are still there ({', '.join(shortened([pod.name for pod in pods]))}{ending})"


def waking(consumer, kubernetes, drift):
    """The rung of the scaler of a passive site: it keeps no replicas, sees no messages, watches no other site's bus."""
    declared = consumer.workload.replicas.passive if consumer.workload.replicas else 0
    for scaler in kubernetes.scalers(consumer.workload):
        if scaler.kind != "ScaledObject" or scaler.paused:
            continue
        if scaler.minimum > declared:
            yield f"{scaler} keeps at least {scaler.minimum} replicas, declared is {declared}"
        elif declared == 0 and scaler.active:
            yield f"{scaler} sees messages (Active) and is about to wake it"
        for trigger in scaler.triggers:
            if trigger.messaging and trigger.bus and drift.named_in(trigger.bus):
                yield f"{scaler} is not paused and watches {' '.join(trigger.parts.values())} of {trigger.bus}"


def copies(consumer, found, kubernetes):
    """The rung of copies: no other workload of the namespace runs the consumer's program on this entity."""
    program = {repository(each.image) for each in found.spec.template.spec.containers}
    for other in kubernetes.workloads(consumer.workload.namespace):
        own = (other.kind, other.name) == (found.kind, found.name)
        images = {repository(each.image) for each in other.spec.template.spec.containers}
        if own or other.desired == 0 or not (images <= program or images >= program):  # with fewer or more sidecars
            continue
        if named(consumer, kubernetes.template_containers(other), kubernetes):
            yield f"{other} runs the same program on it with {other.desired} replicas"


def strays(consumer, found, kubernetes):
    """The rung of pods that no workload made: one started by hand, or by a Job, as the consumer's are."""
    program = {started(each) for each in found.spec.template.spec.containers}
    own = {pod.name for pod in kubernetes.pods(consumer.workload)}
    others = [pod for pod in kubernetes.pods(namespace=consumer.workload.namespace) if pod.phase not in ENDED]
    for pod in others:
        runs = {started(each) for each in pod.spec.containers}
        if pod.name in own or made(pod) or not (runs <= program or runs >= program):
            continue
        held = [each for each in kubernetes.containers(namespace=pod.namespace) if each.pod == pod.name]
        if named(consumer, held, kubernetes):
            yield f"{pod}, which no workload made, runs the same program on it"


def made(pod):
    """Whether a pod is judged by the workload that it belongs to."""
    return any(owner.kind in CARRIED for owner in pod.metadata.owner_references)


def started(spec):
    """What a container runs: its image without registry and tag, and the words it is started with."""
    return repository(spec.image), tuple(spec.command), tuple(spec.args)


def named(consumer, containers, kubernetes):
    """Whether the settings of containers name the entity, on whichever bus."""
    values = [each.value for held in containers for each in kubernetes.settings(held)]
    return all(any(part.named_in(value) for value in values) for part in consumer.parts)


def repository(image):
    """``acr.azurecr.io/orders/worker:1.2@sha256:...`` as ``orders/worker``; the registry and the tag do not matter."""
    head, _, tail = (image or "").partition("@")[0].rpartition("/")
    registry, _, folders = head.partition("/")
    path = folders if "." in registry or ":" in registry else head
    return "/".join(part for part in (path, tail.partition(":")[0]) if part)


def shortened(parts):
    """The first ten, and how many more there are."""
    return [*parts[:10], *([f"{len(parts) - 10} more"] if len(parts) > 10 else [])]
