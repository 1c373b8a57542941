"""5,000 pods of about 8 KB, with managedFields, in pages of 500: the typed client's list call against the gate's own.

    python -m bench.kubernetes_decode

A process of its own serves the pages from memory. Each measurement is a process too, so that neither way warms the
other up; the two alternate, and what counts is the median of the pairs' ratios. Time runs from the first request to the
last decoded object, imports left out. Memory is the growth of the peak resident set (ru_maxrss) over that time.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from .kubernetes_pods import pod

PODS = 5000
PAGE = 500
PAIRS = 5
CONTINUE = "_continue"  # the client's name for it
GOAL_RATIO = 50
GOAL_MEMORY = 100.0  # MiB


class Cost(NamedTuple):
    """Seconds by the clock, seconds of this process's CPU, MiB."""

    wall: float
    cpu: float
    memory: float


def page(number: int) -> bytes:
    """One page of the list."""
    more = str(number + 1) if (number + 1) * PAGE < PODS else ""
    items = [pod(each) for each in range(number * PAGE, (number + 1) * PAGE)]
    return json.dumps({"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": more}, "items": items}).encode()


def serve() -> None:
    """Serve the pages until killed; the first line of standard output is the address."""
    pages = [page(number) for number in range(PODS // PAGE)]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

        def do_GET(self) -> None:
            content = pages[int(parse_qs(urlsplit(self.path).query).get("continue", ["0"])[0])]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]} {sum(map(len, pages)) / PODS / 1024:.1f}", flush=True)
    server.serve_forever()


def kubeconfig(folder: str, url: str) -> str:
    """A kubeconfig for the server."""
    file = Path(folder) / "kubeconfig"
    document = {
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "bench", "context": {"cluster": "c", "user": "u"}}],
    }
    file.write_text(json.dumps(document))
    return str(file)


def ours(file: str) -> Cost:
    """Seconds and MiB of the gate's own list."""
    from types import SimpleNamespace

    from fixtures.evidence import Routes
    from fixtures.sources.kubernetes.collector import paused_collector
    from fixtures.sources.kubernetes.connection import connect
    from fixtures.sources.kubernetes.kinds import BY_KEY
    from fixtures.sources.kubernetes.listing import list_kind
    from fixtures.sources.kubernetes.server import ApiServer

    cluster = SimpleNamespace(context="bench", id="bench", in_cluster=False)
    server = ApiServer(connect("neu", cluster, Routes(kubeconfig=file)), time.monotonic() + 600)
    with paused_collector():  # as the source does, until the objects are encoded and gone
        before = Start()
        listing = list_kind(server, BY_KEY["pods"], "v1", ())
        cost = before.cost()
    assert listing.error is None
    assert len(listing.items) == PODS
    assert listing.items[-1].spec.containers[0].resources.limits["memory"] == "1Gi"
    return cost


def typed(file: str) -> Cost:
    """Seconds and MiB of the client's typed list."""
    from kubernetes.client import CoreV1Api
    from kubernetes.config import new_client_from_config

    core = CoreV1Api(new_client_from_config(file, "bench", persist_config=False))  # type: ignore[no-untyped-call]
    before = Start()
    pods: list[Any] = []
    token: dict[str, Any] = {}
    while True:
        answer = core.list_pod_for_all_namespaces(limit=PAGE, **token)
        pods += answer.items
        if not getattr(answer.metadata, CONTINUE):
            break
        token = {CONTINUE: getattr(answer.metadata, CONTINUE)}
    cost = before.cost()
    assert len(pods) == PODS
    return cost


class Start:
    """What this process had used when it was made."""

    def __init__(self) -> None:
        self._peak, self._cpu, self._wall = peak(), time.process_time(), time.perf_counter()

    def cost(self) -> Cost:
        """What it has used since."""
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return Cost(wall, cpu, peak() - self._peak)


def peak() -> float:
    """The peak resident set of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(way: str, file: str) -> Cost:
    """One measurement in a process of its own."""
    told = subprocess.run([sys.executable, "-m", "bench.kubernetes_decode", way, file], check=True, capture_output=True)
    return Cost(*json.loads(told.stdout))


def compare() -> None:
    """Measure the pairs and print the table."""
    command = [sys.executable, "-m", "bench.kubernetes_decode", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        url, size = server.stdout.readline().decode().split()
        try:
            with tempfile.TemporaryDirectory() as folder:
                file = kubeconfig(folder, url)
                pairs = [(measured("typed", file), measured("ours", file)) for _ in range(PAIRS)]
        finally:
            server.terminate()
    print(f"Kubernetes: {PODS} pods of {size} KB, pages of {PAGE}, medians of {PAIRS} alternating pairs")
    print("                    wall       CPU    peak (growth of ru_maxrss)")
    for way, runs in (("typed client", [one for one, _ in pairs]), ("gonogo", [other for _, other in pairs])):
        wall, cpu, memory = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"  {way:<13}{wall * 1000:6.0f} ms {cpu * 1000:6.0f} ms {memory:6.0f} MiB")
    walls, cpus = ([one[each] / other[each] for one, other in pairs] for each in (0, 1))
    wall, cpu, most = statistics.median(walls), statistics.median(cpus), max(other.memory for _, other in pairs)
    each_pair = ", ".join(f"1/{each:.0f}" for each in walls)
    print(f"  ratio          1/{wall:<5.0f}  1/{cpu:<5.0f}   (wall, pair by pair: {each_pair})")
    print(f"  goals        wall <= 1/{GOAL_RATIO}: {_met(wall >= GOAL_RATIO)}", end="; ")
    print(f"peak < {GOAL_MEMORY:.0f} MiB: {_met(most < GOAL_MEMORY)} (most {most:.0f})")


def _met(reached: bool) -> str:
    return "met" if reached else "NOT MET"


def main(arguments: Sequence[str] = ()) -> None:
    """Serve, measure one way, or compare."""
    if list(arguments) == ["serve"]:
        serve()
    elif arguments:
        print(json.dumps({"ours": ours, "typed": typed}[arguments[0]](arguments[1])))
    else:
        compare()


if __name__ == "__main__":
    main(sys.argv[1:])
