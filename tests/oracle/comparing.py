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
    """Counts must be equal, seconds and ratios up to the rounding of floating point, percentiles up to their stated
    error and a millisecond; nothing may be missing.
    """
    expected = {name: _close_to(name, figure) for name, figure in calculated.items()}
    differing = {
        name: (figure, expected.get(name))
        for name, figure in told.items()
        if name != "agents" and figure != expected.get(name)
    }
    assert not differing, f"told and calculated: {differing}"
    assert told.keys() - {"agents"} == expected.keys()


def _close_to(name: str, figure: Any) -> Any:  # noqa: ANN401 (a figure, or what equals one that is close)
    if not isinstance(figure, float):
        return figure
    if name.startswith(("median", "p90", "p95", "p99")):
        return pytest.approx(figure, abs=0.005 * figure + 0.001)
    return pytest.approx(figure, rel=1e-9, abs=1e-9)
