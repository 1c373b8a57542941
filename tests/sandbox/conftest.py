from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from fixtures.sandbox import start
from fixtures.sandbox.faults import Fault, load_fault
from fixtures.sandbox.landscape import Sandbox
from tests.sandbox import worlds
from tests.sandbox.azure import FILE, Client, documents


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Serve a world of these files; every sandbox is stopped afterwards."""
    started: list[Sandbox] = []

    def serving(
        files: Mapping[str, Any], *faults: Fault, phase: str = "pre-cutover", environment: Any = None, log: Any = None
    ) -> Sandbox:
        root = worlds.write(tmp_path / "world", files)
        sandbox = start(root, environment or worlds.environment(), phase, faults, log, tmp_path / "work")
        started.append(sandbox)
        return sandbox

    yield serving
    for sandbox in started:
        sandbox.stop()


@pytest.fixture
def fault(tmp_path: Path) -> Callable[..., Fault]:
    """A fault of these changes."""

    def made(*changes: dict[str, Any], name: str = "made", **rest: Any) -> Fault:
        file = tmp_path / "faults" / "compute" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        document = {
            "title": "made up",
            "layer": "compute",
            "phases": ["pre-cutover"],
            "change": list(changes),
            "expect": {"verdict": "NO-GO"},
            **rest,
        }
        file.write_text(yaml.safe_dump(document), "utf-8")
        return load_fault(file)

    return made


class Api:
    """Asks a site's API server as a client with the kubeconfig would."""

    def __init__(self, sandbox: Sandbox, site: str) -> None:
        config = yaml.safe_load(Path(sandbox.routes.kubeconfig or "").read_text("utf-8"))
        context = sandbox.routes.contexts[site]
        server = next(each["cluster"]["server"] for each in config["clusters"] if each["name"] == context)
        trust = ssl.create_default_context(cafile=sandbox.routes.ca_file)
        token = config["users"][0]["user"]["token"]
        self.client = httpx.Client(base_url=server, verify=trust, headers={"Authorization": f"Bearer {token}"})

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params=query)

    def names(self, path: str, **query: Any) -> list[str]:
        return [item["metadata"]["name"] for item in self.get(path, **query).raise_for_status().json()["items"]]


@pytest.fixture
def api() -> Iterator[Callable[..., Api]]:
    made: list[Api] = []

    def asking(sandbox: Sandbox, site: str = "neu") -> Api:
        made.append(Api(sandbox, site))
        return made[-1]

    yield asking
    for each in made:
        each.client.close()


@pytest.fixture
def client() -> Iterator[Callable[..., Client]]:
    """A client of a sandbox; closed afterwards."""
    made: list[Client] = []

    def asking(*of: Any) -> Client:
        made.append(Client(*of))
        return made[-1]

    yield asking
    for each in made:
        each.http.close()


@pytest.fixture
def arm(serve: Callable[..., Sandbox], client: Callable[..., Client]) -> Callable[..., Client]:
    """A client of a world of these documents."""
    return lambda *found: client(serve({FILE: documents(*found)}))
