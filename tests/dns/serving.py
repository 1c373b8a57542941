"""A small DNS server on the loopback, UDP and TCP, that answers what a test tells it."""

from __future__ import annotations

import contextlib
import errno
import socketserver
import threading
import time
from collections.abc import Callable, Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Reply = Callable[[dns.message.Message, str], "dns.message.Message | bytes | None"]


class Serving:
    """``zone`` maps (name, type) to record lines; ``reply`` may take over; ``asked`` keeps every question."""

    def __init__(self, zone: dict[tuple[str, str], list[str]], reply: Reply | None = None) -> None:
        self.zone, self.reply = zone, reply
        self.asked: list[tuple[str, str, str, bool]] = []
        self.delay = 0.0

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, transport, bool(query.flags & dns.flags.RD)))
        if self.delay:
            time.sleep(self.delay)
        said = self.reply(query, transport) if self.reply else self.by_zone(query)
        return said.to_wire() if isinstance(said, dns.message.Message) else said

    def by_zone(self, query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        name, kind = query.question[0].name, dns.rdatatype.to_text(query.question[0].rdtype)
        self._fill(response, name.to_text(omit_final_dot=True).lower(), kind, depth=0)
        return response

    def _fill(self, response: dns.message.Message, name: str, kind: str, depth: int) -> None:
        alias = self.zone.get((name, "CNAME"))
        if alias and depth < 20:
            response.answer.append(
                dns.rrset.from_text(name + ".", int(alias[0].split()[0]), "IN", "CNAME", alias[0].split()[1])
            )
            if not alias[0].endswith("stop"):
                self._fill(response, alias[0].split()[1].rstrip(".").lower(), kind, depth + 1)
            return
        lines = self.zone.get((name, kind))
        if lines:
            ttl = int(lines[0].split()[0])
            response.answer.append(
                dns.rrset.from_text(name + ".", ttl, "IN", kind, *(line.partition(" ")[2] for line in lines))
            )
            return
        if not any(known == name for known, _ in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        for (owner, known), lines in self.zone.items():
            if known == "SOA" and (name == owner or name.endswith("." + owner)):
                ttl, _, rest = lines[0].partition(" ")
                response.authority.append(dns.rrset.from_text(owner + ".", int(ttl), "IN", "SOA", rest))


class _Udp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        said = self.server.serving.answer(self.request[0], "udp")
        if said is not None:
            self.request[1].sendto(said, self.client_address)


class _Tcp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, IndexError):
            length = int.from_bytes(self.request.recv(2), "big")
            said = self.server.serving.answer(self.request.recv(length), "tcp")
            if said is not None:
                self.request.sendall(len(said).to_bytes(2, "big") + said)


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


def _pair() -> tuple[_TcpServer, _UdpServer]:
    """Both on one port, which another process may have for UDP alone."""
    while True:
        tcp = _TcpServer(("127.0.0.1", 0), _Tcp)
        try:
            return tcp, _UdpServer(tcp.server_address, _Udp)
        except OSError as error:
            tcp.server_close()
            if error.errno != errno.EADDRINUSE:
                raise


@contextlib.contextmanager
def listening(serving: Serving) -> Iterator[str]:
    tcp, udp = _pair()
    udp.block_on_close = False
    for server in (tcp, udp):
        server.serving = serving
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"127.0.0.1:{tcp.server_address[1]}"
    finally:
        for server in (tcp, udp):
            server.shutdown()
            server.server_close()
