"""Small worlds, written where a test wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "api-1", "namespace": "orders", "labels": {"app": "api"}},
    "spec": {
        "nodeName": "node-0",
        "containers": [{"name": "api", "image": "a:1", "env": [{"name": "REGION", "value": "neu"}]}],
    },
    "status": {"phase": "Running", "startTime": "@now-3h"},
}


def obj(kind: str, name: str, namespace: str | None = "orders", api: str = "v1", **rest: Any) -> dict[str, Any]:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


def pod(name: str, namespace: str = "orders", labels: dict[str, str] | None = None, **status: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": labels or {"app": "api"}}
    return {**POD, "metadata": metadata, "status": {"phase": "Running", **status}}


def write(root: Path, files: Mapping[str, Any]) -> Path:
    """Text as it is, a list of objects under kubernetes/ as documents, anything else as one document."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        documents = content if isinstance(content, list) and "kubernetes/" in path else [content]
        text = content if isinstance(content, str) else yaml.safe_dump_all(documents, sort_keys=False)
        file.write_text(text, "utf-8")
    return root


def environment(**sites: Sequence[str]) -> Any:
    """An environment as far as the sandbox looks at it: sites with their ingress addresses."""
    declared = sites or {"weu": ["20.50.1.4"], "neu": ["20.60.1.4"]}
    return SimpleNamespace(
        name="tiny",
        sites={
            name: SimpleNamespace(
                name=name, kind="aks", ingress=ingress, cluster=SimpleNamespace(context=f"aks-{name}")
            )
            for name, ingress in declared.items()
        },
    )
