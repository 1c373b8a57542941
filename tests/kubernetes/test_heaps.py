"""Heaps as the runtimes read their settings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fixtures.evidence import EvidenceMissing
from fixtures.sources.kubernetes.heaps import Heap
from tests.kubernetes.cluster import API, config_map, container, deployment, pod, view

MI, GI = 2**20, 2**30


def heaps(
    env: dict[str, str] | None = None, maps: dict[str, dict[str, str]] | None = None, limit: str = "1Gi", **spec: Any
) -> list[Heap]:
    """The heaps of a container with this environment and these ConfigMaps mounted into it."""
    held = maps or {}
    made = container(
        env=[{"name": name, "value": value} for name, value in (env or {}).items()],
        volumeMounts=[{"name": name, "mountPath": f"/etc/{name}"} for name in held],
        **spec,
    )
    made["resources"] = {"limits": {"memory": limit}}
    volumes = [{"name": name, "configMap": {"name": name}} for name in held]
    cluster = view(
        pods=[pod(rs=None, spec={"containers": [made], "volumes": volumes})],
        deployments=[deployment()],
        configmaps=[config_map(name, data) for name, data in held.items()],
    )
    return [heap for each in cluster.containers(API) for heap in cluster.heaps(each)]


def most(*arguments: Any, **values: Any) -> int | None:
    """The size of the one heap."""
    (heap,) = heaps(*arguments, **values)
    return heap.most


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("-Xmx1g", GI),
        ("-Xmx1536m -Xms1536m", 1536 * MI),
        ("-Xmx1048576K", GI),
        ("-Xmx1073741824", GI),
        ("-Xmx0x40000000", GI),
        ("'-Xmx512M'", 512 * MI),
        ("-XX:MaxHeapSize=768m", 768 * MI),
        ("-Xmx2g -Xmx512m", 512 * MI),
        ("-Xmx512m -XX:MaxRAMPercentage=90", 512 * MI),
        ("-XX:MaxRAMPercentage=75.0", 768 * MI),
        ("-XX:MaxRAMFraction=1", GI),
        ("-XX:MaxRAMFraction=2 -XX:MaxRAMPercentage=75", 768 * MI),
        ("-XX:MaxRAM=2g -XX:MaxRAMPercentage=75", 1536 * MI),
        ("-XX:-UseContainerSupport -Xmx512m", 512 * MI),
        ("-Xmx512m -XX:MaxDirectMemorySize=256m", 768 * MI),
    ],
)
def test_a_jvm_reads_its_options(options: str, expected: int) -> None:
    assert most({"JAVA_TOOL_OPTIONS": options}) == expected


@pytest.mark.parametrize(
    ("limit", "share", "expected"), [("128Mi", 90, 64 * MI), ("300Mi", 25, 130862280), ("300Mi", 90, 270 * MI)]
)
def test_in_a_small_container_another_percentage_counts(limit: str, share: int, expected: int) -> None:
    assert most({"JAVA_OPTS": f"-XX:MaxRAMPercentage={share}"}, limit=limit) == expected


@pytest.mark.parametrize(
    ("env", "args", "expected"),
    [
        ({"JAVA_TOOL_OPTIONS": "-Xmx2g", "JDK_JAVA_OPTIONS": "-Xmx1g"}, [], GI),
        ({"JAVA_TOOL_OPTIONS": "-Xmx2g"}, ["java", "-Xmx1g", "-jar", "app.jar"], GI),
        ({"_JAVA_OPTIONS": "-Xmx3g"}, ["java", "-Xmx1g"], 3 * GI),
        ({"HEAP": "1"}, ["sh", "-c", 'exec java "-Xmx${HEAP}g" -jar app.jar'], GI),
        ({"HEAP": "1g"}, ["java", "-Xmx$(HEAP)"], GI),
        ({}, ["sh", "-c", "java -Xmx${HEAP:-1g} -jar app.jar"], GI),
        ({"KAFKA_HEAP_OPTS": "-Xmx1g"}, [], GI),
        ({"SERVER_JVMFLAGS": "-Xmx1g"}, [], GI),
    ],
)
def test_the_last_that_a_jvm_reads_counts(env: dict[str, str], args: list[str], expected: int) -> None:
    assert most(env, args=args) == expected


def test_files_that_config_maps_mount_are_read_as_they_are_used() -> None:
    options = "## heap\n#-Xmx4g\n17-:-Xmx1g\n-XX:+UseG1GC\n"
    assert most(maps={"search": {"jvm.options": options}}) == GI
    assert most({"ES_JAVA_OPTS": "-Xmx2g"}, {"search": {"jvm.options": options}}) == 2 * GI
    assert most(maps={"tomcat": {"setenv.sh": 'export CATALINA_OPTS="$CATALINA_OPTS -Xmx1g"'}}) == GI
    assert heaps(maps={"notes": {"README.md": "never use -Xmx1g"}}) == []


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"DOTNET_GCHeapHardLimit": "0x1E000000"}, 480 * MI),
        ({"DOTNET_GCHeapHardLimit": "1e000000"}, 480 * MI),
        ({"COMPlus_GCHeapHardLimit": "600000000"}, 0x600000000),
        ({"DOTNET_GCHeapHardLimit": "10000000", "COMPlus_GCHeapHardLimit": "20000000"}, 256 * MI),
        ({"DOTNET_GCHeapHardLimitPercent": "4B"}, 768 * MI),
        ({"DOTNET_GCHeapHardLimitPercent": "0x32", "DOTNET_GCHeapHardLimit": "0"}, 512 * MI),
        ({"DOTNET_GCHeapHardLimitSOH": "10000000", "DOTNET_GCHeapHardLimitLOH": "10000000"}, 512 * MI),
        ({"DOTNET_GCHeapHardLimitSOHPercent": "32", "DOTNET_GCHeapHardLimit": "1"}, 512 * MI),
    ],
)
def test_dotnet_reads_hexadecimal_numbers(env: dict[str, str], expected: int) -> None:
    assert most(env) == expected


def test_a_mounted_runtimeconfig_holds_decimal_numbers() -> None:
    text = '{"runtimeOptions": {"configProperties": {"System.GC.HeapHardLimit": 536870912}}}'
    assert most(maps={"app": {"app.runtimeconfig.json": text}}) == 512 * MI
    assert most({"DOTNET_GCHeapHardLimit": "10000000"}, {"app": {"app.runtimeconfig.json": text}}) == 256 * MI
    share = '{"configProperties": {"System.GC.HeapHardLimitPercent": 75}}'
    assert most(maps={"app": {"runtimeconfig.template.json": share}}) == 768 * MI


@pytest.mark.parametrize(
    ("options", "args", "expected"),
    [
        ("--max-old-space-size=400", [], 400 * MI),
        ("--max_old_space_size=400", [], 400 * MI),
        ("--max-old-space-size=400", ["node", "--max-old-space-size", "512", "server.js"], 512 * MI),
        ("--max-old-space-size=400 --max-old-space-size-percentage=75", [], 768 * MI),
        ("", ["npx", "next", "start", "--", "--max-old-space-size=4096"], 4 * GI),
    ],
)
def test_node_counts_mebibytes(options: str, args: list[str], expected: int) -> None:
    assert most({"NODE_OPTIONS": options}, args=args) == expected


@pytest.mark.parametrize(
    "env",
    [
        {"JAVA_TOOL_OPTIONS": "-Xms512m -Dname=-Xmx"},
        {"JAVA_OPTS": "-XX:+UseContainerSupport"},
        {"DOTNET_GCHeapHardLimitPercent": "64"},  # 100: ignored
        {"DOTNET_GCHeapHardLimit": ""},
        {"NODE_OPTIONS": "--max-old-space-size=0 --enable-source-maps"},
        {"GRADLE_OPTS": "-Xmx4g", "CAPTION_OPTIONS": "-Xmx4g"},
    ],
)
def test_a_runtime_left_to_its_default_tells_no_heap(env: dict[str, str]) -> None:
    assert heaps(env) == []


def test_what_all_containers_are_told_concerns_none_of_another_runtime() -> None:
    everywhere = {"NODE_OPTIONS": "--max-old-space-size=512", "HEAP": "256m"}
    taken = {"envFrom": [{"configMapRef": {"name": "everywhere"}}]}
    assert most({"JAVA_OPTS": "-Xmx$(HEAP)"}, {"everywhere": everywhere}, **taken) == 256 * MI
    assert most({}, {"everywhere": everywhere}, **taken) == 512 * MI


@pytest.mark.parametrize(
    "env",
    [
        {"JAVA_OPTS": "-Xmx1Gi"},
        {"JAVA_OPTS": "-Xmx1.5g"},
        {"JAVA_OPTS": "-Xmx"},
        {"JAVA_OPTS": "-Xmx0"},
        {"JAVA_OPTS": f"-Xmx{'9' * 5000}"},
        {"JAVA_OPTS": "-XX:MaxRAMPercentage=75%"},
        {"JAVA_OPTS": "-XX:MaxRAMPercentage=1e999"},
        {"JAVA_OPTS": "-XX:MaxRAMPercentage=-1"},
        {"DOTNET_GCHeapHardLimit": "512Mi"},
        {"NODE_OPTIONS": "--max-old-space-size=1g"},
        {"NODE_OPTIONS": "--max-old-space-size"},
    ],
)
def test_what_no_runtime_reads_is_a_problem(env: dict[str, str]) -> None:
    (heap,) = heaps(env)
    assert heap.most is None
    assert heap.problem


def test_an_unknown_variable_in_a_flag_is_missing_evidence() -> None:
    with pytest.raises(EvidenceMissing, match="HEAP"):
        heaps(args=["sh", "-c", "java -Xmx${HEAP} -jar app.jar"])


FLAGS = some.sampled_from(
    ["-Xmx", "-XX:MaxRAMPercentage=", "-XX:MaxRAMFraction=", "-XX:MaxRAM=", "--max-old-space-size=", ""]
)
VALUES = some.one_of(some.text(max_size=12), some.integers().map(str), some.floats().map(str))
NAMES = some.sampled_from(
    ["JAVA_TOOL_OPTIONS", "JAVA_OPTS", "NODE_OPTIONS", "DOTNET_GCHeapHardLimit", "COMPlus_GCHeapHardLimitPercent"]
)


@given(NAMES, some.lists(some.tuples(FLAGS, VALUES), max_size=4))
def test_whatever_is_written_is_a_size_a_problem_or_missing(name: str, flags: list[tuple[str, str]]) -> None:
    text = " ".join(flag + value for flag, value in flags)
    try:
        found = heaps({name: text})
    except EvidenceMissing:
        assert "$" in text
        return
    assert all((heap.most is None) == bool(heap.problem) and heap.said for heap in found)


@given(some.integers(1, 2**32), some.sampled_from(["", "k", "K", "m", "M", "g", "G"]))
def test_every_size_of_a_jvm_is_read(number: int, unit: str) -> None:
    factor = {"": 1, "k": 1024, "m": MI, "g": GI}[unit.lower()]
    assert most({"JAVA_OPTS": f"-Xmx{number}{unit}"}) == number * factor


@given(some.integers(1, 2**50))
def test_every_number_of_dotnet_is_hexadecimal(number: int) -> None:
    assert (
        most({"DOTNET_GCHeapHardLimit": f"{number:x}"}) == most({"DOTNET_GCHeapHardLimit": f"0X{number:X}"}) == number
    )
