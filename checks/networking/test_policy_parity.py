"""Network policies that are the same on both sites."""

import ipaddress
import json
import re

import pytest


@pytest.mark.check(
    severity="warning",
    remedy="Deploy the same policies to both sites and let only the address ranges and names of the site differ.",
)
def test_policy_parity(policy_scope_by_site, kubernetes_by_site, arm_of_sites, sites, neutral, shortened):
    """Network policies and network rules are the same on both sites, but for each site's own names and ranges.

    A rule was opened by hand on the site that works, at night, and never reached the other. Nobody misses it until the
    move. The sites' own names and address ranges are taken for one another before rules are compared: those of network
    policies in a namespace, and those of security groups and firewall policies around the nodes.
    """
    first = next(iter(policy_scope_by_site.values()))
    if first.namespace is None:
        rules = {
            site: guards(arm_of_sites[site].network_rules(scope), sites[site], neutral)
            for site, scope in policy_scope_by_site.items()
        }
        rules = {site: dict(shared(held, rules)) for site, held in rules.items()}
    else:
        rules = in_namespaces(policy_scope_by_site, kubernetes_by_site, sites)
    differing = list(differences(rules))
    kind, same = ("network policies", "namespace") if first.namespace else ("rules", "network")
    assert not differing, (
        f"The {kind} of {first} differ between {' and '.join(rules)}: {shortened(differing)}; "
        f"declared is the same {same} on both."
    )


def in_namespaces(scopes, kubernetes_by_site, sites):
    """What the policies of a namespace say, by site."""
    for site, kubernetes in kubernetes_by_site.items():
        if scopes[site].name not in {found.name for found in kubernetes.namespaces()}:
            raise LookupError(f"{scopes[site]} does not exist in {site}, so its policies cannot be compared.")
    return {
        site: dict(policies(scopes[site].name, kubernetes, sites[site]))
        for site, kubernetes in kubernetes_by_site.items()
    }


def guards(found, site, neutral):
    """What is said around a site's nodes, without what belongs to a site: of each subnet, and of each set of rules."""
    if not found.guards:
        raise LookupError(f"ARM shows no subnet of the nodes of {site}, so its rules cannot be compared.")
    held = {}
    for guard in found.guards:
        group = guard.group.rpartition("/")[2] if guard.group else None
        held[f"subnet {placed(guard.subnet, site, neutral)}"] = {"NSG": placed(group, site, neutral)}
    for rule_set in found.sets:
        rules = {placed(name, site, neutral): placed(said, site, neutral) for name, said in rule_set.rules.items()}
        held[placed(rule_set.name, site, neutral)] = {
            "rules": rules,
            "order": [placed(name, site, neutral) for name in rule_set.order],
        }
    return held


def placed(value, site, neutral):
    """A value without the site's names and the other's; an address of the site as its offset in its networks."""
    if isinstance(value, dict):
        return {key: placed(held, site, neutral) for key, held in value.items()}
    if isinstance(value, list):
        return sorted(
            (placed(held, site, neutral) for held in value), key=lambda held: json.dumps(held, sort_keys=True)
        )
    if not isinstance(value, str):
        return value
    text = unplaced(value, site)
    return text if text.startswith(("<network", "<ingress")) else neutral(str(site), value)


def shared(held, rules):
    """Each set of rules as it is compared: its rules one by one where both sites have it, and their order."""
    for name, said in held.items():
        others = [other[name] for other in rules.values() if name in other]
        if "rules" not in said or len(others) < len(rules):
            yield name, said if "rules" not in said else {}
            continue
        yield name, {}
        for rule, parts in said["rules"].items():
            yield f"{name}, rule {rule}", parts
        common = set.intersection(*(set(other["rules"]) for other in others))
        yield (
            f"{name}, as a whole",
            {"the order of its rules": ", ".join(each for each in said["order"] if each in common)},
        )


