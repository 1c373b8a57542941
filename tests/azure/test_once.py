from __future__ import annotations

import pytest

from fixtures.azure.once import Once


def test_one_request_that_ends_in_an_exception_costs_only_itself() -> None:
    once: Once[str] = Once()
    assert once.answer("well", lambda: "told") == "told"

    def broken() -> str:
        raise ValueError("an invalid label")

    with pytest.raises(ValueError, match="invalid label"):
        once.answer("ill", broken)
    assert once.recorded("late") == {"well": "told"}
