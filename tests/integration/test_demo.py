"""`hub demo` as a person runs it: on a running hub for a while, and on its own until Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from deploy.local.tokens import local_token
from tests.conftest import Servers
from tests.port_blocks import free_base, taken


class Command:
    """A `hub` command as its own process, with its output kept in a file."""

    def __init__(self, output: Path, environment: dict[str, str], *words: str) -> None:
        self._output = output
        with output.open("wb") as file:
            command = [sys.executable, "-m", "deploy.local.cli", *words]
            self.process = subprocess.Popen(command, stdout=file, stderr=file, env=environment)

    @property
    def said(self) -> str:
        return self._output.read_text("utf-8")

    def wait_until_said(self, pattern: str, seconds: float) -> None:
        deadline = monotonic() + seconds
        while not re.search(pattern, self.said):
            assert self.process.poll() is None, self.said
            assert monotonic() < deadline, self.said
            sleep(0.05)

    def end(self, seconds: float) -> int:
        """The exit code; SIGINT first, as Ctrl-C sends it, if it is still running."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)


@contextmanager
def running(output: Path, environment: dict[str, str], *words: str) -> Iterator[Command]:
    command = Command(output, environment, *words)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.end(30)


@pytest.fixture
def environment(servers: Servers, namespace: str, tmp_path: Path) -> dict[str, str]:
    """The settings of a hub of its own on the tests' servers."""
    return {
        **os.environ,
        "HUB_DATA": str(tmp_path / "hub"),
        "HUB_PORT_BASE": str(free_base()),
        "HUB_NAMESPACE": namespace,
        "HUB_KAFKA_BOOTSTRAP": servers.kafka,
        "HUB_MONGO_URL": servers.mongo,
        "HUB_TWILIO_AUTH_TOKEN": "a-token-that-only-this-test-knows",
    }


def asked(environment: dict[str, str], path: str, **query: str) -> list[dict[str, Any]]:
    """The items of a list of routing's."""
    secrets = Path(environment["HUB_DATA"]) / "secrets"
    token = local_token(secrets, "supervisor", "test", timedelta(minutes=5))
    url = f"http://127.0.0.1:{int(environment['HUB_PORT_BASE']) + 3}{path}"
    answer = httpx.get(url, params=query, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items


@pytest.mark.timeout(240)
def test_on_a_running_hub_the_demo_ends_by_itself_finds_all_it_sent_and_leaves_the_hub_in_order(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with running(tmp_path / "up.out", environment, "up") as hub:
        hub.wait_until_said("is ready", 120)
        options = ("--duration", "12s", "--speed", "20", "--rate", "120", "--seed", "3")
        with running(tmp_path / "demo.out", environment, "demo", *options) as demo:
            assert demo.process.wait(120) == 0, demo.said
        assert hub.process.poll() is None
        statuses = {agent["status"] for agent in asked(environment, "/v1/agents")}
        tickets = asked(environment, "/v1/tickets", limit="500")
    assert "No hub runs" not in demo.said
    assert re.search(r"\d\d:\d\d \| [\d.]+ contacts/min \| waiting \d+ \| offered \d+", demo.said)
    assert re.search(r"✓ sent (\d+), accepted \1: ", demo.said)
    assert re.search(r"✓ \d+ timelines: (\d+) entries, \1 found", demo.said)
    assert "✓ errors: 0" in demo.said
    assert statuses == {"offline"}
    assert {ticket["channel"] for ticket in tickets} == {"chat", "email", "phone", "social"}
    left_open = {ticket["channel"] for ticket in tickets if ticket["state"] not in {"resolved", "abandoned"}}
    assert left_open <= {"email", "social"}
    assert any(ticket["state"] == "resolved" for ticket in tickets)


@pytest.mark.timeout(240)
def test_without_a_hub_the_demo_starts_one_and_ctrl_c_ends_both_cleanly(
    environment: dict[str, str], tmp_path: Path
) -> None:
    del environment["HUB_TWILIO_AUTH_TOKEN"]
    with running(tmp_path / "demo.out", environment, "demo", "--speed", "20", "--rate", "120") as demo:
        demo.wait_until_said(r"answered [1-9]", 120)
        assert demo.end(60) == 0, demo.said
    assert "No hub runs at HUB_PORT_BASE" in demo.said
    assert re.search(r"✓ sent (\d+), accepted \1: ", demo.said)
    assert re.search(r"✓ \d+ timelines: (\d+) entries, \1 found", demo.said)
    assert "Stopping the hub that was started for the demo" in demo.said
    assert not taken(int(environment["HUB_PORT_BASE"]))
