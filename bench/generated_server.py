"""Serves a generated site from memory: its API server and its Prometheus, over HTTP on the loopback.

    python -m bench.generated_server WORKLOADS

The first line of standard output is the address.
"""

from __future__ import annotations

import json
import sys
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .generated_site import UID, group_list, lists, measurements

PAGE = 500
READS = {"get", "list", "watch"}


def pages_of(workloads: int) -> dict[str, list[bytes]]:
    """Every answer that is the same each time, a list as its pages."""
    pages: dict[str, list[bytes]] = {
        "/version": [json.dumps({"gitVersion": "v1.34.2"}).encode()],
        "/apis": [json.dumps(group_list()).encode()],
        "/api/v1/namespaces/kube-system": [json.dumps({"metadata": {"name": "kube-system", "uid": UID}}).encode()],
    }
    for path, items in lists(workloads).items():
        starts = range(0, max(1, len(items)), PAGE)
        pages[path] = [_page(items[start : start + PAGE], start // PAGE + 1, len(starts)) for start in starts]
    for query in ("memory-peak", "memory-working-set", "memory-trend", "replicas-peak"):
        pages[query] = [json.dumps(measurements(workloads, query)).encode()]
    return pages


def _page(items: list[Any], following: int, count: int) -> bytes:
    more = {"continue": str(following)} if following < count else {}
    return json.dumps({"kind": "List", "apiVersion": "v1", "metadata": more, "items": items}).encode()


def serve(workloads: int) -> None:
    """Serve until killed."""
    pages = pages_of(workloads)
    nothing = _page([], 1, 1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            number = int(parse_qs(asked.query).get("continue", ["0"])[0])
            self._answer(pages.get(asked.path, [nothing])[number])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            asked = urlsplit(self.path)
            if "gonogo" in asked.query:
                self._answer(pages[parse_qs(asked.query)["gonogo"][0]][0])
                return
            allowed = json.loads(body)["spec"]["resourceAttributes"]["verb"] in READS
            self._answer(json.dumps({"status": {"allowed": allowed}}).encode(), 201)

        def _answer(self, content: bytes, status: int = 200) -> None:
            self.send_response_only(status)
            self.send_header("Date", formatdate(usegmt=True))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
