"""Volumes: are the claims bound, and do the volumes lie where the pods are?"""

import re
from datetime import timedelta

import pytest

BOUND = timedelta(minutes=2)  # how long a claim may take to be bound
CLOCKS = timedelta(minutes=5)  # how far another clock may be ahead


@pytest.mark.check(
    severity="blocker",
    remedy="Bind the claim: correct its storage class, restore the volume in this region (`az disk create --source`), "
    "or give the pods nodes in the volume's zone.",
)
def test_volumes(workload, kubernetes, site, drift, now, shortened):
    """Every claim of the workload is bound, to a volume of this region that its nodes can reach.

    A manifest that was copied from the other cluster brings its volume's name along: the claim is bound, and the disk
    behind it lies in the region that has just been lost. A disk of one zone holds its pod in that zone, where the pool
    may have no node. And a claim that somebody deleted lives on while a pod uses it: the next restart loses the data.
    """
    found = kubernetes.workload(workload)
    if found is None:
        raise LookupError(f"{workload} does not exist in {site}, so its volumes cannot be judged.")
    problems, unknown = [], []
    for name, used in sorted(claims_of(found, kubernetes).items()):
        claim = kubernetes.claim(found.namespace, name)
        if claim is None:
            problems.extend([f"claim {name} does not exist"] if used else [])
            continue
        if claim.status.phase is None:
            unknown.append(f"claim {name} has no status.phase")
        problems.extend(f"claim {name} {said}" for said in state(claim, used, kubernetes, now))
        if claim.status.phase == "Bound":
            volume = kubernetes.volume(claim) if claim.spec.volume_name else None
            if not claim.spec.volume_name:
                unknown.append(f"claim {name} is Bound and has no spec.volumeName")
            elif volume is None:
                problems.append(f"claim {name} is bound to volume {claim.spec.volume_name}, which does not exist")
            else:
                where = location(volume, workload, kubernetes, site, drift)
                problems.extend(f"claim {name}: volume {volume.name} {said}" for said in where)
    assert not problems, f"{workload} in {site} has volumes that do not fit: {shortened(problems)}."
    if unknown:
        raise LookupError(f"{workload} in {site} cannot be judged: {shortened(unknown)}.")


def claims_of(found, kubernetes):
    """The names of the workload's claims, and whether each is in use: by a pod, or by a template of pods to come."""
    claims = {}
    pods = [each for each in kubernetes.pods(found) if each.phase not in ("Succeeded", "Failed")]
    for pod in pods:
        claims.update(dict.fromkeys(named_in(pod.spec, pod.name), True))
    if not pods:
        claims.update(dict.fromkeys(named_in(found.spec.template.spec, None), found.desired > 0))
    templates = [each.metadata.name for each in found.spec.volume_claim_templates]
    for claim in kubernetes.persistent_volume_claims(found.namespace) if templates else ():
        if any(re.fullmatch(rf"{re.escape(each)}-{re.escape(found.name)}-\d+", claim.name) for each in templates):
            claims.setdefault(claim.name, False)
    return claims


def named_in(spec, pod):
    """The names of the claims that a pod or template mounts; a claim of its own is named after the pod."""
    for volume in spec.volumes:
        if volume.persistent_volume_claim:
            yield volume.persistent_volume_claim.claim_name
        elif volume.ephemeral is not None and pod:
            yield f"{pod}-{volume.name}"


def state(claim, used, kubernetes, now):
    """What is wrong with a claim itself. One that no pod uses yet may rightly wait for its first consumer."""
    if claim.metadata.deletion_timestamp:
        yield "is being deleted, and its data with the last pod that uses it"
    if claim.status.phase == "Pending":
        told = kubernetes.remarks(claim, "ProvisioningFailed", "FailedBinding")
        young = claim.created is not None and now - BOUND < claim.created <= now + CLOCKS
        if told or (used and not young):
            yield f"is Pending ({told[0][:240].rstrip('.') if told else 'no event says why'})"
    elif claim.status.phase not in ("Bound", None):
        yield f"is {claim.status.phase}"


def location(volume, workload, kubernetes, site, drift):
    """Why a volume is not where the site's pods are."""
    if volume.metadata.deletion_timestamp:
        yield "is being deleted"
    regions = kubernetes.regions_of(volume)
    if regions and site.location not in regions:
        yield f"lies in {' and '.join(regions)}, and {site} in {site.location}"
        return
    for path, value in kubernetes.addresses_of(volume):
        foreign = drift.named_in(value)
        if foreign and not drift.allowed(f"persistentvolume/{volume.name}", path):
            yield f"names {', '.join(foreign)} in {path} ({value[:200]})"
            return
    nodes = list(kubernetes.nodes_for(workload))
    if nodes and not any(kubernetes.reaches(node, volume) for node in nodes):
        zones = ", ".join(kubernetes.zones_of(volume)) or "no zone"
        yield f"is reached from {zones} only, and none of the {len(nodes)} nodes for the workload is there"
