"""Made-up runs of CronJobs, and a cutover with its window."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from tests.checks.evidence import NOW, Object, cron_job, instant, metadata

WINDOW = SimpleNamespace(
    opens=datetime(2026, 12, 5, 21, 0, tzinfo=UTC),
    point_of_no_return=datetime(2026, 12, 6, 0, 30, tzinfo=UTC),
    closes=datetime(2026, 12, 6, 3, 0, tzinfo=UTC),
)
CUTOVER = SimpleNamespace(window=WINDOW)


def ago(**span: float) -> str:
    """An instant before now, as the API writes it."""
    return instant(NOW - timedelta(**span))


def scheduled(
    name: str = "settlement", *, created: str | None = None, status: Object | None = None, **spec: Any
) -> Object:
    """A CronJob with a status and an age of ninety days."""
    made = cron_job(name, **spec)
    made["metadata"]["creationTimestamp"] = created or ago(days=90)
    return {**made, "status": status or {}}


def run(
    name: str = "settlement-1",
    ended: str | None = None,
    reason: str = "",
    *,
    of: str = "settlement",
    created: str | None = None,
    spec: Mapping[str, Any] | None = None,
    **status: Any,
) -> Object:
    """A Job of a CronJob; ``ended`` is Complete or Failed, None where it is unfinished."""
    owner = {"kind": "CronJob", "name": of, "uid": f"uid-of-{of}", "controller": True}
    conditions = [{"type": ended, "status": "True", "reason": reason}] if ended else []
    return {
        "kind": "Job",
        "metadata": metadata(name, ownerReferences=[owner], **({"creationTimestamp": created} if created else {})),
        "spec": dict(spec or {}),
        "status": {"conditions": conditions, **status},
    }
