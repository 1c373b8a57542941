"""What the tests of the environment share: a small valid file to break, and the committed example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment, EnvironmentInvalid, load

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EXAMPLE = Path(__file__).with_name("example.yaml")
VARIABLES = {"AZURE_TENANT_ID": "11111111-tenant", "AZURE_SUBSCRIPTION_ID": "22222222-subscription"}

# 16 lines: what a test adds begins on line 17.
SMALL = """\
apiVersion: gonogo/v1
environment: prod
cutover:
  from: weu
  to: neu
  window:
    opens: "2026-12-05T22:00:00+01:00"
    pointOfNoReturn: "2026-12-06T01:30:00+01:00"
    closes: "2026-12-06T04:00:00+01:00"
  objectives: {rto: 30m, rpo: 5m}
sites:
  weu: {location: westeurope, cluster: {name: aks-weu, context: aks-weu}, vantage: weu, networks: [10.40.0.0/16], ingress: [20.50.1.4]}
  neu: {location: northeurope, cluster: {name: aks-neu, context: aks-neu}, vantage: neu, networks: [10.60.0.0/16], ingress: [20.60.1.4]}
  dc1: {kind: legacy, networks: [10.20.0.0/16]}
resolvers:
  public: {servers: [1.1.1.1]}
"""  # noqa: E501

Loads = Callable[..., Environment]
Refuses = Callable[..., list[str]]


@pytest.fixture
def example() -> Environment:
    return load(EXAMPLE, VARIABLES, now=NOW)


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    def load_text(text: str, variables: Mapping[str, str] | None = None, **options: Any) -> Environment:
        path = tmp_path / "prod.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, variables or {}, **{"now": NOW, **options})

    return load_text


@pytest.fixture
def refuses(tmp_path: Path) -> Refuses:
    """The problems of a file, given as text or bytes."""

    def problems(text: str | bytes, variables: Mapping[str, str] | None = None, **options: Any) -> list[str]:
        path = tmp_path / "prod.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(EnvironmentInvalid) as invalid:
            load(path, variables or {}, **{"now": NOW, **options})
        assert str(invalid.value) == "\n".join(invalid.value.problems)
        return list(invalid.value.problems)

    return problems


@pytest.fixture
def small() -> str:
    return SMALL
