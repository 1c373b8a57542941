"""DaemonSets: what runs on every node of one site does so on the other."""

import re

import pytest

POOL_LABELS = ("kubernetes.azure.com/agentpool", "agentpool")


@pytest.mark.check(
    severity="blocker",
    remedy="Deploy the DaemonSet here too; correct its node selector; let it tolerate the taints of this site's pools.",
)
def test_daemonsets_scheduled(cluster_by_site, kubernetes_by_site, sites, shortened):
    """A DaemonSet that runs on one site runs on the other as well, on nodes of the same pools.

    None desired and none ready is green on every dashboard: a node selector for a label that only the other site's
    nodes have, or a taint that was added to one pool, and the agent that mounts secrets, collects logs or caches names
    is nowhere. The pods that need it on their node fail one by one, when traffic arrives.
    """
    held = {
        site: {key(each, sites[site]): each for each in daemon_sets(view)} for site, view in kubernetes_by_site.items()
    }
    nodes = {site: {each.name: pool(each) for each in view.nodes()} for site, view in kubernetes_by_site.items()}
    covered = {
        site: {name: pools_of(each, kubernetes_by_site[site], nodes[site]) for name, each in found.items()}
        for site, found in held.items()
    }
    problems = []
    for here, there in ((one, other) for one in held for other in held if one != other):
        shared = {each for each in nodes[here].values() if each} & {each for each in nodes[there].values() if each}
        for name, each in sorted(held[there].items()):
            if each.desired <= 0 or each.ready <= 0:
                continue
            bare = sorted((covered[there][name] - covered[here].get(name, set())) & shared)
            problems.extend(lacking(each, there, held[here].get(name), here, bare))
    names = " and ".join(str(each.id) for each in cluster_by_site.values())
    assert not problems, f"DaemonSets do not run alike on {names}: {shortened(problems)}."


def daemon_sets(kubernetes):
    """The DaemonSets of a cluster."""
    return [each for each in kubernetes.workloads() if each.kind == "DaemonSet"]


def key(daemon_set, site):
    """Namespace and name, the site's own tokens replaced."""
    return tuple(neutral(part or "", site) for part in (daemon_set.namespace, daemon_set.name))


def neutral(name, site):
    """A name with the tokens of its site replaced, so that ``agent-weu`` and ``agent-neu`` are one."""
    tokens = "|".join(
        re.escape(each) for each in sorted({*site.tokens, site.location or ""} - {""}, key=len, reverse=True)
    )
    return re.sub(rf"(?<![a-z0-9])(?:{tokens})(?![a-z0-9])", "<site>", name) if tokens else name


def pool(node):
    """The pool of a node, None where it says none."""
    return next((node.labels[each] for each in POOL_LABELS if each in node.labels), None)


def pools_of(daemon_set, kubernetes, nodes):
    """The pools on whose nodes a DaemonSet has pods."""
    placed = {nodes.get(each.spec.node_name) for each in kubernetes.pods(daemon_set) if each.spec.node_name}
    return placed - {None}


def lacking(running, there, found, here, bare):
    """What a DaemonSet that runs on the other site lacks on this one."""
    told = f"{running} runs on {running.ready} nodes in {there}"
    if found is None:
        yield f"{told} and does not exist in {here}"
    elif found.desired <= 0:
        yield f"{told} and is to run on no node in {here}"
    elif found.existing <= 0:
        yield f"{told}, and of {found.desired} pods none is scheduled in {here}"
    elif bare:
        yield f"{told} and in {here} on no node of pool {', '.join(bare)}"
