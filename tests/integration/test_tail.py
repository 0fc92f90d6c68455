"""`hub tail` as a person uses it: a process that reads a real topic."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local.cli import app
from deploy.local.errors import LocalHubError
from deploy.local.secret_files import make_secrets
from shared.contracts.codec import tickets
from shared.contracts.tickets_annotations import TicketNoted
from shared.keyring import Keyring, keyring_of
from shared.mongo import connect, database
from shared.publishing import Outgoing, Publisher
from shared.sealing import seal
from shared.topics import INTERACTIONS, TICKETS
from tests.conftest import Servers
from tests.oracle.histories import decided
from tests.sealed_events import MOMENT, Sealer, identified, message

SECONDS = 60


class Terminal:
    """Where `hub tail` runs, and where events for it come from."""

    def __init__(self, servers: Servers, namespace: str, data: Path, publisher: Publisher, keyring: Keyring) -> None:
        self.environment = os.environ | {
            "HUB_KAFKA_BOOTSTRAP": servers.kafka,
            "HUB_MONGO_URL": servers.mongo,
            "HUB_NAMESPACE": namespace,
            "HUB_DATA": str(data),
            "PYTHONUNBUFFERED": "1",
        }
        self.data = data
        self.publisher = publisher
        self.keyring = keyring

    async def publish(self, *plain: object) -> None:
        sealer = Sealer(self.keyring, await self.keyring.hasher())
        await self.publisher.publish(INTERACTIONS, await sealer.outgoing(plain))

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.local.cli", "tail", *arguments],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    async def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Exit code, output, errors of a tail that ends by itself. In a thread, because it runs an event loop."""
        invoke = partial(CliRunner().invoke, app, ["tail", *arguments], env=self.environment | environment)
        done = await asyncio.wait_for(asyncio.to_thread(invoke), SECONDS)
        if isinstance(done.exception, LocalHubError):
            return done.exception.exit_code, done.stdout, str(done.exception)
        return done.exit_code, done.stdout, done.stderr


@pytest.fixture
async def terminal(servers: Servers, namespace: str, tmp_path: Path) -> AsyncIterator[Terminal]:
    make_secrets(tmp_path / "secrets")
    client = connect(servers.mongo)
    keys = database(client, namespace, "keys")
    publisher = Publisher(servers.kafka, namespace)
    await publisher.start()
    try:
        keyring = keyring_of(client, namespace, tmp_path / "secrets")
        yield Terminal(servers, namespace, tmp_path, publisher, keyring)
    finally:
        await publisher.stop()
        await client.drop_database(keys.name)
        await client.close()


async def test_the_holder_of_the_master_key_reads_what_customers_wrote(terminal: Terminal) -> None:
    await terminal.publish(
        message("m-1", "email:ann@x.org", "Where is my order?"),
        identified("i-1", "email:ann@x.org", ["phone:+4930123456"]),
    )

    code, output, _ = await terminal.run("interactions", "--from", "beginning", "--limit", "2")

    assert code == 0
    assert "→ email:ann@x.org  A question — Where is my order?" in output
    assert "email:ann@x.org  = phone:+4930123456 (verified_login)" in output


async def test_what_was_written_on_a_ticket_is_read_too(terminal: Terminal) -> None:
    identity = (await terminal.keyring.hasher()).identity("email:ann@x.org")
    key = (await terminal.keyring.ensure([identity]))[identity]
    note = "5f6bbfa2-9139-58a4-b587-986eb0b15054"
    content = seal(key.cipher, note, b'{"text": "Likes tea"}')
    data = TicketNoted(ticket="T-1", at=MOMENT, note=note, identity=identity, by="ann", content=content)
    await terminal.publisher.publish(TICKETS, [Outgoing("T-1", tickets.encode(decided(data, "pool", 1, 0)))])

    _, output, _ = await terminal.run("tickets", "--from", "beginning", "--limit", "1")

    assert output.endswith("by=ann  Likes tea\n")


async def test_sealed_shows_no_content_and_needs_no_secrets(terminal: Terminal) -> None:
    await terminal.publish(message("m-1", "email:ann@x.org", "Where is my order?"))

    code, output, _ = await terminal.run(
        "interactions", "--from", "beginning", "--limit", "1", "--sealed", HUB_DATA=str(terminal.data / "elsewhere")
    )

    assert code == 0
    assert output.endswith("[sealed]\n")
    assert "ann" not in output


