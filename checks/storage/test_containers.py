"""Blob containers: they are there, and can be read."""

import pytest


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    remedy="Create the container (`az storage container create --auth-mode login`); where the account is missing too, "
    "deploy it, or correct the name that is declared.",
)
def test_containers(blob_container, blob, arm):
    """Every container that listeners, feeds, checkpoints or the canary need exists, and its blobs can be listed.

    The new site's account comes from a template, its containers came from somebody's portal years ago: the account is
    there, and the first upload after the move ends with 404 ContainerNotFound. A processor without its checkpoint
    container starts, logs errors, and reads nothing.
    """
    seen = blob.container(blob_container)
    where = f"storage account {blob_container.host} of {blob_container.service} in {blob_container.site}"
    needed = f"declared for {', '.join(blob_container.users)}"
    if seen.unreachable:
        assert arm.blob_account(blob_container) is not None, f"{where[0].upper()}{where[1:]} does not exist, {needed}."
        raise LookupError(f"Nobody answers for {where}: {seen.unreachable}.")
    assert seen.there, f"Container {blob_container.container} does not exist in {where}, {needed}."
