"""A collector that speaks OTLP over HTTP, as far as receiving metrics goes."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from deploy.local.ports import LOCALHOST


@dataclass(slots=True)
class OtlpCollector:
    """What it received: of each service, its metrics by name as they were told last."""

    url: str
    status: int = 200
    metrics: dict[str, dict[str, Metric]] = field(default_factory=dict)

    def receive(self, body: bytes) -> None:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            names = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
            told = {metric.name: metric for scope in resource.scope_metrics for metric in scope.metrics}
            self.metrics[names["service.name"]] = told


@contextmanager
def otlp_collector() -> Iterator[OtlpCollector]:
    """A collector on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == "/v1/metrics" and collector.status == 200:
                collector.receive(gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body)
            self.send_response(collector.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The run's output is pytest's."""

    with ThreadingHTTPServer((LOCALHOST, 0), Handler) as server:
        collector = OtlpCollector(url=f"http://{LOCALHOST}:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
