"""``extends``: one level, mappings merge, lists replace, and every line points into the right file."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.environment import EnvironmentInvalid, load


@pytest.fixture
def folder(tmp_path: Path, small: str) -> Path:
    base = small.replace("environment: prod\n", "") + "policy: {warnings: decide, vantages: [weu, neu]}\n"
    (tmp_path / "base.yaml").write_text(base)
    return tmp_path


def overlay(folder: Path, text: str) -> Path:
    path = folder / "prod.yaml"
    path.write_text(text)
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(EnvironmentInvalid) as invalid:
        load(path, {})
    return list(invalid.value.problems)


def test_mappings_merge_and_lists_replace(folder: Path) -> None:
    path = overlay(
        folder, "extends: base.yaml\nenvironment: prod\ncutover: {objectives: {rto: 20m}}\npolicy: {vantages: [neu]}\n"
    )
    environment = load(path, {})
    assert (environment.name, environment.path) == ("prod", path)
    assert str(environment.cutover.objectives.rto) == "20m"
    assert str(environment.cutover.objectives.rpo) == "5m"
    assert environment.policy.warnings == "decide"
    assert environment.policy.vantages == ("neu",)
    assert "extends" not in environment.resolved()


def test_lines_point_into_the_right_file(folder: Path) -> None:
    base = folder / "base.yaml"
    base.write_text(base.read_text().replace("rpo: 5m", "rpo: 5").replace("[1.1.1.1]", "[nowhere, nothing]"))
    path = overlay(folder, "extends: base.yaml\nenvironment: prod\n\ncutover: {objectives: {rto: 20}}\nfoo: 1\n")
    assert [problem.split(" ")[0:2] for problem in problems(path)] == [
        ["prod.yaml:4:", "cutover.objectives.rto:"],
        ["prod.yaml:5:", "foo:"],
        ["base.yaml:9:", "cutover.objectives.rpo:"],
        ["base.yaml:15:", "resolvers.public.servers[0]:"],
        ["base.yaml:15:", "resolvers.public.servers[1]:"],
    ]


def test_duplicates_of_both_files_are_told(folder: Path) -> None:
    base = folder / "base.yaml"
    base.write_text(base.read_text() + "change: a\nchange: b\n")
    path = overlay(folder, "extends: base.yaml\nenvironment: prod\nenvironment: test\n")
    assert problems(path) == [
        "prod.yaml:2: environment: is declared twice, on lines 2 and 3",
        "base.yaml:17: change: is declared twice, on lines 17 and 18",
    ]


def test_one_level_only(folder: Path) -> None:
    (folder / "middle.yaml").write_text("change: x\nextends: base.yaml\n")
    assert problems(overlay(folder, "extends: middle.yaml\n")) == [
        "middle.yaml:2: extends: a file that is extended cannot extend another"
    ]
    assert problems(overlay(folder, "extends: prod.yaml\n")) == [
        "prod.yaml:1: extends: a file that is extended cannot extend another"
    ]


def test_what_cannot_be_extended(folder: Path) -> None:
    assert problems(overlay(folder, "environment: prod\nextends: nothing.yaml\n")) == [
        "prod.yaml:2: extends: there is no file 'nothing.yaml'"
    ]
    assert "prod.yaml:1: extends: must be text, is a list" in problems(overlay(folder, "extends: [base.yaml]\n"))
    (folder / "base.yaml").write_text("a: b: c")
    assert problems(overlay(folder, "extends: base.yaml\n"))[0].startswith("base.yaml:1: is no valid YAML: ")


def test_a_world_is_relative_to_the_file_that_names_it(tmp_path: Path, small: str) -> None:
    (tmp_path / "shared" / "world").mkdir(parents=True)
    (tmp_path / "shared" / "base.yaml").write_text(small + "world: world\n")
    path = overlay(tmp_path, "extends: shared/base.yaml\nchange: x\n")
    assert load(path, {}).world == tmp_path / "shared" / "world"
