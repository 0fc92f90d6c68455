"""What is personal is nowhere in Kafka's own files, whichever way it came in."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import EmbeddedKafka
from tests.conftest import Servers
from tests.e2e.channels import send_mail
from tests.e2e.running_hub import RunningHub, running_hub
from tests.e2e.test_main_job import entries, wait_for


@pytest.fixture
def log_directory(tmp_path: Path) -> Iterator[tuple[EmbeddedKafka, Path]]:
    """A Kafka whose files this test may read, whatever serves the other tests."""
    kafka = EmbeddedKafka(tmp_path / "kafka")
    kafka.start()
    yield kafka, kafka.data_dir
    kafka.stop()


def test_neither_addresses_nor_words_of_a_customer_are_in_kafkas_files(
    servers: Servers, log_directory: tuple[EmbeddedKafka, Path], tmp_path: Path
) -> None:
    kafka, directory = log_directory
    with running_hub(tmp_path / "hub", kafka.bootstrap, servers.mongo, f"z{uuid.uuid4().hex[:8]}") as hub:
        secrets = _say_something(hub)
    kafka.stop()  # so that everything is in the files

    content = b"".join(file.read_bytes() for file in (directory / "data").rglob("*.log"))
    assert b"hub.message.received.v1" in content  # the events are there, and not compressed
    for secret in secrets:
        assert secret.encode() not in content, f"{secret!r} is readable in the log"


def _say_something(hub: RunningHub) -> list[str]:
    """A mail, an event of a plugin and a broken one; what must not be readable afterwards."""
    mail, word, phone = f"ann.{uuid.uuid4().hex[:8]}@mail.example", f"zebra{uuid.uuid4().hex[:8]}", "+4915115550199"
    send_mail(hub, mail, f"My cat is called {word}.", subject=f"About {word}")
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/plugins/test",
        "type": "hub.message.received.v1",
        "data": {
            "channel": "social",
            "direction": "inbound",
            "conversation": f"talk with {phone}",
            "identity": f"phone:{phone}",
            "message": "1",
            "content": {"name": f"Ann {word}", "text": f"{word} again"},
        },
    }
    hub.ask("POST", "ingest", "/v1/events", role="channel", json=event).raise_for_status()
    wait_for(lambda: entries(hub, f"email:{mail}"), "the mail")
    wait_for(lambda: entries(hub, f"phone:{phone}"), "the message")
    return [mail, mail.split("@", maxsplit=1)[0], word, phone, phone[1:]]
