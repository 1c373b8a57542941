"""Disruption budgets: does each protect something, and can a node still be drained?"""

import pytest


@pytest.mark.check(
    severity="warning",
    remedy="Correct the budget's selector, or let it allow one disruption (`maxUnavailable: 1`) and run at least two "
    "replicas; keep one budget per pod.",
)
def test_disruption_budget(namespace, kubernetes, site, shortened):
    """Every disruption budget selects something, alone, and allows a node to be drained.

    A budget whose selector was not renamed with the chart protects nothing, and an upgrade of the nodes takes all
    replicas at once. One that allows no disruption, or a second one for the same pods, blocks every drain: the node
    upgrade hangs for hours with "Cannot evict pod as it would violate the pod's disruption budget".
    """
    if all(each.name != namespace.name for each in kubernetes.namespaces()):
        raise LookupError(f"Namespace {namespace.name} does not exist in {site}, so its budgets cannot be judged.")
    budgets = list(kubernetes.pod_disruption_budgets(namespace.name))
    templates = [each.spec.template.metadata.labels for each in kubernetes.workloads(namespace.name)] if budgets else []
    problems, doubts = [], []
    for budget in budgets:
        doubt = unread(budget)
        if budget.spec.selector is None:
            problems.append(f"{budget.name} has no selector, so it protects nothing")
        elif doubt:
            doubts.append(doubt)
        else:
            problems += wrong(budget, templates)
    problems += overlapping(budgets, kubernetes.pods(namespace=namespace.name), shortened) if len(budgets) > 1 else ()
    assert not problems, (
        f"Namespace {namespace.name} in {site} has disruption budgets that fail: {'; '.join(problems)}."
    )
    if doubts:
        raise LookupError(f"Namespace {namespace.name} in {site} cannot be judged: {'; '.join(doubts)}.")


def unread(budget):
    """What of a budget's status cannot be read, or None."""
    for field in ("expected_pods", "desired_healthy"):
        if getattr(budget.status, field) is None:
            words = field.split("_")
            name = words[0] + "".join(word.capitalize() for word in words[1:])
            return f"budget {budget.name} has no status.{name}"
    seen, wanted = budget.status.observed_generation, budget.metadata.generation
    if wanted is not None and seen is not None and seen < wanted:
        return f"of budget {budget.name} status.observedGeneration is {seen}, its latest change is {wanted}"
    return None


def wrong(budget, templates):
    """What is wrong with one budget: it selects nothing, is not understood, or allows no drain by its own numbers."""
    told, selector = budget.status, budget.spec.selector
    failed = next((each for each in told.conditions if each.reason == "SyncFailed" and each.status == "False"), None)
    if failed:
        yield f"{budget.name} is not kept ({(failed.message or failed.reason)[:200].rstrip('.')})"
    elif told.expected_pods == 0:
        if not any(selector.empty or selector.selects(labels) for labels in templates):
            yield f"{budget.name} selects no pod and no workload's template ({written(selector)})"
    elif told.desired_healthy >= told.expected_pods:
        yield (
            f"{budget.name} allows no drain: it wants {told.desired_healthy} of {told.expected_pods} pods "
            f"healthy ({bound(budget)})"
        )


def overlapping(budgets, pods, shortened):
    """The pods that more than one budget selects: the eviction API refuses to evict them at all."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for pod in pods:
        selecting = [each.name for each in budgets if each.spec.selector and each.spec.selector.selects(pod.labels)]
        if len(selecting) > 1 and pod.phase not in ("Succeeded", "Failed"):
            shared.setdefault(tuple(sorted(selecting)), []).append(pod.name)
    return [f"{' and '.join(names)} both select {shortened(sorted(held))}" for names, held in sorted(shared.items())]


def bound(budget):
    """The rule of a budget as it is written."""
    if budget.spec.max_unavailable is not None:
        return f"maxUnavailable {budget.spec.max_unavailable}"
    return f"minAvailable {1 if budget.spec.min_available is None else budget.spec.min_available}"


def written(selector):
    """A selector for the reader."""
    labels = [f"{key}={value}" for key, value in sorted(selector.match_labels.items())]
    labels += [f"{each.key} {each.operator} {','.join(each.values)}".rstrip() for each in selector.match_expressions]
    return ", ".join(labels) or "everything"
