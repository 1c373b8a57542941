"""Network policies that let the declared traffic out."""

import ipaddress
from urllib.parse import urlsplit

import pytest

#: What answers for cluster DNS, by the label that both CoreDNS and the node-local cache carry.
DNS_APPS = ("kube-dns", "node-local-dns", "coredns")
#: Where a node-local cache listens: outside every pod network, so policies name it by address.
NODE_LOCAL = ("169.254.20.10/32", "169.254.10.10/32", "169.254.10.11/32")
#: By the store that is declared: the ports at which it is asked, with and without its own pool of connections.
STORES = {"sqlFailoverGroup": (1433,), "postgres": (5432, 6432), "cosmos": (443, 10255), "redis": (6380, 6379, 10000)}
#: The ports of a bus, and of an event hub: AMQP, AMQP over websockets, Kafka.
BUS, HUB = (5671, 443), (5671, 443, 9093)


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
    for name, ports in dict.fromkeys(stores(service, site)):
        networks = site.networks if any(host.partition(".")[0] == name.lower() for host in private) else ()
        if not any(rules.reaches(labels, ports, networks) for labels in rules.workloads.values()):
            told = " or ".join(map(str, ports))
            yield f"{name} ({told}) is closed for every pod{rules.instead(rules.workloads.values(), ports, shortened)}"
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
            parts = urlsplit(endpoint.url or f"tcp://{endpoint.tcp}")
            yield parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def stores(service, site):
    """(name, ports) of every declared database, but for those that a declared endpoint already stands for."""
    known = {host.partition(".")[0].lower() for host, _ in dependencies(service)}
    for database in service.databases:
        name = (database.servers or {}).get(site.name, database.name).rpartition("/")[2]
        if database.store in STORES and name.lower() not in known:
            yield name, STORES[database.store]


def consumed(service):
    """Queues, subscriptions and event hubs that a declared workload takes messages from."""
    return [each for each in (*service.queues, *service.subscriptions, *service.event_hubs) if each.consumer]


class Policies:
    """The egress rules of one namespace, as NetworkPolicies and Cilium's own say them."""

    def __init__(self, namespace, kubernetes):
        self.namespace = namespace
        self.workloads = dict(workloads(namespace, kubernetes))
        self.policies = list(kubernetes.egress_policies(namespace))
        self.servers = Servers(kubernetes) if self.policies else None

    def selecting(self, labels):
        """The egress rules for a pod with these labels; None where no policy bounds what it sends."""
        chosen = [policy for policy in self.policies if policy.selects(labels, self.namespace)]
        return [Rule(rule) for policy in chosen for rule in policy.allowed] if any(p.bounds for p in chosen) else None

    def denying(self, labels):
        """What a pod with these labels may never send, whatever lets it out."""
        return [Rule(rule) for each in self.policies if each.selects(labels, self.namespace) for rule in each.denied]

    def resolves(self, labels):
        """Whether a pod may ask the cluster's DNS."""
        if any(rule.opens("UDP", 53) and rule.to_dns(self.servers) for rule in self.denying(labels)):
            return False
        rules = self.selecting(labels)
        return rules is None or any(rule.opens("UDP", 53) and rule.to_dns(self.servers) for rule in rules)

    def reaches(self, labels, ports, networks):
        """Whether a pod may send to one of the ports somewhere in these networks (none: anywhere outside)."""
        rules, denied = self.selecting(labels), self.denying(labels)
        left = [port for port in ports if not any(r.opens("TCP", port) and r.holds_all(networks) for r in denied)]
        return bool(left) and (
            rules is None
            or any(rule.opens("TCP", port) and rule.leaves_for(networks) for rule in rules for port in left)
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
    """One egress rule of a NetworkPolicy, or of Cilium's in the same words."""

    def __init__(self, rule):
        self.peers, self.ports = mappings(rule, "to") or None, mappings(rule, "ports") or None

    def opens(self, protocol, port):
        """Whether the rule is about this port."""
        return self.ports is None or any(
            (each.get("protocol") or "TCP") in (protocol, "ANY") and includes(each, port) for each in self.ports
        )

    def to_dns(self, servers):
        """Whether a peer of the rule is the cluster's DNS."""
        return self.peers is None or any(is_dns(peer, servers) for peer in self.peers)

    def leaves_for(self, networks):
        """Whether a peer of the rule is an address outside the cluster, in these networks where there are any."""
        return self.peers is None or any(
            block is True or not networks or remains(block, networks) for block in map(block_of, self.peers) if block
        )

    def holds_all(self, networks):
        """Whether the rule is about everything in these networks (none: about everything there is)."""
        return self.peers is None or any(
            block is True or spans(block, networks) for block in map(block_of, self.peers) if block
        )

    @property
    def ranges(self):
        """The address ranges of the rule."""
        blocks = map(block_of, self.peers or ())
        return [str(block.get("cidr")) for block in blocks if isinstance(block, dict)]


def workloads(namespace, kubernetes):
    """The labels that each workload and CronJob gives its pods, by its name; those of the node's network are free."""
    held = [(found, found.spec.template) for found in kubernetes.workloads(namespace)]
    held += [(found, found.spec.job_template.spec.template) for found in kubernetes.cron_jobs(namespace)]
    for found, template in held:
        if not template.spec.host_network:
            yield f"{found.kind} {found.namespace}/{found.name}", template.metadata.labels


def fits(selector, labels):
    """Whether a label selector, as it is written, selects these labels."""
    try:
        named = {**(selector.get("matchLabels") or {})}
        return all(labels.get(key) == value for key, value in named.items()) and all(
            holds(each, labels) for each in selector.get("matchExpressions") or ()
        )
    except (AttributeError, TypeError) as error:
        raise LookupError(f"a policy's selector is {str(selector)[:80]!r}, which cannot be read.") from error


def holds(expression, labels):
    """Whether one expression of a selector is true of labels."""
    value, values = labels.get(expression["key"]), expression.get("values") or ()
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


def block_of(peer):
    """The address range of a peer; True for whatever is outside the cluster, None for pods."""
    return peer.get("ipBlock") or peer.get("outside")


def spans(block, networks):
    """Whether all of the networks lie in the block, and nothing is left out of it."""
    whole = ipaddress.ip_network(str(block.get("cidr")), strict=False)
    inner = [ipaddress.ip_network(each) for each in networks]
    return not block.get("except") and (all(lies_in(each, whole) for each in inner) if inner else not whole.prefixlen)


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
