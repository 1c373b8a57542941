"""Certificates that clients will accept, now and for a while."""

from datetime import timedelta

import pytest

#: Days that a certificate must stay valid where nothing is declared.
DAYS = 14
#: What ingress controllers show for a host name that they were given no certificate for.
DEFAULTS = ("Kubernetes Ingress Controller Fake Certificate", "TRAEFIK DEFAULT CERT")
VERSIONS = ("1.0", "1.1", "1.2", "1.3")


@pytest.mark.check(
    severity="blocker",
    remedy="Put the right certificate, with its chain, where the connection ends (ingress, gateway, Front Door), "
    "or renew it, or raise the TLS policy there.",
    roles=("active", "target", "routed"),
)
def test_certificate(tls_endpoint, web, site, now):
    """Every declared HTTPS endpoint shows a trusted certificate for its name, valid long enough, over modern TLS.

    The new site's ingress has its own certificate, often never seen by a client before the switch: the controller's
    built-in one, one for the internal name, one without its intermediate, one that nobody renews any more.
    """
    faults = []
    for probe in web.made(tls_endpoint):
        faults += [f"{probe.address}: {fault}" for fault in wanting(tls_endpoint.tls, probe.tls, now)]
    assert not faults, (
        f"{tls_endpoint} in {site} shows a certificate that clients will not accept: {'; '.join(faults)}."
    )
    for probe in web.probes(tls_endpoint):
        web.handshake(tls_endpoint, probe).require_versions()


def wanting(declared, tls, now):
    """In words, everything that is wrong with a handshake; nothing where there was none to look at."""
    if tls is None:
        return []
    if any(name in tls.subject for name in DEFAULTS):
        return [f"it is an ingress controller's default certificate ({tls.subject})"]
    found = [*validity(tls, declared.days if declared else DAYS, now)]
    if not tls.covers:
        found.append(f"it is for {', '.join(tls.names[:5]) or 'no name at all'}, not for {tls.host}")
    if tls.self_signed and not tls.verified:
        found.append(f"it is self-signed ({tls.subject})")
    if not tls.verified and not found:
        found.append(tls.verify_error)
    return found + versions(tls, declared.minimum if declared else None)


def validity(tls, days, now):
    """In words, that the certificate is expired, soon will be, or is not valid yet."""
    if tls.not_after <= now:
        yield f"it expired on {tls.not_after:%Y-%m-%d %H:%M} UTC"
    elif tls.not_after - now < timedelta(days=days):
        left = (tls.not_after - now).days
        said = f"{left} {'day' if left == 1 else 'days'}"
        yield f"it expires in {said}, on {tls.not_after:%Y-%m-%d}, declared is at least {days}"
    if tls.not_before > now:
        yield f"it is not valid before {tls.not_before:%Y-%m-%d %H:%M} UTC"


def versions(tls, minimum):
    """In words, that a version below the declared minimum is spoken or accepted."""
    if minimum is None:
        return []
    if tls.version in VERSIONS and VERSIONS.index(tls.version) < VERSIONS.index(minimum):
        return [f"nothing better than TLS {tls.version} is spoken, declared is at least {minimum}"]
    return [f"TLS {tls.accepted_below} is still accepted, declared is at least {minimum}"] if tls.accepted_below else []
