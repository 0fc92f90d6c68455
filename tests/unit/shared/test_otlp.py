"""What is pushed to an OpenTelemetry collector is what Prometheus is told, in OpenTelemetry's form."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE, Metric
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from shared import metrics
from shared.ending import end
from shared.otlp import Span, interval, metrics_data, push_metrics
from shared.tracing import is_collector_named
from tests.eventually import eventually
from tests.otlp_collector import OtlpCollector, otlp_collector


def encoded(registry: CollectorRegistry) -> dict[str, Metric]:
    """The registry's metrics as they stand on the wire, by name."""
    request = encode_metrics(metrics_data("test", registry.collect(), Span(began=1, now=2)))
    return {metric.name: metric for metric in request.resource_metrics[0].scope_metrics[0].metrics}


def test_a_counter_is_a_monotonic_sum_without_total_in_its_name() -> None:
    registry = CollectorRegistry()
    Counter("tea_drunk", "Cups", ["kind"], registry=registry).labels("green").inc(3)
    told = encoded(registry)["tea_drunk"]
    (point,) = told.sum.data_points
    assert (told.description, told.sum.is_monotonic, point.as_double) == ("Cups", True, 3)
    assert told.sum.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE
    assert {each.key: each.value.string_value for each in point.attributes} == {"kind": "green"}
    assert (point.start_time_unix_nano, point.time_unix_nano) == (1, 2)


def test_a_gauge_has_the_unit_that_its_name_ends_with() -> None:
    registry = CollectorRegistry()
    for name in ("tea_age_seconds", "tea_milk_ratio", "tea_size_bytes", "tea_cups"):
        Gauge(name, "Tea", registry=registry).set(0.5)
    told = encoded(registry)
    assert {name: metric.unit for name, metric in told.items()} == {
        "tea_age_seconds": "s",
        "tea_milk_ratio": "1",
        "tea_size_bytes": "By",
        "tea_cups": "",
    }
    assert {metric.gauge.data_points[0].as_double for metric in told.values()} == {0.5}


def test_a_histogram_counts_from_bound_to_bound() -> None:
    registry = CollectorRegistry()
    brewing = Histogram("tea_seconds", "Brewing", ["kind"], buckets=(1, 2, 5), registry=registry)
    for kind, seconds in (("green", 0.5), ("green", 1.5), ("green", 1.7), ("green", 9), ("black", 4)):
        brewing.labels(kind).observe(seconds)
    points = {
        point.attributes[0].value.string_value: point
        for point in encoded(registry)["tea_seconds"].histogram.data_points
    }
    assert list(points["green"].bucket_counts) == [1, 2, 0, 1]
    assert list(points["black"].bucket_counts) == [0, 0, 1, 0]
    assert list(points["green"].explicit_bounds) == [1, 2, 5]
    assert (points["green"].count, points["green"].sum) == (4, 12.7)
    assert not points["green"].HasField("min")


def test_a_histogram_of_what_may_be_negative_has_no_sum() -> None:
    registry = CollectorRegistry()
    Histogram("tea_error_seconds", "Off", buckets=(-1, 0, 1), registry=registry).observe(-0.5)
    (point,) = encoded(registry)["tea_error_seconds"].histogram.data_points
    assert (list(point.bucket_counts), point.count, point.HasField("sum")) == ([0, 1, 0, 0], 1, False)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtlpCollector]:
    with otlp_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "20")
        yield collector


@asynccontextmanager
async def pushing() -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(push_metrics("test", freshened))
    try:
        yield task
    finally:
        await end(task)


def refreshed() -> float:
    """How often."""
    return REGISTRY.get_sample_value("hub_consumer_lag", {"topic": "pushed", "group": "test"}) or 0.0


async def freshened() -> None:
    """As a service does that has figures to look up first."""
    metrics.consumer_lag.labels("pushed", "test").inc()


async def lag(collector: OtlpCollector, above: float) -> float | None:
    points = collector.metrics["hub-test"]["hub_consumer_lag"].gauge.data_points if collector.metrics else []
    values = [point.as_double for point in points if "pushed" in {each.value.string_value for each in point.attributes}]
    return values[0] if values and values[0] > above else None


async def test_metrics_reach_a_collector_again_and_again_each_time_fresh(collector: OtlpCollector) -> None:
    async with pushing():
        first = await eventually(lambda: lag(collector, 0), what="a push")
        assert first is not None
        await eventually(lambda: lag(collector, first), what="another push")


async def test_a_collector_that_refuses_ends_nothing(collector: OtlpCollector) -> None:
    collector.status = 400
    before = refreshed()
    async with pushing() as task:
        await eventually(lambda: refreshed_since(before + 2), what="pushes that are refused")
        assert not task.done()
        collector.status = 200
        await eventually(lambda: lag(collector, before), what="a push that is taken")


async def refreshed_since(count: float) -> bool:
    return refreshed() > count


async def test_a_collector_that_is_nowhere_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere")
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "20")
    before = refreshed()
    async with pushing() as task:
        await eventually(lambda: refreshed_since(before + 2), what="tries")
        assert not task.done()


@pytest.mark.parametrize(
    ("said", "seconds"), [("500", 0.5), ("", 60), ("soon", 60), ("0", 60), ("-5", 60), ("inf", 60), ("nan", 60)]
)
def test_an_interval_that_is_none_counts_as_not_said(
    monkeypatch: pytest.MonkeyPatch, said: str, seconds: float
) -> None:
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", said)
    assert interval() == seconds


def test_each_signal_goes_where_its_own_variable_or_that_of_all_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENDPOINT", "METRICS_ENDPOINT", "TRACES_ENDPOINT"):
        monkeypatch.delenv(f"OTEL_EXPORTER_OTLP_{name}", raising=False)
    assert not is_collector_named("METRICS")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://collector/v1/metrics")
    assert (is_collector_named("METRICS"), is_collector_named("TRACES")) == (True, False)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector")
    assert is_collector_named("TRACES")
