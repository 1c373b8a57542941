"""Whatever a server sends, a question ends in an answer or in silence, never in an accident."""

from __future__ import annotations

import asyncio
import ipaddress

import dns.message
import dns.name
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.sources.dns.exchange import Line
from fixtures.sources.dns.facts import SILENT, Answer
from fixtures.sources.dns.rounds import Asker
from fixtures.sources.dns.servers import Server

NAME = dns.name.from_text("api.contoso.example")


class Replying(asyncio.DatagramProtocol):
    def __init__(self, garbage: bytes, *, keep: int) -> None:
        self.garbage, self.keep = garbage, keep

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        answer = dns.message.make_response(dns.message.from_wire(data)).to_wire()
        self.transport.sendto(answer[: self.keep] + self.garbage, address)


async def asked(garbage: bytes, keep: int) -> Answer:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Replying(garbage, keep=keep), ("127.0.0.1", 0))
    try:
        server = Server("garbage", "127.0.0.1", transport.get_extra_info("sockname")[1])
        return await Asker(Line(0.05)).round(NAME, server, 1)
    finally:
        transport.close()


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 40))
def test_garbage_behind_any_part_of_a_true_answer(garbage, keep):
    answer = asyncio.run(asked(garbage, keep))
    assert answer.rcode in SILENT or answer.error or answer.rcode == "NOERROR"
    assert all(ipaddress.ip_address(address) for address in answer.addresses)
