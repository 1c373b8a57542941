"""A made-up subscription, and a client that asks for it as the SDKs do."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import httpx
import yaml

from fixtures.sandbox.landscape import Sandbox

SUB = "/subscriptions/11111111-0000-4000-8000-000000000001"
GROUP = f"{SUB}/resourceGroups/rg-neu"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stneu"
FILE = "arm/base.yaml"
VERSION = "2024-01-01"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def resource(path: str, **fields: Any) -> dict[str, Any]:
    namespace, *parts = path.rpartition("/providers/")[2].split("/")
    kind = "/".join([namespace, *parts[0::2]])
    return {"id": path, "name": parts[-1], "type": kind, **fields}


STORAGE = resource(
    ACCOUNT,
    location="northeurope",
    sku={"name": "Standard_RAGRS"},
    properties={
        "creationTime": "@now-10m",
        "geoReplicationStats": {"status": "Live", "lastSyncTime": "@now-4m"},
        "primaryEndpoints": {},
    },
)


def documents(*found: Mapping[str, Any]) -> str:
    return yaml.safe_dump_all(found, sort_keys=False)


class Client:
    def __init__(self, sandbox: Sandbox, host: str = "management.azure.com") -> None:
        address = sandbox.routes.connects[f"{host}:443"]
        trust = ssl.create_default_context(cafile=sandbox.routes.ca_file)
        self._extensions = {"sni_hostname": host}
        headers = {"Authorization": "Bearer any", "Host": host}
        self.http = httpx.Client(base_url=f"https://{address}", verify=trust, headers=headers)

    def get(self, path: str, version: str | None = VERSION, **query: str) -> httpx.Response:
        params = {**({"api-version": version} if version else {}), **query}
        return self.http.get(path, params=params, extensions=self._extensions)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.http.post(path, params={"api-version": VERSION}, json=body, extensions=self._extensions)

    def names(self, path: str, **query: str) -> list[str]:
        return [each["name"] for each in self.get(path, **query).raise_for_status().json()["value"]]

    def code(self, path: str, version: str | None = VERSION, **query: str) -> tuple[int, str]:
        answer = self.get(path, version, **query)
        return answer.status_code, answer.json()["error"]["code"]
