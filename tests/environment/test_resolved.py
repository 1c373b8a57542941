"""The resolved document loads to an equal environment, and its hash is of what is declared alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.environment import Environment, EnvironmentInvalid, load

Loads = Callable[..., Environment]


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def test_it_loads_to_an_equal_environment(example: Environment, loads: Loads) -> None:
    again = loads(yaml.safe_dump(example.resolved(), sort_keys=False))
    assert again == example
    assert again.sha256 == example.sha256
    assert hash(again) == hash(example)
    assert again.declared("workload") == example.declared("workload")
    assert again.resolved() == example.resolved()


def test_values_that_yaml_could_mistake_stay_what_they_are(loads: Loads, small: str) -> None:
    values = ["NO", "22:30", "0777", "1_000", "2026-12-05", "1e3", "true", "~", "null", "7", "1.0", ".inf", "<<", "="]
    settings = ", ".join(f"S{at}: '{value}'" for at, value in enumerate(values))
    workload = f"{{name: w, kind: DaemonSet, settings: {{{settings}}}}}"
    environment = loads(f"{small}services: {{o: {{namespace: o, workloads: [{workload}]}}}}\n")
    again = loads(yaml.safe_dump(environment.resolved(), sort_keys=False))
    assert list(again.declared("workload")[0].settings.values()) == values
    assert again == environment


def test_the_hash_does_not_depend_on_order_comments_or_place(
    example: Environment, loads: Loads, tmp_path: Path
) -> None:
    text = yaml.safe_dump(reversed_keys(example.resolved()), sort_keys=False)
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "prod.yaml").write_text("# a comment\n" + text)
    assert load(other / "prod.yaml", {}, now=None).sha256 == loads(text).sha256 == example.sha256
    assert len(example.sha256) == 64


def test_the_hash_depends_on_every_value(loads: Loads, small: str) -> None:
    assert loads(small).sha256 != loads(small.replace("rto: 30m", "rto: 29m")).sha256
    assert loads(small) != loads(small + "change: x\n")
    assert loads(small) != "something else"


def test_the_world_is_absolute_when_resolved_and_no_part_of_the_hash(loads: Loads, small: str, tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    environment = loads(small + "world: world\n")
    assert environment.world == tmp_path / "world"
    assert environment.resolved()["world"] == str(tmp_path / "world")
    assert environment.sha256 == loads(small).sha256
    assert loads(yaml.safe_dump(environment.resolved())) == environment


def test_changing_what_was_handed_out_changes_nothing(example: Environment) -> None:
    example.resolved()["services"]["orders"]["owner"] = "somebody"
    assert example.resolved()["services"]["orders"]["owner"] == "team-orders"


def test_amend_changes_the_plain_data_before_validation(loads: Loads, small: str) -> None:
    def amend(document: dict[str, Any]) -> None:
        document["change"] = "amended"
        document["services"] = {"orders": {"alerts": ["new"]}}

    environment = loads(small + 'change: "${CHANGE}"\n', {"CHANGE": "CHG1"}, amend=amend)
    assert environment.change == "amended"
    assert [one.id for one in environment.declared("alert")] == ["new", "new"]
    assert environment.resolved()["change"] == "amended"
    assert environment.sha256 != loads(small).sha256


def test_what_amend_breaks_is_told_at_the_nearest_line(loads: Loads, small: str) -> None:
    with pytest.raises(EnvironmentInvalid) as invalid:
        loads(small, amend=lambda document: document["sites"]["neu"].update(vantge="x"))
    assert invalid.value.problems == ("prod.yaml:13: sites.neu.vantge: unknown key, did you mean 'vantage'?",)
