"""The figures as Prometheus metrics: what docs/kpis.md defines, by queue, interactions by channel, as gauges.

Every replica tells the figures of all partitions, so a query takes one of them: `max by (queue) (…)`, never the sum.
Nothing is told of agents, customers or tickets but how many there are. A queue or channel that was seen is told from
then on, with zeros while it is quiet. A ratio or mean of nothing is not told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import prometheus_client
import structlog
from pymongo.errors import PyMongoError

from shared import metrics
from shared.contracts.agents import AgentStatus
from shared.contracts.kpis import KpiGrouping, KpiItem, Kpis, KpiWindow, Measurement
from shared.contracts.values import Direction

log = structlog.get_logger()

WINDOWS: tuple[KpiWindow, ...] = ("5m", "15m")
MOST_QUEUES = 200
"""How many queues have series of their own: those that this process saw first."""
MOST_CHANNELS = 50
OTHERS = "(other)"
"""The label under which the counts of all further queues, or channels, are told together."""

_READ_WITHIN = 5.0

Gauge = prometheus_client.Gauge
Labels = tuple[str, ...]
Measure = Callable[[KpiWindow], Awaitable[Measurement]]
Series = dict[tuple[Gauge, Labels], float]
"""The value of each gauge and its labels."""

_COUNTS: Mapping[Gauge, Callable[[Kpis], int]] = {
    metrics.contacts_offered: lambda kpis: kpis.offered,
    metrics.contacts_answered: lambda kpis: kpis.answered,
    metrics.contacts_answered_in_time: lambda kpis: kpis.answered_in_time,
    metrics.contacts_abandoned: lambda kpis: kpis.abandoned,
    metrics.contacts_handled: lambda kpis: kpis.handled,
    metrics.survey_answers: lambda kpis: kpis.satisfaction_answers or 0,
}
_RATIOS_AND_MEANS: Mapping[Gauge, Callable[[Kpis], float | None]] = {
    metrics.service_level_ratio: lambda kpis: kpis.service_level,
    metrics.abandon_ratio: lambda kpis: kpis.abandon_rate,
    metrics.average_speed_of_answer_seconds: lambda kpis: kpis.average_speed_of_answer,
    metrics.average_handle_time_seconds: lambda kpis: kpis.average_handle_time,
    metrics.satisfaction_ratio: lambda kpis: kpis.satisfaction,
}
_INTERACTIONS: Mapping[Direction, Callable[[Kpis], int | None]] = {
    "inbound": lambda kpis: kpis.interactions_inbound,
    "outbound": lambda kpis: kpis.interactions_outbound,
    "internal": lambda kpis: kpis.interactions_internal,
}


class Exposition:
    """Keeps the gauges of figures; within `keeps` seconds they are calculated once, however many ask.

    measure: the figures of a window, of everything, by queue and by channel; PyMongoError if they cannot be read.
    """

    def __init__(self, measure: Measure, *, most_queues: int = MOST_QUEUES, keeps: float = 1.0) -> None:
        self._measure = measure
        self._queues = _Seen("queue", most_queues)
        self._channels = _Seen("channel", MOST_CHANNELS)
        self._keeps = keeps
        self._told: dict[tuple[Gauge, Labels], Gauge] = {}
        self._lock = asyncio.Lock()
        self._fresh_until = 0.0

    async def freshen(self) -> None:
        """Brings the gauges up to date. Figures that cannot be read are not told at all, rather than old ones."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            if loop.time() < self._fresh_until:
                return
            try:
                async with asyncio.timeout(_READ_WITHIN):
                    measured = [await self._measure(window) for window in WINDOWS]
            except (PyMongoError, TimeoutError) as error:
                log.warning("figures_not_told", reason=f"{type(error).__name__}: {error}"[:300])
                metrics.figures_unread.inc()
                measured = []
            self._tell(self._series(measured))
            self._fresh_until = loop.time() + self._keeps

    def _series(self, measured: Sequence[Measurement]) -> Series:
        series: Series = {}
        for measurement in measured:
            self._queues.see(measurement.items)
            self._channels.see(measurement.items)
        for measurement in measured:
            for queue, items in self._queues.of_each(measurement.items).items():
                one = items[0] if items and queue != OTHERS else None
                _put(series, (queue,), _of_now(items, one))
                _put(series, (queue, measurement.window), _of_window(items, one))
            for channel, items in self._channels.of_each(measurement.items).items():
                for direction, count in _INTERACTIONS.items():
                    counted = sum(count(item.kpis) or 0 for item in items)
                    _put(series, (channel, direction, measurement.window), {metrics.interactions: counted})
            for status, signed_in in _agents(measurement.items).items():
                _put(series, (status,), {metrics.agents: signed_in})
            everything = next((item.kpis for item in measurement.items if not item.key), None)
            _put(series, (measurement.window,), {metrics.occupancy_ratio: everything.occupancy if everything else None})
        return series

    def _tell(self, series: Series) -> None:
        told = {key: self._told.get(key) or key[0].labels(*key[1]) for key in series}
        for key, value in series.items():
            told[key].set(value)
        for gauge, labels in self._told.keys() - series.keys():
            gauge.remove(*labels)
        self._told = told


class _Seen:
    """The queues, or channels, that have series of their own: the `most` that were seen first."""

    def __init__(self, dimension: KpiGrouping, most: int) -> None:
        self._dimension = dimension
        self._most = most
        self._names: dict[str, None] = {}

    def see(self, items: Iterable[KpiItem]) -> None:
        """Remembers those of the items, as long as there is room."""
        for item in items:
            if self._dimension in item.key and len(self._names) < self._most:
                self._names.setdefault(item.key[self._dimension])

    def of_each(self, items: Iterable[KpiItem]) -> dict[str, list[KpiItem]]:
        """The items of each that was ever seen, and those of all further ones together."""
        found: dict[str, list[KpiItem]] = {name: [] for name in self._names}
        for item in items:
            if name := item.key.get(self._dimension):
                found.setdefault(name if name in found else OTHERS, []).append(item)
        return found


def _of_now(items: Sequence[KpiItem], one: KpiItem | None) -> dict[Gauge, float | None]:
    return {
        metrics.contacts_waiting: sum(item.kpis.waiting for item in items),
        metrics.oldest_wait_seconds: max((item.kpis.oldest_wait or 0.0 for item in items), default=0.0),
        metrics.service_level_target_ratio: one.target.service_level if one and one.target else None,
    }


def _of_window(items: Sequence[KpiItem], one: KpiItem | None) -> dict[Gauge, float | None]:
    """Counts add up over queues; ratios and means do not, so they are told of one queue only."""
    counts: dict[Gauge, float | None] = {
        gauge: sum(count(item.kpis) for item in items) for gauge, count in _COUNTS.items()
    }
    return counts | {gauge: figure(one.kpis) for gauge, figure in _RATIOS_AND_MEANS.items() if one}


def _agents(items: Iterable[KpiItem]) -> Mapping[AgentStatus, int]:
    return next((item.kpis.agents for item in items if item.kpis.agents), {})


def _put(series: Series, labels: Labels, values: Mapping[Gauge, float | None]) -> None:
    for gauge, value in values.items():
        if value is not None:
            series[gauge, labels] = value
