"""One hub for the tests that only use it; tests that break one start their own."""

import uuid
from collections.abc import Iterator

import pytest

from tests.conftest import Servers
from tests.e2e.channels import TWILIO_TOKEN
from tests.e2e.running_hub import RunningHub, running_hub
from tests.otlp_collector import OtlpCollector, otlp_collector


@pytest.fixture(scope="package")
def collector() -> Iterator[OtlpCollector]:
    """Where the hub pushes its metrics."""
    with otlp_collector() as one:
        yield one


@pytest.fixture(scope="package")
def hub(servers: Servers, collector: OtlpCollector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", f"{collector.url}/v1/metrics")
        patch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "1000")
        patch.setenv("HUB_TWILIO_AUTH_TOKEN", TWILIO_TOKEN)
        patch.setenv("HUB_CHAT_GRACE_SECONDS", "0.3")
        directory, namespace = tmp_path_factory.mktemp("hub"), f"e{uuid.uuid4().hex[:10]}"
        with running_hub(directory, servers.kafka, servers.mongo, namespace) as one:
            yield one
