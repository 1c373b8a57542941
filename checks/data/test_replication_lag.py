"""How far the copies of a service's data are behind, against what may be lost."""

from datetime import timedelta

import pytest

WINDOW = timedelta(minutes=30)


@pytest.mark.check(
    severity="blocker",
    remedy="Find what holds replication up (a bulk load, an undersized copy, the line between the regions) and wait "
    "until the copy has caught up; a failover now would lose what it lacks.",
)
def test_replication_lag(database, arm, metrics, sites, now, since):
    """Every copy is behind by less than the recovery point objective, now and over the last half hour.

    Roles and states look right while a nightly load keeps the copy an hour behind; a forced failover then loses that
    hour. A measurement that is missing is not 0. An idle PostgreSQL counts seconds since its last write although
    nothing is missing; what counts is that no bytes wait.
    """
    if database.store == "storage":
        late = storage_lag(database, arm, sites, now)
    elif database.store == "cosmos":
        late = cosmos_lag(database, arm, metrics, sites, since(WINDOW))
    else:
        late = {"sqlFailoverGroup": sql_lag, "postgres": postgres_lag, "redis": redis_lag}[database.store](
            database, arm, metrics, since(WINDOW)
        )
    late = list(late)
    assert not late, f"{database} is further behind than the {told(database.rpo)} that may be lost: {'; '.join(late)}."


def sql_lag(database, arm, metrics, start):
    """The databases of a failover group, measured on the primary."""
    if not any(each.role == "Primary" for each in arm.failover_groups(database)):
        raise LookupError(f"No server of failover group {database.id} is primary, so nobody measures its lag.")
    found = metrics.failover_group_lag(database)
    if not found:
        raise LookupError(f"Failover group {database.id} holds no database, so there is no lag to judge.")
    for each in found:
        yield from over(each.lag, database, start, f"database {each.database} of {each.server}")


def postgres_lag(database, arm, metrics, start):
    """A replica; a primary is behind nobody."""
    own = next(each for each in arm.postgres_servers(database) if each.site == database.site)
    if own.state is None:
        raise LookupError(f"PostgreSQL server {own.server} does not exist in {database.site}.")
    if not own.replica:
        return
    found = metrics.postgres_lag(database)
    late = list(over(found.lag, database, start, f"replica {own.server} of {own.source}"))
    if late and found.bytes.highest() > 0:  # nothing waits where nothing was written: the seconds only count time
        yield from late


def redis_lag(database, arm, metrics, start):
    """The secondary of a link; a cache without a link has nothing to be behind of."""
    own = next(each for each in arm.redis_caches(database) if each.site == database.site)
    if own.state is None:
        raise LookupError(f"Redis cache {own.cache} does not exist in {database.site}.")
    for link in own.links:
        if link.role == "Secondary":
            yield from over(metrics.redis_lag(database), database, start, f"{own.cache}, secondary of {link.other},")


def cosmos_lag(database, arm, metrics, sites, start):
    """From every region that takes writes to the regions of the other sites."""
    account = arm.cosmos_accounts(database)
    if account is None:
        raise LookupError(f"Cosmos DB account {database.id} does not exist.")
    measured = {(each.source, each.target): each.lag for each in metrics.cosmos_lag(database)}
    regions = {site.location for site in sites.values() if site.location and site.location in account.regions}
    for source in sorted(set(account.writes) & regions):
        for target in sorted(regions - {source}):
            if (source, target) not in measured:
                raise LookupError(f"Azure Monitor holds no lag of {account.name} from {source} to {target}.")
            yield from over(measured[source, target], database, start, f"{target}, copied from {source},")


def storage_lag(database, arm, sites, now):
    """The copy of an account in another region, whole up to its last sync time; ARM keeps no history of it."""
    account = arm.storage_accounts(database)
    if account is None:
        raise LookupError(f"Storage account {database.id} does not exist.")
    left = bool(account.failed_over) and not any(site.target for site in sites.values())
    if left or "G" not in account.redundancy:
        return  # a failover leaves no copy, and an account without one is behind nobody
    if account.copying is None or account.copying.synced is None:
        raise LookupError(f"ARM does not say up to when the copy of storage account {account.name} is whole.")
    behind = now - account.copying.synced
    if behind > database.rpo:
        yield f"the copy of {account.name} is whole up to {account.copying.synced:%H:%M:%S}, {told(behind)} ago"


def over(lag, database, start, what):
    """A lag of more than may be lost: now or, where it has come down since, at its highest."""
    current, (worst, at) = lag.now(), lag.worst(start)
    if current > database.rpo:
        yield f"{what} is {told(current)} behind"
    elif worst > database.rpo:
        yield f"{what} was {told(worst)} behind at {at:%H:%M}, now {told(current)}"


def told(span):
    """A span as people say it: ``1h 20m``, ``45s``."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if count]
    return " ".join(parts) or "0s"
