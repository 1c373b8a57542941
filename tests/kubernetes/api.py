"""A small API server that can be ill, on plain HTTP or TLS, and a declared environment for it."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fixtures.evidence import Deadline, Question, Routes
from fixtures.sources.kubernetes.kinds import KINDS

UID = "1b6f-uid"
GROUPS = sorted({kind.group for kind in KINDS if kind.group and not kind.optional})
PROVIDER = (
    "azure:///subscriptions/s/resourceGroups/mc_rg-prod-neu_aks-prod-neu_northeurope/providers/x/virtualMachines/0"
)


@dataclass
class Sick:
    """How one answer is ill. ``times``: only the first so many."""

    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    times: int | None = None
    cut: int | None = None
    dies: bool = False
    drips: bool = False


Call = tuple[str, str, dict[str, list[str]]]


class Api:
    """Serves objects by path; ``ill`` maps a path to how its answers are ill, in turn."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.ill: dict[str, list[Sick]] = {}
        self.calls: list[Call] = []
        self.headers: list[dict[str, str]] = []
        self.groups: list[str] = list(GROUPS)
        self.page = 500
        self.allow: Callable[[dict[str, str]], bool] = lambda attributes: attributes["verb"] == "list"
        self.url = ""
        self.released = threading.Event()
        self._lock = threading.Lock()
        self.lists["/api/v1/nodes"] = [{"metadata": {"name": "n0"}, "spec": {"providerID": PROVIDER}}]

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.calls]

    def sickness(self, path: str) -> Sick | None:
        with self._lock:
            for sick in self.ill.get(path, []):
                if sick.times is None or sick.times > 0:
                    sick.times = None if sick.times is None else sick.times - 1
                    return sick
        return None

    def answer(self, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, Any]:
        if path == "/version":
            return 200, {"gitVersion": "v1.34.2"}
        if path == "/apis":
            return 200, {"groups": [{"name": name, "versions": [{"version": "v1"}]} for name in self.groups]}
        if path == "/api/v1/namespaces/kube-system":
            return 200, {"metadata": {"name": "kube-system", "uid": UID}}
        if path.endswith("/selfsubjectaccessreviews"):
            allowed = self.allow(json.loads(body)["spec"]["resourceAttributes"])
            return 201, {"status": {"allowed": allowed, "reason": "because"}}
        if path not in self.lists and path not in {kind.path() for kind in KINDS if not kind.optional}:
            return 404, {"kind": "Status", "message": "the server could not find the requested resource"}
        items = self.lists.get(path, [])
        start = int(query.get("continue", ["0"])[0])
        size = min(self.page, int(query["limit"][0]))
        more = str(start + size) if start + size < len(items) else ""
        return 200, {"metadata": {"continue": more}, "items": items[start : start + size]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one piece: a delayed acknowledgement costs 40 ms each
    api: Api

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def do_GET(self) -> None:
        self.serve(b"")

    def do_POST(self) -> None:
        self.serve(self.rfile.read(int(self.headers["Content-Length"])))

    def serve(self, body: bytes) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        self.api.calls.append((self.command, address.path, query))
        self.api.headers.append(dict(self.headers.items()))
        sick = self.api.sickness(address.path) or Sick()
        if sick.delay:
            self.api.released.wait(sick.delay)
        if sick.dies:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        status, told = self.api.answer(address.path, query, body) if sick.body is None else (200, None)
        content = sick.body if sick.body is not None else json.dumps(told).encode()
        self.send_response(status if sick.status == 200 else sick.status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in sick.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if sick.drips:
            return self.drip(content)
        self.wfile.write(content if sick.cut is None else content[: sick.cut])
        if sick.cut is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        return None

    def drip(self, content: bytes) -> None:
        for byte in content:
            if self.api.released.wait(0.05):
                break
            self.wfile.write(bytes([byte]))
            self.wfile.flush()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is no news."""


@contextmanager
def serving(api: Api, tls: ssl.SSLContext | None = None) -> Iterator[Api]:
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"api": api}))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    api.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def kubeconfig(
    folder: Path, url: str, context: str = "aks-prod-neu", user: dict[str, Any] | None = None, **cluster: Any
) -> str:
    document = {
        "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "u", "user": {"token": "tok-1"} if user is None else user}],
        "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
    }
    file = folder / "kubeconfig"
    file.write_text(json.dumps(document))
    return str(file)


def declared(uid: str | None = None, **cluster: Any) -> SimpleNamespace:
    """An environment with one site, as far as the source asks."""
    plain = {
        "id": "aks-prod-neu",
        "site": "neu",
        "context": None,
        "in_cluster": False,
        "uid": uid,
        "resource_group": "rg-prod-neu",
    }
    kinds = {
        "cluster": (SimpleNamespace(**{**plain, **cluster}),),
        "namespace": (SimpleNamespace(id="orders", site="neu"),),
    }
    return SimpleNamespace(
        declared=lambda kind: kinds[kind],
        site=lambda name: SimpleNamespace(name=name, location="northeurope"),
        azure=None,
        policy=SimpleNamespace(secrets="skip"),
    )


def question(file: str | None, environment: Any = None, seconds: float = 10.0) -> Question:
    return Question(
        place="neu",
        environment=environment or declared(uid=UID),
        subjects=(),
        deadline=Deadline(seconds),
        routes=Routes(kubeconfig=file),
    )


def elapsed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    return call(), time.monotonic() - began
