"""An account of Blob storage to be tried: the sandbox's, or Azurite's. Both hold the same."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.storage.blob import BlobServiceClient

from fixtures.azure.credential import SandboxCredential
from fixtures.azure.transport import transport_to
from fixtures.evidence import Routes
from fixtures.sandbox import start
from fixtures.sources.blob.accounts import Accounts
from fixtures.sources.blob.asking import Reader
from tests.contract.conftest import must_be_here
from tests.contract.peers import AZURITE, program, running
from tests.contract.peers import azurite as peer
from tests.sandbox import azure_world, worlds
from tests.web.authority import Authority

ACCOUNT, SUFFIX = "stcontract", "blob.core.windows.net"
#: Accounts of the world that comes with the suite.
SHIPPED = ("stsandboxweu", "stsandboxneu", "stsandboxchkweu", "stsandboxchkneu", "stsandboxdocs")
_KEY = base64.b64encode(b"of no account but this one").decode()
_LISTENS = r"successfully listens on https://127\.0\.0\.1:(\d+)"
Containers = Mapping[str, Any]


class Unsigned:
    """Gives a token whose claims are those of Entra ID; nobody has signed it."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        from azure.core.credentials import AccessToken

        now = int(time.time())
        claims = {
            "aud": "https://storage.azure.com",
            "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
            "iat": now - 60,
            "nbf": now - 60,
            "exp": now + 3600,
        }
        parts = ({"alg": "none", "typ": "JWT"}, claims)
        written = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
        return AccessToken(f"{'.'.join(written)}.c2lnbmVk", now + 3600)


@dataclass(frozen=True)
class Served:
    """A peer that holds what the test wants: how it is reached, and as whom."""

    routes: Routes
    credential: Any

    def client(self, account: str = ACCOUNT) -> Any:
        """The SDK's own client."""
        url = f"https://{account}.{SUFFIX}"
        transport = transport_to(url, self.routes)
        return BlobServiceClient(url, credential=self.credential, transport=transport, retry_total=0)

    def accounts(self) -> Accounts:
        """What the source asks with."""
        return Accounts(SUFFIX, self.credential, self.routes, time.monotonic() + 30)

    @contextmanager
    def reader(self, environment: Any = None) -> Iterator[Reader]:
        """What topics ask with."""
        accounts = self.accounts()
        try:
            yield Reader(environment or azure_world.environment(), accounts)
        finally:
            accounts.close()


@contextmanager
def sandbox(containers: Containers, folder: Path) -> Iterator[Served]:
    """The sandbox's account."""
    root = worlds.write(folder / "world", {f"blob/{ACCOUNT}.yaml": {"containers": dict(containers)}})
    with start(root, azure_world.environment(), "pre-cutover", (), None, folder / "work") as served:
        yield Served(served.routes, SandboxCredential())


@contextmanager
def azurite(folder: Path) -> Iterator[Served]:
    """Azurite with all accounts, over TLS and with tokens as Azure wants them, on a port of its own choice."""
    hosts = [f"{account}.{SUFFIX}" for account in (ACCOUNT, *SHIPPED)]
    authority = Authority.create(folder)
    pem = str(authority.pem(*hosts))
    command = [
        program("node") or "node",
        str(AZURITE / "dist/src/blob/main.js"),
        *("--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"),
        *("--cert", pem, "--key", pem, "--oauth", "basic", "--silent", "--skipApiVersionCheck", "--disableTelemetry"),
    ]
    accounts = ";".join(f"{account}:{_KEY}" for account in (ACCOUNT, *SHIPPED))
    with running(command, _LISTENS, {"AZURITE_ACCOUNTS": accounts}) as told:
        connects = {f"{host}:443": f"127.0.0.1:{told[1]}" for host in hosts}
        yield Served(Routes(kubeconfig="sandbox", connects=connects, ca_file=authority.file), Unsigned())


def laid(served: Served, containers: Containers, account: str = ACCOUNT) -> Served:
    """The same account with these containers and no others."""
    service = served.client(account)
    for there in list(service.list_containers()):
        service.delete_container(there.name)
    for name, held in containers.items():
        container = service.create_container(name)
        for blob in (held or {}).get("blobs", ()):
            content = blob["content"].encode() if "content" in blob else bytes(blob.get("size", 0))
            client = container.get_blob_client(blob["name"])
            client.upload_blob(content, metadata=blob.get("metadata"))
            lease = blob.get("lease", {})
            if lease.get("state") == "leased":
                client.acquire_lease(60 if lease.get("duration") == "fixed" else -1)
    service.close()
    return served


@contextmanager
def once(folder: Path) -> Iterator[Callable[[], Served]]:
    """Azurite, started when it is first wanted; skips where it is absent."""
    with ExitStack() as stack:
        running: list[Served] = []

        def wanted() -> Served:
            must_be_here(peer())
            if not running:
                running.append(stack.enter_context(azurite(folder)))
            return running[0]

        yield wanted
