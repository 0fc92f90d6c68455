"""`hub up`: start a local hub, say how to use it, keep it running, and end it cleanly."""

import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from deploy.local.apply import SAMPLE, apply_file, is_configured
from deploy.local.hub import Hub
from deploy.local.lock import only_hub_on
from deploy.local.ports import LOCALHOST
from deploy.local.report import Report
from deploy.local.settings import SMTP, LocalSettings, local_settings

_SERVERS = ("HUB_KAFKA_BOOTSTRAP", "HUB_MONGO_URL")


class Interrupted(BaseException):
    """Somebody asked the hub to end. Not an Exception, so that nothing on the way takes it for a failure."""


def up() -> None:
    """Start Kafka, MongoDB and the hub's services here, and keep them running until Ctrl-C.

    HUB_DATA (.hub) holds the data, HUB_PORT_BASE (8000) moves the ports, HUB_NAMESPACE (hub) names the topics and
    databases. HUB_KAFKA_BOOTSTRAP and HUB_MONGO_URL use servers that exist instead of starting them.

    Exit codes: 0 ended by Ctrl-C or SIGTERM, 1 something did not start, 2 a wrong setting.
    """
    settings = local_settings()
    console = Console()
    report = Report(console)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with only_hub_on(settings.data):
            _run(settings, report)
    except Interrupted:
        console.print("The hub has stopped. Its data stays in", str(settings.data), highlight=False, soft_wrap=True)


def _run(settings: LocalSettings, report: Report) -> None:
    hub = Hub(settings, report)
    try:
        hub.start()
        _configure(settings, report)
        report.console.print(_welcome(settings))
        hub.watch()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave servers half stopped
        hub.stop()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


def _configure(settings: LocalSettings, report: Report) -> None:
    if is_configured(settings):
        return
    with report.waiting("sample", f"configuration from {SAMPLE.name}"):
        apply_file(SAMPLE, settings)


def _welcome(settings: LocalSettings) -> Panel:
    base = settings.port_base
    hub = _as_typed_here()
    rows = Table.grid(padding=(0, 2))
    rows.add_row("Events in", f"http://{LOCALHOST}:{base + 1}/docs")
    rows.add_row("", f"email to {LOCALHOST}, port {base + SMTP}")
    rows.add_row("Customers", f"http://{LOCALHOST}:{base + 2}/docs")
    rows.add_row("Tickets", f"http://{LOCALHOST}:{base + 3}/docs")
    rows.add_row("Live figures", f"http://{LOCALHOST}:{base + 4}/docs")
    rows.add_row("A token", f"{hub} token --role supervisor")
    rows.add_row("Traffic", f"{hub} demo, in a second terminal")
    rows.add_row("All well?", f"{hub} doctor")
    told = [name for name in ("HUB_DATA", "HUB_PORT_BASE", "HUB_NAMESPACE", *_SERVERS) if os.environ.get(name)]
    if told:
        rows.add_row("There first", f"set {', '.join(told)} as here")
    rows.add_row("Stop", "Ctrl-C; the data stays")
    return Panel(rows, title="Interaction Hub is ready", border_style="green", expand=False)


def _as_typed_here() -> str:
    """How a person in this directory calls the `hub` command."""
    command = Path(sys.executable).parent / "hub"
    if shutil.which("hub") == str(command):
        return "hub"
    return str(command.relative_to(Path.cwd())) if command.is_relative_to(Path.cwd()) else str(command)
