"""The cluster that answered: is it the declared one, what may this run see of it, by which clock, from where."""

import pytest

ALLOWED_CLOCK_SECONDS = 30
READING = ("get", "list", "watch")


@pytest.mark.check(
    severity="blocker",
    remedy="Stop: point the site's kubeconfig context at the declared cluster, or correct `sites.<site>.cluster`. "
    "Where the nodes cannot prove it, pin the cluster with `cluster.uid`, the uid of its kube-system namespace.",
)
def test_cluster_identity(cluster, kubernetes, site, shortened):
    """The API server that answered is the declared cluster, in the declared region.

    A kubeconfig whose context still points at the other cluster makes every check green, for the wrong place: the worst
    false GO there is. A region label alone proves nothing, since the sister cluster next door carries the same one.
    """
    regions = {
        node.name: node.labels["topology.kubernetes.io/region"]
        for node in kubernetes.nodes()
        if "topology.kubernetes.io/region" in node.labels
    }
    elsewhere = [f"{node} is in {region}" for node, region in regions.items() if plain(region) != plain(site.location)]
    assert not elsewhere, (
        f"Cluster {cluster.id}, declared for {site.location}, has {len(elsewhere)} of {len(regions)} nodes "
        f"in another region: {shortened(elsewhere)}."
    )
    if not regions:
        raise LookupError(
            f"No node of cluster {cluster.id} in {site} carries a region label, so its region is unproven."
        )
    if kubernetes.identity.proof is None:
        doubt = kubernetes.identity.doubt
        raise LookupError(
            f"Nothing proves that the API server reached for {site} is cluster {cluster.id}: "
            f"{f'{doubt}; mend that, or ' if doubt else ''}"
            "declare cluster.uid, the uid of its kube-system namespace "
            f"(that of the cluster reached is {kubernetes.identity.uid})."
        )


@pytest.mark.check(
    severity="blocker",
    remedy="Bind the read-only ClusterRole and assign the Azure role, both under `deploy/rbac/`, to the identity of "
    "this run; `docs/permissions.md` says which right serves which check.",
)
def test_permissions(cluster, kubernetes, azure, site, shortened):
    """The identity of this run may read everything that the planned checks need.

    A denied list looks like an empty one to a careless reader: no pods, no problems. Here the missing right itself is
    the news, by verb and resource or by action and scope, before anybody wonders why so much could not be proven.
    """
    rights = [right for right in kubernetes.rights() if right.needed_for == "read"]
    denied = [str(right) for right in rights if right.allowed is False]
    asked = list(azure.rights())
    refused = [str(right) for right in asked if right.allowed is False]
    lacks = []
    if denied:
        lacks.append(
            f"In cluster {cluster.id} of {site}, the identity of this run may not {shortened(denied)}; "
            f"{len(rights)} rights to read are needed, {len(denied)} denied."
        )
    if refused:
        lacks.append(
            f"In Azure, for {site}, the identity of this run lacks {shortened(list(dict.fromkeys(refused)))}; "
            f"{len(refused)} of {len(asked)} requests were refused."
        )
    assert not lacks, " ".join(lacks)
    managed = [right for right in asked if right.managed]
    if managed and not any(right.allowed for right in managed):
        raise LookupError(
            f"Azure answered none of {len(managed)} requests about {site}, so no right is shown to be held."
        )
    unreviewed = [f"{right} ({right.reason or 'no reason given'})" for right in rights if right.allowed is None]
    if unreviewed or not rights:
        raise LookupError(
            f"Cluster {cluster.id} of {site} did not say whether this run may "
            f"{shortened(unreviewed) or 'read anything'}."
        )


@pytest.mark.check(
    severity="warning",
    remedy="Take the write permissions away from the identity of this run; the ClusterRole and the Azure role under "
    "`deploy/rbac/` suffice.",
)
def test_least_privilege(cluster, kubernetes, arm_of_sites, site, shortened):
    """The identity of this run holds no right to write.

    A gate runs often, from many places, and its credential is copied into pipelines. If it can delete a Deployment or
    fail a database over, then whoever takes the credential can too.
    """
    rights = [each for each in kubernetes.rights() if each.needed_for == "write" and each.verb not in READING]
    excess = [str(right) for right in rights if right.allowed]
    granted = arm_of_sites[site.name].granted(cluster) if site.name in arm_of_sites else None
    writes = list(dict.fromkeys(action for grant in granted or () for action in grant.writes))
    holds = []
    if excess:
        holds.append(f"In cluster {cluster.id} of {site}, the identity of this run may {shortened(excess)}")
    if writes:
        holds.append(f"In Azure, on the resources of {site}, the identity of this run may do {shortened(writes)}")
    assert not holds, " ".join(f"{text}, which no check needs." for text in holds)
    unreviewed = [str(right) for right in rights if right.allowed is None]
    if unreviewed or not rights:
        raise LookupError(
            f"Cluster {cluster.id} of {site} did not say whether this run may "
            f"{shortened(unreviewed) or 'write anything'}."
        )
    if granted == ():
        raise LookupError(f"Azure names no right of this run on the resources of {site}, not even that to read them.")


@pytest.mark.check(
    severity="blocker",
    remedy="Synchronise the clock of the machine that runs the gate (or of the control plane) and run again.",
)
def test_clock(cluster, kubernetes, site):
    """The runner's clock and the cluster's clock agree within 30 seconds.

    Ages, windows and expiries are differences between two clocks. With a runner an hour slow, a kill of this minute
    lies in the future and an expired certificate is still good.
    """
    server, offset = kubernetes.identity, kubernetes.clock_offset
    if offset is None:
        raise LookupError(f"The API server of {cluster.id} in {site} told no time, so the clocks cannot be compared.")
    seconds = offset.total_seconds()
    assert abs(seconds) <= ALLOWED_CLOCK_SECONDS, (
        f"The clock of cluster {cluster.id} in {site} ({server.version}) is {abs(seconds):.0f} s "
        f"{'ahead of' if seconds > 0 else 'behind'} the runner's, allowed are {ALLOWED_CLOCK_SECONDS} s."
    )


@pytest.mark.check(
    severity="blocker",
    remedy="Run the gate from a declared vantage and name it with --vantage, or correct `sites.<site>.vantage`.",
)
def test_vantage(cluster, site, sites, standing):
    """The run stands where the environment says that its sites are judged from.

    Inside its own network a private name leads to a private address; from next door the same name may lead to the
    public one, or to the other region, and everything still answers. The items of a site that is
    judged from another declared vantage are told as elsewhere; here it only matters that this one is declared at all.
    """
    declared = sorted({each.vantage for each in sites.values() if each.vantage})
    if site.vantage is None or (standing.vantage is None and standing.sandbox):
        return
    if standing.vantage is None:
        raise LookupError(
            f"Cluster {cluster.id} of {site} is judged from vantage {site.vantage}, and this run does not say where "
            "it stands: name it with --vantage or GONOGO_VANTAGE."
        )
    assert standing.vantage in declared, (
        f"This run stands at vantage {standing.vantage}, from where no site is judged: cluster {cluster.id} of {site} "
        f"is judged from {site.vantage}, declared vantages are {', '.join(declared)}."
    )


def plain(region):
    """A region as ARM writes it in names: ``West Europe`` and ``westeurope`` are one."""
    return (region or "").replace(" ", "").casefold()
