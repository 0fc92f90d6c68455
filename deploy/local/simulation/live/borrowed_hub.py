"""The hub to play against: the one that runs here, or one that is started for the demo."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from rich.console import Console

from deploy.local.errors import ServerError
from deploy.local.prepare import prepared
from deploy.local.process import ServerProcess
from deploy.local.reachable import service_answers
from deploy.local.report import Report
from deploy.local.services import SERVICES
from deploy.local.settings import LocalSettings

_START_SECONDS = 180.0
_READY_SECONDS = 60.0
_STOP_SECONDS = 12.0
_READY_WORDS = "is ready"
"""What `hub up` says when everything is started and configured."""


class HubSilent(ServerError):
    def __init__(self, silent: list[str]) -> None:
        super().__init__(
            f"A hub runs at this HUB_PORT_BASE, but {', '.join(silent)} did not get ready. `hub doctor` says why."
        )


@contextmanager
def hub_for_demo(settings: LocalSettings, console: Console) -> Iterator[None]:
    """Waits until a running hub is ready; where none runs, starts one and stops it at the end."""
    if any(service_answers(url, "/healthz") for url in _urls(settings).values()):
        _wait_until_ready(settings)
        yield
        return
    console.print(f"No hub runs at HUB_PORT_BASE={settings.port_base}; starting one for the demo.", highlight=False)
    if settings.kafka_bootstrap is None or settings.mongo_url is None:
        prepared(Report(console))
    log = settings.data / "logs" / "demo-hub.log"
    log.unlink(missing_ok=True)
    hub = ServerProcess("hub up", [sys.executable, "-m", "deploy.local.cli", "up"], log)
    hub.start()
    try:
        with Report(console).waiting("hub", f"its log: {hub.log}"):
            hub.wait_until(lambda: _READY_WORDS in log.read_text(errors="replace"), _START_SECONDS)
        yield
    finally:
        console.print("Stopping the hub that was started for the demo; its data stays.", highlight=False)
        hub.stop(_STOP_SECONDS)


def _wait_until_ready(settings: LocalSettings) -> None:
    deadline = monotonic() + _READY_SECONDS
    while not _ready(settings):
        if monotonic() > deadline:
            raise HubSilent([name for name, url in _urls(settings).items() if not service_answers(url, "/readyz")])
        sleep(0.2)


def _ready(settings: LocalSettings) -> bool:
    return all(service_answers(url, "/readyz") for url in _urls(settings).values())


def _urls(settings: LocalSettings) -> dict[str, str]:
    return {service.name: service.http(settings) for service in SERVICES}
