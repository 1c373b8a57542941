"""Images: can every pod be started from the image that it names?"""

import re

import pytest

WAITING = {
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
}
#: What the messages of registries and of the container runtime come down to; the first that is said counts.
CAUSES = (
    (r"no such host|i/o timeout|connection refused|connection reset|deadline exceeded|dial tcp|x509", "unreachable"),
    (r"toomanyrequests|too many requests", "throttled"),
    (r"no match for platform|no matching manifest", "built for another platform"),
    (r"no space left", "no room on the node"),
    (r"unauthorized|forbidden|access denied|authentication required|insufficient_scope", "not allowed"),
    (r"not found|manifest unknown|name unknown|does not exist", "not in the registry"),
    (r"invalid reference format|couldn't parse image", "no valid name"),
    (r"not present with pull policy", "not on the node, which may not pull it"),
    (r"signature", "not signed as demanded"),
)


@pytest.mark.check(
    severity="blocker",
    remedy="Push or replicate the image, correct its name, let the kubelet's identity pull (AcrPull) or open the "
    "registry's network to this site.",
)
def test_images_pullable(workload, kubernetes, site, shortened):
    """No pod of the workload waits for an image, and where one does, the reason is named.

    Nodes that have cached an image run on for months while the registry refuses them: no replica in this region, a
    private endpoint that only the other network resolves, an identity without AcrPull, a tag that was cleaned up. It
    shows on the first new node, when the site scales up for the traffic that it has just been given.
    """
    if kubernetes.workload(workload) is None:
        raise LookupError(f"{workload} does not exist in {site}, so its images cannot be judged.")
    waiting = [
        f"{named(each)} waits for {each.image or 'an image without a name'}: {reason(each, kubernetes)}"
        for each in kubernetes.containers(workload)
        if each.waiting_reason in WAITING and not each.observed.terminating
    ]
    assert not waiting, f"{workload} in {site} has pods that wait for an image: {shortened(waiting)}."


def reason(container, kubernetes):
    """Why the image does not come: in one word where that is known, and in those of the node."""
    events = kubernetes.remarks(container.observed, "Failed", "FailedToPullImage", "InspectFailed", "ErrImageNeverPull")
    own = [said for said in events if container.image and container.image in said]
    said = [told for told in (container.waiting_message, *own) if told]
    for told in said:
        for pattern, cause in CAUSES:
            if re.search(pattern, told, re.IGNORECASE):
                return f"{cause} ({container.waiting_reason}: {brief(told)})"
    return f"{container.waiting_reason} ({brief(said[0]) if said else 'no message, no event'})"


def brief(told):
    """A message of readable length; what counts stands at its end."""
    return (told if len(told) <= 240 else f"{told[:60]} ... {told[-175:]}").rstrip(".")


def named(container):
    """A container for the reader, saying so where it is an init container or a sidecar."""
    return str(container) if container.kind == "container" else f"{container.kind} {container}"
