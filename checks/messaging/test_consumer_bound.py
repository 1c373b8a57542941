"""Is every queue, subscription and event hub of the active site consumed, by the workload that is declared for it?

Service Bus lists no receivers, so the answer is put together from rungs, the strongest first. Each is a function that
says what one kind of evidence shows; ``verdict`` weighs them.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest

RECEIVABLE = ("active", "senddisabled")
#: Kinds of missing evidence that is not to be had where this run stands.
ABSENT = ("elsewhere", "unserved")
#: Rungs on which it shows that the declared consumer cannot be who takes the messages.
UNABLE = ("audit logs", "pods", "configuration")
MINUTE, LEAST = timedelta(minutes=1), timedelta(minutes=5)


@dataclass(frozen=True)
class Rung:
    """What one kind of evidence says, in words; of the rest, None is what it does not tell.

    ``late``: a message waits longer than declared; ``nothing``: none was completed for so long; ``owed``: nor was any
    since one came, longer ago than that; ``waiting``: some wait, and do not become fewer.
    """

    name: str
    said: str
    wrong: tuple[str, ...] = ()
    taken: bool | None = None
    late: bool | None = None
    nothing: bool | None = None
    owed: bool = False
    idle: bool = False
    waiting: bool = False
    missing: Exception | None = None

    def __str__(self):
        return f"{self.name}: {self.said}"


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    remedy="Give the consumer this site's bus and entity, restart the pods that still run with the old ones, see what "
    "the scaler says (`kubectl describe scaledobject NAME`), and whether the consumer's identity may receive.",
)
def test_consumer_bound(
    consumer, kubernetes, arm_here, metrics_here, logs_here, bus_here, blob_here, site, azure_now, drift, attempt
):
    """Every consumer is bound: messages are taken by its own pods, and each of them names this bus and entity.

    The consumer is green, logs "receiver started", and empties the queue of the other site: the one where nothing
    arrives any more. Or it has the right address and hangs, and this site's queue grows behind pods that answer their
    probes. Nobody lists who receives from a queue: what the broker counts, its logs and the pods tell it together.
    """
    found = workload_of(consumer, kubernetes, site)
    ask = asking(attempt)
    pods = [
        ask("pods", lambda wrong: standing(consumer, found, kubernetes, wrong)),
        ask("configuration", lambda wrong: configured(consumer, kubernetes, drift, wrong)),
    ]
    template = ask("template", lambda wrong: planned(consumer, kubernetes, drift, wrong))
    pods += [template] if template.wrong else []
    if consumer.workload.scaler == "keda":
        pods.append(ask("scaler", lambda wrong: scaling(consumer, found, kubernetes, wrong)))
    asked = (arm_here, metrics_here, logs_here, bus_here, blob_here)
    arm, metrics, logs, bus, blob = (told.get(site.name) for told in asked)
    if consumer.entity.is_kind("event_hub"):
        hub = ask("partitions", lambda wrong: owned(consumer, found, blob, azure_now, wrong))
        return verdict(consumer, site, pods, [hub])
    held = consumer.entity.max_processing  # else a message is held for the duration of its lock
    longest, _ = attempt(lambda: held or known(arm, "subscription").entity_counts(consumer).lock_duration)
    flow = ask("completions", lambda _: completed(consumer, metrics, longest))
    broker = [
        ask("audit logs", lambda wrong: audited(consumer, logs, site, azure_now, longest, wrong)),
        flow,
        ask("counts", lambda wrong: counted(consumer, arm, bus, attempt, wrong)),
        ask("oldest message", lambda wrong: oldest(consumer, bus, longest, flow, wrong)),
    ]
    if consumer.entity.is_kind("queue"):
        broker.append(ask("waiting", lambda _: waited(consumer, metrics, longest)))
    return verdict(consumer, site, pods, broker, held_up(broker, longest))


def asking(attempt):
    """What climbs a rung and says so where its evidence is missing; what it found wrong before that still counts."""

    def ask(name, rung):
        wrong: list[str] = []
        said, missing = attempt(lambda: rung(wrong))
        found = tuple(shortened(list(dict.fromkeys(wrong))))
        if missing is not None:
            return Rung(name, f"not known ({str(missing).rstrip('.')})", wrong=found, missing=missing)
        said = said if isinstance(said, dict) else {"said": said}
        return Rung(name, wrong=found, **said)

    return ask


def verdict(consumer, site, pods, broker, stuck=None):
    """Weigh the rungs: what is wrong or waits too long is unmet, what is taken is met; a hub may go by its pods."""
    taken = [each for each in broker if each.taken]
    rungs = [*broker, *pods]
    wrong = [each for each in rungs if each.wrong and not (each.name == "scaler" and taken)]
    told = [f"{each.name}: {', '.join(each.wrong)}" for each in wrong]
    if stuck:
        told.insert(0, stuck)
    others = "; ".join(str(each) for each in rungs if each not in wrong and str(each) not in (stuck or ""))
    unable = [each for each in wrong if each.name in UNABLE]
    but = " So somebody else takes the messages, or did until just now." if taken and unable else ""
    assert not told, (
        f"{consumer} in {site} is not consumed by {consumer.workload} as declared: {'; '.join(told)}.{but} "
        f"The other rungs: {others or 'none'}."
    )
    blind = [each for each in pods if each.missing and not (taken and each.name != "pods")]
    settled = taken or consumer.entity.is_kind("event_hub") or any(each.idle or each.late is False for each in broker)
    if blind or not settled:
        for away in (each.missing for each in (*blind, *broker) if getattr(each.missing, "kind", "") in ABSENT):
            raise away
        lacking = ", ".join(each.name for each in (blind or broker) if each.missing) or "a completed message"
        raise LookupError(
            f"Whether {consumer} in {site} is consumed by {consumer.workload} is not known: {lacking} would have told. "
            f"{'; '.join(map(str, rungs))}."
        )


def held_up(broker, longest):
    """In words, that messages wait and none was taken for longer than a handler may hold one; None where not so."""
    said = {each.name: each for each in broker}
    late = [each for each in broker if each.late]
    if said["completions"].owed and said["counts"].waiting:
        late.append(said["counts"])
    bound = f"longer than the {span(longest)} that a handler may hold one" if longest else "too long"
    if late and said["completions"].nothing and not said["counts"].taken:
        return f"messages wait, and none was completed for {bound} ({late[0]})"
    if said["oldest message"].late and not any(each.taken for each in broker):
        return f"messages wait for {bound}, and nothing shows that any is taken"
    return None


def known(view, what):
    """A source's evidence, where the environment says where to ask it."""
    if view is None:
        raise LookupError(f"no {what} is declared to ask")
    return view


