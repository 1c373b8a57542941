"""Caches inside the cluster that outlive the plan for a switch."""

import ipaddress
import re
from datetime import timedelta
from typing import Any

import pytest

#: How long CoreDNS serves what has expired, in seconds, where `serve_stale` names no time.
STALE = 3600.0
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
#: The label of nodes on which AKS runs a DNS cache of its own; only the node pool says how it is set.
LOCAL_DNS = "kubernetes.azure.com/localdns-state"


@pytest.mark.check(
    severity="warning",
    remedy="In the ConfigMap named (coredns-custom, node-local-dns), write `serve_stale DURATION verify` or take it "
    "out, drop the minimum TTL of `success`, and keep names that move out of `hosts`.",
)
def test_local_cache(cluster, kubernetes, arm_of_sites, site, declared, shortened):
    """No DNS cache in the cluster serves a name that is switched for longer than its declared TTL.

    A cache on each node was set to serve stale answers, to get over an outage of DNS. On the night of the move the
    record changes, customers follow within a minute, and the pods call the old site for another hour. A host that
    somebody pinned in CoreDNS never moves at all.
    """
    moving = {folded(name.host): name.ttl or name.rto for name in declared("name") if moves(name)}
    found = list(corefiles(kubernetes))
    if not found:
        raise LookupError(f"no configuration of CoreDNS was found in kube-system of {cluster} in {site}.")
    kept: dict[tuple[str, str], list[str]] = {}
    for where, blocks in found:
        for zones, directives in blocks:
            for host, limit in moving.items():
                for fault in faults(directives, host, limit) if any(covers(each, host) for each in zones) else ():
                    kept.setdefault((f"{where} {fault}", str(limit)), []).append(host)
    caches = arm_of_sites[site.name].local_dns(cluster) if site.name in arm_of_sites else ()
    for cache in caches:
        for host, limit in moving.items():
            for fault in stale(cache, host, limit):
                kept.setdefault((fault, str(limit)), []).append(host)
    told = [f"{fault}, declared for {' and '.join(hosts)} is {limit}" for (fault, limit), hosts in kept.items()]
    assert not told, f"{cluster} in {site} holds on to names that are switched: {shortened(told)}."
    known = {cache.pool.lower() for cache in caches}
    nodes = [
        node.name for node in kubernetes.nodes() if node.labels.get(LOCAL_DNS) == "enabled" and unknown(node, known)
    ]
    if nodes:
        raise LookupError(
            f"{len(nodes)} nodes of {cluster} in {site} run the DNS cache of AKS ({LOCAL_DNS}=enabled), "
            f"and only their node pool's localDNSProfile says for how long it serves stale answers."
        )


def unknown(node, pools):
    """Whether nothing is known of the DNS cache of a node's pool."""
    return (node.pool or "").lower() not in pools


def stale(cache, host, limit):
    """In words, that a pool's own DNS cache answers for a host for longer than the limit after its TTL."""
    zones = [each for each in cache.zones if covers(zone(each.name), host)]
    for traffic in dict.fromkeys(each.traffic for each in zones):
        nearest = max((each for each in zones if each.traffic == traffic), key=lambda each: len(zone(each.name)))
        if nearest.mode.lower() == "immediate" and above(float(nearest.seconds), limit):
            yield (
                f"pool {cache.pool} serves stale answers for {nearest.seconds} s "
                f"(localDNSProfile, {traffic} {nearest.name})"
            )


def moves(name):
    """Whether a switch changes what a name leads to."""
    return bool(name.before) and set(map(folded, name.before)) != set(map(folded, name.after))


def corefiles(kubernetes):
    """(where it stands, server blocks) of every piece of CoreDNS configuration that is in use."""
    mounted = {
        volume.config_map.name
        for workload in kubernetes.workloads("kube-system")
        for volume in workload.spec.template.spec.volumes
        if volume.config_map is not None
    }
    for held in kubernetes.config_maps("kube-system"):
        if held.name in ("coredns", "coredns-custom") or held.name in mounted:
            for key, text in held.data.items():
                if key == "Corefile" or key.endswith(".server"):
                    yield f"{held} {key}", [(list(map(zone, words)), inner) for words, inner in tree(text)]
                elif key.endswith(".override"):
                    yield f"{held} {key}", [([""], tree(text))]


def tree(text):
    """A Corefile as nested (words, inner directives)."""
    top: list[Any] = []
    stack = [top]
    for line in text.splitlines():
        words = line.partition("#")[0].replace("{", " { ").replace("}", " } ").split()
        while words and words[0] == "}":
            words = words[1:]
            stack = stack[:-1] or [top]
        if "{" in words:
            at = words.index("{")
            stack[-1].append((words[:at] or [""], []))
            stack.append(stack[-1][-1][1])
            words = words[at + 1 :]
        closed = words.count("}")
        words = [word for word in words if word != "}"]
        if words:
            stack[-1].append((words, []))
        stack = stack[: max(1, len(stack) - closed)]
    return top


def faults(directives, host, limit):
    """In words, everything in a server block that keeps an answer for a host for longer than the limit."""
    for words, inner in directives:
        if words[0] == "cache":
            zones = [word for word in words[1:] if not word.isdecimal()]
            if not zones or any(covers(zone(each), host) for each in zones):
                yield from cached(inner, limit)
        elif words[0] == "hosts":
            fixed = [line[0] for line, _ in inner if is_address(line[0]) and host in map(folded, line[1:])]
            if fixed:
                yield f"pins {host} to {' and '.join(fixed)}, whatever its record says"


def cached(inner, limit):
    """In words, the settings of a cache that let it answer for longer than the limit beyond a record's own TTL."""
    for words, _ in inner:
        if words[0] == "serve_stale":
            mode = next((word for word in words[1:] if word in ("immediate", "verify")), "immediate")
            length = next((seconds(word) for word in words[1:] if word not in ("immediate", "verify")), STALE)
            if mode == "immediate" and above(length, limit):
                yield f"serves stale answers for {length:g} s ({' '.join(words)})"
        elif words[0] == "success" and len(words) > 3 and above(seconds(words[3]), limit):
            yield f"keeps every answer for at least {seconds(words[3]):g} s ({' '.join(words)})"


def above(length, limit):
    """Whether a number of seconds is more than the limit; there is always some where none is declared."""
    return length > (limit if limit is not None else timedelta(0)).total_seconds()


def seconds(word):
    """The seconds of a duration as CoreDNS reads it: ``3600``, ``30s``, ``1h30m``."""
    if word.isdecimal():
        return float(word)
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", word)
    if not parts or "".join(number + unit for number, unit in parts) != word:
        raise LookupError(f"CoreDNS is configured with {word!r}, which is no duration.")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def zone(word):
    """The zone of a server block or of a cache: ``contoso.example`` of ``dns://contoso.example:53``."""
    return folded(re.sub(r":\d+$", "", word.rpartition("://")[2].rstrip(",")))


def covers(covering, host):
    """Whether a zone is the root or one that a host lies in."""
    return covering in ("", host) or host.endswith(f".{covering}")


def is_address(word):
    """Whether a word is an IP address."""
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True


def folded(name):
    """A name as names are compared."""
    return str(name).rstrip(".").lower()
