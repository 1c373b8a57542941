from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fixtures.evidence import Answer, Looked, Record, utc_now
from fixtures.sources.kubernetes import ask
from fixtures.sources.kubernetes.cluster_view import KubernetesView
from fixtures.sources.kubernetes.store import store_of
from tests.kubernetes.api import Api, kubeconfig, question, serving

Ask = Callable[..., tuple[Answer, KubernetesView]]


@pytest.fixture
def api() -> Iterator[Api]:
    with serving(Api()) as served:
        yield served


@pytest.fixture
def asked(api: Api, tmp_path: Path) -> Ask:
    """Ask the API server as the gate does, and hand out the answer and a view of its record."""

    def run(environment: Any = None, seconds: float = 10.0, **user: Any) -> tuple[Answer, KubernetesView]:
        answer = ask(question(kubeconfig(tmp_path, api.url, **user), environment, seconds))
        now = utc_now()
        record = Record(
            source="kubernetes",
            place="neu",
            asked_at=now,
            observed_at=now,
            duration_ms=0,
            data=msgspec.Raw(msgspec.json.encode(answer.data)),
        )
        return answer, KubernetesView(record, store_of(record), Looked())

    return run
