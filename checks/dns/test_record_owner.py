"""Who owns the records that clusters write themselves."""

import re
from itertools import combinations

import pytest


@pytest.mark.check(
    severity="warning",
    remedy="Give the external-dns of each cluster an owner id of its own (`--txt-owner-id`), and hand the existing "
    "records over by their TXT records.",
)
def test_record_owner(cluster_by_site, kubernetes_by_site):
    """The external-dns of each cluster owns its records under an id of its own.

    Two clusters with one owner id each take the other's records for their own leftovers: after the move the old one
    deletes or turns back, at its next synchronisation, what the new one has just written.
    """
    writers = {site: list(found(kubernetes)) for site, kubernetes in kubernetes_by_site.items()}
    shared = [
        f"{writer.name} in {one} and {twin.name} in {other} both write {common(writer, twin)} {how(writer, twin)}"
        for (one, first), (other, second) in combinations(writers.items(), 2)
        for writer in first
        for twin in second
        if conflict(writer, twin)
    ]
    clusters = " and ".join(str(cluster) for cluster in cluster_by_site.values())
    assert not shared, f"The external-dns of {clusters} share records: {'; '.join(shared)}."


class Writer:
    """One external-dns, as its arguments and variables set it."""

    def __init__(self, workload, container):
        self.name = str(workload)
        self.values: dict[str, list[str]] = {}
        env = {entry.name: entry for entry in container.env}
        for name in env:
            if name.startswith("EXTERNAL_DNS_"):
                flag = name.removeprefix("EXTERNAL_DNS_").lower().replace("_", "-")
                self.values.setdefault(flag, []).extend(plain(self.name, env, f"$({name})").split("\n"))
        words = [plain(self.name, env, word) for word in (*container.command, *container.args)]
        told: dict[str, list[str]] = {}
        for word, following in zip(words, [*words[1:], ""], strict=False):
            if word.startswith("--"):
                flag, given, value = word[2:].partition("=")
                told.setdefault(flag, []).append(value if given or following.startswith("--") else following)
        self.values |= told

    def one(self, flag, otherwise=""):
        """The last value of a flag."""
        return next(reversed(self.values.get(flag, [])), otherwise) or otherwise

    @property
    def owner(self):
        """The owner id; None where it keeps no record of what is its own."""
        return None if self.one("registry", "txt") == "noop" else self.one("txt-owner-id", "default")


def found(kubernetes):
    """Every external-dns of a cluster, in whichever namespace."""
    for workload in kubernetes.workloads():
        for container in workload.spec.template.spec.containers:
            image = (container.image or "").partition("@")[0].rpartition("/")[2]
            if re.match(r"external-?dns(:|$)", image) or any("--txt-owner-id" in word for word in container.args):
                yield Writer(workload, container)


def plain(name, env, word):
    """A word with its variables in place; raises LookupError for an owner or filter that stands elsewhere."""

    def value(match):
        entry = env.get(match[1])
        if entry is None:
            return match[0]
        if entry.value is None and entry.value_from is not None:
            raise LookupError(f"{name} takes {match[1]} from elsewhere, so what it owns cannot be told.")
        return entry.value or ""

    return re.sub(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)", value, word)


def conflict(one, other):
    """Whether two of them may take each other's records for their own."""
    same = one.owner is None or other.owner is None or one.owner == other.owner
    return same and one.one("provider") == other.one("provider") and common(one, other) is not None


def common(one, other):
    """The domain that both write, in words; None where their zones or domains have nothing in common."""
    for flag in ("azure-resource-group", "azure-subscription-id"):
        if one.one(flag) and other.one(flag) and one.one(flag) != other.one(flag):
            return None
    zones = [set(each.values.get("zone-id-filter", [])) - {""} for each in (one, other)]
    if all(zones) and not zones[0] & zones[1]:
        return None
    first, second = (domains(each) for each in (one, other))
    if not first or not second:
        return " and ".join(sorted(first | second)) or "every domain"
    shared = {a if lies_in(a, b) else b for a in first for b in second if lies_in(a, b) or lies_in(b, a)}
    return " and ".join(sorted(shared)) or None


def domains(writer):
    """The domains that one of them is bound to; none means all."""
    return {each.strip().strip(".").lower() for each in writer.values.get("domain-filter", []) if each.strip(". ")}


def lies_in(inner, outer):
    """Whether a domain is another or lies below it."""
    return inner == outer or inner.endswith(f".{outer}")


def how(one, other):
    """Under which owner two of them write, in words."""
    if one.owner is None or other.owner is None:
        return "and keep no owner (--registry=noop)" if one.owner == other.owner else "and one keeps no owner"
    return f"as {one.owner}"
