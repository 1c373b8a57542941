"""An account of Blob storage to be tried: the sandbox's, or Azurite's. Both hold the same."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
from tests.contract.peers import AZURITE, program, running
from tests.sandbox import azure_world, worlds
from tests.web.authority import Authority

ACCOUNT, SUFFIX = "stcontract", "blob.core.windows.net"
HOST = f"{ACCOUNT}.{SUFFIX}"
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

    def client(self) -> Any:
        """The SDK's own client."""
        url = f"https://{HOST}"
        transport = transport_to(url, self.routes)
        return BlobServiceClient(url, credential=self.credential, transport=transport, retry_total=0)

    def accounts(self) -> Accounts:
        """What the source asks with."""
        return Accounts(SUFFIX, self.credential, self.routes, time.monotonic() + 30)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """What topics ask with."""
        accounts = self.accounts()
        try:
            yield Reader(azure_world.environment(), accounts)
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
    """Azurite with one account, over TLS and with tokens as Azure wants them, on a port of its own choice."""
    authority = Authority.create(folder)
    pem = str(authority.pem(HOST))
    command = [
        program("node") or "node",
        str(AZURITE / "dist/src/blob/main.js"),
        *("--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"),
        *("--cert", pem, "--key", pem, "--oauth", "basic", "--silent", "--skipApiVersionCheck", "--disableTelemetry"),
    ]
    with running(command, _LISTENS, {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{_KEY}"}) as told:
        connects = {f"{HOST}:443": f"127.0.0.1:{told[1]}"}
        yield Served(Routes(kubeconfig="sandbox", connects=connects, ca_file=authority.file), Unsigned())


def laid(served: Served, containers: Containers) -> Served:
    """The same account with these containers and no others."""
    service = served.client()
    for there in list(service.list_containers()):
        service.delete_container(there.name)
    for name, held in containers.items():
        container = service.create_container(name)
        for blob in held.get("blobs", ()):
            client = container.get_blob_client(blob["name"])
            client.upload_blob(blob.get("content", "").encode(), metadata=blob.get("metadata"))
            if blob.get("lease"):
                client.acquire_lease(-1)
    service.close()
    return served
