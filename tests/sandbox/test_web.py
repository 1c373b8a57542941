from __future__ import annotations

import json
import socket
import ssl
import time
import warnings
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509

from fixtures.sandbox.world import WorldInvalid
from tests.sandbox import worlds

API = {
    "host": "api.contoso.example",
    "address": "neu-ingress",
    "tls": {"days": 90},
    "paths": {
        "/healthz": {"status": 200, "headers": {"X-Site": "neu"}, "body": "ok"},
        "/json": {"body": {"status": "ok"}},
        "/login": {"body": "<html></html>"},
        "/moved": {"status": 301, "headers": {"Location": "https://api.contoso.example/"}},
        "/late": {"delay": "200ms"},
        "/orders/*": {"status": 418},
    },
}
ZONE = "$TTL 60\nsql.example. IN A 10.0.0.5\nsql.example. IN A 10.0.0.6\nold.example. IN A 10.0.0.7\n"


def dial(sandbox, reached):
    host, port = sandbox.routes.connects[reached].rsplit(":", 1)
    return socket.create_connection((host, int(port)), 5)


def shake(sandbox, reached, name, context=None):
    """Handshake as a client that trusts the sandbox's authority; returns the TLS socket."""
    trusting = context or ssl.create_default_context(cafile=sandbox.routes.ca_file)
    return trusting.wrap_socket(dial(sandbox, reached), server_hostname=name)


def certificate(sandbox, reached, name):
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    with shake(sandbox, reached, name, blind) as connection:
        return x509.load_der_x509_certificate(connection.getpeercert(binary_form=True))


def fetch(sandbox, path, host="api.contoso.example", reached="20.60.1.4:443", method="GET"):
    trust = ssl.create_default_context(cafile=sandbox.routes.ca_file)
    url = f"https://{sandbox.routes.connects[reached]}{path}"
    with httpx.Client(verify=trust) as client:
        request = client.build_request(method, url, headers={"Host": host}, extensions={"sni_hostname": host})
        return client.send(request)


def test_paths_and_hosts(serve):
    sandbox = serve({"web.yaml": [API]})
    found = fetch(sandbox, "/healthz?x=1")
    assert (found.status_code, found.text, found.headers["X-Site"]) == (200, "ok", "neu")
    assert fetch(sandbox, "/json").json() == {"status": "ok"}
    assert fetch(sandbox, "/login").headers["Content-Type"].startswith("text/html")
    assert fetch(sandbox, "/moved").headers["Location"] == "https://api.contoso.example/"
    assert fetch(sandbox, "/orders/5").status_code == 418
    assert fetch(sandbox, "/nothing").status_code == 404
    assert fetch(sandbox, "/healthz", method="HEAD").text == ""
    assert fetch(sandbox, "/healthz", method="POST").status_code == 405
    begun = time.monotonic()
    fetch(sandbox, "/late")
    assert time.monotonic() - begun >= 0.2


def test_requests_are_logged_under_their_site(serve):
    sandbox = serve({"web.yaml": [API]})
    fetch(sandbox, "/healthz?x=1")
    [seen] = sandbox.requests
    assert (seen.source, seen.place, seen.method, seen.path, seen.status, seen.transport) == (
        "web",
        "neu",
        "GET",
        "api.contoso.example/healthz?x=1",
        200,
        "https",
    )


def test_an_unknown_host_meets_the_default_backend(serve):
    sandbox = serve({"web.yaml": [API]})
    fake = certificate(sandbox, "20.60.1.4:443", "other.example")
    assert "Kubernetes Ingress Controller Fake Certificate" in fake.subject.rfc4514_string()
    names = fake.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    assert names == ["ingress.local"]
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(sandbox, "20.60.1.4:443", "other.example")
    blind = httpx.Client(verify=False)
    with blind:
        url = f"https://{sandbox.routes.connects['20.60.1.4:443']}/healthz"
        answer = blind.get(url, headers={"Host": "other.example"}, extensions={"sni_hostname": "other.example"})
    assert (answer.status_code, answer.text) == (404, "default backend - 404")


def test_every_ingress_address_of_a_site_is_served(serve):
    two = worlds.environment(neu=["20.60.1.4", "2001:db8::1"], weu=["20.50.1.4"])
    sandbox = serve({"web.yaml": [API]}, environment=two)
    assert sorted(sandbox.routes.connects) == ["20.60.1.4:443", "[2001:db8::1]:443"]
    assert fetch(sandbox, "/healthz", reached="[2001:db8::1]:443").status_code == 200


