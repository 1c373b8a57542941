"""Verdicts do not depend on the order of lists, on the names of pods, or on the pages of an answer."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest

from fixtures.options import SHIPPED
from fixtures.sandbox.faults import find_fault
from tests.faults.expectations import disappointments
from tests.faults.rigs import Rig

ENVIRONMENT = SHIPPED / "sandbox.yaml"
SAMPLE = (
    "compute/memory_limit_set-sidecar-without-a-limit",
    "compute/replicas_ready-old-revision-serves",
    "compute/oom_kills-init-container",
    "compute/oom_kills-long-ago",
    "compute/workload_present-never-deployed",
    "configuration/expected_settings-not-set",
    "configuration/expected_settings-from-a-config-map",
    "configuration/region_drift-storage-of-the-other-site",
    "batch/no_double_schedule-live-on-both-sites",
    "integration/kubernetes_references-external-name",
    "gate/namespaces_populated-namespace-missing",
    "gate/undeclared-debug-shell",
    "dns/record-gone",
    "networking/http-too-slow",
)
HASH = re.compile(r"(?<=-)([bcdfghjklmnpqrstvwxz2456789]{9,10})(?=[-,\n\"' }\]])")


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """The shipped landscape with its objects in reverse, its ReplicaSets and pods renamed, told in small pages."""
    folder = tmp_path_factory.mktemp("turned")
    environment = folder / ENVIRONMENT.name
    shutil.copyfile(ENVIRONMENT, environment)
    world = folder / ENVIRONMENT.stem / "world"
    shutil.copytree(SHIPPED / ENVIRONMENT.stem / "world", world)
    for file in world.glob("**/kubernetes/*/*.yaml"):
        if file.name not in ("access.yaml", "behaviour.yaml"):
            documents = re.split(r"^---$", file.read_text("utf-8"), flags=re.MULTILINE)
            text = "\n---\n".join(document.strip("\n") for document in reversed(documents)) + "\n"
            file.unlink()
            file.write_text(renamed(text), "utf-8")
    for file in world.glob("**/prometheus/*.yaml"):
        text = file.read_text("utf-8")
        file.unlink()
        file.write_text(renamed(text), "utf-8")
    for site in ("weu", "neu"):
        (world / "kubernetes" / site / "behaviour.yaml").write_text("pageSize: 7\n")
    rig = Rig(environment, "pre-cutover", folder / "runs")
    yield rig
    rig.stop()


def renamed(text: str) -> str:
    return HASH.sub(lambda match: match[1][::-1], text)


def test_the_healthy_world_stays_healthy(turned: Rig) -> None:
    assert turned.healthy.verdict.word == "GO", turned.healthy.verdict.sentence


@pytest.mark.parametrize("name", SAMPLE)
def test_a_fault_is_found_all_the_same(turned: Rig, name: str) -> None:
    fault = find_fault(name, ENVIRONMENT)
    wrong = list(disappointments(fault, turned.with_faults([fault])))
    assert not wrong, "\n".join(wrong)
