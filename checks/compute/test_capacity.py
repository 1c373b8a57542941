"""Capacity: is there room in the cluster for everything at its largest?"""

from collections import defaultdict
from decimal import Decimal
from itertools import combinations

import pytest

RESOURCES = ("memory", "cpu", "pods")
SETS = 6  # kinds of placement that are judged in every combination; beyond it each alone and all together


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Raise the maximum of the node pool (and the subscription's quota behind it), lower the requests or the "
    "autoscalers' maximum, or let the workload run in a pool that has room.",
)
def test_capacity(cluster, kubernetes, arm_of_sites, declared, site):
    """The declared workloads at their largest fit the node pools at theirs: memory, cores and number of pods.

    A site that idles has room to spare. When the load arrives every autoscaler goes up at once, the pools follow to
    their own maximum, and from there on pods stay Pending with "0/12 nodes are available: Insufficient memory", at the
    very peak. A pod that asks for more than a whole node has is never placed, however many nodes there are.
    """
    own: dict[tuple[str, str, str], list[dict[str, Decimal]]] = {
        (each.kind, each.namespace, each.name): [] for each in declared("workload")
    }
    limits = limits_of(arm_of_sites[site.name].pool_limits(cluster) if site.name in arm_of_sites else ())
    pools, unknown = pools_of(kubernetes, declared("node_pool"), limits, asked_by_node(kubernetes, own))
    if not pools:
        raise LookupError(f"{cluster} in {site} showed no node, so nobody can say what it holds.")
    wanted = wanted_of(kubernetes, declared("workload"), own, pools)
    problems = [*homeless(wanted, pools), *crowded(wanted, pools)]
    if problems and unknown:
        raise LookupError(
            f"{cluster} in {site} may not hold what is declared ({'; '.join(problems)}), but of its node pools "
            f"{', '.join(unknown)} there is no node that would tell how much one holds."
        )
    assert not problems, f"{cluster} in {site} cannot hold what is declared at its largest: {'; '.join(problems)}."


def limits_of(pools):
    """The most nodes of each pool by Azure, and who says so; nothing where Azure is not asked."""
    return {
        pool.name.lower(): (pool.most, "by Azure" if pool.autoscaled else "by Azure, not autoscaled") for pool in pools
    }


def pools_of(kubernetes, declared, limits, asked):
    """What each pool holds at its maximum, and the declared pools of which no node tells it."""
    members = defaultdict(list)
    for node in kubernetes.nodes():
        members[node.pool or "(no pool)"].append(node)
    most = {pool.name: pool.max for pool in declared}
    groups = kubernetes.node_groups()
    pools = {
        name: pool_of(
            kubernetes, nodes, largest(name, nodes, (limits.get(name.lower()), most.get(name)), groups), asked
        )
        for name, nodes in members.items()
    }
    return pools, sorted(set(most) - set(pools))


def largest(name, nodes, limits, groups):
    """The most nodes of a pool and who says so: its autoscaler, Azure, the declaration, or the nodes that there are."""
    by_azure, most = limits
    for group in groups or ():
        if group.of_pool(name) or any(group.holds(node.spec.provider_id) for node in nodes):
            return group.maximum, "by its autoscaler"
    if by_azure is not None:
        return by_azure
    if groups:
        return len(nodes), "not autoscaled"
    return (len(nodes), "not declared") if most is None else (most, "declared")


def pool_of(kubernetes, nodes, limit, asked):
    """A pool at its maximum: nodes, what one has, what its DaemonSets take, what else runs there, what is left."""
    most, said = limit
    lost = sum(not node.usable for node in nodes)
    count = max(most, len(nodes)) - lost
    each = {kind: min(kubernetes.allocatable(node)[kind] for node in nodes) for kind in RESOURCES}
    daemons = {kind: max(asked[node.name]["daemons"][kind] for node in nodes) for kind in RESOURCES}
    others = {kind: sum(asked[node.name]["others"][kind] for node in nodes) for kind in RESOURCES}
    single = {kind: each[kind] - daemons[kind] for kind in RESOURCES}
    hindered = f", {lost} of them not ready or cordoned" if lost else ""
    return {
        "nodes": {node.name for node in nodes},
        "count": f"{count} node{'' if count == 1 else 's'} ({said}{hindered})",
        "each": each,
        "daemons": daemons,
        "others": others,
        "single": single,
        "room": {kind: count * single[kind] - others[kind] for kind in RESOURCES},
    }


def asked_by_node(kubernetes, own):
    """What DaemonSets, and everything else that is no declared workload, ask of each node; own pods go to ``own``."""
    asked: dict[str, dict[str, dict[str, Decimal]]] = defaultdict(
        lambda: {"daemons": dict.fromkeys(RESOURCES, Decimal()), "others": dict.fromkeys(RESOURCES, Decimal())}
    )
    for pod in kubernetes.pods():
        if pod.phase in ("Succeeded", "Failed"):
            continue
        owner, requests = kubernetes.owner_of(pod), {**kubernetes.demand_of_pod(pod).requests, "pods": 1}
        if owner[0] != "DaemonSet" and owner in own:
            own[owner].append(requests)
        elif pod.spec.node_name is not None:
            held = asked[pod.spec.node_name]["daemons" if owner[0] == "DaemonSet" else "others"]
            for kind in RESOURCES:
                held[kind] += requests[kind]
    return asked


