"""What is new in a measurement for somebody who has seen an earlier one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.metrics.domain.agents import STATUSES
from shared.contracts.kpis import AnyWindow, KpiGrouping, KpiItem, Measurement

ItemKey = tuple[tuple[KpiGrouping, str], ...]
Told = Mapping[ItemKey, KpiItem]
"""What was told, by key, without what time alone changes."""

_TIMES = ("signed_in_time", *(f"{status}_time" for status in STATUSES))
_STEP_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """items: those that are new or other ones now, whole. gone: keys of which there is nothing to tell any more."""

    window: AnyWindow
    as_of: datetime
    items: tuple[KpiItem, ...]
    gone: tuple[dict[KpiGrouping, str], ...]


def told(measurement: Measurement) -> Told:
    """What of a measurement is news to whoever has not seen it. The oldest wait grows by itself, so it is none; so does
    the time of agents, which is by steps.
    """
    return {tuple(item.key.items()): _lasting(item) for item in measurement.items}


def changes(before: Told, measurement: Measurement, now: Told) -> Changes:
    """From what was told before to the measurement. now: what it tells."""
    return Changes(
        window=measurement.window,
        as_of=measurement.as_of,
        items=tuple(item for item in measurement.items if before.get(key := tuple(item.key.items())) != now[key]),
        gone=tuple(item.key for key, item in before.items() if key not in now),
    )


def _lasting(item: KpiItem) -> KpiItem:
    kpis = item.kpis
    steps: dict[str, Any] = {}
    if kpis.oldest_wait is not None:
        steps["oldest_wait"] = 0.0
    for name in _TIMES:
        seconds = getattr(kpis, name)
        if seconds is not None:
            steps[name] = seconds // _STEP_SECONDS
    if kpis.occupancy is not None:
        steps["occupancy"] = round(kpis.occupancy, 2)
    return replace(item, kpis=replace(kpis, **steps)) if steps else item
