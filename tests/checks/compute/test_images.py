from __future__ import annotations

import pytest

from tests.checks.evidence import (
    NOW,
    container,
    deployment,
    instant,
    kubernetes,
    load,
    metadata,
    pod,
    role,
    unmet,
    unproven,
    workload,
)

check = load("compute/test_images.py")


def judge(*objects, **values):
    return {"workload": workload(), "kubernetes": kubernetes(*objects, **values), "site": role()}


def waiting(reason, message=None, name="api"):
    return {name: {"ready": False, "state": {"waiting": {"reason": reason, "message": message}}}}


def event(message, pod="api-1", reason="Failed"):
    return {
        "kind": "Event",
        "metadata": metadata(f"{pod}.1"),
        "involvedObject": {"kind": "Pod", "namespace": "orders", "name": pod, "uid": f"uid-of-{pod}"},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": instant(NOW),
    }


def test_pods_that_run_are_fine():
    check.test_images_pullable(**judge(deployment(), pod(), event("Failed to pull image: not found", pod="api-7f9c")))


def test_a_pod_that_waits_is_named_with_its_image_and_the_reason():
    refused = (
        'Back-off pulling image "acr.example/api:1": ErrImagePull: failed to fetch anonymous token: 401 Unauthorized'
    )
    one = pod("api-1", statuses=waiting("ImagePullBackOff", refused), phase="Pending")
    assert unmet(check.test_images_pullable, **judge(deployment(), pod("api-0"), one)) == (
        "Deployment orders/api in neu has pods that wait for an image: api in pod api-1 waits for acr.example/api:1: "
        f"not allowed (ImagePullBackOff: {refused})."
    )


def test_an_event_tells_what_the_status_does_not():
    one = pod("api-1", statuses=waiting("ImagePullBackOff", 'Back-off pulling image "acr.example/api:1"'))
    said = event('Failed to pull image "acr.example/api:1": acr.example/api:1: not found')
    assert "not in the registry (ImagePullBackOff: Failed to pull image" in unmet(
        check.test_images_pullable, **judge(deployment(), one, said)
    )


def test_events_of_a_namesake_before_it_explain_nothing():
    one = pod("api-1", statuses=waiting("ErrImagePull"), uid="uid-of-today")
    said = unmet(check.test_images_pullable, **judge(deployment(), one, event("acr.example/api:1: not found")))
    assert said.endswith("acr.example/api:1: ErrImagePull (no message, no event).")


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("dial tcp: lookup acr.example on 168.63.129.16:53: no such host", "unreachable"),
        ("failed to authorize: failed to fetch token: dial tcp 10.4.0.5:443: i/o timeout", "unreachable"),
        ("unexpected status: 429 Too Many Requests: toomanyrequests", "throttled"),
        ("no match for platform in manifest: not found", "built for another platform"),
        ("write /var/lib/containerd: no space left on device", "no room on the node"),
        ("pull access denied, repository does not exist or may require authorization", "not allowed"),
        ("403 Forbidden", "not allowed"),
        ("acr.example/api:1: manifest unknown", "not in the registry"),
    ],
)
def test_the_message_says_what_it_comes_down_to(message, cause):
    one = pod("api-1", statuses=waiting("ErrImagePull", message))
    assert f": {cause} (ErrImagePull: " in unmet(check.test_images_pullable, **judge(deployment(), one))


@pytest.mark.parametrize("reason", ["InvalidImageName", "ErrImageNeverPull", "ImageInspectError"])
def test_init_containers_and_every_way_to_wait_count(reason):
    one = pod("api-1", init=[container("migrate", image=None)], statuses=waiting(reason, name="migrate"))
    assert f"init migrate in pod api-1 waits for an image without a name: {reason}" in unmet(
        check.test_images_pullable, **judge(deployment(), one)
    )


@pytest.mark.parametrize(
    "innocent",
    [
        pod("api-1", statuses=waiting("ContainerCreating")),
        pod("api-1", statuses=waiting("PodInitializing")),
        pod("api-1", statuses=waiting("CrashLoopBackOff")),
        pod("api-1", statuses=waiting("ImagePullBackOff"), deletionTimestamp=instant(NOW)),
    ],
)
def test_other_waits_and_pods_that_leave_are_innocent(innocent):
    check.test_images_pullable(**judge(deployment(), pod("api-0"), innocent))


def test_denied_events_cost_the_explanation_only():
    one = pod("api-1", statuses=waiting("ErrImagePull"))
    assert "no event" in unmet(check.test_images_pullable, **judge(deployment(), one, denied=["events"]))


def test_a_workload_without_pods_by_its_own_wish_is_fine():
    check.test_images_pullable(**judge(deployment(replicas=0)))


@pytest.mark.parametrize(
    "objects",
    [
        [pod()],
        [deployment()],
        [deployment(), {**pod(), "status": None}],
    ],
)
def test_what_cannot_be_seen_is_unproven(objects):
    assert unproven(check.test_images_pullable, **judge(*objects))
