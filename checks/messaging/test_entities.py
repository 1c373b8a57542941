"""Queues, topics, subscriptions and event hubs: they are there, they work, and both sites have the same."""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Create what is missing from the same template as on the other site, and set what is disabled to Active "
    "(`az servicebus queue update --status Active`).",
)
def test_entity_active(entity, arm, site):
    """Every declared queue, subscription and event hub exists and is active, with all that it stands in.

    Entities of a stand-by are set to ReceiveDisabled or SendDisabled so that nobody works there by mistake, and the
    step that takes it back is missing in the plan. Senders of a disabled topic get an exception, a queue that only
    receives are disabled on fills up without a word.
    """
    found = arm.entity(entity)
    absent = [each for each in found.standing if not each.exists]
    ill = [each for each in found.standing if each.exists and each.status and each.status.lower() != "active"]
    wrong = [f"{each} does not exist" for each in absent] + [f"{each} is {each.status}" for each in ill]
    assert not wrong, (
        f"{found.name} in {site} cannot be used: {'; '.join(wrong)}; declared is that it exists and is Active."
    )


@pytest.mark.check(
    severity="blocker",
    remedy="Deploy both namespaces from one template; what cannot be changed on an entity that exists (sessions, "
    "duplicate detection, partitions) needs a new one before the window.",
)
def test_entity_parity(entity_by_site, arm_by_site, neutral):
    """Every declared entity is set alike on both sites, and its topic has the same lasting subscriptions.

    Somebody raised the lock duration by hand after an incident, on the site that had it; after the move handlers lose
    their locks and every message is worked on twice. A geo alias copies entities once in a while, a template that was
    never run again copies nothing. Sessions and duplicate detection cannot even be switched on later.
    """
    seen = {site: arm_by_site[site].entity(entity) for site, entity in entity_by_site.items()}
    absent = [f"{each} in {site}" for site, found in seen.items() for each in found.standing if not each.exists]
    if len(absent) == len(seen):
        raise LookupError(f"{' and '.join(absent)} do not exist, so nothing can be compared.")
    assert not absent, f"{' and '.join(absent)} does not exist, declared are both sites."
    differing = [*settings(seen, neutral), *subscriptions(entity_by_site, arm_by_site)]
    names = " and ".join(f"{found.name} in {site}" for site, found in seen.items())
    assert not differing, f"{names} differ: {'; '.join(differing)}; declared is that they stand for one another."


def settings(seen, neutral):
    """What is set differently, level by level; what one side does not say cannot be compared."""
    (one, first), *others = seen.items()
    for site, other in others:
        for here, there in zip(first.standing, other.standing, strict=True):
            for key in {**here.settings, **there.settings}:
                values = here.settings.get(key), there.settings.get(key)
                if (values[0] is None) != (values[1] is None):
                    silent = one if values[0] is None else site
                    raise LookupError(f"ARM does not say {key} of {here if silent == one else there} in {silent}.")
                if values[0] is not None and neutral(one, values[0]) != neutral(site, values[1]):
                    yield f"{key} is {values[0] or 'not set'} in {one} and {values[1] or 'not set'} in {site}"


def subscriptions(entities, arm_by_site):
    """The lasting subscriptions of a subscription's topic that another site lacks; those that end when idle may."""
    if not all(entity.is_kind("subscription") for entity in entities.values()):
        return
    found = {site: arm_by_site[site].subscriptions_of_topic(entity) for site, entity in entities.items()}
    for site, own in found.items():
        for other, its in found.items():
            missing = sorted(set(own.kept) - set(its.names))
            if missing:
                yield f"subscription {', '.join(missing)} of topic {own.topic} exists in {site} and not in {other}"
