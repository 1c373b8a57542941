"""Admission: what the API server lets in, on one site as on the other."""

import json
import re

import pytest

LEVEL = "pod-security.kubernetes.io/enforce"
LABELS = "pod-security.kubernetes.io/"
BASELINE = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP"),
    *("SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}
POLICIES = (
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "clusterpolicies",
    "constraints",
)
ASSIGNMENT = re.compile(r"-[0-9a-f]{20,}$")  # what Azure Policy appends for each assignment
TURNED_AWAY = re.compile(
    r"denied the request|violates PodSecurity|denied request|is forbidden: Validating", re.IGNORECASE
)


@pytest.mark.check(
    severity="warning",
    remedy="Give both clusters the same policies and Pod Security labels, and change the workload that one of them "
    "would turn away before it has to start there.",
)
def test_admission(cluster_by_site, kubernetes_by_site, neutral, shortened):
    """Admission policies, webhooks and Pod Security labels agree on both sites, and turn no workload away.

    The new cluster was built with a stricter policy. What runs there was let in before it came; the first pod that
    starts after the move is turned away, and the ReplicaSet tells of it in an event while the Deployment looks idle.
    """
    rules = {site: rules_of(site, kubernetes, neutral) for site, kubernetes in kubernetes_by_site.items()}
    found = [*differences(rules)]
    for site, kubernetes in kubernetes_by_site.items():
        found += [f"{fault} in {site}" for fault in turned_away(kubernetes, shortened)]
    clusters = " and ".join(each.name for each in cluster_by_site.values())
    assert not found, (
        f"What {clusters} let in differs, or turns workloads away: {shortened(found)}; "
        "declared is the same admission on both sites, and none that rejects what is declared."
    )


def rules_of(site, kubernetes, neutral):
    """What each policy, webhook and namespace says, without what belongs to the site, by its name without it."""
    rules = {}
    for kind in POLICIES:
        for policy in kubernetes.custom(kind):
            name = ASSIGNMENT.sub("", neutral(site, policy.name))
            rules[f"{policy.kind} {name}"] = neutral(site, json.dumps(policy.spec, sort_keys=True))
    for configuration in kubernetes.webhook_configurations():
        for hook in configuration.webhooks:
            asked = [(sorted(rule.api_groups), sorted(rule.resources), sorted(rule.operations)) for rule in hook.rules]
            said = {"failurePolicy": hook.failure_policy or "Fail", "rules": sorted(asked)}
            rules[f"{configuration.kind} {neutral(site, configuration.name)} ({hook.name})"] = json.dumps(said)
    for namespace in kubernetes.namespaces():
        if namespace.name in kubernetes.declared_namespaces:
            labels = {key: value for key, value in namespace.labels.items() if key.startswith(LABELS)}
            rules[f"Namespace {namespace.name}"] = json.dumps(dict(sorted(labels.items())))
    return rules


def differences(rules):
    """In words, what one site has and the other has not, or has otherwise."""
    (one, first), *others = rules.items()
    for other, second in others:
        for name in dict.fromkeys([*first, *second]):
            if name not in first or name not in second:
                yield f"{name} is missing in {one if name not in first else other}"
            elif first[name] != second[name]:
                yield f"{name} says {brief(first[name])} in {one} and {brief(second[name])} in {other}"


def turned_away(kubernetes, shortened):
    """In words, each workload of a declared namespace that would not be let in, or was not."""
    levels = {each.name: each.labels.get(LEVEL, "privileged") for each in kubernetes.namespaces()}
    constraints = [each for each in kubernetes.custom("constraints") if denies(each)]
    for namespace in kubernetes.declared_namespaces:
        for template in kubernetes.pod_templates(namespace):
            faults = [*baseline(template), *restricted(template, levels.get(namespace))]
            if levels.get(namespace) in ("baseline", "restricted") and faults:
                yield f"{template} violates the enforced level {levels[namespace]} ({shortened(faults)})"
            for constraint in constraints:
                yield from violations(constraint, template)
        for event in kubernetes.events(namespace):
            if event.reason == "FailedCreate" and TURNED_AWAY.search(event.message or ""):
                yield (
                    f"pods of {event.involved_object.kind} {namespace}/{event.involved_object.name} were turned away "
                    f"({(event.message or '')[:200]})"
                )
    yield from silent_webhooks(kubernetes, shortened)


def denies(constraint):
    """Whether a constraint rejects, instead of only telling."""
    return constraint.spec.get("enforcementAction", "deny") == "deny"


def violations(constraint, template):
    """What a constraint's own audit says of a workload or of its pods."""
    for each in constraint.status.get("violations") or ():
        if isinstance(each, dict) and each.get("namespace") == template.namespace:
            own = (each.get("kind"), each.get("name")) == (template.kind, template.name)
            pods = each.get("kind") in ("Pod", "ReplicaSet") and str(each.get("name", "")).startswith(
                f"{template.name}-"
            )
            if own or pods:
                yield f"{template} violates constraint {constraint.name} ({str(each.get('message', ''))[:160]})"
                return


def silent_webhooks(kubernetes, shortened):
    """Webhooks that nobody answers, so that no pod of a declared namespace is let in."""
    labels = {
        each.name: {"kubernetes.io/metadata.name": each.name, **each.labels}
        for each in kubernetes.namespaces()
        if each.name in kubernetes.declared_namespaces
    }
    for configuration in kubernetes.webhook_configurations():
        for hook in configuration.webhooks:
            service = hook.client_config.service
            if service is None or hook.failure_policy == "Ignore" or not hook.judges("CREATE", "pods"):
                continue
            selector = hook.namespace_selector
            asked = [name for name, held in labels.items() if selector is None or selector.selects(held)]
            if asked and not answered(kubernetes, service):
                yield (
                    f"no pod is let into {shortened(asked)}, since nobody answers webhook {hook.name} "
                    f"(Service {service.namespace}/{service.name} has no ready endpoint, failurePolicy Fail)"
                )


def answered(kubernetes, service):
    """Whether a ready endpoint stands behind a Service."""
    return any(
        endpoint.addresses and endpoint.conditions.ready is not False
        for held in kubernetes.endpoint_slices(service.namespace)
        if held.service == service.name
        for endpoint in held.endpoints
    )


def baseline(template):
    """What the baseline level of the Pod Security Standards does not allow."""
    spec = template.spec
    for name, used in (("hostNetwork", spec.host_network), ("hostPID", spec.host_pid), ("hostIPC", spec.host_ipc)):
        if used:
            yield name
    yield from (f"hostPath volume {volume.name}" for volume in spec.volumes if volume.host_path is not None)
    if unconfined(spec.security_context):
        yield "seccompProfile Unconfined of the pod"
    for container in (*spec.init_containers, *spec.containers):
        context = container.security_context
        if context.privileged:
            yield f"privileged container {container.name}"
        added = sorted(set(context.capabilities.add) - BASELINE)
        if added:
            yield f"capabilities {', '.join(added)} of container {container.name}"
        if unconfined(context):
            yield f"seccompProfile Unconfined of container {container.name}"
        if any(port.host_port for port in container.ports):
            yield f"hostPort of container {container.name}"


def unconfined(context):
    """Whether every system call is let through, as somebody asked for."""
    return context.seccomp_profile is not None and context.seccomp_profile.type == "Unconfined"


def restricted(template, level):
    """What the restricted level asks for besides; nothing where the namespace enforces less."""
    spec, pod = template.spec, template.spec.security_context
    if level != "restricted":
        return
    for container in (*spec.init_containers, *spec.containers):
        own = container.security_context
        if own.allow_privilege_escalation is not False:
            yield f"allowPrivilegeEscalation of container {container.name}"
        if (own.run_as_non_root if own.run_as_non_root is not None else pod.run_as_non_root) is not True:
            yield f"runAsNonRoot of container {container.name}"
        if (own.run_as_user if own.run_as_user is not None else pod.run_as_user) == 0:
            yield f"runAsUser 0 of container {container.name}"
        if "ALL" not in own.capabilities.drop or set(own.capabilities.add) - {"NET_BIND_SERVICE"}:
            yield f"capabilities of container {container.name}"
        if (own.seccomp_profile or pod.seccomp_profile) is None:
            yield f"seccompProfile of container {container.name}"


def brief(text):
    """A rule in readable length."""
    return text if len(text) <= 160 else f"{text[:160]}..."
