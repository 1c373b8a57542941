from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import Answer, Deadline, Question, Routes
from fixtures.sandbox import start
from fixtures.sandbox.landscape import Sandbox
from fixtures.sources import prometheus
from tests.sandbox import worlds

MANAGED = "https://amw-weu.westeurope.prometheus.monitor.azure.com"


def environment(**urls: str) -> Any:
    """An environment as far as the source and the sandbox look at it; a site for each URL."""
    sites = {
        name: SimpleNamespace(
            name=name,
            kind="aks",
            ingress=(),
            prometheus=url,
            cluster=SimpleNamespace(context=f"aks-{name}", id=f"aks-{name}"),
        )
        for name, url in (urls or {"weu": MANAGED}).items()
    }
    clusters = [SimpleNamespace(site=name, id=f"aks-{name}") for name in sites]
    return SimpleNamespace(
        name="tiny",
        sites=sites,
        azure=SimpleNamespace(cloud="AzureCloud"),
        declared=lambda kind: clusters if kind == "cluster" else (),
    )


def workload(name: str = "api", namespace: str = "orders", window: timedelta = timedelta(days=7), **more: Any) -> Any:
    """A declared workload as far as the source looks at it."""
    memory = SimpleNamespace(window=window)
    return SimpleNamespace(**{"kind": "Deployment", "name": name, "namespace": namespace, "memory": memory, **more})


def series(pod: str = "api-5d8b9c7f6d-x2k4q", container: str = "api", value: Any = 1000, **labels: str) -> Any:
    """A series of the world."""
    return {"labels": {"namespace": "orders", "pod": pod, "container": container, **labels}, "value": value}


def asked(routes: Routes, declared: Any, *subjects: Any, site: str = "weu", seconds: float = 10.0) -> Answer:
    """What the source answers."""
    return prometheus.ask(
        Question(
            place=site,
            environment=declared,
            subjects=subjects or (workload(),),
            deadline=Deadline(seconds),
            routes=routes,
        )
    )


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Serve these named queries of weu (or whole files); every sandbox is stopped afterwards."""
    started: list[Sandbox] = []

    def serving(declared: Any, queries: Any = None, **files: Any) -> Sandbox:
        told = {f"prometheus/{site}.yaml": content for site, content in (files or {"weu": queries or {}}).items()}
        root = worlds.write(tmp_path / f"world-{len(started)}", told)
        sandbox = start(root, declared, "pre-cutover", (), None, tmp_path / "work")
        started.append(sandbox)
        return sandbox

    yield serving
    for sandbox in started:
        sandbox.stop()
