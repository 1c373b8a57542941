"""What every web server keeps to, as far as the web source relies on it: the sandbox always, nginx where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Routes
from fixtures.sandbox import start
from tests.contract import peers
from tests.contract.conftest import must_be_here
from tests.sandbox import worlds
from tests.web.authority import Authority
from tests.web.conftest import INGRESS, endpoint

HOST, OLD, EXPIRED = "api.contoso.example", "old.contoso.example", "expired.contoso.example"
PAGES: dict[str, Any] = {
    "/healthz": {"status": 200, "headers": {"Content-Type": "text/plain", "X-Site": "neu"}, "body": "fine"},
    "/moved": {"status": 301, "headers": {"Location": f"https://{HOST}/healthz"}},
    "/broken": {"status": 503, "body": "later"},
}
WORLD = [
    {"host": HOST, "address": "neu-ingress", "tls": {"names": [HOST], "days": 90, "minimum": "1.2"}, "paths": PAGES},
    {"host": OLD, "address": "20.60.1.5", "tls": {"names": [OLD], "minimum": "1.2", "maximum": "1.2"}, "paths": PAGES},
    {"host": EXPIRED, "address": "20.60.1.6", "tls": {"names": [EXPIRED], "days": -3}, "paths": PAGES},
]
_SERVER = """
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name {host};
    ssl_certificate {pem};
    ssl_certificate_key {pem};
    ssl_protocols {versions};
    location = /healthz {{ default_type text/plain; add_header X-Site neu; return 200 fine; }}
    location = /moved {{ return 301 https://{moved}/healthz; }}
    location = /broken {{ default_type text/plain; return 503 later; }}
    location / {{ return 404; }}
  }}
"""
_CONFIGURATION = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {servers}
}}
"""


@dataclass(frozen=True)
class Served:
    """How a peer is reached."""

    routes: Routes
    ask: Callable[..., Any]

    def probe(self, path: str, host: str = HOST, address: str = INGRESS, **more: Any) -> Any:
        """The probe of a page through an address of the ingress."""
        declared = endpoint(f"https://{host}{path}", via="ingress", **more)
        return self.ask(declared, routes=self.routes, ingress=(address,)).web.probe(declared)


@contextmanager
def nginx(folder: Path) -> Iterator[Routes]:
    """nginx with a listener for each host, as the sandbox has."""
    authority = Authority.create(folder)
    ports = {"20.60.1.4": peers.free_port(), "20.60.1.5": peers.free_port(), "20.60.1.6": peers.free_port()}
    hosts = ((HOST, 90, "TLSv1.2 TLSv1.3"), (OLD, 90, "TLSv1.2"), (EXPIRED, -3, "TLSv1.2 TLSv1.3"))
    servers = [
        _SERVER.format(port=port, host=host, pem=authority.pem(host, days=days), versions=versions, moved=HOST)
        for port, (host, days, versions) in zip(ports.values(), hosts, strict=True)
    ]
    file = folder / "nginx.conf"
    file.write_text(_CONFIGURATION.format(folder=folder, servers="".join(servers)))
    program = peers.program("nginx") or "nginx"
    with peers.running([program, "-p", str(folder), "-c", str(file)], "start worker process "):
        connects = {f"{address}:443": f"127.0.0.1:{port}" for address, port in ports.items()}
        yield Routes(kubeconfig="sandbox", connects=connects, ca_file=authority.file)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Routes]]:
    """nginx, started when it is first wanted."""
    with ExitStack() as stack:
        running: list[Routes] = []

        def wanted() -> Routes:
            must_be_here(peers.nginx())
            if not running:
                running.append(stack.enter_context(nginx(tmp_path_factory.mktemp("nginx"))))
            return running[0]

        yield wanted


@pytest.fixture(params=["sandbox", "nginx"])
def served(
    request: pytest.FixtureRequest, real: Callable[[], Routes], ask_web: Callable[..., Any], tmp_path: Path
) -> Iterator[Served]:
    """A peer with the pages above."""
    if request.param == "nginx":
        yield Served(real(), ask_web)
        return
    root = worlds.write(tmp_path / "world", {"web.yaml": WORLD})
    with start(root, worlds.environment(), "pre-cutover", (), None, tmp_path / "work") as sandbox:
        yield Served(sandbox.routes, ask_web)


def test_an_answer_and_who_gave_it(served: Served) -> None:
    probe = served.probe("/healthz")
    assert (probe.status, probe.body, probe.error, probe.address) == (200, "fine", None, INGRESS)
    assert probe.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(("path", "status"), [("/broken", 503), ("/nowhere", 404)])
def test_a_refusal_is_an_answer(served: Served, path: str, status: int) -> None:
    probe = served.probe(path)
    assert (probe.status, probe.error) == (status, None)


def test_a_redirect_is_followed_and_told(served: Served) -> None:
    probe = served.probe("/moved", expect={"status": (200,)})
    assert probe.statuses == [301, 200]
    assert str(probe.redirects[0]) == f"301 to https://{HOST}/healthz"


def test_a_certificate_is_verified_for_the_public_name(served: Served) -> None:
    tls = served.probe("/healthz").tls
    assert (tls.verified, tls.verify_error, tls.covers, tls.names) == (True, None, True, [HOST])
    assert (tls.version, tls.self_signed) == ("1.3", False)
    assert (tls.not_after - tls.not_before).days > 80


def test_a_certificate_of_another_name_does_not_cover_this_one(served: Served) -> None:
    tls = served.probe("/healthz", host="other.contoso.example", address="20.60.1.5").tls
    assert (tls.verified, tls.covers) == (False, False)


def test_an_expired_certificate_is_told_with_its_dates(served: Served) -> None:
    probe = served.probe("/healthz", host=EXPIRED, address="20.60.1.6")
    assert (probe.tls.verified, "expired" in probe.tls.verify_error) == (False, True)


def test_a_server_that_stops_at_an_older_version_speaks_that_one(served: Served) -> None:
    tls = served.probe("/healthz", host=OLD, address="20.60.1.5").tls
    assert (tls.version, tls.accepted_below, tls.below_unknown) == ("1.2", None, None)


def test_where_nobody_listens_the_connection_is_refused(served: Served) -> None:
    probe = served.probe("/healthz", address="20.60.1.9")
    assert (probe.connected, probe.error.kind) == (False, "refused")