def test_certificates_by_name(serve):
    sandbox = serve(
        {
            "web.yaml": [
                API,
                {"host": "*.apps.example", "address": "neu-ingress", "paths": {"/": {}}},
                {"host": "shop.example", "address": "neu-ingress", "tls": {"names": ["other.example", "10.0.0.1"]}},
                {"host": "old.example", "address": "neu-ingress", "tls": {"days": -2}},
                {"host": "own.example", "address": "neu-ingress", "tls": {"issuer": "selfsigned"}},
                {"host": "cut.example", "address": "neu-ingress", "tls": {"chain": False}},
            ]
        }
    )
    reached = "20.60.1.4:443"
    with shake(sandbox, reached, "api.contoso.example") as connection:
        ends = datetime.strptime(connection.getpeercert()["notAfter"], "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
    assert timedelta(days=90) < ends - datetime.now(UTC) < timedelta(days=90, hours=2)
    shake(sandbox, reached, "x.apps.example").close()
    for name, said in (
        ("shop.example", "Hostname mismatch"),
        ("old.example", "certificate has expired"),
        ("own.example", "self-signed certificate"),
        ("cut.example", "unable to get local issuer"),
    ):
        with pytest.raises(ssl.SSLCertVerificationError, match=said):
            shake(sandbox, reached, name)
    assert certificate(sandbox, reached, "old.example").not_valid_after_utc < datetime.now(UTC) - timedelta(days=1)


def test_tls_versions_by_name(serve):
    old = {"host": "old.example", "address": "neu-ingress", "tls": {"minimum": "1.0", "maximum": "1.1"}}
    new = {"host": "new.example", "address": "neu-ingress", "tls": {"minimum": "1.3"}}
    sandbox = serve({"web.yaml": [API, old, new]})

    def version(name, most):
        context = ssl.create_default_context(cafile=sandbox.routes.ca_file)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, most
        with shake(sandbox, "20.60.1.4:443", name, context) as connection:
            return connection.version()

    assert version("old.example", ssl.TLSVersion.TLSv1_3) == "TLSv1.1"
    assert version("api.contoso.example", ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert version("new.example", ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    with pytest.raises((ssl.SSLError, OSError)):
        version("new.example", ssl.TLSVersion.TLSv1_2)


def test_plain_http_and_ports(serve):
    plain = {"host": "api.contoso.example", "address": "20.0.0.1", "scheme": "http", "paths": {"/": {"body": "plain"}}}
    sandbox = serve({"web.yaml": [plain, {**API, "address": ["20.0.0.1"], "port": 8443}]})
    assert sorted(sandbox.routes.connects) == ["20.0.0.1:80", "20.0.0.1:8443"]
    url = f"http://{sandbox.routes.connects['20.0.0.1:80']}/"
    assert httpx.get(url, headers={"Host": "api.contoso.example"}).text == "plain"
    assert fetch(sandbox, "/healthz", reached="20.0.0.1:8443").status_code == 200


def test_a_host_without_address_is_where_the_zones_say(serve):
    sandbox = serve({"web.yaml": [{"host": "old.example"}], "dns/public.zone": ZONE})
    assert list(sandbox.routes.connects) == ["10.0.0.7:443"]
    assert certificate(sandbox, "10.0.0.7:443", None)


def test_tcp_ports_accept_or_refuse(serve):
    ports = [{"tcp": "sql.example:1433"}, {"tcp": "old.example:443", "accept": False}, {"tcp": "10.9.9.9:22"}]
    sandbox = serve({"web.yaml": [{"host": "old.example"}, *ports], "dns/public.zone": ZONE, "dns/neu.zone": ""})
    assert sorted(sandbox.routes.connects) == ["10.0.0.5:1433", "10.0.0.6:1433", "10.0.0.7:443", "10.9.9.9:22"]
    for open_port in ("10.0.0.5:1433", "10.9.9.9:22"):
        dial(sandbox, open_port).close()
    with pytest.raises(ConnectionRefusedError):
        dial(sandbox, "10.0.0.7:443")


def test_a_client_that_says_nothing_or_garbage(serve):
    sandbox = serve({"web.yaml": [API]})
    silent = dial(sandbox, "20.60.1.4:443")
    with dial(sandbox, "20.60.1.4:443") as loud:
        loud.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert loud.recv(100) != b"HTTP"
    slow = dial(sandbox, "20.60.1.4:443")
    slow.sendall(b"\x16\x03\x01")
    assert fetch(sandbox, "/healthz").status_code == 200
    begun = time.monotonic()
    sandbox.stop()
    assert time.monotonic() - begun < 30
    silent.close()
    slow.close()


def test_a_hello_in_pieces(serve):
    sandbox = serve({"web.yaml": [API]})
    context = ssl.create_default_context(cafile=sandbox.routes.ca_file)
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(into, out, server_hostname="api.contoso.example")
    with dial(sandbox, "20.60.1.4:443") as connection:
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                said = out.read()
                for at in range(0, len(said), 100):
                    connection.sendall(said[at : at + 100])
                    time.sleep(0.01)
                into.write(connection.recv(65_536))
        assert client.version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([{"hots": "a"}], "entry 1: unknown key hots, did you mean host?"),
        ([API, {"host": "a", "address": "nue-ingress"}], "entry 2: no site is called nue, did you mean neu?"),
        ([{"host": "a", "address": "nowhere"}], "'nowhere' does not appear to be an IPv4 or IPv6 address"),
        ([{**API, "tls": {"minimum": "0.9"}}], "entry 1: tls.minimum: Invalid enum value '0.9'"),
        ([{**API, "paths": {"/": {"delay": "soon"}}}], "'soon' is no duration"),
        ([API, API], "api.contoso.example is at 20.60.1.4:443 twice"),
        ([API, {**API, "scheme": "http", "port": 443}], "cannot be both https and http"),
        ([{"tcp": "here"}], "tcp here: must be host:port"),
    ],
)
def test_wrong_entries(serve, entries, said):
    with pytest.raises(WorldInvalid) as refused:
        serve({"web.yaml": json.dumps(entries)})
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
