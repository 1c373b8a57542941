"""The real management client against the sandbox, over TLS, with its own retries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import ResourceNotFoundError
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.mgmt.resource.resources import ResourceManagementClient
from requests.adapters import HTTPAdapter

from fixtures.sandbox.landscape import Sandbox
from tests.sandbox.azure import ACCOUNT, FILE, GROUP, STORAGE, SUB, documents, resource

HOST = "management.azure.com"


class Credential:
    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("any", int(time.time()) + 3600)


class Loopback(HTTPAdapter):
    """Connects to the sandbox and asks for the certificate of the management host."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, server_hostname=HOST, assert_hostname=HOST, **kwargs)

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.headers["Host"] = HOST
        request.url = request.url.replace(HOST, self._address, 1)
        return super().send(request, *args, **kwargs)


@pytest.fixture
def sdk(serve: Callable[..., Sandbox]) -> Iterator[Callable[..., ResourceManagementClient]]:
    """The SDK's client of a world of these documents."""
    made: list[ResourceManagementClient] = []

    def asking(*found: Any) -> ResourceManagementClient:
        sandbox = serve({FILE: documents(*found)})
        session = requests.Session()
        session.verify = sandbox.routes.ca_file
        session.mount("https://", Loopback(sandbox.routes.connects[f"{HOST}:443"]))
        transport = RequestsTransport(session=session, session_owner=True, connection_verify=sandbox.routes.ca_file)
        made.append(ResourceManagementClient(Credential(), SUB.rpartition("/")[2], transport=transport))
        return made[-1]

    yield asking
    for each in made:
        each.close()


def test_any_resource_by_its_id(sdk):
    client = sdk(STORAGE)
    answer = client.send_request(HttpRequest("GET", f"{ACCOUNT}?api-version=2023-05-01"))
    assert (answer.status_code, answer.json()["sku"]) == (200, {"name": "Standard_RAGRS"})
    assert client.resources.get_by_id(ACCOUNT, api_version="2023-05-01").sku.name == "Standard_RAGRS"
    with pytest.raises(ResourceNotFoundError, match="ResourceNotFound"):
        client.resources.get_by_id(f"{ACCOUNT}x", api_version="2023-05-01")


def test_a_thousand_resources_in_pages(sdk):
    many = [
        resource(f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st{n:04}", location="northeurope")
        for n in range(1000)
    ]
    client = sdk(*many)
    pages = list(client.resources.list_by_resource_group("rg-neu").by_page())
    assert len(pages) == 10
    assert len(list(client.resources.list(filter="resourceType eq 'Microsoft.Storage/storageAccounts'"))) == 1000


def test_throttled_then_answered(sdk):
    client = sdk({**STORAGE, "x-gonogo": {"status": 429, "times": 2, "retryAfter": 0.05}})
    assert client.resources.get_by_id(ACCOUNT, api_version="2023-05-01").name == "stneu"
