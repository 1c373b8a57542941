"""Services that lead to pods, and load balancers that have an address."""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Compare the Service's selector and target port with the pods' labels and ports, and look why those pods "
    "are not ready. Where no address came, read the events of the Service (`kubectl describe service NAME`).",
)
def test_service_endpoints(namespace, kubernetes, site, shortened):
    """Every Service and every backend of an Ingress has a ready endpoint, and every LoadBalancer an address.

    Pods run and are green, and the ingress answers 503: a chart renamed a label and the Service selects nothing, the
    Ingress names a port that the Service does not have, the readiness probe waits for something the new site lacks. Or
    the Service of type LoadBalancer stays <pending>, since the subnet or the quota of public addresses is used up.
    """
    known = {found.name for found in kubernetes.namespaces()}
    if namespace.name not in known:
        raise LookupError(f"{namespace} does not exist in {site}, so its Services cannot be judged.")
    inside = Inside(namespace.name, kubernetes, site)
    faults = [*inside.backends(), *inside.idle(), *inside.addresses()]
    assert not faults, (
        f"In {namespace} in {site} not everything leads to a ready pod: {shortened(faults)}; "
        f"every Service and every backend of an Ingress is to have a ready endpoint."
    )


class Inside:
    """What one namespace holds, looked at once."""

    def __init__(self, namespace, kubernetes, site):
        self.namespace, self.kubernetes, self.site = namespace, kubernetes, site
        self.services = {service.name: service for service in kubernetes.services(namespace)}
        self.slices = list(kubernetes.endpoint_slices(namespace))
        self.ingresses = list(kubernetes.ingresses(namespace))
        self.pods = {pod.name: pod for pod in kubernetes.pods(namespace=namespace)}
        self.told = set()

    def backends(self):
        """In words, every backend of an Ingress or HTTPRoute behind which nobody answers."""
        asked = [*self.by_ingress(), *self.by_route()]
        for name, port in dict.fromkeys((name, port) for name, port, _ in asked):
            by = " and ".join(dict.fromkeys(who for *target, who in asked if target == [name, port]))
            service = self.services.get(name)
            if service is None:
                yield f"{by} leads to Service {name}, which does not exist"
            elif service.spec.type != "ExternalName":
                yield from self.backend(service, port, by)

    def backend(self, service, port, by):
        """In words, what keeps one port of a Service from answering for an Ingress."""
        found = next((each for each in service.spec.ports if port in (None, each.port, each.name)), None)
        if found is None:
            there = ", ".join(named(each) for each in service.spec.ports) or "none"
            yield f"{by} leads to port {port} of Service {service.name}, which has {there}"
        elif not self.ready(service) and not self.at_rest(service, passive=True):
            self.told.add(service.name)
            yield f"{by} leads to Service {service.name}, which {self.why(service)}"

    def by_ingress(self):
        """(Service, port, who says so) of every Ingress."""
        for ingress in self.ingresses:
            paths = [path.backend for rule in ingress.spec.rules if rule.http for path in rule.http.paths]
            for backend in (*paths, *([ingress.spec.default_backend] if ingress.spec.default_backend else [])):
                if backend.service is not None:
                    port = backend.service.port
                    yield backend.service.name, port and (port.number or port.name), f"Ingress {ingress.name}"

    def by_route(self):
        """(Service, port, who says so) of every HTTPRoute that stays in the namespace."""
        for route in self.kubernetes.custom("httproutes", self.namespace):
            for rule in listed(route.spec, "rules"):
                for to in listed(rule, "backendRefs"):
                    here = to.get("namespace") in (None, self.namespace)
                    if here and to.get("kind") in (None, "Service") and to.get("name"):
                        yield to["name"], to.get("port"), f"HTTPRoute {route.name}"

    def idle(self):
        """In words, every other Service that selects pods and reaches none that is ready, or not at each port."""
        for service in self.services.values():
            if service.spec.type == "ExternalName" or not service.spec.selector or service.name in self.told:
                continue
            if not self.ready(service):
                if not self.at_rest(service, passive=False) and not self.labelled_at_run_time(service):
                    yield f"Service {service.name} {self.why(service)}"
            else:
                yield from self.deaf(service)

    def deaf(self, service):
        """In words, the ports of a Service with ready pods that lead to no port of them."""
        held = {port.name or "" for each in self.of(service) if ready_in(each) for port in each.ports}
        pods = [pod for pod in self.pods.values() if matches(service.spec.selector, pod.labels)]
        containers = [each for pod in pods for each in (*pod.spec.init_containers, *pod.spec.containers)]
        named = {port.name for each in containers for port in each.ports}
        for port in service.spec.ports:
            absent = (port.name or "") not in held or (pods and port.target_port not in named)
            if absent and isinstance(port.target_port, str):
                yield f"Service {service.name} leads port {port.port} to {port.target_port}, which no pod has"

    def addresses(self):
        """In words, every LoadBalancer and, where others have one, every Ingress that has no address."""
        for service in filter(waits, self.services.values()):
            yield f"LoadBalancer {service.name} has no address{self.complaint(service)}"
        outside = [each for each in self.kubernetes.services() if each.namespace != self.namespace]
        balancers = [each for each in outside if each.spec.type == "LoadBalancer"]
        served = {found.spec.ingress_class_name for found in self.kubernetes.ingresses() if addressed(found)}
        for ingress in self.ingresses:
            waiting = next(filter(waits, balancers), None)
            if not addressed(ingress) and ingress.spec.ingress_class_name in served:
                yield f"Ingress {ingress.name} has no address, while others of its class have one"
            elif not addressed(ingress) and waiting:
                yield f"Ingress {ingress.name} has no address, while {self.waiting(waiting)}"
            elif addressed(ingress):
                yield from self.entrance(ingress, [*balancers, *self.services.values()], waiting)

    def entrance(self, ingress, balancers, waiting):
        """In words, that nobody stands behind the address of an Ingress, or holds it while a balancer waits for one."""
        holders = [each for each in balancers if held_by(ingress) & held_by(each)]
        if waiting and not holders:
            told = " and ".join(sorted(held_by(ingress)))
            yield f"Ingress {ingress.name} says {told}, which no LoadBalancer has, while {self.waiting(waiting)}"
        for holder in holders:
            own = [each for each in self.kubernetes.endpoint_slices(holder.namespace) if each.service == holder.name]
            if own and not any(map(ready_in, own)):
                where = f"{holder.namespace}/{holder.name}"
                yield f"Ingress {ingress.name} is entered by LoadBalancer {where}, which has no ready endpoint"

    def waiting(self, service):
        """A LoadBalancer of another namespace that waits for its address, in words."""
        return f"LoadBalancer {service.namespace}/{service.name} waits for one{self.complaint(service)}"

    def complaint(self, service):
        """What the newest warning about a Service says, as the end of a sentence."""
        told = [event for event in self.kubernetes.events(service.namespace, service) if event.type == "Warning"]
        last = max(told, key=lambda event: event.at.timestamp() if event.at else 0.0, default=None)
        return f" ({last.reason}: {(last.message or '')[:200]})" if last else ""

    def of(self, service):
        """The EndpointSlices of a Service."""
        return [each for each in self.slices if each.service == service.name]

    def ready(self, service):
        """How many addresses of a Service take traffic; those of a pod that it selects no more soon will not."""
        return sum(ready_in(each, lambda endpoint: not self.left(service, endpoint)) for each in self.of(service))

    def left(self, service, endpoint):
        """Whether an endpoint is a pod that the Service does not select."""
        target = endpoint.target_ref
        pod = self.pods.get(target.name) if target is not None and target.kind == "Pod" else None
        return pod is not None and not matches(service.spec.selector, pod.labels)

    def at_rest(self, service, *, passive):
        """Whether everything that a Service selects is meant to have no pods now; behind an Ingress on passive only."""
        if passive and self.site.active:
            return False
        selected = self.selected(service)
        return bool(selected) and all(workload.desired == 0 for workload in selected)

    def selected(self, service):
        """The workloads whose pods a Service selects."""
        return [
            workload
            for workload in self.kubernetes.workloads(self.namespace)
            if matches(service.spec.selector, workload.spec.template.metadata.labels)
        ]

    def labelled_at_run_time(self, service):
        """Whether it selects by a label that pods get while they run: the leader of a cluster, one pod of a set."""
        if any(matches(service.spec.selector, pod.labels) for pod in self.pods.values()):
            return False
        planned = {
            label
            for workload in self.kubernetes.workloads(self.namespace)
            for label in workload.spec.template.metadata.labels
        }
        worn = {label for pod in self.pods.values() for label in pod.labels}
        return any(label in worn - planned for label in service.spec.selector)

    def why(self, service):
        """What keeps a Service from having a ready endpoint, in words."""
        selector = ",".join(f"{key}={value}" for key, value in sorted(service.spec.selector.items()))
        if not service.spec.selector:
            return "selects nothing and was given no endpoint"
        pods = [
            pod
            for pod in self.pods.values()
            if matches(service.spec.selector, pod.labels) and pod.phase not in ("Succeeded", "Failed")
        ]
        if pods:
            return f"has no ready endpoint among its {len(pods)} {'pod' if len(pods) == 1 else 'pods'} ({selector})"
        selected = self.selected(service)
        if selected:
            return f"has no endpoint: {' and '.join(map(str, selected))} has no pod ({selector})"
        return f"selects no pod ({selector})"


def ready_in(endpoint_slice, counts=lambda _: True):
    """How many addresses of a slice take traffic; nothing said about readiness means ready."""
    ready = [each for each in endpoint_slice.endpoints if each.conditions.ready is not False]
    return sum(len(each.addresses) for each in ready if counts(each))


def matches(selector, labels):
    """Whether labels fulfil a Service's selector."""
    return all(labels.get(key) == value for key, value in selector.items())


def waits(service):
    """Whether a Service of type LoadBalancer has no address."""
    return service.spec.type == "LoadBalancer" and not addressed(service)


def addressed(item):
    """Whether a Service or Ingress has an address."""
    return any(each.ip or each.hostname for each in item.status.load_balancer.ingress)


def held_by(item):
    """The addresses and names that a Service or Ingress has."""
    return {held for each in item.status.load_balancer.ingress for held in (each.ip, each.hostname) if held}


def listed(mapping, key):
    """The mappings of a list in an object that nobody checked; none where it is no list."""
    value = mapping.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def named(port):
    """A port for the reader."""
    return f"{port.port} ({port.name})" if port.name else str(port.port)
