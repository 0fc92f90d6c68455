"""Metrics by OTLP: what /metrics tells, pushed to a collector. It takes 0.2 s to import, and is seldom wanted.

Each metric is named once, in shared/metrics.py, and counted once, by prometheus_client; here its values only change
their form. Names stay as they are in Prometheus, without the `_total` of counters, as OpenTelemetry asks.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from time import time_ns

import structlog
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    DataT,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Sample

from shared.tracing import resource_of

log = structlog.get_logger()

_EVERY_MILLISECONDS = 60_000.0
_UNITS = {"seconds": "s", "bytes": "By", "ratio": "1"}


async def push_metrics(service: str, freshen: Callable[[], Awaitable[None]]) -> None:
    """Pushes every metric of this process to where the standard variables say, for ever.

    The exporter tells the log what was not taken. Values are cumulative, so the next push makes up for it.
    """
    exporter, began, pause = OTLPMetricExporter(), time_ns(), interval()
    try:
        while True:
            await asyncio.sleep(pause)
            await freshen()
            data = metrics_data(service, REGISTRY.collect(), Span(began=began, now=time_ns()))
            await asyncio.to_thread(exporter.export, data)
    finally:
        exporter.shutdown()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time that cumulative values are of, in nanoseconds since 1970."""

    began: int
    now: int


def metrics_data(service: str, families: Iterable[Family], span: Span) -> MetricsData:
    """The families in OpenTelemetry's form."""
    scope = ScopeMetrics(
        scope=InstrumentationScope("interaction-hub"),
        metrics=[_metric(family, span) for family in families if family.samples],
        schema_url="",
    )
    resource = ResourceMetrics(resource=resource_of(service), scope_metrics=[scope], schema_url="")
    return MetricsData(resource_metrics=[resource])


def _metric(family: Family, span: Span) -> Metric:
    unit = _UNITS.get(family.name.rpartition("_")[2], "")
    return Metric(name=family.name, description=family.documentation, unit=unit, data=_data(family, span))


def _data(family: Family, span: Span) -> DataT:
    cumulative = AggregationTemporality.CUMULATIVE
    match family.type:
        case "counter":
            points = [_number(sample, span) for sample in family.samples]
            return Sum(points, aggregation_temporality=cumulative, is_monotonic=True)
        case "histogram":
            series = [_histogram(labels, samples, span) for labels, samples in _by_labels(family.samples)]
            return Histogram(series, aggregation_temporality=cumulative)
        case _:
            return Gauge([_number(sample, span) for sample in family.samples])


def _number(sample: Sample, span: Span) -> NumberDataPoint:
    return NumberDataPoint(sample.labels, span.began, span.now, sample.value)


def _histogram(labels: dict[str, str], samples: Sequence[Sample], span: Span) -> HistogramDataPoint:
    """Prometheus counts up to each bound, OpenTelemetry from one bound to the next."""
    upto = sorted((float(sample.labels["le"]), int(sample.value)) for sample in samples if "le" in sample.labels)
    counts = [0, *(count for _, count in upto)]
    total = next((sample.value for sample in samples if sample.name.endswith("_sum")), None)
    return HistogramDataPoint(
        attributes=labels,
        start_time_unix_nano=span.began,
        time_unix_nano=span.now,
        count=counts[-1],
        sum=total,  # type: ignore[arg-type]  # OTLP has no sum where values may be negative, and None leaves it out
        bucket_counts=[after - before for before, after in pairwise(counts)],
        explicit_bounds=[bound for bound, _ in upto if bound != inf],
        min=None,  # type: ignore[arg-type]  # Prometheus keeps none, and None leaves it out
        max=None,  # type: ignore[arg-type]  # the same
    )


def _by_labels(samples: Iterable[Sample]) -> list[tuple[dict[str, str], list[Sample]]]:
    found: dict[tuple[tuple[str, str], ...], list[Sample]] = {}
    for sample in samples:
        labels = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
        found.setdefault(labels, []).append(sample)
    return [(dict(labels), of_labels) for labels, of_labels in found.items()]


def interval() -> float:
    """Seconds between two pushes. What is no number of milliseconds counts as not said, as the standard has it."""
    said = os.environ.get("OTEL_METRIC_EXPORT_INTERVAL", "")
    try:
        milliseconds = float(said or _EVERY_MILLISECONDS)
    except ValueError:
        milliseconds = 0.0
    if not 0 < milliseconds < inf:
        log.warning("interval_not_usable", variable="OTEL_METRIC_EXPORT_INTERVAL", instead=_EVERY_MILLISECONDS)
        milliseconds = _EVERY_MILLISECONDS
    return milliseconds / 1_000