def audited(consumer, logs, site, now, longest, wrong):
    """The rung of the audit logs: whose clients received, by the networks that they came from."""
    audit = known(logs, "workspace").bus_audit(consumer)
    if not audit.written:
        raise LookupError(f"{audit.workspace} holds no runtime audit logs of {consumer.bus}")
    since = now - max(audit.window / 2, longest or LEAST)
    recent = [each for each in audit.received if each.last >= since]
    told = f"received by {', '.join(shortened([str(each) for each in recent]))}" if recent else "nobody received"
    if audit.refused:
        told += f", refused to {', '.join(shortened([str(each) for each in audit.refused]))}"
    if recent and consumer.elsewhere and all(each.site not in (None, site.name) for each in recent):
        wrong.append(f"{told} alone")
        return told
    return {"said": told, "taken": bool(recent) or None}


def completed(consumer, metrics, longest):
    """The rung of completions: how many there were while a handler may hold one; of a topic's subscriptions together.

    What came in before that and was neither completed nor handed out waits since then.
    """
    flow = known(metrics, "subscription").completions(consumer)
    recent = flow.completed.last(max(longest or LEAST, LEAST) + MINUTE)
    count, over = sum(recent.values()), span(recent.until - recent.since)
    if flow.shared:
        told = f"{count:.0f} of topic {flow.entity} in {over}, which knows no subscriptions"
        return {"said": told, "nothing": recent.none}
    if count:
        return {"said": f"{count:.0f} in {over}", "taken": True}
    came = [point for point in flow.incoming.points if point.value and point.at <= recent.until - (longest or LEAST)]
    told = f"none in {over}" if recent.none else f"none in the {len(recent.values())} known minutes of {over}"
    late = bool(recent.none and flow.outgoing.none and came) or None
    told += ", while messages came in" if came else ""
    return {"said": told, "nothing": recent.none, "late": late, "owed": owed(flow, recent, longest)}


