"""Evidence is held once, and let go when everything is judged: what is gone is missing, never an empty cluster."""

import msgspec
import pytest

from fixtures.evidence import Looked
from fixtures.sources.kubernetes.cluster_view import KubernetesView
from fixtures.sources.kubernetes.store import Store, store_of
from tests.kubernetes.cluster import config_map, record


def test_items_share_what_is_decoded_and_the_bytes_are_gone() -> None:
    held = record(configmaps=[config_map("settings", {"a": "b"})])
    size = len(held.data)
    assert store_of(held) is store_of(held)
    assert len(held.data) < 10 < size
    assert held.answered
    [found] = KubernetesView(held, store_of(held), Looked()).config_maps("orders")
    assert found.name == "settings"


def test_what_was_let_go_is_an_error_and_never_an_empty_cluster() -> None:
    held = record(configmaps=[config_map("settings", {"a": "b"})])
    store = store_of(held)
    assert list(store.each("configmaps", "orders"))
    held.let_go()
    with pytest.raises(msgspec.ValidationError):
        list(store.each("configmaps", "orders"))
    with pytest.raises(msgspec.ValidationError):
        Store(held)
