"""Event subscriptions on storage accounts: do they tell the right place of the right blobs?"""

import pytest

ALL = "all"
CREATED = "microsoft.storage.blobcreated"
#: States of an event subscription that delivers nothing.
OVER = ("failed", "deleting", "canceled", "awaitingmanualaction")
#: How the subjects of a container begin; behind it all have `blobs/`.
SUBJECT = "/blobServices/default/containers/{}/"
#: What an advanced filter's operator asks of a text; with `Not` in its name it keeps back what another lets through.
ASKS = {"beginswith": str.startswith, "endswith": str.endswith, "contains": str.__contains__, "in": str.__eq__}


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Create the event subscription on this site's account, or point it at this site's destination "
    "(`az eventgrid event-subscription update --endpoint`).",
)
def test_listener_destination(event_subscription, arm, site):
    """Each declared event subscription delivers to the declared destination of its own site.

    The account's subscription was copied from the other region, destination and all: the files arrive here, the
    messages about them there, in a queue that nobody reads any more. Or it was never created, since a pairing of
    namespaces copies queues and topics, but no event subscriptions.
    """
    wrong = [
        f"{each} delivers to {each.target}"
        for each in existing(event_subscription, arm, site)
        if not leads_to(each.target, event_subscription.destination)
    ]
    assert not wrong, f"In {site} {'; '.join(wrong)}, declared is {event_subscription.destination}."


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Give the event subscription the declared filter, no expiry before the window closes, and a destination "
    "that has accepted it: AwaitingManualAction is a webhook that never answered the validation.",
)
def test_listener_filter(event_subscription, arm, site, now, cutover):
    """Each declared event subscription lets through the blobs of its container, and will go on doing so.

    A filter for `invoices-old`, or for blobs that end with .csv while they now end with .parquet, drops every event
    without an error anywhere. A subscription that was made with an expiry for a drill ends in the middle of the night.
    """
    subscriptions = list_of(event_subscription, arm)
    if not subscriptions:
        raise LookupError(f"Event subscription {event_subscription.name} does not exist in {site}: nothing to judge.")
    ends = max(now, cutover.window.closes)
    wrong = [f"{each} {fault}" for each in subscriptions for fault in faults(each, event_subscription, now, ends)]
    assert not wrong, f"In {site} {'; '.join(wrong)}."


@pytest.mark.check(
    severity="blocker",
    roles=("active",),
    remedy="Look why the destination does not take its events (`az monitor metrics list --metric "
    "DeliveryAttemptFailCount --dimension Error`): rights of its identity, network rules, a queue that is full; "
    "then deliver again what was dead-lettered.",
)
def test_listener_delivery(event_subscription, arm, metrics, site):
    """Every event that matched a declared event subscription was delivered; none was dead-lettered or dropped.

    The subscription is there and points at the right queue, which does not let it in: each event is tried for a day
    and then dropped. The files lie in the container and nobody is told, for as long as nobody counts.
    """
    if not list_of(event_subscription, arm):
        raise LookupError(f"Event subscription {event_subscription.name} does not exist in {site}: nothing to judge.")
    found = metrics.event_delivery(event_subscription)
    ends = ((found.dead_lettered, "dead-lettered"), (found.dropped, "dropped"))
    lost = [f"{count} {how}" for count, how in ends if count]
    name = f"Event subscription {event_subscription.name} in {site}"
    attempts = f", {found.failed} attempts failed" if found.failed else ""
    assert not lost, f"{name} lost events over the last {span(found.window)}: {' and '.join(lost)}{attempts}."
    if found.matched is None:
        raise LookupError(f"{name}: Azure Monitor has no count of matched events, so nothing is known of any delivery.")
    if not found.matched and found.known * 2 < found.minutes:
        raise LookupError(
            f"{name}: Azure Monitor has a count of matched events for {found.known} of {found.minutes} minutes only, "
            "so nobody knows that there were none."
        )
    if found.matched and found.delivered is None and not found.failed:
        raise LookupError(f"{name}: {found.matched} events matched, and Azure Monitor has no count of deliveries.")
    assert (found.delivered or 0) >= found.settled, (
        f"{name} delivered {found.delivered or 0} of {found.settled} events that matched over the last "
        f"{span(found.window)}{attempts}."
    )


