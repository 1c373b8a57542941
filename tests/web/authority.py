"""Certificates for tests: a small authority, and whatever is wrong with what it issues."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass(frozen=True)
class Authority:
    """``file`` is its certificate as a trust store; ``context`` makes a server's TLS context."""

    folder: Path
    called: str = "Test Authority"

    @property
    def file(self) -> str:
        return str(self.folder / "ca.pem")

    @classmethod
    def create(cls, folder: Path, called: str = "Test Authority") -> Authority:
        authority = cls(folder, called)
        key = ec.generate_private_key(ec.SECP256R1())
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(called))
            .issuer_name(_name(called))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + 3650 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        (folder / "ca.key").write_bytes(_pem(key))
        (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return authority

    def context(
        self,
        *names: str,
        days: float = 90,
        selfsigned: bool = False,
        common: str = "",
        highest: ssl.TLSVersion | None = None,
        lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    ) -> ssl.SSLContext:
        file = self._issued(names, days, selfsigned, common or (names[0] if names else "nobody"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = lowest  # the default is the machine's
        if highest is not None:
            context.maximum_version = highest
        context.load_cert_chain(file)
        return context

    def pem(self, *names: str, days: float = 90) -> Path:
        """A file with a key and its certificate, for servers that are no part of this process."""
        return self._issued(names, days, selfsigned=False, common=names[0])

    def _issued(self, names: tuple[str, ...], days: float, selfsigned: bool, common: str) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        now = dt.datetime.now(dt.UTC)
        issuer_key = serialization.load_pem_private_key((self.folder / "ca.key").read_bytes(), None)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(common))
            .issuer_name(_name(common if selfsigned else self.called))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 400 * DAY)
            .not_valid_after(now + days * DAY)
        )
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general(name) for name in names]), critical=False
            )
        certificate = builder.sign(key if selfsigned else issuer_key, hashes.SHA256())
        file = self.folder / f"{certificate.serial_number}.pem"
        file.write_bytes(_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
        return file


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())
