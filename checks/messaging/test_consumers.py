"""Consumers: who takes the messages of this bus, and who could.

Each check climbs rungs, plain functions that give what is wrong in words. All are climbed, also where one cannot be
looked at; another source of evidence is one more rung.
"""

import pytest

ENDED = ("Succeeded", "Failed")
USE_LABEL, CLIENT_ID = "azure.workload.identity/use", "azure.workload.identity/client-id"


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Ask `kubectl describe scaledobject NAME`, take the pause off, mend what KEDA cannot read, let the trigger "
    "name this site's bus.",
)
def test_scaler(consumer, kubernetes, site, drift, climb):
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
    roles=("target",),
    remedy="Give the template this site's bus and entity, its service account the annotation and its pods the label of "
    "workload identity, the identity a credential for this cluster and a role to receive on this site's bus, let the "
    "scaler listen to that bus, and the site's network reach it.",
)
def test_consumer_ready(consumer, kubernetes, arm_here, site, drift, climb):
    """The consumer of the target could bind: its template and scaler name this bus, and it would be let in.

    A stand-by that rests at zero has no pod that could fail. It is woken by the first message after the move, and only
    then crashes: the bus of the other site in its template, a service account that nobody created, pods without the
    label at which the token is injected, an identity that trusts the other cluster alone, a role that was assigned on
    the old bus by hand, a private endpoint that waits for its approval.
    """
    found = workload_of(consumer, kubernetes, site)
    climb(
        f"{consumer} in {site} could not be consumed by {consumer.workload}",
        lambda: configured(
            consumer, [*planned(consumer, kubernetes), *pods_of(consumer, kubernetes)], kubernetes, drift
        ),
        lambda: identified(consumer, found, kubernetes),
        lambda: scaling(consumer, found, kubernetes, drift) if consumer.workload.scaler == "keda" else [],
        *(rung for name, arm in arm_here.items() if name == site.name for rung in admission(consumer, found, arm)),
    )


def workload_of(consumer, kubernetes, site):
    """The workload that consumes; without it nothing can be said, and that it is missing is told elsewhere."""
    found = kubernetes.workload(consumer.workload)
    if found is None:
        raise LookupError(f"{consumer.workload} does not exist in {site}, so who consumes {consumer} cannot be judged.")
    return found


def pods_of(consumer, kubernetes):
    """The containers of all pods that go on, but those that are over when messages come."""
    return [each for each in kubernetes.containers(consumer.workload) if goes_on(each.observed) and each.kind != "init"]


def planned(consumer, kubernetes):
    """The containers of the template, which the next pods are made of."""
    return [each for each in kubernetes.template_containers(consumer.workload) if each.kind != "init"]


def goes_on(pod):
    """Whether a pod runs or will."""
    return pod.phase not in ENDED and not pod.terminating


def configured(consumer, containers, kubernetes, drift):
    """The rung of configuration: every pod names this bus and this entity, and no pod the bus of another site."""
    scaled = [trigger for scaler in kubernetes.scalers(consumer.workload) for trigger in scaler.triggers]
    unseen = []
    for each in kubernetes.bindings(consumer, containers, drift):
        hidden = f" (it may stand in {', '.join(each.hidden[:5])}, which are not read)" if each.hidden else ""
        yield from (f"{setting} of {each} names {bus}, not {consumer.bus}" for bus, setting in each.strange)
        if not each.strange and not each.own:
            unseen.append(f"{each} names no bus{hidden}")
        for held in each.parts:
            part = held.part
            yield from (f"{one} of {each} names the {part.what} {one.value}, not {part.name}" for one in held.others)
            if not held.named and not held.others and not any(one.watches(part.what, part.name) for one in scaled):
                unseen.append(f"{each} names no {part.what}{hidden}")
    if unseen:
        raise LookupError(f"{consumer} cannot be seen in the configuration: {'; '.join(shortened(unseen))}.")


