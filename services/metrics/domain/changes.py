"""What is new in a measurement for somebody who has seen an earlier one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.contracts.kpis import AnyWindow, KpiGrouping, KpiItem, Measurement

ItemKey = tuple[tuple[KpiGrouping, str], ...]
Told = Mapping[ItemKey, KpiItem]
"""What was told, by key, without what time alone changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """items: those that are new or other ones now, whole. gone: keys of which there is nothing to tell any more."""

    window: AnyWindow
    as_of: datetime
    items: tuple[KpiItem, ...]
    gone: tuple[dict[KpiGrouping, str], ...]


def told(measurement: Measurement) -> Told:
    """What of a measurement is news to whoever has not seen it. The oldest wait grows by itself, so it is none."""
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
    return item if item.kpis.oldest_wait is None else replace(item, kpis=replace(item.kpis, oldest_wait=0.0))
