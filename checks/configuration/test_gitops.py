"""What deploys: does it follow its source, here as on the other site?"""

import re

import pytest

SHA = re.compile(r"[0-9a-f]{40,64}")
FLUX = ("kustomizations", "helmreleases")
RESTING = ("Healthy", "Suspended", "Progressing")


@pytest.mark.check(
    severity="warning",
    remedy="Resume what is suspended (`flux resume`), repair what is not ready, and let both sites follow the same "
    "revision.",
)
def test_gitops(cluster, kubernetes, kubernetes_elsewhere, neutral, site, shortened):
    """Flux and Argo CD objects are ready, not suspended, and at the same revision as on the other site.

    Somebody suspended a Kustomization for a test on the site that stands by. Since then each release has gone to one
    site alone, and what takes over after the move is the state of three weeks ago.
    """
    kubernetes.identity  # noqa: B018 - a cluster to which nothing deploys by itself has been looked at as well
    found = list(objects(kubernetes))
    wrong = [f"{name} {fault}" for name, each in found for fault in faults_of(each)]
    for other, there in kubernetes_elsewhere.items():
        revisions = {neutral(other, name): (name, revision_of(each)) for name, each in objects(there)}
        for name, each in found:
            _, revision = revisions.get(neutral(str(site), name), (name, None))
            own = revision_of(each)
            if own and revision and own != revision:
                wrong.append(f"{name} is at {short(own)}, in {other} at {short(revision)}")
    assert not wrong, (
        f"What deploys to {cluster.name} in {site} does not follow its source: {shortened(wrong)}; "
        "declared is ready, not suspended, and the same revision on every site."
    )


def objects(kubernetes):
    """Every object that deploys, by kind and name."""
    for kind in (*FLUX, "applications"):
        for each in kubernetes.custom(kind):
            yield f"{each.kind} {each.namespace}/{each.name}", each


def faults_of(each):
    """What is wrong with one object, in words."""
    if each.kind == "Application":
        yield from faults_of_application(each)
        return
    if each.spec.get("suspend") is True:
        yield "is suspended"
        return
    conditions = [held for held in each.status.get("conditions") or () if isinstance(held, dict)]
    ready = next((held for held in conditions if held.get("type") == "Ready"), None)
    if ready is None:
        yield "says nothing of being ready"
    elif ready.get("status") != "True":
        yield f"is not ready ({brief(ready)})"
    else:
        seen, wanted = each.status.get("observedGeneration"), each.metadata.generation
        if isinstance(seen, int) and wanted is not None and seen < wanted:
            yield f"has not taken up its last change (generation {seen} of {wanted})"


def faults_of_application(each):
    """What is wrong with an Argo CD Application; one whose parts rest on purpose is healthy enough."""
    sync, health = part(each.status, "sync").get("status"), part(each.status, "health").get("status")
    if sync != "Synced":
        yield f"is {sync or 'of unknown state'}, not Synced"
    if health not in RESTING:
        yield f"has health {health or 'unknown'}"
    for held in each.status.get("conditions") or ():
        if isinstance(held, dict) and str(held.get("type", "")).endswith("Error"):
            yield f"reports {brief(held)}"


def revision_of(each):
    """The revision that is applied: a commit's own name where there is one, else as it is written; of several all."""
    if each.kind == "Application":
        sync = part(each.status, "sync")
        several = sync.get("revisions")
        told = several if several and isinstance(several, list) else [sync.get("revision")]
    else:
        told = [each.status.get("lastAppliedRevision") or each.status.get("lastAttemptedRevision")]
    written = [revision for revision in told if isinstance(revision, str) and revision]
    found = [(SHA.search(revision), revision) for revision in written]
    return " and ".join(sha.group(0) if sha else revision for sha, revision in found) or None


def part(status, name):
    """A part of a status, empty where there is none."""
    found = status.get(name)
    return found if isinstance(found, dict) else {}


def brief(condition):
    """A condition in readable length."""
    text = str(condition.get("message") or condition.get("reason") or condition.get("type"))
    return text if len(text) <= 160 else f"{text[:160]}..."


def short(revision):
    """A revision as people say it."""
    return SHA.sub(lambda sha: sha.group(0)[:12], revision)
