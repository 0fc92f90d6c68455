"""Holding the hub's figures against those calculated from the log."""

from datetime import datetime
from typing import Any

import pytest


def expected_item(calculated: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The calculated figures as the hub tells them: `oldest`, a moment, becomes `oldest_wait`, seconds until `now`."""
    figures = {name: figure for name, figure in calculated.items() if name != "oldest"}
    oldest = calculated["oldest"]
    figures["oldest_wait"] = None if oldest is None else max(0.0, (now - oldest).total_seconds())
    return figures


def assert_same_figures(told: dict[str, Any], calculated: dict[str, Any]) -> None:
    """Counts must be equal, seconds and ratios up to the rounding of floating point; nothing may be missing."""
    assert {name: figure for name, figure in told.items() if name != "agents"} == {
        name: pytest.approx(figure, rel=1e-9, abs=1e-9) if isinstance(figure, float) else figure
        for name, figure in calculated.items()
    }
