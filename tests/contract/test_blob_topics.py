"""Topics make the same of Azurite and of the sandbox, where both hold what the accounts of the shipped world hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from fixtures.environment import load
from fixtures.evidence import EvidenceMissing
from fixtures.options import SHIPPED
from fixtures.sandbox import start
from fixtures.sources.blob.topics import topics
from tests.contract import blob
from tests.contract.blob import SandboxCredential, Served

ENVIRONMENT = load(SHIPPED / "sandbox.yaml")
WORLD = SHIPPED / "sandbox/world"
#: What differs because one was written just now, and the other long ago.
_WHEN = {"modified", "last_modified", "at", "name", "hollow"}
#: A lease of Azurite's would have to be waited for until it expires.
_SAME = {"expired": "available"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with start(WORLD, ENVIRONMENT, "pre-cutover", (), None, tmp_path_factory.mktemp("work")) as served:
        yield Served(served.routes, SandboxCredential())


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with blob.once(tmp_path_factory.mktemp("azurite")) as wanted:
        served = wanted()
        for account in blob.SHIPPED:
            blob.laid(served, held(WORLD / f"blob/{account}.yaml"), account)
        yield served


def held(file: Path) -> dict[str, Any]:
    containers: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))["containers"]
    return containers


def told(served: Served, topic: str) -> dict[str, Any]:
    """What a topic makes of every declared thing of its kinds, or why it makes nothing of it."""
    module = topics()[topic]
    found: dict[str, Any] = {}
    with served.reader(ENVIRONMENT) as reader:
        for kind in module.KINDS:
            for declared in ENVIRONMENT.declared(kind):
                try:
                    said: Any = msgspec.to_builtins(module.read(reader, declared))
                except EvidenceMissing as missing:
                    said = (missing.kind, str(missing))
                found[f"{kind} {declared.site}/{declared}"] = timeless(said)
    return found


def timeless(said: Any) -> Any:
    if isinstance(said, dict):
        return {key: timeless(value) for key, value in said.items() if key not in _WHEN}
    if isinstance(said, list | tuple):
        return [timeless(each) for each in said]
    return _SAME.get(said, said) if isinstance(said, str) else said


@pytest.mark.parametrize("topic", sorted(topics()))
def test_both_tell_the_same(topic: str, sandbox: Served, azurite: Served) -> None:
    expected = told(sandbox, topic)
    assert any(expected.values())
    assert told(azurite, topic) == expected
