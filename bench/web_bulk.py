"""1,000 endpoints that answer after 20 ms: the web source against the latency limit, one by one, and httpx's own pool.

    python -m bench.web_bulk

A process of its own serves plain HTTP. The limit is what 20 ms and 100 probes at a time allow.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

import httpx

from fixtures.evidence import Deadline, Question, Routes
from fixtures.sources.web import ask
from fixtures.sources.web.asking import WIDTH

ENDPOINTS = 1000
LATENCY = 0.02
SERIAL = 100  # requests sent one by one, since each costs the same; the time is scaled
PAIRS = 5
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Answering(asyncio.Protocol):
    """Answers each request 20 ms later."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer later, and close where that is asked for."""
        if data.endswith(b"\r\n\r\n"):
            asyncio.get_running_loop().call_later(LATENCY, self._answer, b"connection: close" in data.lower())

    def _answer(self, last: bool) -> None:
        if not self.transport.is_closing():
            self.transport.write(ANSWER)
            if last:
                self.transport.close()


async def serve() -> None:
    """Serve until killed; the first line of standard output is the port."""
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


def serially(port: int) -> float:
    """Seconds for one request after the other."""
    began = time.perf_counter()
    with httpx.Client(trust_env=False) as client:
        for number in range(SERIAL):
            assert client.get(f"http://127.0.0.1:{port}/{number}").status_code == 200
    return (time.perf_counter() - began) * ENDPOINTS / SERIAL


def one_pool(port: int) -> float:
    """Seconds for httpx with all requests in one pool, as many at a time as the source has."""

    async def all_requests() -> None:
        gate = asyncio.Semaphore(WIDTH)
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:

            async def one(number: int) -> None:
                async with gate:
                    assert (await client.get(f"http://127.0.0.1:{port}/{number}")).status_code == 200

            await asyncio.gather(*(one(number) for number in range(ENDPOINTS)))

    began = time.perf_counter()
    asyncio.run(all_requests())
    return time.perf_counter() - began


def whole_source(port: int) -> float:
    """Seconds of the whole source, each endpoint through the ingress with its own host name."""
    question = Question(
        place="neu",
        environment=SimpleNamespace(  # type: ignore[arg-type]
            sites={"neu": SimpleNamespace(ingress=("20.60.1.4",), vantage=None)}, resolvers={}
        ),
        subjects=tuple(
            SimpleNamespace(service="bench", id=str(number), url=f"http://n{number}.contoso.example/", via="ingress")
            for number in range(ENDPOINTS)
        ),
        deadline=Deadline(120),
        routes=Routes(kubeconfig="bench", connects={"20.60.1.4:80": f"127.0.0.1:{port}"}),
    )
    began = time.perf_counter()
    answer = ask(question)
    assert answer.error is None
    assert all(facts.probes[0].status == 200 for facts in answer.data.endpoints.values())  # type: ignore[attr-defined]
    return time.perf_counter() - began


WAYS: dict[str, Callable[[int], float]] = {
    "one by one": serially,
    "httpx, one pool": one_pool,
    "whole source": whole_source,
}


def measured(way: Callable[[int], float], port: int) -> tuple[float, float]:
    """Seconds, and this process's own CPU seconds."""
    before = time.process_time()
    return way(port), time.process_time() - before


def main() -> None:
    """Measure in turn and print the table."""
    with subprocess.Popen([sys.executable, "-m", "bench.web_bulk", "serve"], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        try:
            runs = [{name: measured(way, port) for name, way in WAYS.items()} for _ in range(PAIRS)]
        finally:
            server.terminate()
    limit = ENDPOINTS * LATENCY / WIDTH
    print(
        f"web: {ENDPOINTS} endpoints, {LATENCY * 1000:.0f} ms each, {WIDTH} at a time, "
        f"medians of {PAIRS} alternating runs"
    )
    print(f"  {'way':<20}{'seconds':>9}{'x limit':>9}{'x serial':>10}{'own CPU':>9}")
    for name in WAYS:
        seconds, cpu = (statistics.median(run[name][each] for run in runs) for each in (0, 1))
        serial = statistics.median(run["one by one"][0] / run[name][0] for run in runs)
        print(f"  {name:<20}{seconds:>9.2f}{seconds / limit:>9.1f}{'1/' + format(serial, '.0f'):>10}{cpu:>9.2f}")


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        main()
