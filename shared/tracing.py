"""OpenTelemetry hooks: spans that follow an interaction through Kafka by its `traceparent`.

Ids are always made, so logs of one interaction can be found together; spans are exported only where a standard variable
names a collector.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("interaction-hub")  # it finds the process's provider once that is set


def resource_of(service: str) -> Resource:
    """Who this process is, as a collector shows it."""
    return Resource.create({"service.name": f"hub-{service}"})


def is_collector_named(signal: Literal["TRACES", "METRICS"]) -> bool:
    """Whether OTEL_EXPORTER_OTLP_ENDPOINT, or the variable of the signal alone, names a collector."""
    return any(os.environ.get(f"OTEL_EXPORTER_OTLP_{name}") for name in ("ENDPOINT", f"{signal}_ENDPOINT"))


def set_up_tracing(service: str) -> None:
    """Makes this process's spans real, and exports them where a collector is named."""
    provider = TracerProvider(resource=resource_of(service))
    if is_collector_named("TRACES"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 (0.2 s, and seldom wanted)
            OTLPSpanExporter,
        )

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, traceparent: str | None = None) -> Iterator[None]:
    """A span named `name`, child of the current one or of `traceparent` (W3C)."""
    context = _propagator.extract({"traceparent": traceparent}) if traceparent else None
    with _tracer.start_as_current_span(name, context=context):
        yield


def current_traceparent() -> str | None:
    """The W3C traceparent of the current span, to be carried by an event."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")
