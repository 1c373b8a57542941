from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.azure.clouds import CLOUDS
from fixtures.azure.credential import SandboxCredential
from fixtures.evidence import Routes
from fixtures.sandbox.certificates import Authority, Tls
from fixtures.sources.arm.connection import Connection
from fixtures.sources.arm.reader import Reader

SUBSCRIPTION = "7c1e4b52-0d3f-4a86-b9e2-6f5a1d8c3e94"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-weu"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-weu"
HOST = "management.azure.com"

Said = tuple[int, Any, dict[str, str]]


class Manager:
    """What stands at ARM's address: it says what it is told to, in turn, and remembers what it was asked."""

    def __init__(self, authority: Authority) -> None:
        self.says: Callable[[str, int], Said] = lambda path, number: (200, {}, {})
        self.asked: list[tuple[str, str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                number = sum(path == self.path for _, path, _ in outer.asked)
                outer.asked.append((self.command, self.path, self.headers.get("Authorization", "")))
                status, body, headers = outer.says(self.path, number)
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.socket = authority.context(Tls(names=(HOST,))).wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def in_turn(self, *answers: Said) -> None:
        """One answer after the other to each path; the last one stays."""
        self.says = lambda path, number: answers[min(number, len(answers) - 1)]

    def stop(self) -> None:
        """Close the socket."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def manager(authority: Authority) -> Iterator[Manager]:
    started = Manager(authority)
    yield started
    started.stop()


@pytest.fixture
def routes(manager: Manager, authority: Authority, tmp_path: Path) -> Routes:
    return Routes(
        kubeconfig=str(tmp_path / "none"),
        connects={f"{HOST}:443": manager.address},
        ca_file=str(authority.ca_file),
    )


def environment(**azure: Any) -> Any:
    """An environment as far as the Azure sources look at it."""
    declared = {"cloud": "AzureCloud", "subscription": SUBSCRIPTION, "api_versions": {}, "endpoints": {}}
    declared |= {"sample_interval": timedelta(milliseconds=300), **azure}
    return SimpleNamespace(
        name="tiny",
        azure=SimpleNamespace(**declared),
        aks_sites=("weu", "neu"),
        resource_group=lambda site: f"rg-{site}",
    )


@pytest.fixture
def connect(routes: Routes) -> Iterator[Callable[..., Connection]]:
    """A connection to the manager that is closed afterwards."""
    opened: list[Connection] = []

    def connecting(seconds: float = 10.0, credential: Any = None, **azure: Any) -> Connection:
        end = time.monotonic() + seconds
        declared = environment(**azure)
        found = Connection(CLOUDS["AzureCloud"], declared, credential or SandboxCredential(), routes, end)
        opened.append(found)
        return found

    yield connecting
    for connection in opened:
        connection.close()


@pytest.fixture
def reader(connect: Callable[..., Connection]) -> Callable[..., Reader]:
    """A reader over a connection to the manager."""
    return lambda **options: Reader(environment(), connect(**options))


def paths(asked: Sequence[tuple[str, str, str]]) -> list[str]:
    """The paths that were asked for, without their options."""
    return [path.partition("?")[0] for _, path, _ in asked]
