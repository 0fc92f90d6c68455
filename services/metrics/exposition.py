"""The figures as Prometheus metrics: what docs/kpis.md defines, by queue, as gauges.

Every replica tells the figures of all partitions, so a query takes one of them: `max by (queue) (…)`, never the sum.
Nothing is told of agents, customers or tickets but how many there are. A queue that was seen is told from then on, with
zeros while it is quiet. A ratio or mean of nothing is not told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import prometheus_client
import structlog
from pymongo.errors import PyMongoError

from shared import metrics
from shared.contracts.agents import AgentStatus
from shared.contracts.kpis import KpiItem, Kpis, KpiWindow, Measurement

log = structlog.get_logger()

WINDOWS: tuple[KpiWindow, ...] = ("5m", "15m")
MOST_QUEUES = 200
"""How many queues have series of their own: those that this process saw first."""
OTHERS = "(other)"
"""The label under which the counts of all further queues are told together."""

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
}
_RATIOS_AND_MEANS: Mapping[Gauge, Callable[[Kpis], float | None]] = {
    metrics.service_level_ratio: lambda kpis: kpis.service_level,
    metrics.abandon_ratio: lambda kpis: kpis.abandon_rate,
    metrics.average_speed_of_answer_seconds: lambda kpis: kpis.average_speed_of_answer,
    metrics.average_handle_time_seconds: lambda kpis: kpis.average_handle_time,
}


class Exposition:
    """Keeps the gauges of figures; within `keeps` seconds they are calculated once, however many ask.

    measure: the figures of a window, of everything and by queue; PyMongoError if they cannot be read.
    """

    def __init__(self, measure: Measure, *, most_queues: int = MOST_QUEUES, keeps: float = 1.0) -> None:
        self._measure = measure
        self._most_queues = most_queues
        self._keeps = keeps
        self._queues: dict[str, None] = {}  # in the order in which they were seen
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
            self._know(measurement.items)
        for measurement in measured:
            for queue, items in self._by_queue(measurement.items).items():
                one = items[0] if items and queue != OTHERS else None
                _put(series, (queue,), _of_now(items, one))
                _put(series, (queue, measurement.window), _of_window(items, one))
            for status, count in _agents(measurement.items).items():
                _put(series, (status,), {metrics.agents: count})
        return series

    def _know(self, items: Iterable[KpiItem]) -> None:
        for item in items:
            if "queue" in item.key and len(self._queues) < self._most_queues:
                self._queues.setdefault(item.key["queue"])

    def _by_queue(self, items: Iterable[KpiItem]) -> dict[str, list[KpiItem]]:
        queues: dict[str, list[KpiItem]] = {queue: [] for queue in self._queues}
        for item in items:
            if queue := item.key.get("queue"):
                queues.setdefault(queue if queue in queues else OTHERS, []).append(item)
        return queues

    def _tell(self, series: Series) -> None:
        told = {key: self._told.get(key) or key[0].labels(*key[1]) for key in series}
        for key, value in series.items():
            told[key].set(value)
        for gauge, labels in self._told.keys() - series.keys():
            gauge.remove(*labels)
        self._told = told


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
