"""What every API server keeps to, as far as the Kubernetes source relies on it: the sandbox always, any cluster too.

``GONOGO_CONTRACT_KUBECONFIG`` is a kubeconfig; its current context is asked, by reading only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kubernetes.client import CoreV1Api
from kubernetes.config import list_kube_config_contexts, new_client_from_config

from fixtures.environment import load
from fixtures.evidence import Looked, Record, SourceFailed, utc_now
from fixtures.options import SHIPPED
from fixtures.sandbox import start
from fixtures.sources.kubernetes import ask, asking
from fixtures.sources.kubernetes.cluster_view import KubernetesView
from fixtures.sources.kubernetes.kinds import Kind
from fixtures.sources.kubernetes.store import store_of
from tests.contract import peers
from tests.contract.conftest import must_be_here
from tests.kubernetes.api import declared, question


@dataclass(frozen=True)
class Cluster:
    """A cluster and the client of its own kind, to compare with."""

    kubeconfig: str
    context: str
    uid: str
    core: Any

    def ask(self) -> KubernetesView:
        """What the source makes of it."""
        asked = question(self.kubeconfig, declared(uid=self.uid, context=self.context), 60.0)
        answer = ask(asked)
        now = utc_now()
        data = msgspec.Raw(msgspec.json.encode(answer.data))
        record = Record(source="kubernetes", place="neu", asked_at=now, observed_at=now, duration_ms=0, data=data)
        return KubernetesView(record, store_of(record), Looked())


def reached(kubeconfig: str, context: str) -> Cluster:
    core = CoreV1Api(new_client_from_config(kubeconfig, context))
    return Cluster(kubeconfig, context, core.read_namespace("kube-system").metadata.uid, core)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    environment = load(SHIPPED / "sandbox.yaml")
    assert environment.world is not None
    work = tmp_path_factory.mktemp("work")
    with start(environment.world, environment, "pre-cutover", (), None, work) as served:
        assert served.routes.kubeconfig is not None
        yield reached(served.routes.kubeconfig, "aks-sandbox-weu")


@pytest.fixture(params=["sandbox", "real"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    if request.param == "sandbox":
        found: Cluster = request.getfixturevalue("sandbox")
        return found
    must_be_here(peers.cluster())
    file = str(Path(os.environ[peers.KUBECONFIG]).expanduser())
    return reached(file, list_kube_config_contexts(file)[1]["name"])


def test_the_cluster_is_who_it_says(cluster: Cluster) -> None:
    identity = cluster.ask().identity
    assert (identity.proof, identity.uid) == ("uid", cluster.uid)
    assert identity.version


def test_another_cluster_of_the_same_name_is_refused(cluster: Cluster) -> None:
    with pytest.raises(SourceFailed) as caught:
        replace(cluster, uid="00000000-0000-0000-0000-000000000000").ask()
    assert caught.value.error.kind == "wrong-cluster"


def test_lists_hold_everything_whatever_the_size_of_their_pages(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "KINDS", tuple(map(in_small_pages, asking.KINDS)))
    view, core = cluster.ask(), cluster.core
    assert sorted(each.name for each in view.namespaces()) == names(core.list_namespace(_preload_content=False))
    assert sorted(each.name for each in view.nodes()) == names(core.list_node(_preload_content=False))
    found = sorted(each.name for each in view.pods(namespace="kube-system"))
    assert found == names(core.list_namespaced_pod("kube-system", _preload_content=False))


def in_small_pages(kind: Kind) -> Kind:
    return replace(kind, page=2) if kind.key in ("namespaces", "pods") else kind


def names(listed: Any) -> list[str]:
    """As the API wrote them: its own client is stricter than some clusters."""
    return sorted(each["metadata"]["name"] for each in json.loads(listed.data)["items"])


def test_every_right_is_told(cluster: Cluster) -> None:
    rights = list(cluster.ask().rights())
    assert {right.needed_for for right in rights} == {"read", "write"}
    assert all(right.allowed is not None for right in rights)


def test_kinds_that_a_cluster_need_not_have_are_there_or_empty(cluster: Cluster) -> None:
    view = cluster.ask()
    for resource in ("scaledobjects", "secretproviderclasses"):
        assert all(each.name for each in view.custom(resource))
