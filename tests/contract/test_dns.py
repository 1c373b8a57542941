"""What every name server keeps to, as far as the DNS source relies on it: the sandbox always, NSD where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Routes
from fixtures.sandbox import start
from tests.contract import peers
from tests.contract.conftest import must_be_here
from tests.sandbox import worlds

#: More than a datagram holds, and no more than the source tells of.
MANY = 60
ZONE = f"""\
$ORIGIN contoso.example.
$TTL 300
@ 3600 IN SOA ns1 admin 1 3600 600 86400 45
@ IN NS ns1
@ IN NS ns2
ns1 IN A 192.0.2.53
ns2 IN A 192.0.2.54
api 30 IN CNAME weu-gw
weu-gw 60 IN A 20.50.1.4
weu-gw 90 IN AAAA 2001:db8::4
*.apps IN A 20.50.1.9
a.b IN TXT "x"
{"".join(f"many IN AAAA 2001:db8::{number + 1:x}{chr(10)}" for number in range(MANY))}"""
_CONFIGURATION = """\
server:
    ip-address: 127.0.0.1
    port: {port}
    do-ip6: no
    username: ""
    chroot: ""
    server-count: 1
    database: ""
    zonesdir: "{folder}"
    xfrdir: "{folder}"
    pidfile: "{folder}/nsd.pid"
    xfrdfile: "{folder}/xfrd.state"
    zonelistfile: "{folder}/zone.list"
remote-control:
    control-enable: no
zone:
    name: contoso.example
    zonefile: contoso.zone
"""


@contextmanager
def nsd(folder: Path) -> Iterator[str]:
    """NSD with the zone, as ``ip:port``."""
    port = peers.free_port()
    (folder / "contoso.zone").write_text(ZONE)
    (folder / "nsd.conf").write_text(_CONFIGURATION.format(port=port, folder=folder))
    with peers.running([peers.program("nsd") or "nsd", "-d", "-c", str(folder / "nsd.conf")], "nsd started"):
        yield f"127.0.0.1:{port}"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """NSD, started when it is first wanted."""
    with ExitStack() as stack:
        running: list[str] = []

        def wanted() -> str:
            must_be_here(peers.nsd())
            if not running:
                running.append(stack.enter_context(nsd(tmp_path_factory.mktemp("nsd"))))
            return running[0]

        yield wanted


@pytest.fixture(params=["sandbox", "nsd"])
def names(
    request: pytest.FixtureRequest, real: Callable[[], str], ask_names: Callable[..., Any], tmp_path: Path
) -> Iterator[Callable[[str], Any]]:
    """What the source finds out about a host."""

    def asking(server: str) -> Callable[[str], Any]:
        routes = Routes(resolvers={"public": [server]})
        return lambda host: ask_names([host], ["192.0.2.53"], routes=routes, seconds=10.0).names

    if request.param == "nsd":
        yield asking(real())
        return
    root = worlds.write(tmp_path / "world", {"dns/public.zone": ZONE})
    with start(root, worlds.environment(), "pre-cutover", (), None, tmp_path / "work") as sandbox:
        yield asking(sandbox.routes.resolvers["public"][0])


def test_a_chain_ends_with_addresses_of_both_families(names: Callable[[str], Any]) -> None:
    for answer in names("api.contoso.example").answers("api.contoso.example"):
        assert (answer.rcode, answer.targets, answer.canonical) == (
            "NOERROR",
            ["weu-gw.contoso.example"],
            "weu-gw.contoso.example",
        )
        assert [hop.ttl for hop in answer.chain] == [30, 60, 90]
        assert (sorted(answer.addresses), answer.ttl) == (["20.50.1.4", "2001:db8::4"], 30)


def test_names_know_no_case(names: Callable[[str], Any]) -> None:
    (answer, *_) = names("WEU-gw.Contoso.EXAMPLE").answers("weu-gw.contoso.example")
    assert "20.50.1.4" in answer.addresses


def test_a_wildcard_answers_for_any_name_below_it(names: Callable[[str], Any]) -> None:
    (answer, *_) = names("shop.apps.contoso.example").answers("shop.apps.contoso.example")
    assert (answer.rcode, answer.addresses) == ("NOERROR", ["20.50.1.9"])


def test_a_name_that_is_not_there_is_told_and_for_how_long(names: Callable[[str], Any]) -> None:
    (answer, *_) = names("gone.contoso.example").answers("gone.contoso.example")
    assert (answer.rcode, answer.addresses, answer.negative_ttl) == ("NXDOMAIN", [], 45)


@pytest.mark.parametrize("host", ["a.b.contoso.example", "b.contoso.example"])
def test_a_name_without_addresses_is_there(names: Callable[[str], Any], host: str) -> None:
    (answer, *_) = names(host).answers(host)
    assert (answer.rcode, answer.addresses, answer.negative_ttl) == ("NOERROR", [], 45)


def test_what_a_datagram_cannot_hold_comes_over_tcp(names: Callable[[str], Any]) -> None:
    answers = list(names("many.contoso.example").answers("many.contoso.example"))
    assert {len(answer.addresses) for answer in answers} == {MANY}


def test_a_zones_own_servers_vouch_for_its_ttls(names: Callable[[str], Any]) -> None:
    found = names("api.contoso.example")
    told = list(found.authoritative("api.contoso.example"))
    assert {answer.server for answer in told} == {"ns1.contoso.example", "ns2.contoso.example"}
    assert {answer.zone for answer in told} == {"contoso.example"}
    assert {hop.ttl for answer in told for hop in answer.chain} >= {30, 60, 90}
    assert found.negative_ttl("api.contoso.example") == 45