async def test_json_is_the_event_with_its_content_opened(terminal: Terminal) -> None:
    await terminal.publish(message("m-1", "email:ann@x.org", "Grüße\n\x9b"))

    _, output, _ = await terminal.run("interactions", "--from", "beginning", "--limit", "1", "--json")

    assert output.count("\n") == 1
    assert "\x9b" not in output
    event = json.loads(output)
    assert event["type"] == "hub.message.received.v1"
    assert event["data"]["content"]["text"] == "Grüße\n\x9b"


async def test_what_is_no_event_or_cannot_be_opened_is_shown_as_that(terminal: Terminal) -> None:
    await terminal.publish(message("m-1", "email:ann@x.org"), message("m-2", "email:bob@x.org"))
    hasher = await terminal.keyring.hasher()
    moved = (await Sealer(terminal.keyring, hasher).outgoing([message("m-3", "email:ann@x.org")]))[0]
    value = moved.value.replace(json.loads(moved.value)["id"].encode(), b"00000000-0000-0000-0000-000000000000")
    await terminal.publisher.publish(INTERACTIONS, [Outgoing("a", value), Outgoing("b", b"{no")])
    await terminal.keyring._keys.delete_one({"_id": hasher.identity("email:bob@x.org")})

    _, output, _ = await terminal.run("interactions", "--from", "beginning", "--limit", "4")

    assert output.count("[erased]\n") == 1
    assert "[does not open]" in output
    assert "not JSON" in output
    assert "A question" in output


async def test_what_was_erased_is_shown_as_erased_and_a_new_contact_as_it_is(terminal: Terminal) -> None:
    hashed = (await terminal.keyring.hasher()).identity("email:ann@x.org")
    await terminal.publish(message("m-1", "email:ann@x.org", "before"))
    await terminal.keyring.erase([hashed], MOMENT)
    after = MOMENT + timedelta(hours=1)
    await terminal.publish(
        message("m-2", "email:ann@x.org", "late", recorded=after), message("m-3", "email:ann@x.org", "after", at=after)
    )

    _, output, _ = await terminal.run("interactions", "--from", "beginning", "--limit", "3")

    assert [line.rpartition("  ")[2] for line in output.splitlines()] == [
        "[erased]",
        "[erased]",
        "A question — after",
    ]


async def test_a_tail_from_now_shows_what_comes_and_ends_well_by_ctrl_c(terminal: Terminal) -> None:
    await terminal.publish(message("m-1", "email:ann@x.org", "before"))
    with terminal.begin("interactions") as process:
        assert process.stdout
        assert process.stderr
        assert "from now on" in process.stderr.readline()
        await terminal.publish(message("m-2", "email:ann@x.org", "after"))
        assert "after" in process.stdout.readline()

        process.send_signal(signal.SIGINT)

        try:
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()  # nothing if it has ended; otherwise the failure is told instead of waited for
        assert process.stdout.read() == ""
        assert process.stderr.read() == ""


async def test_another_master_key_opens_nothing_and_says_so(terminal: Terminal, tmp_path: Path) -> None:
    await terminal.publish(message("m-1", "email:ann@x.org"))
    make_secrets(tmp_path / "other/secrets")

    code, output, errors = await terminal.run(
        "interactions", "--from", "beginning", "--limit", "1", HUB_DATA=str(tmp_path / "other")
    )

    assert (code, output) == (1, "")
    assert "master.key does not open this hub's keys" in errors


async def test_a_namespace_without_topics_is_a_sentence(terminal: Terminal) -> None:
    code, _, errors = await terminal.run("tickets", HUB_NAMESPACE="nobody")
    assert code == 1
    assert "has no topic nobody.tickets.v1" in errors


async def test_a_database_that_is_silent_is_a_sentence(terminal: Terminal) -> None:
    # In a process of its own: PyMongo can leave a socket behind that it was just connecting when it was closed.
    with terminal.begin("tickets", HUB_MONGO_URL="mongodb://127.0.0.1:9/") as process:
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "Use --sealed." in errors
