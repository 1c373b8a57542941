"""What a check is handed that weighs several sources: its own place's evidence, Azure's clock, looks that may fail."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.arguments import Judging, attempt
from fixtures.evidence import EvidenceMissing


def judging(*evidence: tuple[str, str]) -> Judging:
    """An item of neu over these needs, in a run that says which clocks it was asked for."""
    planned = SimpleNamespace(place="neu", evidence=evidence, id="messaging.made_up[neu/orders/orders-in]")
    run = SimpleNamespace(
        sources={"kubernetes": None, "arm": None, "blob": None},
        view=lambda place, source, looked: f"{source} of {place}",
        now=lambda place, looked_at: (place, looked_at),
    )
    made: Any = Judging(run, SimpleNamespace(planned=planned))  # type: ignore[arg-type]
    return made


def test_here_is_the_item_s_own_place_alone() -> None:
    here = judging(("neu", "arm"), ("weu", "arm"), ("neu", "blob")).argument("arm_here")
    assert dict(here) == {"neu": "arm of neu"}


def test_a_source_that_the_item_is_judged_without_is_nowhere() -> None:
    assert dict(judging(("neu", "blob")).argument("arm_here")) == {}


def test_azure_s_clock_is_not_that_of_the_cluster() -> None:
    looked_at = judging(("neu", "kubernetes"), ("weu", "arm"), ("neu", "blob"), ("neu", "arm"))
    assert looked_at.argument("azure_now") == ("neu", ("blob", "arm"))
    assert looked_at.argument("now") == ("neu", ("kubernetes", "blob", "arm"))


@pytest.mark.parametrize("missing", [EvidenceMissing("timeout", "late"), LookupError("nobody says")])
def test_what_is_missing_is_handed_over(missing: Exception) -> None:
    def look() -> None:
        raise missing

    assert attempt(look) == (None, missing)


@pytest.mark.parametrize("mistake", [KeyError("limit"), IndexError(), AssertionError("unmet"), TypeError("None")])
def test_a_mistake_and_a_judgement_go_through(mistake: Exception) -> None:
    def look() -> None:
        raise mistake

    with pytest.raises(type(mistake)):
        attempt(look)


def test_what_is_there_is_handed_over() -> None:
    assert attempt(lambda: 7) == (7, None)
