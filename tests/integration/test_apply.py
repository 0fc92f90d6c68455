"""`hub apply` as a person uses it, against real routing and metrics."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.local.apply import SAMPLE
from deploy.local.cli import app
from deploy.local.configuration import read_documents
from deploy.local.errors import LocalHubError
from deploy.local.services import service
from tests.conftest import Servers, fresh_namespace
from tests.e2e.running_hub import RunningHub, running_hub


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def topics(servers: Servers) -> AsyncIterator[str]:
    """The module's own topics: their namespace."""
    async with fresh_namespace(servers) as namespace:
        yield namespace


@pytest.fixture(scope="module")
def hub(servers: Servers, topics: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub with the sample configuration."""
    services = service("routing"), service("metrics")
    data = tmp_path_factory.mktemp("apply") / "hub"
    with running_hub(data, servers.kafka, servers.mongo, topics, services) as running:
        yield running


def environment(hub: RunningHub) -> dict[str, str]:
    return {"HUB_DATA": str(hub.settings.data), "HUB_PORT_BASE": str(hub.settings.port_base)}


def applied(hub: RunningHub, content: str | Path, tmp_path: Path, *options: str) -> tuple[int, str, str]:
    """Exit code, output and errors of `hub apply`, where there is no terminal."""
    done = CliRunner().invoke(app, ["apply", str(_file(content, tmp_path)), *options], env=environment(hub))
    if isinstance(done.exception, LocalHubError):
        return done.exception.exit_code, done.stdout, str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def asked(hub: RunningHub, content: str, tmp_path: Path, answer: bytes) -> tuple[int, str]:
    """Exit code and what a terminal shows when somebody answers the question."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "deploy.local.cli", "apply", str(_file(content, tmp_path))]
    given = {**os.environ, **environment(hub), "TERM": "xterm-256color"}
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=given)
    os.close(slave)
    shown = b""
    with suppress(OSError):  # the terminal is closed when the command ends
        while data := os.read(master, 4096):
            shown += data
            if b"[y/N]" in shown and answer:
                os.write(master, answer)
                answer = b""
    os.close(master)
    return process.wait(), shown.decode()


def _file(content: str | Path, tmp_path: Path) -> Path:
    if isinstance(content, Path):
        return content
    file = tmp_path / "hub.yaml"
    file.write_text(content)
    return file


def sent(hub: RunningHub) -> float:
    """How many documents routing was sent so far."""
    counts = hub.http.get(hub.url("routing", "/metrics")).text
    return sum(float(line.split()[-1]) for line in counts.splitlines() if 'requests_total{method="PUT"' in line)


def queue(hub: RunningHub, name: str) -> httpx.Response:
    return hub.ask("GET", "routing", f"/v1/queues/{name}")


def test_what_the_hub_has_already_is_neither_shown_nor_sent(hub: RunningHub, tmp_path: Path) -> None:
    before = sent(hub)
    assert before > 0
    all_of_it = f"0 new, 0 changed, {len(read_documents(SAMPLE))} unchanged\n"
    assert applied(hub, SAMPLE, tmp_path) == (0, all_of_it, "")
    assert applied(hub, SAMPLE, tmp_path, "--yes") == (0, all_of_it, "")
    assert sent(hub) == before


def test_a_dry_run_shows_the_difference_and_changes_nothing(hub: RunningHub, tmp_path: Path) -> None:
    before = queue(hub, "billing").json()
    wanted = "queues: {billing: {pool: main, name: Billing, rank: 1, skills: [billing], threshold_s: 3600}}"
    code, shown, _ = applied(hub, wanted, tmp_path, "--dry-run")
    assert code == 0
    assert shown.startswith("queues\n  ~ billing\n")
    assert "\n      rules: (left out of the file, so the default)\n        - {address: billing@shop.example}\n" in shown
    assert "\n      threshold_s: 14400 → 3600\n" in shown
    assert shown.endswith("\n0 new, 1 changed, 0 unchanged\n")
    assert queue(hub, "billing").json() == before


def test_where_nobody_can_be_asked_nothing_is_applied_and_what_to_do_is_said(hub: RunningHub, tmp_path: Path) -> None:
    code, shown, complaint = applied(hub, "skills: {polish: {name: Polish}}", tmp_path)
    assert (code, shown) == (2, "skills\n  + polish\n      name: Polish\n1 new, 0 changed, 0 unchanged\n")
    assert f"hub apply --yes {tmp_path / 'hub.yaml'}" in complaint
    assert hub.ask("GET", "routing", "/v1/skills/polish").status_code == 404


