"""Roles: may the site's identities do there what the services will ask of them?"""

import re

import pytest


@pytest.mark.check(
    severity="blocker",
    declares="roles",
    remedy="Assign the role to the identity at the declared scope, or above it. Neither a bus's alias nor a vault's "
    "replication copies role assignments: each site's resources need their own.",
)
def test_role_assignments(identity, arm, site, sites, neutral, shortened):
    """Declared roles are held at their scopes, and no role is missing that the other site's identity has.

    The new region's bus was made by the pipeline, the role on it by hand, on the old one, two years ago. Failing over
    an alias does not bring the assignments along: every receive fails with 401 as soon as the traffic arrives.
    """
    found = arm.role_holdings(identity)
    assert found is not None, f"Managed identity {identity.id} of {identity.service} in {site} does not exist."
    absent = [each for each in found.wanted if each.ids and not any(held(each, found))]
    lacking = [told(each, found, shortened) for each in absent]
    lacking += missing_beside(site.name, sites, found, neutral, {id_.lower() for each in absent for id_ in each.ids})
    assert not lacking, (
        f"Managed identity {found.name} of {identity.service} in {site} {'; '.join(lacking)}; "
        f"declared are {shortened([f'{each.role} on {each.scope}' for each in found.wanted])}."
    )
    open_ = [unclear(each, shortened) for each in found.wanted if not all(held(each, found))]
    if open_:
        raise LookupError(f"The roles of {found.name} in {site} cannot be judged: {shortened(open_)}.")


def held(wanted, found):
    """For each id that the scope may mean, whether the role is held there or above.

    Where nobody sees a resource of its name, an assignment of the role whose scope ends with it is proof enough.
    """
    if not wanted.ids:
        return [any(fits(each, wanted.role) and last(each.scope) == wanted.scope.lower() for each in found.held)]
    return [any(fits(holding, wanted.role) and holding.covers(id_) for holding in found.held) for id_ in wanted.ids]


def fits(holding, role):
    """Whether a holding is of a role, by its name or its id."""
    return role.casefold() in (holding.role.casefold(), holding.role_id)


def told(wanted, found, shortened):
    """In words, what is missing, and where the same role is held instead."""
    elsewhere = [last(holding.scope) for holding in found.held if fits(holding, wanted.role)]
    return f"does not hold {wanted.role} on {wanted.scope}" + (
        f" (only on {shortened(elsewhere)})" if elsewhere else ""
    )


def missing_beside(site, sites, found, neutral, told_already):
    """In words, the roles that the other site's identity holds in its own or in shared scopes and this one does not."""
    known = {form for id_ in told_already for form in forms(id_, sites[site], neutral)}
    own = [
        (mine.role_id, forms(mine.scope, sites[site], neutral), conditioned(mine, site, neutral)) for mine in found.held
    ]
    for other, holdings in found.elsewhere.items():
        for each in holdings:
            scopes, condition = forms(each.scope, sites[other], neutral), conditioned(each, other, neutral)
            same = [kept for role, where, kept in own if role == each.role_id and within(scopes, where)]
            if "<other site>" in scopes[0] or known & {*scopes} or {None, condition} & {*same}:
                continue
            where = f"{each.role} on what is {last(each.scope)} in {other}"
            if same:
                yield f"holds {where} under the condition {same[0]} only, there under {condition or 'none'}"
            else:
                yield f"does not hold {where}, as it does there{' (through a group)' if each.through_group else ''}"


def forms(scope, site, neutral):
    """A scope without the words of its site; and without its tokens inside of words too, as in ``stprodneu``."""
    plain = neutral(site.name, scope)
    tokens = sorted(filter(None, (*(site.tokens or (site.name,)), site.location)), key=len, reverse=True)
    return plain, re.sub("|".join(map(re.escape, tokens)), "<site>", plain, flags=re.IGNORECASE)


def within(scopes, others):
    """Whether a scope is another or lies below it, in either form."""
    return any(f"{one}/".startswith(f"{other}/") for one, other in zip(scopes, others, strict=True))


def conditioned(holding, site, neutral):
    """The condition of a holding, without what belongs to the site."""
    return neutral(site, " ".join(holding.condition.split())) if holding.condition else None


def unclear(wanted, shortened):
    """In words, why nobody can say whether a role is held."""
    if not wanted.ids:
        return f"no resource or group of the name {wanted.scope} is seen in the subscription (write its full id)"
    return f"{wanted.scope} may mean {shortened(wanted.ids)} (write the full id)"


def last(scope):
    """The end of a scope, as people call it."""
    return scope.rstrip("/").rpartition("/")[2] or "everything"
