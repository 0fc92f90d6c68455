"""A whole hub for a test: the real services as their own processes, spoken to through public interfaces only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from deploy.local.apply import SAMPLE, apply_file
from deploy.local.hub import Hub, ServiceProcess
from deploy.local.report import Report
from deploy.local.services import SERVICES, Service, service
from deploy.local.settings import SMTP, LocalSettings
from deploy.local.tokens import local_token
from shared.auth import Role
from tests.port_blocks import free_base


class RunningHub:
    """A started hub with the sample configuration. Processes can be killed and started again by name."""

    def __init__(self, settings: LocalSettings, hub: Hub) -> None:
        self.settings = settings
        self._hub = hub
        self.http = httpx.Client(timeout=30)

    @property
    def smtp_port(self) -> int:
        return self.settings.port_base + SMTP

    def process(self, name: str) -> ServiceProcess:
        """The process of a service."""
        return next(process for process in self._hub.processes if process.name == name)

    def url(self, name: str, path: str) -> str:
        """The address of a path of a service."""
        return service(name).http(self.settings) + path

    def token(self, role: Role, subject: str = "test") -> str:
        """A token as `hub token` mints it."""
        return local_token(self.settings.secrets_dir, role, subject, timedelta(hours=1))

    def headers(self, role: Role, subject: str = "test") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role, subject)}"}

    def ask(
        self,
        method: str,
        name: str,
        path: str,
        *,
        role: Role = "admin",
        subject: str = "test",
        **more: Any,  # noqa: ANN401 (httpx's own options)
    ) -> httpx.Response:
        """One request to a service in a role."""
        return self.http.request(method, self.url(name, path), headers=self.headers(role, subject), **more)

    def get(self, name: str, path: str, **params: str | int) -> Any:  # noqa: ANN401 (JSON)
        """What GET answers, as admin."""
        return self.ask("GET", name, path, params=params).raise_for_status().json()


@contextmanager
def running_hub(
    data: Path, kafka: str, mongo: str, namespace: str, services: Sequence[Service] = SERVICES
) -> Iterator[RunningHub]:
    """Starts a hub on these servers, configures it with the sample where that can be, and stops it at the end."""
    settings = LocalSettings(
        data=data, port_base=free_base(), namespace=namespace, kafka_bootstrap=kafka, mongo_url=mongo
    )
    hub = Hub(settings, Report(Console(quiet=True)), services)
    try:
        hub.start()
        if all(service(name) in services for name in ("routing", "metrics")):
            apply_file(SAMPLE, settings)
        running = RunningHub(settings, hub)
        with running.http:
            yield running
    finally:
        hub.stop()
