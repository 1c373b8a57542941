"""1,000 names at a server that answers after 20 ms: the DNS source against the latency limit and against one by one.

    python -m bench.dns_bulk

A process of its own serves. The limit is what 20 ms and 200 questions at a time allow. The source asks about each name
several times (both kinds of address, three rounds, its name servers), so its row counts questions, not names.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import dns.message
import dns.name
import dns.query

from fixtures.evidence import Deadline, Question, Routes
from fixtures.sources.dns import ask
from fixtures.sources.dns.datagrams import wire_of
from fixtures.sources.dns.exchange import WIDTH, Line
from fixtures.sources.dns.servers import Server

NAMES = 1000
LATENCY = 0.02
SERIAL = 100  # questions asked one by one, since each costs the same; the time is scaled
PAIRS = 5
GOAL = 3.5
ZONE = b"\x07contoso\x07example\0"
A, NS = 1, 2


class Answering(asyncio.DatagramProtocol):
    """Answers every question about an address 20 ms later; questions about AAAA, NS and SOA with what is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """Answer later."""
        asyncio.get_running_loop().call_later(LATENCY, self.transport.sendto, answered(data), address)


def answered(data: bytes) -> bytes:
    """The answer in wire form; written by hand, so that the server costs less than what is measured."""
    end = data.index(b"\0", 12) + 5
    kind = int.from_bytes(data[end - 4 : end - 2], "big")
    head, question = data[:2] + b"\x85\x80\0\1", data[12:end]
    if kind == A:
        return head + b"\0\1\0\0\0\0" + question + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\n\0\0\1"
    if kind == NS:
        return head + b"\0\1\0\0\0\0" + question + b"\xc0\x0c\0\2\0\1\0\0\0\x3c\0\2\xc0\x0c"
    zone = bytes([0xC0, 12 + (1 + data[12] if data[12:13] != ZONE[:1] else 0)])
    soa = zone + b"\0\6\0\1\0\0\0\x3c\0\x18" + zone + zone + bytes(16) + b"\0\0\0\x3c"
    return head + b"\0\0\0\1\0\0" + question + soa


async def serve() -> None:
    """Serve until killed; the first line of standard output is the port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Answering, ("127.0.0.1", 0))
    print(transport.get_extra_info("sockname")[1], flush=True)
    await asyncio.Event().wait()


def serially(port: int) -> tuple[float, int]:
    """Seconds for one question after the other."""
    began = time.perf_counter()
    for number in range(SERIAL):
        dns.query.udp(dns.message.make_query(f"n{number}.contoso.example", "A"), "127.0.0.1", 5, port)
    return (time.perf_counter() - began) * NAMES / SERIAL, NAMES


def at_once(port: int) -> tuple[float, int]:
    """Seconds for one question about each name, as the source exchanges it."""
    server = Server("bench", "127.0.0.1", port)

    async def all_names() -> None:
        line = Line(5.0)
        names = [dns.name.from_text(f"n{number}.contoso.example") for number in range(NAMES)]
        said = await asyncio.gather(*(line.ask(name, "A", server) for name in names))
        assert {exchange.rcode for exchange in said} == {"NOERROR"}

    wire_of.cache_clear()
    began = time.perf_counter()
    asyncio.run(all_names())
    return time.perf_counter() - began, NAMES


def whole_source(port: int) -> tuple[float, int]:
    """Seconds and questions of the whole source."""
    resolver = SimpleNamespace(servers=("192.0.2.53",), vantage=None)
    question = Question(
        place="public",
        environment=SimpleNamespace(resolvers={"public": resolver}),  # type: ignore[arg-type]
        subjects=tuple(SimpleNamespace(host=f"n{number}.contoso.example") for number in range(NAMES)),
        deadline=Deadline(120),
        routes=Routes(resolvers={"public": [f"127.0.0.1:{port}"]}),
    )
    wire_of.cache_clear()
    began = time.perf_counter()
    answer = ask(question)
    assert answer.error is None
    return time.perf_counter() - began, answer.requests


def measured(way: Callable[[int], tuple[float, int]], port: int) -> tuple[float, int, float]:
    """Seconds, questions and this process's own CPU seconds."""
    before = time.process_time()
    seconds, questions = way(port)
    return seconds, questions, time.process_time() - before


WAYS = {"one by one": serially, "one question each": at_once, "whole source": whole_source}


def main() -> None:
    """Measure in turn and print the table."""
    with subprocess.Popen([sys.executable, "-m", "bench.dns_bulk", "serve"], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        try:
            runs = [{name: measured(way, port) for name, way in WAYS.items()} for _ in range(PAIRS)]
        finally:
            server.terminate()
    print(f"dns: {NAMES} names, {LATENCY * 1000:.0f} ms each, {WIDTH} at a time, medians of {PAIRS} alternating runs")
    print(f"  {'way':<20}{'questions':>10}{'seconds':>9}{'x limit':>9}{'x serial':>10}{'own CPU':>9}")
    for name in WAYS:
        seconds = statistics.median(run[name][0] for run in runs)
        asked = runs[0][name][1]
        limit = statistics.median(run[name][0] / (asked * LATENCY / WIDTH) for run in runs)
        serial = statistics.median(run["one by one"][0] * asked / NAMES / run[name][0] for run in runs)
        cpu = statistics.median(run[name][2] for run in runs)
        print(f"  {name:<20}{asked:>10}{seconds:>9.2f}{limit:>9.1f}{'1/' + format(serial, '.0f'):>10}{cpu:>9.2f}")
    reached = statistics.median(run["one question each"][0] / (NAMES * LATENCY / WIDTH) for run in runs)
    print(f"  goal: one question each <= {GOAL} x limit: {'met' if reached <= GOAL else 'NOT MET'}")


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        main()
