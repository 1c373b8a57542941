"""A machine without python-qpid-proton: the world is still read, and the routes say what is not served."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.sandbox.bus import ABSENT, Bus
from fixtures.sandbox.certificates import Authority
from fixtures.sandbox.requests_log import RequestLog
from fixtures.sandbox.scene import Roads, Scene
from fixtures.sandbox.world import WorldInvalid, read_world
from tests.sandbox import worlds


def roads(tmp_path: Path, files: dict[str, Any]) -> Roads:
    tree = read_world(worlds.write(tmp_path / "world", {"web.yaml": [], **files}), "pre-cutover")
    scene = Scene(tree, worlds.environment(), datetime.now(UTC), Authority(tmp_path), RequestLog(None), tmp_path)
    found, bus = Roads(), Bus(peer=False)
    asyncio.run(bus.show(scene, bus.prepare(scene, ())))
    bus.lead(found)
    return found


def test_what_is_not_served_is_told(tmp_path: Path) -> None:
    found = roads(tmp_path, {"bus/sb-neu.yaml": {"queues": {"orders-in": {}}}})
    assert (found.absent, found.connects) == ({"bus": ABSENT}, {})


def test_a_world_without_buses_misses_nothing(tmp_path: Path) -> None:
    assert roads(tmp_path, {}).absent == {}


def test_a_mistake_in_the_world_is_told_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(WorldInvalid, match="unknown key queus"):
        roads(tmp_path, {"bus/sb-neu.yaml": {"queus": {}}})
