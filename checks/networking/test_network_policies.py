"""Network policies that let the declared traffic out."""

import ipaddress
import re

import pytest

#: What answers for cluster DNS, by the label that both CoreDNS and the node-local cache carry.
DNS_APPS = ("kube-dns", "node-local-dns", "coredns")
#: Where a node-local cache listens: outside every pod network, so policies name it by address.
NODE_LOCAL = ("169.254.20.10/32", "169.254.10.10/32", "169.254.10.11/32")
#: The ports of a bus, and of an event hub: AMQP, AMQP over websockets, Kafka.
BUS, HUB = (5671, 443), (5671, 443, 9093)
#: What Cilium may write before the key of a label.
PREFIX = re.compile("^(k8s|any):")


@pytest.mark.check(
    severity="blocker",
    declares="namespace",
    remedy="Add an egress rule for the port, to the subnet of this site's private endpoints (or to kube-dns in "
    "kube-system for UDP and TCP 53), and look for address ranges copied from the other site.",
)
def test_network_policies(service, kubernetes, site, shortened):
    """A namespace that denies by default still lets out what is declared: DNS and the port of each dependency.

    The policies came with the chart and the address range of the old site in them: the pods start, answer their own
    health page, and each call to the database ends in a timeout. Without a rule for DNS, nothing resolves at all.
    """
    try:
        rules = Policies(service.namespace, kubernetes)
        held = [*without_dns(service, rules, shortened), *without_dependency(service, rules, site, shortened)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LookupError(
            f"a network policy of namespace {service.namespace} in {site} is malformed: {error}."
        ) from error
    if not rules.workloads:
        raise LookupError(f"namespace {service.namespace} in {site} has no workload whose way out could be judged.")
    assert not held, (
        f"The network policies of namespace {service.namespace} in {site} do not let out what {service} declares: "
        f"{'; '.join(held)}."
    )


def without_dns(service, rules, shortened):
    """In words, the workloads that may send something somewhere and may not ask DNS."""
    deaf = [name for name, labels in rules.workloads.items() if not rules.resolves(labels)]
    consumers = {thing.consumer for thing in consumed(service)}
    talking = [
        name
        for name in deaf
        if len(deaf) == len(rules.workloads)
        or name.rpartition("/")[2] in consumers
        or rules.selecting(rules.workloads[name])
    ]
    if talking:
        yield f"DNS (UDP 53 to kube-dns in kube-system) is closed for {shortened(talking)}"


def without_dependency(service, rules, site, shortened):
    """In words, the declared dependencies that no pod, or not their consumer, may reach."""
    for host, port in dict.fromkeys(dependencies(service)):
        if not any(rules.reaches(labels, (port,), site.networks) for labels in rules.workloads.values()):
            yield f"{host}:{port} is closed for every pod{rules.instead(rules.workloads.values(), (port,), shortened)}"
    private = {name.host.lower().rstrip(".") for name in service.names if name.private}
    for thing in consumed(service):
        host = f"{thing.bus.rpartition('/')[2]}.servicebus.windows.net"
        ports = HUB if thing in service.event_hubs else BUS
        networks = site.networks if host.lower() in private else ()
        for name, labels in rules.workloads.items():
            if name.rpartition("/")[2] == thing.consumer and not rules.reaches(labels, ports, networks):
                told = " or ".join(map(str, ports))
                yield f"{host} ({told}) is closed for {name}, its consumer{rules.instead([labels], ports, shortened)}"


def dependencies(service):
    """(host, port) of every declared endpoint that the site's own pods call."""
    for endpoint in service.endpoints:
        if endpoint.via is None and (endpoint.from_site is not None or endpoint.private):
            if endpoint.tcp is not None:
                host, _, port = endpoint.tcp.rpartition(":")
                yield host, int(port)
            else:
                scheme, _, rest = endpoint.url.partition("://")
                host, _, port = rest.partition("/")[0].partition(":")
                yield host, int(port or (443 if scheme == "https" else 80))


def consumed(service):
    """Queues, subscriptions and event hubs that a declared workload takes messages from."""
    return [each for each in (*service.queues, *service.subscriptions, *service.event_hubs) if each.consumer]


class Policies:
    """The egress rules of one namespace, as NetworkPolicies and Cilium's own say them."""

    def __init__(self, namespace, kubernetes):
        self.namespace = namespace
        self.workloads = dict(workloads(namespace, kubernetes))
        self.policies = [*plain(kubernetes.network_policies(namespace)), *cilium(namespace, kubernetes)]
        self.servers = Servers(kubernetes) if self.policies else None

    def selecting(self, labels):
        """The egress rules for a pod with these labels; None where no policy bounds what it sends."""
        chosen = [rules for selects, rules in self.policies if selects(labels)]
        return [rule for rules in chosen for rule in rules] if chosen else None

    def resolves(self, labels):
        """Whether a pod may ask the cluster's DNS."""
        rules = self.selecting(labels)
        return rules is None or any(rule.opens("UDP", 53) and rule.to_dns(self.servers) for rule in rules)

    def reaches(self, labels, ports, networks):
        """Whether a pod may send to one of the ports somewhere in these networks (none: anywhere outside)."""
        rules = self.selecting(labels)
        return rules is None or any(
            rule.opens("TCP", port) and rule.leaves_for(networks) for rule in rules for port in ports
        )

    def instead(self, pods, ports, shortened):
        """Where else the ports are let out to, as the end of a sentence."""
        rules = [rule for labels in pods for rule in self.selecting(labels) or ()]
        ranges = [told for rule in rules if any(rule.opens("TCP", port) for port in ports) for told in rule.ranges]
        return f" (it is let out to {shortened(list(dict.fromkeys(ranges)))} only)" if ranges else ""


class Servers:
    """Who answers for DNS in the cluster."""

    def __init__(self, kubernetes):
        pods = [pod for pod in kubernetes.pods(namespace="kube-system") if pod.labels.get("k8s-app") in DNS_APPS]
        self.labels = [pod.labels for pod in pods] or [{"k8s-app": "kube-dns"}]
        found = next((each for each in kubernetes.namespaces() if each.name == "kube-system"), None)
        self.namespace = {"kubernetes.io/metadata.name": "kube-system", **(found.labels if found else {})}
        addresses = [service.spec.cluster_ip for service in kubernetes.services("kube-system")
                     if service.spec.selector.get("k8s-app") in DNS_APPS]  # fmt: skip
        addresses += [address for held in kubernetes.endpoint_slices("kube-system") if held.service == "kube-dns"
                      for endpoint in held.endpoints for address in endpoint.addresses]  # fmt: skip
        self.networks = [*NODE_LOCAL, *(address for address in addresses if address and address != "None")]


class Rule:
    """One egress rule of a NetworkPolicy."""

    def __init__(self, rule):
        self.peers, self.ports = mappings(rule, "to") or None, mappings(rule, "ports") or None

    def opens(self, protocol, port):
        """Whether the rule lets this port out."""
        return self.ports is None or any(
            (each.get("protocol") or "TCP") == protocol and includes(each, port) for each in self.ports
        )

    def to_dns(self, servers):
        """Whether a peer of the rule is the cluster's DNS."""
        return self.peers is None or any(is_dns(peer, servers) for peer in self.peers)

    def leaves_for(self, networks):
        """Whether a peer of the rule is an address outside the cluster, in these networks where there are any."""
        return self.peers is None or any(
            "ipBlock" in peer and (not networks or remains(peer["ipBlock"], networks)) for peer in self.peers
        )

    @property
    def ranges(self):
        """The address ranges of the rule."""
        return [str(peer["ipBlock"].get("cidr")) for peer in self.peers or () if isinstance(peer.get("ipBlock"), dict)]


class CiliumRule:
    """One egress rule of Cilium's own policy. Names it resolves itself, so those are taken to be the right ones."""

    ranges = ()

    def __init__(self, rule):
        self.rule = rule

    def opens(self, protocol, port):
        """Whether the rule lets this port out."""
        ports = [each for group in mappings(self.rule, "toPorts") for each in mappings(group, "ports")]
        return not ports or any(
            str(each.get("port")) in (str(port), "0") and each.get("protocol", "ANY") in (protocol, "ANY")
            for each in ports
        )

    def to_dns(self, servers):  # noqa: ARG002 - as the other kind of rule is asked
        """Whether a peer of the rule can be the cluster's DNS."""
        return not self.only("toFQDNs", "toCIDR", "toCIDRSet")

    def leaves_for(self, networks):  # noqa: ARG002
        """Whether a peer of the rule is outside the cluster."""
        return not self.only("toEndpoints", "toServices")

    def only(self, *keys):
        """Whether all that the rule leads to stands under these keys."""
        said = [key for key in self.rule if key.startswith("to") and key != "toPorts"]
        return bool(said) and all(key in keys for key in said)


def workloads(namespace, kubernetes):
    """The labels that each workload and CronJob gives its pods, by its name; those of the node's network are free."""
    held = [(found, found.spec.template) for found in kubernetes.workloads(namespace)]
    held += [(found, found.spec.job_template.spec.template) for found in kubernetes.cron_jobs(namespace)]
    for found, template in held:
        if not template.spec.host_network:
            yield f"{found.kind} {found.namespace}/{found.name}", template.metadata.labels


def plain(policies):
    """(what is selected, egress rules) of every NetworkPolicy that bounds what pods send."""
    for policy in policies:
        spec = policy.spec
        if "Egress" in spec.policy_types or (not spec.policy_types and spec.egress is not None):
            yield spec.pod_selector.selects, [Rule(rule or {}) for rule in spec.egress or ()]


def cilium(namespace, kubernetes):
    """The same of Cilium's policies, of the namespace and of the whole cluster."""
    own = kubernetes.custom("ciliumnetworkpolicies", namespace)
    for policy in (*own, *kubernetes.custom("ciliumclusterwidenetworkpolicies")):
        rules = policy.spec.get("egress")
        selector = policy.spec.get("endpointSelector")
        if isinstance(rules, list) and isinstance(selector, dict):
            yield selecting(selector, namespace), [CiliumRule(rule) for rule in rules if isinstance(rule, dict)]


def selecting(selector, namespace):
    """What says whether a selector of Cilium's selects a pod of the namespace by its labels."""
    return lambda labels: fits(selector, {**labels, "io.kubernetes.pod.namespace": namespace})


def fits(selector, labels):
    """Whether a label selector, as it is written, selects these labels."""
    try:
        named = {**(selector.get("matchLabels") or {})}
        return all(labels.get(PREFIX.sub("", key)) == value for key, value in named.items()) and all(
            holds(each, labels) for each in selector.get("matchExpressions") or ()
        )
    except (AttributeError, TypeError) as error:
        raise LookupError(f"a policy's selector is {str(selector)[:80]!r}, which cannot be read.") from error


def holds(expression, labels):
    """Whether one expression of a selector is true of labels."""
    value, values = labels.get(PREFIX.sub("", expression["key"])), expression.get("values") or ()
    operator = expression.get("operator")
    if operator in ("In", "NotIn"):
        return (value in values) == (operator == "In")
    return (value is not None) == (operator == "Exists")


def mappings(rule, key):
    """The mappings of a list of a rule; raises ValueError for anything else there."""
    value = rule.get(key) or []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(f"egress.{key} is {str(value)[:80]!r}, which is no list of peers or ports")
    return value


def includes(declared, port):
    """Whether a port of a rule is this one; a name can only be that of the DNS server's own port."""
    number, last = declared.get("port"), declared.get("endPort")
    if isinstance(number, str):
        return port == 53 and number.startswith("dns")
    if not all(isinstance(each, int | None) for each in (number, last)):
        raise ValueError(f"egress.ports holds {number!r} to {last!r}, which are no ports")
    return number is None or number <= port <= (number if last is None else last)


def is_dns(peer, servers):
    """Whether a peer of a rule is the cluster's DNS: by its labels, or by address."""
    if "ipBlock" in peer:
        return remains(peer["ipBlock"], servers.networks)
    outside, pods = peer.get("namespaceSelector"), peer.get("podSelector")
    if outside is None or not fits(outside, servers.namespace):
        return False
    return pods is None or any(fits(pods, labels) for labels in servers.labels)


def remains(block, networks):
    """Whether some address of the networks lies in the block and in none of its exceptions."""
    written = (block.get("cidr"), *(block.get("except") or ()))
    try:
        whole, *out = (ipaddress.ip_network(str(each), strict=False) for each in written)
    except ValueError as error:
        raise ValueError(f"ipBlock: {error}") from error
    for network in map(ipaddress.ip_network, networks):
        if network.version == whole.version and network.overlaps(whole):
            shared = network if lies_in(network, whole) else whole
            if not any(lies_in(shared, each) for each in out):
                return True
    return False


def lies_in(inner, outer):
    """Whether a network is a part of another."""
    return inner.version == outer.version and inner.subnet_of(outer)
