from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.environment import Environment, EnvironmentInvalid, load

MESSAGE = {"queue": "canary", "bus": "sb-<site>"}
BLOB = {"container": "canary", "account": "st<site>"}


def declaring(folder: Path, canary: dict[str, Any]) -> Environment:
    document = yaml.safe_load((Path(__file__).parents[1] / "bus/environment.yaml").read_text("utf-8"))
    document["platform"]["canary"] = canary
    file = folder / "prod.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return load(file)


@pytest.mark.parametrize(
    ("canary", "kinds"),
    [
        (MESSAGE, {"canary", "canary_queue"}),
        (BLOB, {"canary", "canary_container"}),
        ({**MESSAGE, **BLOB}, {"canary", "canary_queue", "canary_container"}),
    ],
)
def test_either_half_may_be_declared_without_the_other(tmp_path: Path, canary: dict[str, Any], kinds: set[str]) -> None:
    environment = declaring(tmp_path, canary)
    assert {kind for kind in ("canary", "canary_queue", "canary_container") if environment.declared(kind)} == kinds


def test_where_events_come_to_and_how_long_they_may_take(tmp_path: Path) -> None:
    declared = declaring(tmp_path, {**BLOB, "events": "sb-<site>/queues/canary-events", "within": "90s"})
    assert [(each.site, each.events, str(each.within)) for each in declared.declared("canary_container")] == [
        ("weu", "sb-weu/queues/canary-events", "90s"),
        ("neu", "sb-neu/queues/canary-events", "90s"),
    ]


@pytest.mark.parametrize(
    ("canary", "sentence"),
    [
        ({**BLOB, "events": "sb/topics/events"}, "must be a queue of a bus"),
        ({**MESSAGE, "events": "sb/queues/events"}, "events goes with container and account"),
        ({**BLOB, "within": "0s"}, "must be more than zero"),
        ({"container": "canary"}, "container with account"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, canary: dict[str, Any], sentence: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=sentence):
        declaring(tmp_path, canary)
