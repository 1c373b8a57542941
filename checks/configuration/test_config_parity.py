"""Configuration that has the same keys on both sites, and the same values but for the site itself."""

import re

import pytest

HASH = re.compile(r"-[bcdfghkmt2456789]{10}$")
LINE = re.compile(r":line \d+$")
IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
NOT_COMPARED = ("helm.sh/release.v1", "kubernetes.io/service-account-token")


@pytest.mark.check(
    severity="blocker",
    remedy="Add the key where it is missing, and let values differ by nothing but the site. "
    "Allow a key under `drift.allow`, with a reason, if it differs on purpose.",
)
def test_config_parity(namespace_by_site, kubernetes_by_site, drift, neutral, escalate, shortened):
    """ConfigMaps and variables have the same keys on both sites, and values that differ by nothing but the site.

    A key was added with a release on the site that works and never on the other, which was deployed from an older
    branch. The service starts there, takes its default, and nobody sees it before customers do.
    """
    held = {
        site: Configuration(site, namespace_by_site[site], kubernetes, drift, neutral)
        for site, kubernetes in kubernetes_by_site.items()
    }
    (one, first), (other, second) = list(held.items())[:2]
    missing: list[str] = []
    differing: list[str] = []
    for key in dict.fromkeys([*first.values, *second.values]):
        if key[0] in first.lacking | second.lacking:
            continue
        if key in first.values and key in second.values:
            here, there = first.values[key], second.values[key]
            if alike(here) != alike(there) and not {key} & (first.allowed | second.allowed):
                differing.append(f"{told(key)} is {brief(here)} in {one} and {brief(there)} in {other}")
        else:
            lacks = other if key in first.values else one
            unread = key[0] in first.maps ^ second.maps and key[0] not in first.read | second.read
            where = differing if unread else missing  # a ConfigMap of one site that no template names is only named
            if not {key} & (first.allowed | second.allowed):
                where.append(f"{told(key)} is missing in {lacks}")
    if not missing:
        escalate("warning")
    assert not missing + differing, (
        f"The configuration of {namespace_by_site[one]} differs between {one} and {other}: "
        f"{shortened(missing + differing)}; declared is that it differs by nothing but the site."
    )


class Configuration:
    """The values of one site by owner and path, without what belongs to the site."""

    def __init__(self, site, namespace, kubernetes, drift, neutral):
        if not any(each.name == namespace.name for each in kubernetes.namespaces()):
            raise LookupError(f"{namespace} does not exist in {site}, so its configuration cannot be compared.")
        self.values: dict[tuple[str, str], str] = {}
        self.allowed: set[tuple[str, str]] = set()
        self.lacking: set[str] = set()
        self.read: set[str] = set()
        self.maps: set[str] = set()
        self.named = lambda text: neutral(site, f"{text}")  # a name that could not be read says so here
        self.of_config_maps(namespace, kubernetes, drift)
        self.of_secrets(namespace, kubernetes)
        self.of_templates(namespace, kubernetes)

    def of_config_maps(self, namespace, kubernetes, drift):
        """The leaves of ConfigMaps; text that has no keys of its own is one value."""
        for each in kubernetes.config_values(namespace.name):
            key = self.owner("ConfigMap", each.surface.rpartition("/")[2]), self.named(LINE.sub("", each.path))
            self.maps.add(key[0])
            value = IDENTIFIER.sub("<id>", self.named(each.value))
            self.values[key] = f"{self.values[key]}\n{value}" if key in self.values else value
            if drift.allowed(each.surface, each.path):
                self.allowed.add(key)

    def of_secrets(self, namespace, kubernetes):
        """The keys of Secrets where they are read; their values are nobody's business."""
        for secret in kubernetes.secrets(namespace.name):
            for key in secret.keys if secret.type not in NOT_COMPARED else ():
                owner = self.owner("Secret", secret.name)
                self.maps.add(owner)
                self.values[owner, f"data.{key}"] = "<value>"

    def of_templates(self, namespace, kubernetes):
        """The variables that templates of declared things spell out, and which ConfigMaps and Secrets they read."""
        declared = namespace.declared_workloads | namespace.declared_jobs
        there = set()
        for template in kubernetes.pod_templates(namespace.name):
            if (template.kind, template.name) not in declared:
                continue
            owner = f"{template.kind} {template.name}"
            there.add(owner)
            self.read |= {self.owner(each.kind, each.name) for each in template.references}
            for container in template.containers:
                for entry in container.env:
                    value = self.named(entry.value or "") if entry.source == "value" else f"<{entry.source}>"
                    self.values[owner, f"{container.name}.env.{entry.name}"] = IDENTIFIER.sub("<id>", value)
        self.lacking = {f"{kind} {name}" for kind, name in declared} - there

    def owner(self, kind, name):
        """An object's name without the site, and without the hash of its content that kustomize appends."""
        return f"{kind} {HASH.sub('', self.named(name))}"


def alike(value):
    """A value in which no site is told from another: one that names the other site is a matter of region drift."""
    return value.replace("other site", "site")


def told(key):
    """A key as a person finds it."""
    return f"{key[0]} {key[1]}"


def brief(value):
    """A value in readable length; an empty one is said to be empty."""
    line = value.replace("\n", " | ")
    return (line if len(line) <= 80 else f"{line[:80]}...") or "empty"
