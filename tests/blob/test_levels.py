from __future__ import annotations

from tests.blob.test_accounts import ask

__all__ = ["ask"]

BLOBS = [{"name": name, "size": 3} for name in ("pos/a.csv", "pos/2026/11/1.csv", "pos/2026/9/2.csv", "pos/b/3.csv")]
WORLD = {"containers": {"landing": {"blobs": BLOBS, "count": 30_000, "padding": "pos/2025/"}, "wide": {"count": 0}}}


def test_a_level_has_the_blobs_and_the_folders_directly_under_a_prefix(ask):
    reader, sandbox = ask(WORLD)
    level = reader.level("stweu", "landing", "pos/")
    assert level.folders == ("pos/2025/", "pos/2026/", "pos/b/")
    assert [(each.name, each.size) for each in level.blobs] == [("pos/a.csv", 3)]
    assert not level.bounded
    assert len(sandbox.requests) == 1


def test_a_level_below_and_one_without_anything(ask):
    reader, _ = ask(WORLD)
    assert reader.level("stweu", "landing", "pos/2026/").folders == ("pos/2026/11/", "pos/2026/9/")
    assert reader.level("stweu", "landing", "pos/2026/9/").blobs[0].name == "pos/2026/9/2.csv"
    assert reader.level("stweu", "wide", "pos/").folders == ()
    assert reader.level("stweu", "gone", "pos/") is None


def test_a_wide_level_is_bounded(ask):
    reader, _ = ask(WORLD)
    level = reader.level("stweu", "landing", "pos/2025/")
    assert level.bounded
    assert len(level.blobs) == 1_000
