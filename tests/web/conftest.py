"""The web source, asked about servers that a test starts."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from fixtures.evidence import Around, Deadline, Looked, Question, Record, Routes, utc_now
from fixtures.sources import web as source
from tests.dns.serving import Serving
from tests.dns.serving import listening as dns_listening

from .authority import Authority
from .serving import Handler, Served, answer, listening

INGRESS = "20.60.1.4"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """``serve(handler, tls)`` starts a server."""
    with contextlib.ExitStack() as stack:

        def start(handler: Handler | None = None, tls: ssl.SSLContext | None = None, *, eager: bool = False) -> Served:
            return stack.enter_context(listening(handler or answer(), tls, eager=eager))

        yield start


@pytest.fixture
def names() -> Iterator[Callable[[dict[str, str]], str]]:
    """``names({host: address})`` starts a DNS server and hands out its ``ip:port``."""
    with contextlib.ExitStack() as stack:

        def start(hosts: dict[str, str]) -> str:
            zone = {(host, "A"): [f"60 {address}"] for host, address in hosts.items()}
            return stack.enter_context(dns_listening(Serving(zone)))

        yield start


def endpoint(url: str | None = None, **options: Any) -> SimpleNamespace:
    """A declared endpoint; ``expect`` and ``tls`` as keyword mappings."""
    expect = {"status": (200,), "within": None, "body": None, "json_": {}} | options.pop("expect", {})
    tls = {"days": 30, "minimum": "1.2"} | options.pop("tls", {})
    defaults = {"service": "orders", "id": url or options.get("tcp"), "tcp": None, "via": None, "from_site": None}
    return SimpleNamespace(
        **defaults
        | {"url": url, "private": False, "expect": SimpleNamespace(**expect), "tls": SimpleNamespace(**tls)}
        | options
    )


@pytest.fixture
def ask(authority: Authority) -> Callable[..., Any]:
    """``ask(endpoints, connects, ...)`` asks through the source as from a sandbox; hands out view, answer, looked."""

    def asked(
        *endpoints: Any,
        connects: dict[str, int] | None = None,
        resolver: str | None = None,
        seconds: float = 8.0,
        ingress: tuple[str, ...] = (INGRESS,),
        routes: Routes | None = None,
        vantage: str | None = None,
    ) -> Any:
        site = SimpleNamespace(ingress=ingress, vantage="neu")
        routes = routes or Routes(
            kubeconfig="sandbox",
            connects={address: f"127.0.0.1:{port}" for address, port in (connects or {}).items()},
            resolvers={"neu": [resolver]} if resolver else {},
            ca_file=authority.file,
        )
        question = Question(
            place="neu",
            environment=SimpleNamespace(sites={"neu": site}, resolvers={}),
            subjects=endpoints,
            deadline=Deadline(seconds),
            routes=routes,
            vantage=vantage,
        )
        told = source.ask(question)
        record = Record(
            source="web",
            place="neu",
            asked_at=utc_now(),
            observed_at=utc_now(),
            duration_ms=1,
            data=msgspec.Raw(msgspec.json.encode(told.data)),
            error=told.error,
        )
        looked = Looked()
        view = source.view(record, looked, Around(environment=question.environment, now=utc_now(), phase="pre-cutover"))
        return SimpleNamespace(web=view, answer=told, looked=looked)

    return asked
