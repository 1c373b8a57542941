"""Names of databases in configuration: the listener of a failover group moves with it, a server's name does not."""

import re

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Let the connection string name the group's listener (`GROUP.database.windows.net`) and roll the workload "
    "out. Allow a value that names one server on purpose under `drift.allow`, with a reason.",
)
def test_uses_listener(sql_failover_group, kubernetes_of_sites, sites, drift, shortened):
    """The service reaches its databases through the failover group's listener, never through one of its servers.

    After the failover the old name still answers, from a server that is read-only now: logins succeed, pages load, and
    the first order of a customer fails. It holds for the server of the site itself as well, since after the next move
    that one is the secondary. A connection string in a Secret is not seen; then nothing is proven.
    """
    group = plain(sql_failover_group.own_id)
    servers = {plain(name): site for site, name in sql_failover_group.servers.items()}
    strays, unseen = [], []
    for name in (name for name in kubernetes_of_sites if sites[name].active or sites[name].target):
        named = False
        for surface in configured(sql_failover_group, kubernetes_of_sites[name]):
            found = [server for server in servers if names(server, surface.value)]
            named = named or bool(found) or names(group, surface.value)
            if found and not drift.allowed(surface.surface, surface.path):
                strays.append(f"{surface} in {name} names {' and '.join(found)}")
        unseen += [] if named else [name]
    assert not strays, (
        f"Configuration of {sql_failover_group.service} names a server instead of the listener {group}: "
        f"{shortened(strays)}; declared is failover group {group}."
    )
    if unseen:
        raise LookupError(
            f"No configuration of {sql_failover_group.service} in {' and '.join(unseen)} that can be read names "
            f"{group} or one of its servers: it may stand in a Secret, so it cannot be judged."
        )


def configured(group, kubernetes):
    """Every value that configures the service on one site."""
    if group.namespace is None:
        raise LookupError(f"Service {group.service} declares no namespace, so its configuration cannot be judged.")
    return kubernetes.surfaces(group.namespace)


def names(name, value):
    """Whether a value is a name of a server or listener, or holds its host: also the read-only or private one."""
    lowered = re.sub("%[0-9a-f]{2}", " ", value.lower())  # a host may stand in an address that is written for a URL
    if name not in lowered:
        return False
    host = rf"(?<![a-z0-9.-]){re.escape(name)}(\.secondary)?(\.privatelink)?\.database(?![a-z0-9-])"
    return lowered.strip() == name or re.search(host, lowered) is not None


def plain(name):
    """A server's or group's own name in lower case; an id may stand for it."""
    return name.rstrip("/").rpartition("/")[2].lower()