@pytest.mark.check(
    severity="blocker",
    remedy="Stop the host and the triggers of the passive site, and delete the event subscription that still delivers "
    "to the other site.",
)
def test_listener_unique(listener_by_site, arm_by_site, blob_by_site, sites, now):
    """The blobs of each declared listener's container are taken by the listeners of one site only.

    For the drill somebody made a second event subscription on the old account, to the new site's queue; or the old
    site's function app came back with its node. Nothing fails: each invoice is booked twice, by two sites of which each
    knows of one. That there is a listener at all is judged by the checks of each kind.
    """
    listener = next(iter(listener_by_site.values()))
    told = {site: arm_by_site[site].container_listeners(each) for site, each in listener_by_site.items()}
    gone = [site for site, each in told.items() if each is None]
    if gone:
        raise LookupError(f"Storage account {listener_by_site[gone[0]].account} does not exist in {gone[0]}.")
    alone = len({each.account.lower() for each in listener_by_site.values()}) > 1  # a shared lock has one holder
    hosts = {site: host_of(each, blob_by_site[site]) for site, each in listener_by_site.items() if each.host and alone}
    wrong = [
        *(each for site in told for each in twice(site, told, hosts, listener_by_site, now)),
        *not_at_rest(told, hosts, sites),
    ]
    assert not wrong, f"Listener {listener.name} of container {listener.container}: {'; '.join(dict.fromkeys(wrong))}."


def twice(site, told, hosts, listeners, now):
    """That the blobs of a site's account are taken by listeners of more than one site, by what each of them."""
    account = told[site].account
    takers = {site: [(None, hosts[site])]} if hosts.get(site) else {}
    for each in told[site].subscriptions:
        if not lets_through(each.filter, listeners[site].container):
            continue
        to = [other for other in [site, *listeners] if leads_to(each.target, listeners[other].destination or "-")]
        if to:
            takers.setdefault(to[0], []).append((each, f"{each} to {each.target.url or each.target.path}"))
    for other, found in told.items():
        for each in found.triggers:
            if each.account.lower() == account.lower():
                takers.setdefault(other, []).append((each, str(each)))
    if len(takers) > 1:
        works = {by: [what for each, what in found if takes(each, now)] for by, found in takers.items()}
        by = [f"{other} ({', '.join(found)})" for other, found in sorted(works.items()) if found]
        if len(by) > 1:
            yield f"blobs of {account} are taken by {' and by '.join(by)}"


def takes(each, now):
    """Whether a listener works: a held lock (None) does, a trigger that is started, an event subscription in force."""
    if each is None or hasattr(each, "started"):
        return each is None or each.started
    return (each.expires is None or each.expires > now) and each.provisioning.lower() not in OVER


def lets_through(found, container):
    """Whether a filter lets new blobs of a container through."""
    types = {kind.lower() for kind in found.included_event_types}
    here = reaches(found.subject_begins_with.lower(), SUBJECT.format(container).lower(), whole=False)
    return here and (not types or not types.isdisjoint({CREATED, ALL}))


def not_at_rest(told, hosts, sites):
    """What runs on a passive site, with what runs on the active one: two names that people will look for."""
    running = {site: list(runners(told[site], hosts.get(site), sites[site])) for site in told}
    active = [f"{site} {' and '.join(running[site]) or 'nothing'}" for site in told if sites[site].active]
    for site, found in running.items():
        if found and not sites[site].active:
            beside = f"on the active {', '.join(active)}" if active else "and no site is active"
            yield f"on {site}, which is passive, {' and '.join(found)} takes blobs, {beside}"


def runners(told, host, role):
    """The host and the triggers that run on one site, but for triggers that are declared to run there."""
    if host:
        yield host
    for each in told.triggers:
        allowed = each.declared and each.declared.runs_on(active=role.active, is_from=role.is_from, is_to=role.is_to)
        if each.started and (role.active or not allowed):
            yield str(each)


def host_of(listener, blob):
    """The host of a blob trigger, by its lock, if it holds it."""
    hosts = blob.host_lock(listener)
    return f"host {hosts.lock.host} (lock in {hosts.account})" if hosts.lock and hosts.lock.held else None


def span(window):
    """A span of minutes in words."""
    return f"{round(window.total_seconds() / 60)} minutes"


def existing(declared, arm, site):
    """The subscriptions of the declared name; fails where there is none."""
    found = arm.event_subscriptions(declared)
    assert found, f"Event subscription {declared.name}: storage account {declared.account} does not exist in {site}."
    assert found.found, (
        f"Event subscription {declared.name} does not exist in {site}, "
        f"neither on storage account {found.account} nor under its system topics."
    )
    return found.found


def list_of(declared, arm):
    """The subscriptions of the declared name, none where the account does not exist."""
    found = arm.event_subscriptions(declared)
    return found.found if found else ()