def wanted_of(kubernetes, declared, own, pools):
    """Each declared workload at its largest: who, how many, what one asks for, and in which pools it may run."""
    wanted = []
    for workload in declared:
        found = kubernetes.workload(workload)
        if found is None or workload.kind == "DaemonSet":  # compute.workload_present tells what is missing
            continue
        count, said = most_replicas(kubernetes, workload, found)
        asks = [kubernetes.demand(workload).requests, *own[workload.kind, workload.namespace, workload.name]]
        each = {"memory": max(ask["memory"] for ask in asks), "cpu": max(ask["cpu"] for ask in asks), "pods": 1}
        hosts = {node.name for node in kubernetes.nodes_for(workload)}
        homes = frozenset(name for name, pool in pools.items() if hosts & pool["nodes"])
        if count:
            wanted.append({"who": str(workload), "count": count, "said": said, "each": each, "homes": homes})
    return wanted


def most_replicas(kubernetes, workload, found):
    """How many replicas there may be, and who says so."""
    maxima = [(scaler.maximum, f" by its {scaler.kind}") for scaler in kubernetes.scalers(workload)]
    declared = workload.replicas.active if workload.replicas else None
    fixed = (found.desired if declared is None else max(declared, found.desired), "")
    return max(maxima, default=fixed)


def homeless(wanted, pools):
    """The workloads that no pool takes, and those of which one pod is larger than any node it may run on."""
    for each in wanted:
        if not each["homes"]:
            yield f"{each['who']} may run in no node pool (its node selector, affinity or tolerations fit none)"
        elif not any(fits(each, pools[name]) for name in each["homes"]):
            yield (
                f"one pod of {each['who']} asks for {shown(each['each'], ('memory', 'cpu'))}, more than a node has: "
                + ", ".join(
                    f"{name} {shown(pools[name]['single'], ('memory', 'cpu'))}" for name in sorted(each["homes"])
                )
            )


def fits(each, pool):
    """Whether an empty node of the pool takes one pod."""
    return all(each["each"][kind] <= pool["single"][kind] for kind in RESOURCES)


def crowded(wanted, pools):
    """Every set of pools that has less than is asked of it by what can run nowhere else."""
    told: set[tuple[str, frozenset[str]]] = set()
    for homes in unions({each["homes"] for each in wanted if each["homes"]}):
        inside = [each for each in wanted if each["homes"] and each["homes"] <= homes]
        for kind in RESOURCES:
            needed = sum(each["count"] * each["each"][kind] for each in inside)
            room = sum(pools[name]["room"][kind] for name in homes)
            if needed > room and not any(kind == known and homes >= smaller for known, smaller in told):
                told.add((kind, homes))
                there = " and ".join(supply(kind, name, pools[name]) for name in sorted(homes))
                yield f"{terms(kind, inside, needed)}, {there}"


def unions(sets):
    """The sets, and what several of them are together: smaller ones first."""
    ordered = sorted(sets, key=lambda names: (len(names), sorted(names)))
    sizes = range(1, len(ordered) + 1) if len(ordered) <= SETS else (1, len(ordered))
    found = {frozenset().union(*some) for size in sizes for some in combinations(ordered, size)}
    return sorted(found, key=lambda names: (len(names), sorted(names)))


def terms(kind, inside, needed):
    """What is asked for: the largest terms one by one, the rest as a sum."""
    totals = {each["who"]: each["count"] * each["each"][kind] for each in inside}
    inside = sorted(inside, key=lambda each: (-totals[each["who"]], each["who"]))
    parts = [f"{each['who']} {each['count']}{each['said']} x {amount(kind, each['each'][kind])}" for each in inside[:8]]
    rest = sum(totals[each["who"]] for each in inside[8:])
    parts += [f"{len(inside) - 8} others {amount(kind, rest)}"] if rest else []
    return f"{kind}: {amount(kind, needed)} are asked for ({', '.join(parts)})"


def supply(kind, name, pool):
    """What a pool has, term by term."""
    return (
        f"{name} has room for {amount(kind, max(pool['room'][kind], 0))} ({pool['count']} x "
        f"{amount(kind, pool['each'][kind])}, less {amount(kind, pool['daemons'][kind])} for DaemonSets on each "
        f"and {amount(kind, pool['others'][kind])} of others)"
    )


def shown(amounts, kinds):
    """Several amounts for the reader."""
    return " and ".join(f"{amount(kind, amounts[kind])} {kind}" for kind in kinds)


def amount(kind, value):
    """An amount as Kubernetes writes it: ``27.8Gi``, ``7.82``, ``110``."""
    if kind != "memory":
        return f"{Decimal(value):.2f}".rstrip("0").rstrip(".")
    size, unit = (Decimal(value) / 2**30, "Gi") if abs(value) >= 2**30 else (Decimal(value) / 2**20, "Mi")
    return f"{size:.1f}".removesuffix(".0") + unit
