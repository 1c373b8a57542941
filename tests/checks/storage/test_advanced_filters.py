from __future__ import annotations

import pytest

from tests.checks.evidence import unmet
from tests.checks.storage.test_listeners import ACCOUNT, NAME, QUEUE, check, filtered, subscription

FILES = "/blobServices/default/containers/files/"


@pytest.mark.parametrize(
    ("key", "operator", "values", "kept"),
    [
        ("subject", "StringContains", ["/containers/other/"], "blobs of container files"),
        ("subject", "StringEndsWith", [".csv"], "blobs of container files"),
        ("Subject", "StringNotBeginsWith", [FILES], "blobs of container files"),
        ("subject", "StringNotContains", ["FILES"], "blobs of container files"),
        ("subject", "StringIn", [f"{FILES}blobs/one"], "blobs of container files"),
        ("eventType", "StringIn", ["Microsoft.Storage.BlobDeleted"], "Microsoft.Storage.BlobCreated"),
        ("eventType", "StringNotIn", ["microsoft.storage.blobcreated"], "Microsoft.Storage.BlobCreated"),
    ],
)
def test_an_advanced_filter_that_keeps_back_what_is_declared(tmp_path, key, operator, values, kept):
    condition = {"operatorType": operator, "key": key, "values": values}
    held = subscription(filter={"subjectBeginsWith": FILES, "advancedFilters": [condition]})
    assert unmet(check.test_listener_filter, **filtered(tmp_path, ACCOUNT, held)) == (
        f"In neu {NAME} has an advanced filter, {key} {operator} {values[0]}, that keeps back {kept}, "
        "which are declared."
    )


@pytest.mark.parametrize(
    ("key", "operator", "values"),
    [
        ("subject", "StringContains", ["/containers/files/blobs/"]),
        ("subject", "StringBeginsWith", ["/other/", f"{FILES}blobs/"]),
        ("subject", "StringNotEndsWith", [".tmp"]),
        ("subject", "StringNotContains", ["_temporary", "/containers/files-old/"]),
        ("eventType", "StringIn", ["Microsoft.Storage.BlobCreated", "Microsoft.Storage.BlobRenamed"]),
        ("data.api", "StringIn", ["FlushWithClose"]),
        ("data.contentLength", "NumberGreaterThan", None),
    ],
)
def test_an_advanced_filter_that_lets_what_is_declared_through(tmp_path, key, operator, values):
    condition = {"operatorType": operator, "key": key, "values": values}
    held = subscription(filter={"subjectBeginsWith": f"{FILES}blobs/", "advancedFilters": [condition]})
    check.test_listener_filter(**filtered(tmp_path, ACCOUNT, held))


def test_the_beginning_that_all_blobs_of_a_container_have(tmp_path):
    listener = {**QUEUE, "filter": {"subjectBeginsWith": FILES}}
    held = subscription(filter={"subjectBeginsWith": f"{FILES}blobs/"})
    check.test_listener_filter(**filtered(tmp_path, ACCOUNT, held, listener=listener))
