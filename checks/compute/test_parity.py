"""Parity: is what runs on one site the same as on the other?"""

from collections import defaultdict

import pytest

BOUNDS = {
    "memory_request": "memory request",
    "memory_limit": "memory limit",
    "cpu_request": "CPU request",
    "cpu_limit": "CPU limit",
}


@pytest.mark.check(
    severity="warning",
    remedy="Bring both sites to the same release and values, and put what was changed by hand into the repository "
    "(or into the declared `replicas`).",
)
def test_replica_parity(workload_by_site, kubernetes_by_site, sites):
    """Containers have the same requests and limits on both sites, and as many replicas as their role declares.

    Under load somebody raised a limit or scaled a Deployment by hand, on the site that had the load. The other site
    still has what the chart says: green, idle, and after the move too small by exactly that incident's lesson.
    """
    workload = next(iter(workload_by_site.values()))
    known = observed(workload_by_site, kubernetes_by_site)
    templates = {
        site: {(each.kind, each.name): each for each in kubernetes_by_site[site].template_containers(declared)}
        for site, declared in workload_by_site.items()
    }
    problems = [
        *missing(templates),
        *unequal(templates),
        *miscounted(workload_by_site, kubernetes_by_site, known, sites),
    ]
    assert not problems, f"{workload} is not the same in {' and '.join(templates)}: {'; '.join(problems)}."


@pytest.mark.check(
    severity="warning",
    remedy="Deploy the same digest to both sites; pin images by digest, or never push a tag twice.",
)
def test_image_parity(workload_by_site, kubernetes_by_site):
    """Every container of every pod runs the same image on both sites, by its digest.

    A tag was pushed again after a late fix: the site that restarted since runs the new image, the other one last
    week's, and both say 2026.47.1. Or a release went to the active site only, and the move takes it back.
    """
    workload = next(iter(workload_by_site.values()))
    observed(workload_by_site, kubernetes_by_site)
    running = {site: images(kubernetes_by_site[site], declared) for site, declared in workload_by_site.items()}
    problems: list[str] = []
    doubts: list[str] = []
    for container in sorted({name for held in running.values() for name in held}):
        here = {site: held.get(container) for site, held in running.items() if held}
        if len(here) > 1:
            compare_digests(container, here, problems, doubts)
    if not all(running.values()):
        compare_templates(workload_by_site, kubernetes_by_site, running, problems, doubts)
    assert not problems, f"{workload} does not run the same images in {' and '.join(running)}: {'; '.join(problems)}."
    if doubts:
        raise LookupError(f"The images of {workload} cannot be compared: {'; '.join(doubts)}.")


def observed(workload_by_site, kubernetes_by_site):
    """The workload on every site; one that is missing somewhere cannot be compared."""
    known = {site: kubernetes_by_site[site].workload(declared) for site, declared in workload_by_site.items()}
    for site, found in known.items():
        if found is None:
            raise LookupError(f"{workload_by_site[site]} does not exist in {site}, so nothing can be compared with it.")
    return known


def missing(templates):
    """The containers that not every site's template has."""
    for kind, name in sorted({key for held in templates.values() for key in held}):
        without = [site for site, held in templates.items() if (kind, name) not in held]
        if without:
            yield f"its template has no {kind} {name} in {' and '.join(without)}"


def unequal(templates):
    """The requests and limits that differ, as amounts: 1Gi is 1024Mi, and 500m is 0.5."""
    for key in sorted(set.intersection(*(set(held) for held in templates.values()))):
        for bound, words in BOUNDS.items():
            values = {site: getattr(held[key], bound) for site, held in templates.items()}
            if len(set(values.values())) > 1:
                told = ", ".join(f"{site} {amount(bound, value)}" for site, value in values.items())
                yield f"the {words} of {key[1]} differs ({told})"


