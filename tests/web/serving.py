"""A web server on the loopback that answers byte for byte what a test tells it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator

#: Gets the head of the request and the writer; writes whatever it likes.
Handler = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


class Served:
    """``heads`` keeps the head of every request, ``connections`` counts; an ``eager`` server speaks first."""

    def __init__(self, handler: Handler, *, eager: bool) -> None:
        self.handler, self.eager = handler, eager
        self.heads: list[str] = []
        self.connections = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
            head = "" if self.eager else (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heads += [head] if head else []
            await self.handler(head, writer)
            await writer.drain()
            writer.close()

    async def stop(self, server: asyncio.AbstractServer) -> None:
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        for _ in range(3):
            await asyncio.sleep(0)
        self._writers.clear()


def answer(status: int = 200, body: bytes = b"ok", **headers: str) -> Handler:
    """A handler that always gives this answer; underscores in header names stand for dashes."""

    async def handler(head: str, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", "connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    return handler


def path_of(head: str) -> str:
    """The path of a request's head."""
    return head.split(" ")[1]


@contextlib.contextmanager
def listening(handler: Handler, tls: ssl.SSLContext | None, *, eager: bool = False) -> Iterator[Served]:
    served = Served(handler, eager=eager)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, context: None)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = asyncio.run_coroutine_threadsafe(asyncio.start_server(served.accept, "127.0.0.1", 0, ssl=tls), loop)
    server = starting.result(5)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        asyncio.run_coroutine_threadsafe(served.stop(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