def policies(namespace, kubernetes, site):
    """What each policy says, without the site's own names and addresses, by its name without them."""
    for policy in kubernetes.network_policies(namespace):
        spec = policy.spec
        said = {
            "podSelector": {"labels": spec.pod_selector.match_labels, "expressions": expressions(spec.pod_selector)},
            "policyTypes": sorted(set(spec.policy_types)) or ["Ingress"] + ["Egress"] * (spec.egress is not None),
            "ingress": [plain(rule) for rule in spec.ingress or ()],
            "egress": [plain(rule) for rule in spec.egress or ()],
        }
        yield f"NetworkPolicy {unsited(policy.name, site)}", canonical(said, site)
    for policy in kubernetes.custom("ciliumnetworkpolicies", namespace):
        yield f"CiliumNetworkPolicy {unsited(policy.name, site)}", canonical(policy.spec, site)


def expressions(selector):
    """The expressions of a selector, in JSON types."""
    return [
        {"key": each.key, "operator": each.operator, "values": sorted(each.values)}
        for each in selector.match_expressions
    ]


def plain(rule):
    """A rule with the protocol written out that the API takes where none is said."""
    ports = rule.get("ports")
    if not isinstance(ports, list):
        return rule
    return {**rule, "ports": [{"protocol": "TCP", **port} if isinstance(port, dict) else port for port in ports]}


def canonical(value, site):
    """A value that is equal for equal meaning: order does not matter, nor what belongs to the site itself."""
    if isinstance(value, dict):
        return {unsited(str(key), site): canonical(held, site) for key, held in value.items() if held is not None}
    if isinstance(value, list):
        return sorted((canonical(held, site) for held in value), key=lambda held: json.dumps(held, sort_keys=True))
    return unplaced(value, site) if isinstance(value, str) else value


def unplaced(text, site):
    """A text without the site's names; an address range of the site as its offset in the site's own networks."""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return unsited(text, site)
    for number, network in enumerate(map(ipaddress.ip_network, site.networks)):
        if lies_in(found, network):
            return f"<network {number}>+{int(found.network_address) - int(network.network_address)}/{found.prefixlen}"
    entries = [str(ipaddress.ip_network(address)) for address in site.ingress]
    return f"<ingress {entries.index(str(found))}>" if str(found) in entries else str(found)


def lies_in(inner, outer):
    """Whether a network is a part of another."""
    return inner.version == outer.version and inner.subnet_of(outer)


def unsited(text, site):
    """A text in which the words that stand for the site are replaced."""
    words = sorted(filter(None, {*site.tokens, site.name, site.location}), key=len, reverse=True)
    return re.sub(
        rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, words))})(?![a-z0-9])", "<site>", text, flags=re.IGNORECASE
    )


def differences(rules):
    """In words, every policy that one site lacks, or in which the sites differ."""
    for name in dict.fromkeys(name for held in rules.values() for name in held):
        lacking = [site for site, held in rules.items() if name not in held]
        if lacking:
            yield f"{name} is missing in {' and '.join(lacking)}"
            continue
        (one, first), *others = ((site, held[name]) for site, held in rules.items())
        for other, second in others:
            parts = [
                part
                for part in (*first, *(key for key in second if key not in first))
                if first.get(part) != second.get(part)
            ]
            if parts:
                yield f"{name}: " + ", ".join(
                    told(part, one, first.get(part), other, second.get(part)) for part in parts
                )


def told(part, one, first, other, second):
    """What only one of two sites says in one part of a policy, in words."""
    if isinstance(first, list) and isinstance(second, list):
        only = {
            one: [each for each in first if each not in second],
            other: [each for each in second if each not in first],
        }
        return f"{part} has " + " and ".join(
            f"only in {site} {brief(each)}" for site, held in only.items() for each in held
        )
    return f"{part} is {brief(first)} in {one} and {brief(second)} in {other}"


def brief(value):
    """A value on one line, cut where it is long."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}..."
