"""Consumers: who takes the messages of this bus, and who could.

Each check climbs rungs, plain functions that give what is wrong in words. All are climbed, also where one cannot be
looked at; another source of evidence is one more rung.
"""

import re
from contextlib import ExitStack
from itertools import groupby

import pytest

ENDED = ("Succeeded", "Failed")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
USE_LABEL, CLIENT_ID = "azure.workload.identity/use", "azure.workload.identity/client-id"


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Ask `kubectl describe scaledobject NAME`, take the pause off, mend what KEDA cannot read, let the trigger "
    "name this site's bus.",
)
def test_scaler(consumer, kubernetes, site, drift):
    """The scaler of every consumer is ready, not paused, not failing, and listens to this site's bus.

    A ScaledObject copied from the other site is Ready there and here: it watches a queue that stays empty, and the
    consumer stays at zero while this site's messages pile up. Ready says only that the definition can be read; a
    scaler that may not read the queue shows it in its health and falls back. A pause of the last drill shows nowhere.
    """
    found = workload_of(consumer, kubernetes, site)
    if consumer.workload.scaler != "keda":
        return
    climb(f"{consumer} in {site} is not scaled as declared", lambda: scaling(consumer, found, kubernetes, drift))


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    remedy="Give the consumer this site's bus and entity, restart the pods that still run with the old ones, and see "
    "what the scaler says (`kubectl describe scaledobject NAME`).",
)
def test_consumer_bound(consumer, kubernetes, site, drift):
    """The pods of every consumer are ready, and they and their scaler name this bus and entity.

    The consumer is green, logs "receiver started", and empties the queue of the other site: the one where nothing
    arrives any more. This is the rung of the pods: it proves that the consumer stands ready, of its newest revision
    and with the right address in every pod, or rests at zero under a scaler that will wake it. It does not prove that
    the broker handed out a message.
    """
    found = workload_of(consumer, kubernetes, site)
    climb(
        f"{consumer} in {site} is not consumed by {consumer.workload} as declared",
        lambda: standing(consumer, found, kubernetes),
        lambda: configured(consumer, running(consumer, kubernetes), kubernetes, drift),
        lambda: scaling(consumer, found, kubernetes, drift) if consumer.workload.scaler == "keda" else [],
    )


@pytest.mark.check(
    severity="blocker",
    roles=("target",),
    remedy="Give the template this site's bus and entity, its service account the annotation and its pods the label of "
    "workload identity, and let the scaler listen to this site's bus.",
)
def test_consumer_ready(consumer, kubernetes, site, drift):
    """The consumer of the target could bind: its template and scaler name this bus, and it has an identity to show.

    A stand-by that rests at zero has no pod that could fail. It is woken by the first message after the move, and only
    then crashes: the bus of the other site in its template, a service account that nobody created, or pods without the
    label at which the token is injected, which since its first release the identity webhook demands.
    """
    found = workload_of(consumer, kubernetes, site)
    climb(
        f"{consumer} in {site} could not be consumed by {consumer.workload}",
        lambda: configured(
            consumer, [*planned(consumer, kubernetes), *pods_of(consumer, kubernetes)], kubernetes, drift
        ),
        lambda: identified(consumer, found, kubernetes),
        lambda: scaling(consumer, found, kubernetes, drift) if consumer.workload.scaler == "keda" else [],
    )


def climb(what, *rungs):
    """Climb every rung, also where one cannot be looked at; what is wrong on any of them is told, all together."""
    wrong: list[str] = []

    def told():
        assert not wrong, f"{what}: {'; '.join(shortened(list(dict.fromkeys(wrong))))}."

    def stand_on(rung):
        wrong.extend(rung())

    with ExitStack() as climbed:
        climbed.callback(told)
        for rung in reversed(rungs):
            climbed.callback(stand_on, rung)


def workload_of(consumer, kubernetes, site):
    """The workload that consumes; without it nothing can be said, and that it is missing is told elsewhere."""
    found = kubernetes.workload(consumer.workload)
    if found is None:
        raise LookupError(f"{consumer.workload} does not exist in {site}, so who consumes {consumer} cannot be judged.")
    return found