def owed(flow, recent, longest):
    """Whether a message came before a handler may have begun with what it still holds, and none was completed since."""
    if not longest or not recent.none or recent.until - recent.since < longest + MINUTE:
        return False
    before = recent.until - longest - MINUTE
    came = [point.at for point in flow.incoming.points if point.value and point.at < before]
    since = [point.value for point in flow.completed.points if came and point.at >= came[-1]]
    return bool(since) and all(value == 0 for value in since)


def counted(consumer, arm, bus, attempt, wrong):
    """The rung of counts: two samples of the entity's own, which no sibling's consumer moves, and its status.

    What is given up between them was not taken, nor was what expires: the oldest is as old as a message may become.
    """
    counts = known(arm, "subscription").entity_counts(consumer)
    if counts is None:
        wrong.append(f"{consumer.bus} has no such entity")
        return "none"
    if counts.status.casefold() not in RECEIVABLE:
        wrong.append(f"{counts} is {counts.status}, so nobody receives from it")
    first, second = counts.first.active, counts.second.active
    told = f"{first} messages, {second} {span(counts.apart)} later"
    told += f", {counts.given_up} more given up" if counts.given_up else ""
    age, _ = attempt(lambda: waits(known(bus, "bus").entity(consumer)))
    if counts.taken and age and counts.time_to_live and age > counts.time_to_live * 0.9:
        return f"{told}, which may have expired after {span(counts.time_to_live)}"
    waiting, idle = 0 < first <= second, first == second == 0
    return {"said": told, "taken": counts.taken > 0 or None, "idle": idle, "waiting": waiting}


def oldest(consumer, bus, longest, flow, wrong):
    """The rung of peeking: how long the oldest message has waited. A backlog may be declared to be older."""
    peeked = known(bus, "bus").entity(consumer)
    if peeked is None:
        wrong.append(f"{consumer.bus} has no such entity")
        return "none"
    if peeked.oldest_enqueued is None:
        if peeked.bounded:
            raise LookupError("none of those peeked at waits to be received, and there are more")
        return {"said": "none waits", "idle": True}
    age = waits(peeked)
    declared = consumer.entity.backlog.age if consumer.entity.backlog else None
    bound = longest if flow.nothing or not longest else max(longest, declared or longest)
    return {"said": f"enqueued {span(age)} ago", "late": age > bound if bound else None}


def waits(peeked):
    """How long the oldest message has waited; None where none is seen to."""
    return peeked.at - peeked.oldest_enqueued if peeked and peeked.oldest_enqueued else None


def waited(consumer, metrics, longest):
    """The rung of the metric of waiting messages: whether the queue was empty while a handler may hold one."""
    series = known(metrics, "subscription").waiting(consumer).last(max(longest or LEAST, LEAST) + MINUTE)
    over = span(series.until - series.since)
    if 0 in series.values():
        return {"said": f"the queue was empty at times in {over}", "late": False}
    return {"said": f"the queue was never empty in {over}", "late": len(series.values()) == len(series.points) or None}


def owned(consumer, found, blob, now, wrong):
    """The rung of an event hub's partitions: readers that live renew what they own. Each is judged by itself."""
    progress = known(blob, "subscription").checkpoints(consumer)
    owners = [each for each in progress.ownerships if each.owner] if progress else []
    if not owners:
        raise LookupError(f"{consumer.entity.checkpoints or 'the declaration'} names no owner")
    live = {each.partition for each in owners if lives(each, now)}
    if not live and found.desired:
        wrong.append(f"nobody who is alive owns any partition in {progress.place}")
    return {"said": f"{len(live)} owned by readers that live", "taken": bool(live) or None}


def lives(ownership, now):
    """Whether a reader holds the lease of what it owns or, where there are none, renewed it lately."""
    return bool(ownership.modified and now - ownership.modified <= LEAST) if ownership.held is None else ownership.held