def test_looking_only_and_not_being_asked_exclude_each_other(hub: RunningHub, tmp_path: Path) -> None:
    code, _, complaint = applied(hub, SAMPLE, tmp_path, "--yes", "--dry-run")
    assert (code, complaint) == (2, "Give one of --yes and --dry-run.")


def test_yes_applies_what_differs_and_then_nothing_does(hub: RunningHub, tmp_path: Path) -> None:
    wanted = (
        "skills: {french: {name: French}, german: {name: German}}\n"
        "queues: {french: {pool: main, name: French desk, skills: {french: 3}, rules: [{language: fr}]}}\n"
        "agents: {zoe: {pool: main, name: Zoe, skills: {french: 4}, queues: [support, french]}}\n"
        "targets: {french: {service_level: 0.7, rules: [{kpi: waiting, aim: at_most, critical: 9}]}}\n"
    )
    before = sent(hub)
    code, shown, _ = applied(hub, wanted, tmp_path, "-y")
    assert (code, shown.splitlines()[-2:]) == (0, ["4 new, 0 changed, 1 unchanged", "4 documents applied."])
    assert sent(hub) == before + 3, "and one to metrics"
    assert applied(hub, wanted, tmp_path) == (0, "0 new, 0 changed, 5 unchanged\n", "")
    other_order = wanted.replace("[support, french]", "[french, support]")
    assert applied(hub, other_order, tmp_path) == (0, "0 new, 0 changed, 5 unchanged\n", "")
    assert hub.get("metrics", "/v1/targets")["items"][1]["queue"] == "french"


def test_somebody_at_a_terminal_is_asked(hub: RunningHub, tmp_path: Path) -> None:
    wanted = "pools: {main: {name: Customer care, channels: {social: {units: 1, interrupted_by: [phone, chat]}}}}"
    code, shown = asked(hub, wanted, tmp_path, b"n\n")
    assert (code, "Nothing was applied." in shown) == (1, True)
    assert "\x1b[31mCustomer service\x1b[0m → \x1b[32mCustomer care\x1b[0m" in shown
    assert hub.get("routing", "/v1/pools/main")["name"] == "Customer service"
    code, shown = asked(hub, wanted, tmp_path, b"y\n")
    assert (code, "1 document applied." in shown) == (0, True)
    assert hub.get("routing", "/v1/pools/main")["name"] == "Customer care"


def test_an_id_of_another_pool_is_named_before_anything_is_applied(hub: RunningHub, tmp_path: Path) -> None:
    wanted = "pools: {other: {name: Other}}\nqueues: {sales: {pool: other, name: Sales}}"
    code, _, complaint = applied(hub, wanted, tmp_path, "--yes")
    assert code == 2
    assert "queues.sales.pool: is main and cannot become other; use another id" in complaint
    assert hub.ask("GET", "routing", "/v1/pools/other").status_code == 404


def test_a_document_that_is_refused_is_named_and_so_is_what_was_applied_before(hub: RunningHub, tmp_path: Path) -> None:
    wanted = (
        "skills: {greek: {name: Greek}}\n"
        "queues: {greek: {pool: main, name: Greek desk, skills: [greek, latin]}, later: {pool: main, name: Later}}\n"
    )
    code, _, complaint = applied(hub, wanted, tmp_path, "--yes")
    assert code == 1
    assert complaint.startswith("routing refuses queues.greek: There is no skill latin. ")
    assert "Applied before that: skills.greek. Not applied: 2." in complaint
    assert hub.ask("GET", "routing", "/v1/skills/greek").status_code == 200
    assert queue(hub, "later").status_code == 404


def test_an_id_that_the_service_refuses_is_named_with_its_reason(hub: RunningHub, tmp_path: Path) -> None:
    code, _, complaint = applied(hub, "skills: {'a b': {name: A}}", tmp_path, "--yes")
    assert (code, complaint.splitlines()[1][:27]) == (1, "Nothing was applied before.")
    assert complaint.startswith("routing refuses skills.a b: path.skill: ")


def test_a_hub_that_does_not_run_is_a_sentence(hub: RunningHub) -> None:
    elsewhere = {**environment(hub), "HUB_PORT_BASE": "1024"}
    done = CliRunner().invoke(app, ["apply", str(SAMPLE)], env=elsewhere)
    assert isinstance(done.exception, LocalHubError)
    assert re.match(r"routing does not answer .*`hub up`", str(done.exception))
