"""Which servers a resolver means."""

from __future__ import annotations

import pytest

from fixtures.evidence import Routes, SourceFailed
from fixtures.sources.dns.servers import Server, address_and_port, servers_of


def test_system_means_the_operating_systems_own(tmp_path):
    conf = tmp_path / "resolv.conf"
    conf.write_text(
        "# comment\nsearch corp.example\nnameserver 10.0.0.10\nnameserver fe80::1%eth0\nnameserver 10.0.0.10\n"
    )
    assert servers_of("weu", ["system"], Routes(), conf) == [
        Server("10.0.0.10", "10.0.0.10"),
        Server("fe80::1", "fe80::1"),
    ]


def test_a_system_without_resolvers_can_say_nothing(tmp_path):
    with pytest.raises(SourceFailed, match="cannot be read"):
        servers_of("weu", ["system"], Routes(), tmp_path / "missing")
    (tmp_path / "empty").write_text("")
    with pytest.raises(SourceFailed, match="the resolver weu has no server"):
        servers_of("weu", ["system"], Routes(), tmp_path / "empty")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1.1.1.1", ("1.1.1.1", 53)),
        ("1.1.1.1:5353", ("1.1.1.1", 5353)),
        ("2606:4700::1111", ("2606:4700::1111", 53)),
        ("[2606:4700::1111]:5353", ("2606:4700::1111", 5353)),
    ],
)
def test_addresses_and_ports(text, read):
    assert address_and_port(text) == read


def test_https_is_a_server_of_its_own():
    url = "https://dns.google/dns-query"
    (server,) = servers_of("public", [url], Routes())
    assert (server.label, server.over_https) == (url, True)
