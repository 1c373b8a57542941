"""Azure SQL failover groups: asked on both servers, since each may tell another story."""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Fail the group over to the server of the active site (`az sql failover-group set-primary`), add what is "
    "missing to it, or wait until its databases have caught up; never delete a partner before the other holds all.",
)
def test_sql_failover_group(sql_failover_group, arm, sites):
    """The group's primary is the active site's server, both servers agree, and every declared database is in it.

    The listener leads to whatever server is primary: with the roles the wrong way round every write of the new site
    crosses to the region that is being left. A database that was created after the group and never added to it has no
    copy at all. Both servers are asked, because after an outage each may take itself for the primary.
    """
    seen = arm.failover_groups(sql_failover_group)
    absent = [each for each in seen if each.role is None]
    faults = [f"there is no such group on {each.server} in {each.site}" for each in absent]
    there = [each for each in seen if each.role is not None]
    for each in there:
        others = [other.server for other in seen if other is not each]
        faults += [*role_faults(each, sites), *partner_faults(each, others)]
        faults += [*state_faults(each), *content_faults(each, sql_failover_group.databases)]
    faults += [*primary_faults(there, sites), *policy_faults(there)]
    policies = " or ".join(dict.fromkeys(f"{each.policy}{grace(each)}" for each in there)) or "unknown"
    assert not faults, (
        f"Failover group {sql_failover_group} is not as declared: {'; '.join(faults)}; "
        f"its failover policy is {policies}."
    )


def role_faults(found, sites):
    """A server with the wrong role; where several sites are active, any of them may have the primary."""
    active = [name for name, site in sites.items() if site.active]
    wanted = "Primary" if found.site in active else "Secondary"
    if found.role not in ("Primary", "Secondary"):
        yield f"{found.server} is {found.role}, which is neither primary nor secondary"
    elif found.role != wanted and (len(active) < 2 or wanted == "Secondary"):
        stands = "active" if found.site in active else "passive"
        yield f"{found.server} is {found.role.lower()}, declared is {wanted.lower()} while {found.site} is {stands}"


def primary_faults(found, sites):
    """Where several sites are active, one of their servers has to be the primary."""
    primaries = [each.server for each in found if each.role == "Primary"]
    if len(primaries) != 1 and sum(site.active for site in sites.values()) > 1:
        yield f"{' and '.join(primaries) or 'no server'} is primary, declared is one"


def partner_faults(found, others):
    """A server that does not have exactly the other as its partner, in the opposite role."""
    opposite = {"Primary": "Secondary", "Secondary": "Primary"}.get(found.role)
    for other in others:
        if other not in found.partners:
            named = f"names {', '.join(found.partners)}" if found.partners else "names none"
            yield f"{found.server} does not name {other} as its partner, but {named.removeprefix('names ')}"
        elif opposite and found.partners[other] not in (opposite, ""):
            taken = found.partners[other].lower()
            yield f"{found.server} is {found.role.lower()} and takes {other} for {taken} as well"


def state_faults(found):
    """Replication that does not keep up. Only the primary always tells; on the secondary the state may be empty."""
    if found.role == "Primary" and not found.state:
        raise LookupError(f"{found.server} does not say how replication stands, so the group cannot be judged.")
    if found.state not in ("CATCH_UP", ""):
        yield f"replication is {found.state} on {found.server}, healthy is CATCH_UP"


def content_faults(found, declared):
    """Databases that are declared and not in the group."""
    missing = [name for name in declared if name.lower() not in found.databases]
    if missing:
        holds = ", ".join(found.databases) or "none"
        yield f"{found.server} does not include {', '.join(missing)}, it includes {holds}"


def policy_faults(found):
    """Servers that would fail over differently: the policy belongs to the group, so both must tell the same."""
    told = {f"{each.policy}{grace(each)}" for each in found}
    if len(told) > 1:
        yield "the two do not agree on the failover policy: " + ", ".join(
            f"{each.policy}{grace(each)} on {each.server}" for each in found
        )


def grace(found):
    """The time after which an automatic failover takes data loss for granted."""
    return f" after {found.grace_minutes} min" if found.policy == "Automatic" and found.grace_minutes else ""