def standing(consumer, found, kubernetes, wrong):
    """The rung of pods: those of the newest revision are ready, or all rest under a scaler that may wake them."""
    if not found.observed:
        wrong.append(f"the controller has not seen the newest generation of {found}")
    if found.desired == 0:
        scalers = list(kubernetes.scalers(consumer.workload))
        waking = [each for each in scalers if each.kind == "ScaledObject" and not each.paused]
        if consumer.workload.scaler != "keda" and not waking:  # a HorizontalPodAutoscaler leaves what is at zero there
            wrong.append(f"{found} is scaled to zero, and no scaler wakes it")
        for scaler in scalers:
            if scaler.active:
                wrong.append(f"{found} is scaled to zero although {scaler} sees messages (Active)")
        return "scaled to zero"
    pods = [pod for pod in kubernetes.pods(consumer.workload) if pod.goes_on]
    ready = sum(pod.ready for pod in pods)
    if not ready:
        wrong.append(f"none of its {len(pods)} pods is ready, {found.desired} are wanted")
    elif found.updated < found.desired:
        wrong.append(f"only {found.updated} of {found.desired} pods are of the newest revision")
    return f"{ready} of {found.desired} ready"


def configured(consumer, kubernetes, drift, wrong):
    """The rung of configuration: every pod names this bus and this entity, and no pod the bus of another site."""
    held = running(consumer, kubernetes) or kubernetes.template_containers(consumer.workload)
    unseen = named(consumer, held, kubernetes, drift, wrong)
    if unseen:
        raise LookupError(f"{consumer} cannot be seen in the configuration: {'; '.join(shortened(unseen))}.")
    return f"names {consumer.bus} and {' '.join(part.name for part in consumer.parts)}"


def planned(consumer, kubernetes, drift, wrong):
    """The rung of the template beside running pods: the next pod is made of it, whatever these were made of."""
    if running(consumer, kubernetes):
        named(consumer, kubernetes.template_containers(consumer.workload), kubernetes, drift, wrong)
    return "names the same"


def running(consumer, kubernetes):
    """The containers of all pods that go on."""
    return [each for each in kubernetes.containers(consumer.workload) if each.observed.goes_on]


def named(consumer, held, kubernetes, drift, wrong):
    """What containers name wrongly, and, returned, what of the address none of their settings is seen to name."""
    scaled = [trigger for scaler in kubernetes.scalers(consumer.workload) for trigger in scaler.triggers]
    unseen = []
    for each in kubernetes.bindings(consumer, [one for one in held if one.kind != "init"], drift):
        hidden = f" (it may stand in {', '.join(each.hidden[:5])}, which are not read)" if each.hidden else ""
        wrong += [f"{setting} of {each} names {bus}, not {consumer.bus}" for bus, setting in each.strange]
        if not each.strange and not each.own:
            unseen.append(f"{each} names no bus{hidden}")
        for told in each.parts:
            what, name = told.part.what, told.part.name
            wrong += [f"{one} of {each} names the {what} {one.value}, not {name}" for one in told.others]
            if not told.named and not told.others and not any(one.watches(what, name) for one in scaled):
                unseen.append(f"{each} names no {what}{hidden}")
    return unseen


def scaling(consumer, found, kubernetes, wrong):
    """The rung of the scaler: there, ready, not paused, able to read. What it watches is judged on its own."""
    scalers = [each for each in kubernetes.scalers(consumer.workload) if each.kind == "ScaledObject"]
    wrong.extend(() if scalers else [f"no ScaledObject scales {found}"])
    for scaler in scalers:
        wrong.extend(f"{scaler} {trouble}" for trouble in scaler.troubles())
    return f"{', '.join(map(str, scalers))} is ready"


def workload_of(consumer, kubernetes, site):
    """The workload that consumes; without it nothing can be said, and that it is missing is told elsewhere."""
    found = kubernetes.workload(consumer.workload)
    if found is not None:
        return found
    raise LookupError(f"{consumer.workload} does not exist in {site}, so who consumes {consumer} cannot be judged.")


def span(time):
    """A time in words: 41 s, 12 min, 3 h."""
    seconds = time.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def shortened(parts):
    """The first ten, and how many more there are."""
    return [*parts[:10], *([f"{len(parts) - 10} more"] if len(parts) > 10 else [])]
