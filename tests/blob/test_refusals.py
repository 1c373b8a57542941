from __future__ import annotations

import pytest

from fixtures.evidence import EvidenceMissing
from tests.blob.test_accounts import ask

__all__ = ["ask"]


@pytest.mark.parametrize(("status", "code"), [(404, "ContainerNotFound"), (409, "ContainerBeingDeleted")])
def test_a_container_that_is_being_deleted_is_as_good_as_gone(ask, status, code):
    reader, _ = ask({"containers": {"landing": {"error": {"status": status, "code": code}}}})
    assert reader.blobs("stweu", "landing") is None


def test_another_conflict_says_nothing_of_the_container(ask):
    reader, _ = ask({"containers": {"landing": {"error": {"status": 409, "code": "LeaseIdMissing"}}}})
    with pytest.raises(EvidenceMissing, match="409 LeaseIdMissing"):
        reader.blobs("stweu", "landing")


def test_a_firewall_is_no_missing_right(ask):
    reader, _ = ask({"error": {"status": 403, "code": "AuthorizationFailure"}})
    with pytest.raises(EvidenceMissing) as caught:
        reader.blobs("stweu", "landing")
    assert str(caught.value).endswith("AuthorizationFailure, the account's network rules do not admit this run")
