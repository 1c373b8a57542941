"""The JSON Schema of ``results.json``, generated from the structs that write it."""

from __future__ import annotations

from typing import Any

import msgspec

from .results import SCHEMA, Results


def results_schema() -> dict[str, Any]:
    """JSON Schema 2020-12; other fields may be added within v1, none of these is renamed or removed."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "description": "One run of gonogo over one environment: every document and the exit code derive from it.",
        **msgspec.json.schema(Results),
    }