def miscounted(workload_by_site, kubernetes_by_site, known, sites):
    """The sites that ask for another number than is declared for their role; where an autoscaler rules, it decides."""
    fixed = {}
    for site, declared in workload_by_site.items():
        if declared.kind == "DaemonSet" or any(kubernetes_by_site[site].scalers(declared)):
            continue
        fixed[site] = known[site].desired
        role = "active" if sites[site].active else "passive"
        wanted = getattr(declared.replicas, role) if declared.replicas else None
        if wanted is not None and fixed[site] != wanted:
            yield f"{site} asks for {fixed[site]} replicas, declared for a site that is {role} are {wanted}"
    undeclared = all(declared.replicas is None for declared in workload_by_site.values())
    alike = len({sites[site].active for site in fixed}) == 1
    if undeclared and alike and len(set(fixed.values())) > 1:
        yield f"the replicas differ ({', '.join(f'{site} {count}' for site, count in fixed.items())})"


def images(kubernetes, workload):
    """The image ids of every container by its name, over every pod that still runs or is to run."""
    found = defaultdict(set)
    for pod in kubernetes.pods(workload):
        if pod.phase in ("Succeeded", "Failed") or pod.terminating:
            continue
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
            found[status.name].add(status.image_id or "")
    return {name: ids - {""} or ids for name, ids in found.items()}  # a pod that just starts has no image id yet


def compare_digests(container, here, problems, doubts):
    """Compare what runs of one container, by digest."""
    absent = [site for site, ids in here.items() if ids is None]
    if absent:
        problems.append(f"no pod has a container {container} in {' and '.join(absent)}")
        return
    digests = {site: {digest(each) for each in ids} for site, ids in here.items()}
    unknown = [site for site, held in digests.items() if None in held]
    if unknown:
        doubts.append(f"container {container} in {' and '.join(unknown)} has no status.imageID with a digest")
    elif len({kind for held in digests.values() for kind, _ in held}) > 1:
        doubts.append(f"container {container} has the id of an image in one place and a registry's digest in another")
    elif len({value for held in digests.values() for _, value in held}) > 1:
        told = [f"{site} {' and '.join(sorted(value[:19] for _, value in held))}" for site, held in digests.items()]
        problems.append(f"container {container} runs {', '.join(told)}")


def digest(image_id):
    """An image's digest and who gave it: the registry for ``name@sha256:...``, the runtime for a bare one; or None."""
    name, at, value = image_id.rpartition("@")
    if not value.startswith("sha256:") or len(value) != len("sha256:") + 64:
        return None
    return ("registry" if at and name else "runtime", value)


def compare_templates(workload_by_site, kubernetes_by_site, running, problems, doubts):
    """Where a site runs nothing, compare what its template names with what the other site's names."""
    named = {
        site: {
            each.name: reference(each.image or "") for each in kubernetes_by_site[site].template_containers(declared)
        }
        for site, declared in workload_by_site.items()
    }
    idle = " and ".join(site for site, held in running.items() if not held)
    for container in sorted(set.intersection(*(set(held) for held in named.values()))):
        references = {site: held[container] for site, held in named.items()}
        told = ", ".join(f"{site} {held[0]}" for site, held in references.items())
        if len({held[1:] for held in references.values()}) > 1:
            problems.append(f"container {container} is to run {told} (no pod runs in {idle})")
        elif any(tag in ("", "latest") and not pinned for _, _, tag, pinned in references.values()):
            doubts.append(f"no pod runs in {idle}, and {told} may be anything (container {container})")


def reference(image):
    """An image without its registry: as it is told, its last name, its tag, its digest."""
    name, _, pinned = image.partition("@")
    path, _, tag = name.rpartition(":") if ":" in name.rpartition("/")[2] else (name, "", "")
    last = path.rpartition("/")[2]
    return (f"{last}:{tag or 'latest'}" + (f"@{pinned[:19]}" if pinned else ""), last, "" if pinned else tag, pinned)


def amount(bound, value):
    """An amount for the reader; None where there is none."""
    if value is None:
        return "none"
    if bound.startswith("cpu"):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return f"{int(value) / 2**20:.1f}".removesuffix(".0") + "Mi"
