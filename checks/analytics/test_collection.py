"""Collection: does what the cluster logs go to the declared workspace, and does it arrive?"""

from datetime import timedelta

import pytest

#: Tables that Azure's own services fill, past the cluster's network and its private links.
PAST_THE_NETWORK = {
    "azurediagnostics",
    "azuremetrics",
    "azureactivity",
    "aksaudit",
    "aksauditadmin",
    "akscontrolplane",
}


@pytest.mark.check(
    severity="blocker",
    remedy="Associate the cluster with the data collection rule of the declared workspace, and with a data collection "
    "endpoint of its own region (association `configurationAccessEndpoint`).",
)
def test_destination(workspace, arm, site):
    """The site's cluster sends its tables to the declared workspace, through an endpoint of its own region.

    The new cluster was made from the old one's template: its collection rule still names the workspace of the other
    region. Everything is collected, nobody finds it, and when that region is lost its logs are too. An endpoint of
    another region hands the agent a configuration that it may not use.
    """
    collection = arm.data_collection(workspace)
    assert collection is not None, f"the cluster of {site} does not exist, so it sends nothing to {workspace}."
    faults = [] if collection.agent else [f"no monitoring agent is enabled on {collection.cluster}"]
    for table in (each for each in collection.tables if not each.arrives):
        sent = f"{table.table} is sent to {' and '.join(table.elsewhere)}"
        faults += [sent if table.elsewhere else f"nothing collects {table.table}"]
    faults += [f"the rule {rule} of {collection.cluster} does not exist any more" for rule in collection.lost]
    faults += endpoints(collection)
    assert not faults, f"{workspace} in {site} is not where {collection.cluster} sends its logs: {'; '.join(faults)}."
    if collection.public is None:
        raise LookupError(
            f"{workspace} in {site} cannot be judged: it does not exist, or does not say from where it takes data."
        )


@pytest.mark.check(
    severity="blocker",
    declares="tables",
    remedy="Look at the agent's pods (ama-logs in kube-system), the collection rule's tables and the way to its "
    "endpoint.",
)
def test_ingestion(workspace, logs, site, now):
    """Every declared table holds rows from this cluster that are no older than the declared delay.

    The agents lost their way to the workspace two days ago. The control plane's logs still arrive, since Azure sends
    them past the cluster's network, and so do those of the other cluster: the workspace looks alive.
    """
    stale = []
    tables = logs.ingestion(workspace)
    for table in tables:
        if table.last is None:
            others = f" (what it holds is from {', '.join(table.others)})" if table.others else ""
            stale.append(f"{table} has no row of this cluster within the last {ago(table.window)}{others}")
        elif now - table.last > workspace.delay:
            stale.append(f"the newest row of {table} is {ago(now - table.last)} old")
    assert not stale, (
        f"{workspace} in {site} does not receive what is declared within {workspace.delay}: {'; '.join(stale)}."
    )
    if all(table.table.lower() in PAST_THE_NETWORK for table in tables):
        raise LookupError(
            f"{workspace} in {site} cannot be judged: {', '.join(map(str, tables))} are filled past the cluster's "
            "network; declare a table that its agent fills."
        )


@pytest.mark.check(
    severity="warning",
    declares="workspace",
    remedy="See whether the collection rule leaves the namespace out, or declare the service `quiet: true`.",
)
def test_namespace_logs(namespace, logs, site, now):
    """The log lines of every declared namespace arrive, unless its service is declared quiet.

    The agent's settings on the new cluster leave out a namespace that nobody remembers to have left out. The incident
    that needs its logs is the first to show that there are none.
    """
    lines = logs.namespace_logs(namespace)
    others = f"; those that it holds are from {', '.join(lines.elsewhere)}" if lines.elsewhere else ""
    newest = f"; the newest is {ago(now - lines.last)} old" if lines.last is not None else others
    assert namespace.quiet or (lines.last is not None and now - lines.last <= lines.window), (
        f"{namespace} in {site} has no log line in {lines.workspace} within the last {ago(lines.window)}{newest}."
    )


def endpoints(collection):
    """In words, what is wrong with the endpoints through which the agent asks what to collect, and rules send it."""
    for endpoint in collection.endpoints:
        whose = f"the data collection endpoint {endpoint.name} of rule {endpoint.rule}" if endpoint.rule else ""
        named = whose or f"its data collection endpoint {endpoint.name}"
        near = (collection.region, collection.home) if endpoint.rule else (collection.region,)
        if endpoint.region is None:
            yield f"{named} does not exist any more"
        elif endpoint.region not in near:
            yield f"{named} is in {endpoint.region}, the cluster in {collection.region}"
    if not any(not endpoint.rule for endpoint in collection.endpoints) and collection.public is False:
        yield "the workspace takes data through private links only, and the cluster has no data collection endpoint"


def ago(duration):
    """A duration as a person says it: 25m, 7h, 3d."""
    minutes = int(duration / timedelta(minutes=1))
    return f"{minutes}m" if minutes < 120 else f"{minutes // 60}h" if minutes < 2880 else f"{minutes // 1440}d"