def running(consumer, kubernetes):
    """The containers that consume: of all pods that go on, of every revision; of the template where none does."""
    return pods_of(consumer, kubernetes) or planned(consumer, kubernetes)


def pods_of(consumer, kubernetes):
    """The containers of all pods that go on, but those that are over when messages come."""
    return [each for each in kubernetes.containers(consumer.workload) if goes_on(each.observed) and each.kind != "init"]


def planned(consumer, kubernetes):
    """The containers of the template, which the next pods are made of."""
    return [each for each in kubernetes.template_containers(consumer.workload) if each.kind != "init"]


def goes_on(pod):
    """Whether a pod runs or will."""
    return pod.phase not in ENDED and not pod.terminating


def standing(consumer, found, kubernetes):
    """The rung of readiness: pods of the newest revision are ready, or all rest under a scaler that may wake them."""
    if not found.observed:
        yield f"the controller has not seen the newest generation of {found}"
    if found.desired == 0:
        if consumer.workload.scaler is None:
            yield f"{found} is scaled to zero, and no scaler wakes it"
        for scaler in kubernetes.scalers(consumer.workload):
            if condition(scaler, "Active").get("status") == "True":
                yield f"{found} is scaled to zero although {scaler} sees messages (Active)"
        return
    pods = [pod for pod in kubernetes.pods(consumer.workload) if goes_on(pod)]
    if not any(pod.ready for pod in pods):
        yield f"none of its {len(pods)} pods is ready, {found.desired} are wanted"
    elif found.updated < found.desired:
        yield f"only {found.updated} of {found.desired} pods are of the newest revision"


def configured(consumer, containers, kubernetes, drift):
    """The rung of configuration: every pod names this bus and this entity, and no pod the bus of another site."""
    scaled = [trigger for scaler in kubernetes.scalers(consumer.workload) for trigger in scaler.triggers]
    unseen = []
    for where, held in groupby(containers, key=lambda each: each.where):
        pod = list(held)
        settings = [setting for container in pod for setting in kubernetes.settings(container)]
        hidden = [name for container in pod for name in kubernetes.hidden(container)]
        strange = strange_buses(consumer, settings, hidden, drift)
        yield from (f"{setting} of {where} names {bus}, not {consumer.bus}" for bus, setting in strange.items())
        if not strange and not any(consumer.names_bus(setting.value) for setting in settings):
            unseen.append(f"{where} names no bus{which_may_stand_in(hidden)}")
        for part in consumer.parts:
            if any(part.named_in(setting.value) for setting in settings):
                continue
            others = [setting for setting in settings if is_name_of(part, setting)]
            yield from (f"{each} of {where} names the {part.what} {each.value}, not {part.name}" for each in others)
            if not others and not watched(part, scaled):
                unseen.append(f"{where} names no {part.what}{which_may_stand_in(hidden)}")
    if unseen:
        raise LookupError(f"{consumer} cannot be seen in the configuration: {'; '.join(shortened(unseen))}.")


def strange_buses(consumer, settings, hidden, drift):
    """The buses that must not stand there, each with the setting that names it.

    That of another site never may, unless it is allowed to drift. Any other bus may be one more that the workload uses,
    unless its own is named nowhere and could not be hidden.
    """
    own = any(consumer.names_bus(setting.value) for setting in settings)
    found: dict[str, object] = {}
    for setting in settings:
        for bus in consumer.other_buses(setting.value):
            certain = consumer.stands_elsewhere(bus) or drift.named_in(bus) or not (own or hidden)
            if certain and not drift.allowed(setting.surface, setting.key):
                found.setdefault(bus, setting)
    return found


def watched(part, triggers):
    """Whether a scaler of the workload wakes it for this part of the entity."""
    return any(trigger.watches(part.what, part.name) for trigger in triggers)


def is_name_of(part, setting):
    """Whether a setting is plainly the name of a queue, topic, ...: its key says so, without any other word."""
    key = CAMEL.sub("_", setting.path.replace("]", "").replace("[", ".").rpartition(":")[2].rpartition(".")[2])
    words = [word for word in re.split(r"[^a-z]+", key.casefold()) if word not in ("name", "service", "bus", "event")]
    return words == [part.what] and re.fullmatch(r"[A-Za-z][\w./-]*", setting.value) is not None