def leads_to(target, declared):
    """Whether a destination is the declared one: a full id, ``bus/queues/name``, or the base of a webhook's URL."""
    if "://" in declared:
        return bool(target.url) and url(target.url) == url(declared)
    wanted = declared.rstrip("/").lower()
    return wanted == (target.id if wanted.startswith("/") else target.path.lower())


def url(text):
    """A URL to compare: scheme and host in lower case, no slash at the end."""
    scheme, _, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}".rstrip("/")


def faults(each, declared, now, ends):
    """What keeps one subscription from delivering what it is declared to deliver, now and until the window closes."""
    if each.provisioning.lower() == "awaitingmanualaction":
        yield "awaits manual action (AwaitingManualAction): its webhook was never validated, so nothing is delivered"
    elif each.provisioning.lower() != "succeeded":
        yield f"is {each.provisioning}, not Succeeded"
    if each.expires is not None and each.expires <= ends:
        said = "expired at" if each.expires <= now else "expires, before the window closes, at"
        yield f"{said} {each.expires:%Y-%m-%d %H:%M} UTC"
    yield from subject_faults(each.filter, declared)
    yield from type_faults(each.filter, declared)
    yield from advanced_faults(each.filter, declared)


def subject_faults(found, declared):
    """How the subjects that a filter lets through are not those of the container and of the declared filter."""
    wanted = declared.filter
    begins = wanted.subject_begins_with if wanted else None
    ends = wanted.subject_ends_with if wanted else None
    here = SUBJECT.format(declared.container) + ("blobs/" if begins is None else "")
    sensitive = found.is_subject_case_sensitive

    def cased(text):
        return text if sensitive else text.lower()

    alike = (cased(text or "").removesuffix("blobs/") for text in (found.subject_begins_with, begins))
    if begins is not None and len(set(alike)) > 1:
        yield f"lets through subjects that begin with {said(found.subject_begins_with)}, declared is {begins}"
    elif not reaches(cased(found.subject_begins_with), cased(here), whole=begins is None):
        yield (
            f"lets through subjects that begin with {found.subject_begins_with}, which are not "
            f"all of the declared container {declared.container}"
        )
    if cased(found.subject_ends_with) != cased(ends or ""):
        yield f"lets through subjects that end with {said(found.subject_ends_with)}, declared is {said(ends or '')}"


def advanced_faults(found, declared):
    """Conditions on subjects or types of event that keep back what is declared; of other fields nobody knows enough."""
    wanted = declared.filter
    begins, ends = (wanted.subject_begins_with, wanted.subject_ends_with) if wanted else (None, None)
    here = f"{SUBJECT.format(declared.container)}blobs/".lower()
    subject = f"{begins if begins and len(begins) > len(here) else here}\0{ends or ''}".lower()  # \0: nobody knows what
    types = (wanted and wanted.event_types) or ("Microsoft.Storage.BlobCreated",)
    texts = {"subject": [subject], "eventtype": [each.lower() for each in types]}
    told = {"subject": f"blobs of container {declared.container}", "eventtype": ", ".join(types)}
    for each in found.advanced_filters:
        key, operator = (each.key or "").lower(), (each.operator_type or "").lower()
        asks = ASKS.get(operator.removeprefix("string").replace("not", ""))
        values = [str(value).lower() for value in each.values or ()]
        if asks is None or key not in texts:
            continue
        lets = [any(asks(text, value) for value in values) != ("not" in operator) for text in texts[key]]
        narrow = begins and operator == "stringbeginswith" and any(value.startswith(here) for value in values)
        if not all(lets) and not (narrow and key == "subject"):
            said = f"{each.key} {each.operator_type} {' or '.join(map(str, each.values or ()))}"
            yield f"has an advanced filter, {said}, that keeps back {told[key]}, which are declared"


def reaches(begins, here, *, whole):
    """Whether subjects with this beginning are of the container: ``whole`` demands all of its blobs.

    The name of the container without a slash behind it lets other containers through as well, which harms nobody.
    """
    return here.startswith(begins) or (not whole and begins.startswith(here))


def type_faults(found, declared):
    """How the types of event that a filter lets through are not the declared ones, or are never those of new blobs."""
    types = {each.lower() for each in found.included_event_types if each.lower() != ALL}
    wanted = {each.lower() for each in declared.filter.event_types} if declared.filter else set()
    told = ", ".join(found.included_event_types) or ALL
    if wanted and types != wanted:
        yield f"lets through event types {told}, declared is {', '.join(declared.filter.event_types)}"
    elif not wanted and types and CREATED not in types:
        yield f"lets through event types {told}, and none for a new blob"


def said(text):
    """A part of a subject, or a word for none."""
    return text or "anything"
