"""`hub up` as a person runs it: start, stop, start again, two at once, and what it says when it cannot."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from deploy.local.errors import ServerError
from deploy.local.hub import Hub, PortTaken
from deploy.local.process import ServerStopped
from deploy.local.reachable import service_answers
from deploy.local.report import Report
from deploy.local.secret_files import NAMES
from deploy.local.services import Service
from deploy.local.settings import LocalSettings
from tests.port_blocks import free_base, taken

DUMMY = """
import http.server, os

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", int(os.environ["HUB_HTTP_PORT"])), Ready).serve_forever()
"""


@pytest.fixture
def dummy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    (tmp_path / "dummy_service.py").write_text(DUMMY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return Service(name="dummy", module="dummy_service", ports={"HUB_HTTP_PORT": 1})


def wait_ready(url: str, seconds: float) -> None:
    deadline = monotonic() + seconds
    while not service_answers(url, "/readyz"):
        assert monotonic() < deadline, f"{url} is not ready"
        sleep(0.05)


def secrets_of(data: Path) -> list[bytes]:
    return [(data / "secrets" / name).read_bytes() for name in NAMES]


def test_a_hub_whose_start_fails_stops_what_it_had_started(tmp_path: Path, dummy: Service) -> None:
    broken = Service(name="broken", module="no_such_module", ports={"HUB_HTTP_PORT": 2})
    settings = LocalSettings(data=tmp_path / "data", port_base=free_base())
    hub = Hub(settings, Report(), [dummy, broken])
    with pytest.raises(ServerStopped, match=r"broken stopped with exit code 1.*\n.*no_such_module"):
        hub.start()
    hub.stop()
    assert not taken(settings.port_base)


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path, dummy: Service) -> None:
    settings = LocalSettings(data=tmp_path / "data", port_base=free_base())
    with (
        socket.create_server(("127.0.0.1", settings.port_base + 1)),
        pytest.raises(PortTaken, match=rf"Port {settings.port_base + 1}, which dummy needs.*HUB_PORT_BASE"),
    ):
        Hub(settings, Report(), [dummy]).start()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("variable", "value"), [("HUB_MONGO_URL", "mongodb://127.0.0.1:1/"), ("HUB_KAFKA_BOOTSTRAP", "127.0.0.1:1")]
)
def test_a_given_server_that_does_not_answer_is_named_with_its_variable(
    tmp_path: Path, dummy: Service, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    hub = Hub(LocalSettings(data=tmp_path / "data", port_base=free_base()), Report(), [dummy])
    try:
        with pytest.raises(ServerError, match=rf"does not answer\. Start it, correct .* or unset {variable}"):
            hub.start()
    finally:
        hub.stop()


class HubUp:
    """`hub up` as its own process, with its output kept."""

    def __init__(self, data: Path, base: int) -> None:
        self.base = base
        self.output = data.parent / f"{data.name}.out"
        self.environment = {**os.environ, "HUB_DATA": str(data), "HUB_PORT_BASE": str(base)}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local.cli", "up"], stdout=output, stderr=output, env=self.environment
            )

    def wait_ready(self, seconds: float) -> None:
        self.wait_said("is ready", seconds)

    def wait_said(self, words: str, seconds: float) -> None:
        deadline = monotonic() + seconds
        while words not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert monotonic() < deadline, self.output.read_text()
            sleep(0.05)

    def hub(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command of this hub."""
        command = [sys.executable, "-m", "deploy.local.cli", *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def interrupt(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code, which must come within the promised ten seconds and some slack."""
        self.output.write_text("")
        self.process.send_signal(number)
        return self.process.wait(15)


@contextmanager
def hub_up(data: Path, base: int) -> Iterator[HubUp]:
    running = HubUp(data, base)
    try:
        yield running
    finally:
        running.process.kill()  # ends its children, too
        running.process.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUp]:
    with hub_up(tmp_path_factory.mktemp("one") / "hub", free_base()) as one:
        one.wait_ready(180)
        yield one


def test_a_started_hub_is_well_and_has_the_sample_configuration(running: HubUp) -> None:
    doctor = running.hub("doctor")
    assert doctor.returncode == 0, doctor.stdout
    token = running.hub("token", "--role", "admin").stdout.strip()
    queues = httpx.get(f"http://127.0.0.1:{running.base + 3}/v1/queues", headers={"Authorization": f"Bearer {token}"})
    assert len(queues.json()["items"]) == 4


def test_a_second_hub_on_the_same_data_is_refused_in_one_sentence(running: HubUp) -> None:
    second = running.hub("up")
    assert second.returncode == 1
    assert second.stderr.startswith("A hub with its data in ")
    assert second.stderr.count("\n") == 1


def test_a_configuration_with_a_wrong_field_is_refused_with_its_name(running: HubUp, tmp_path: Path) -> None:
    (tmp_path / "hub.yaml").write_text("queues: {sales: {pool: service, name: Sales, colour: red}}")
    refused = running.hub("apply", str(tmp_path / "hub.yaml"))
    assert refused.returncode == 2
    assert "queues.sales.colour: There is no such field" in refused.stderr


def test_a_service_that_is_killed_comes_back(running: HubUp) -> None:
    children = Path(f"/proc/{running.process.pid}/task").glob("*/children")
    pids = [int(pid) for file in children for pid in file.read_text().split()]
    (profile,) = [pid for pid in pids if b"services.profile.main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(profile, signal.SIGKILL)
    running.wait_said("profile is started again", 60)
    wait_ready(f"http://127.0.0.1:{running.base + 2}", 60)


def test_a_second_hub_lives_beside_the_first_stops_cleanly_and_finds_its_data_again(
    running: HubUp, tmp_path: Path
) -> None:
    base = free_base()
    with hub_up(tmp_path / "hub", base) as second:
        second.wait_ready(180)
        before = secrets_of(tmp_path / "hub")
        assert second.interrupt(signal.SIGINT) == 0
    assert not taken(base)
    wait_ready(f"http://127.0.0.1:{running.base + 1}", 10)
    with hub_up(tmp_path / "hub", base) as again:
        again.wait_ready(180)
        assert "sample.yaml" not in again.output.read_text()
        assert secrets_of(tmp_path / "hub") == before
        assert again.interrupt(signal.SIGTERM) == 0
    assert not taken(base)