def which_may_stand_in(hidden):
    """Where a value may be that cannot be read here."""
    return f" (it may stand in {', '.join(hidden[:5])}, which are not read)" if hidden else ""


def identified(consumer, found, kubernetes):
    """The rung of identity: the service account is there, and the marks of workload identity are on both or neither."""
    template = found.spec.template
    name = template.spec.service_account_name or "default"
    account = next(
        (each for each in kubernetes.service_accounts(consumer.workload.namespace) if each.name == name), None
    )
    if account is None:
        yield f"its service account {name} does not exist"
        return
    labelled = template.metadata.labels.get(USE_LABEL) == "true"
    explicit = any(entry.name == "AZURE_CLIENT_ID" for each in template.spec.containers for entry in each.env)
    if labelled and not account.annotations.get(CLIENT_ID) and not explicit:
        yield f"its service account {name} has no annotation {CLIENT_ID}"
    if account.annotations.get(CLIENT_ID) and not labelled:
        yield f"its template lacks the label {USE_LABEL}, so no token is injected for the service account {name}"


def scaling(consumer, found, kubernetes, drift):
    """The rung of the scaler: there, ready, not paused, able to read, and listening to this bus and entity."""
    scalers = [each for each in kubernetes.scalers(consumer.workload) if each.kind == "ScaledObject"]
    if not scalers:
        yield f"no ScaledObject scales {found}" + (
            "" if kubernetes.has("scaledobjects") else ", the cluster has no KEDA"
        )
    for scaler in scalers:
        if scaler.paused:
            yield f"{scaler} is paused"
        elif scaler.held:
            yield f"{scaler} may not scale out (autoscaling.keda.sh/paused-scale-out)"
        ready = condition(scaler, "Ready")
        if ready.get("status") != "True":
            yield f"{scaler} is not ready ({ready.get('reason') or 'no reason given'}: {ready.get('message') or ''})"
        if (scaler.scaled_condition("Fallback") or {}).get("status") == "True":
            yield f"{scaler} runs on its fallback"
        for metric, times in scaler.failing.items():
            yield f"{scaler} fails to read {metric} ({times} times)"
        yield from listening(consumer, scaler, kubernetes, drift)


def listening(consumer, scaler, kubernetes, drift):
    """What is wrong with the bus and entity that a scaler's triggers name."""
    triggers = [each for each in scaler.triggers if each.messaging]
    about = [each for each in triggers if all(watched(part, [each]) for part in consumer.parts)]
    buses = [(each, bus) for each in triggers if (bus := bus_of(each, consumer, kubernetes))]
    right = any(each in about and consumer.names_bus(bus) for each, bus in buses)
    for each, bus in buses:
        if not consumer.names_bus(bus) and (drift.named_in(bus) or (each in about and not right)):
            yield f"a trigger of {scaler} watches {' '.join(each.parts.values())} of {bus}, not of {consumer.bus}"
    if not about and scaler.minimum == 0 and len(triggers) == len(scaler.triggers):
        names = " ".join(part.name for part in consumer.parts)
        yield f"no trigger of {scaler} watches {names}, so nothing wakes the consumer for it"
    if about and not any(each in about for each, _ in buses):
        source = f"the connection {about[0].connection}" if about[0].connection else "its authentication"
        raise LookupError(f"{scaler} takes its bus from {source}, which cannot be read here.")


def bus_of(trigger, consumer, kubernetes):
    """The bus that a trigger names, itself or by a variable of the workload that holds its connection string."""
    if trigger.bus or not trigger.connection:
        return trigger.bus
    containers = kubernetes.template_containers(consumer.workload)
    values = [
        each.value for held in containers for each in kubernetes.settings(held) if each.path == trigger.connection
    ]
    return next((value for value in values if value), None)


def condition(scaler, type_):
    """A condition of a ScaledObject; where KEDA has not said it, nothing can be said."""
    found = scaler.scaled_condition(type_) if scaler.kind == "ScaledObject" else {}
    if found is None:
        raise LookupError(f"{scaler} has no condition {type_} in its status.conditions, as if KEDA had never seen it.")
    return found


def shortened(parts):
    """The first ten, and how many more there are."""
    return [*parts[:10], *([f"{len(parts) - 10} more"] if len(parts) > 10 else [])]
