"""App Configuration: is there a value for this site under every declared key?"""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Import the missing keys under the site's label (`az appconfig kv import --label`), and replicate the store "
    "to the regions that its counterpart is replicated to.",
)
def test_app_configuration(app_configuration, arm, site, neutral, shortened):
    """The site's store exists, is replicated like the other site's, and has a value for every declared key.

    The feature went live with one more key, imported under the label of the region that was live. The other region
    starts with the default that the code has for a key that is not there, and does something else with every order.
    """
    stores = arm.configuration_store(app_configuration)
    label = f"label {app_configuration.label}" if app_configuration.label else "no label"
    who = f"Store {app_configuration.id} of {app_configuration.service} in {site}"
    assert stores.here is not None, f"{who} does not exist, but is declared with {label}."
    problems = [*unready(stores.here), *unreplicated(stores, site.name, neutral), *unfilled(stores, site, shortened)]
    assert not problems, (
        f"{who} {'; '.join(problems)}; declared are {len(app_configuration.keys)} keys under {label}, and the "
        "replicas of the other site."
    )
    if app_configuration.label and not app_configuration.keys:
        raise LookupError(
            f"Whether {label} exists in store {stores.here.name} cannot be said: Azure Resource Manager lists no keys, "
            "it only answers for those that are declared (`keys`)."
        )


def unready(store):
    """In words, that the store or a replica is not through with its last change."""
    for each in (store, *store.replicas):
        if each.provisioning.lower() != "succeeded":
            what = "is" if each is store else f"has replica {each.name}, which is"
            yield f"{what} in the state {each.provisioning}"


def unreplicated(stores, site, neutral):
    """In words, the regions to which the other site's store is replicated, and this one's is not.

    What a store is replicated to counts in its site's terms: to this site's region, to the other's, or to a third.
    """
    own = {neutral(site, each.region) for each in (stores.here, *stores.here.replicas)}
    for other, store in stores.elsewhere.items():
        for each in store.replicas if store else ():
            if neutral(other, each.region) not in own:
                yield f"is not replicated as {store.name} of {other} is (to {each.region})"


def unfilled(stores, site, shortened):
    """In words, the keys without a value, and where they have one."""
    missing = [key for key, there in stores.here.keys.items() if not there]
    if missing:
        full = [
            other for other, store in stores.elsewhere.items() if store and any(store.keys.get(key) for key in missing)
        ]
        held = f", which {' and '.join(full)} has" if full else ""
        none = " at all" if len(missing) == len(stores.here.keys) else ""
        yield f"has no value{none} for {site} under {shortened(missing)}{held}"