def identified(consumer, found, kubernetes):
    """The rung of identity: the service account is there, and the marks of workload identity are on both or neither."""
    template = found.spec.template
    name = template.spec.service_account_name or "default"
    account = next(
        (each for each in kubernetes.service_accounts(consumer.workload.namespace) if each.name == name), None
    )
    if account is None and name != "default":  # which the cluster makes again by itself
        yield f"its service account {name} does not exist"
    if account is None:
        return
    labelled = template.metadata.labels.get(USE_LABEL) == "true"
    explicit = any(entry.name == "AZURE_CLIENT_ID" for each in template.spec.containers for entry in each.env)
    if labelled and not account.annotations.get(CLIENT_ID) and not explicit:
        yield f"its service account {name} has no annotation {CLIENT_ID}"
    if account.annotations.get(CLIENT_ID) and not labelled:
        yield f"its template lacks the label {USE_LABEL}, so no token is injected for the service account {name}"


def admission(consumer, found, arm):
    """The rungs of the broker's side; they are left out where the environment does not say where to ask."""
    return (lambda: trusted(consumer, found, arm), lambda: reached(consumer, arm))


def trusted(consumer, found, arm):
    """The rung of roles: the identity declared for the service account trusts this cluster and may receive.

    A service account that no identity is declared for may do with a connection string.
    """
    name = found.spec.template.spec.service_account_name or "default"
    for each in arm.consumer_identity(consumer):
        if each.service_account != name:
            continue
        if not each.exists:
            yield f"the identity {each.name} of its service account {name} does not exist"
            continue
        if not each.trusted:
            issuer = f"its issuer is {each.issuer}"
            yield f"the identity {each.name} does not trust this cluster's tokens of {name} ({issuer})"
        if not each.permitted:
            yield f"the identity {each.name} holds no role that lets it receive from {each.entity}"


def reached(consumer, arm):
    """The rung of the network: an approved private endpoint of this site leads to the bus, or it is open to others.

    Which others, is judged of the bus itself.
    """
    way = arm.consumer_network(consumer)
    if way is None:
        yield f"its bus {consumer.bus} does not exist"
    elif not way.approved and (way.public or "").casefold() == "disabled":
        yield f"{way.name} is closed to the public, and no approved private endpoint of this site leads to it"


def scaling(consumer, found, kubernetes, drift):
    """The rung of the scaler: there, ready, not paused, able to read, and listening to this bus and entity."""
    scalers = [each for each in kubernetes.scalers(consumer.workload) if each.kind == "ScaledObject"]
    if not scalers:
        yield f"no ScaledObject scales {found}" + (
            "" if kubernetes.has("scaledobjects") else ", the cluster has no KEDA"
        )
    for scaler in scalers:
        yield from (f"{scaler} {trouble}" for trouble in scaler.troubles())
        yield from listening(consumer, scaler, kubernetes, drift)


def listening(consumer, scaler, kubernetes, drift):
    """What is wrong with the bus and entity that a scaler's triggers name."""
    watches = kubernetes.watches(consumer, scaler, kubernetes.template_containers(consumer.workload))
    about = [each for each in watches if each.about]
    named = [each for each in watches if each.bus]
    right = any(each.about and consumer.names_bus(each.bus) for each in named)
    for each in named:
        if not consumer.names_bus(each.bus) and (drift.named_in(each.bus) or (each.about and not right)):
            parts = " ".join(each.trigger.parts.values())
            yield f"a trigger of {scaler} watches {parts} of {each.bus}, not of {consumer.bus}"
    if not about and scaler.minimum == 0 and len(watches) == len(scaler.triggers):
        names = " ".join(part.name for part in consumer.parts)
        yield f"no trigger of {scaler} watches {names}, so nothing wakes the consumer for it"
    if about and not any(each.bus for each in about):
        connection = about[0].trigger.connection
        source = f"the connection {connection}" if connection else "its authentication"
        raise LookupError(f"{scaler} takes its bus from {source}, which cannot be read here.")


def shortened(parts):
    """The first ten, and how many more there are."""
    return [*parts[:10], *([f"{len(parts) - 10} more"] if len(parts) > 10 else [])]
