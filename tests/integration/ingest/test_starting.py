"""A process that cannot start says why in one sentence, and its exit code tells which kind of reason."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.integration.ingest.running import Running


def start(ingest: Running, directory: Path, **settings: str) -> tuple[int, str]:
    """Exit code and last words of a further ingest process of the same hub."""
    environment = os.environ | {
        "HUB_NAMESPACE": ingest.namespace,
        "HUB_KAFKA_BOOTSTRAP": ingest.servers.kafka,
        "HUB_MONGO_URL": ingest.servers.mongo,
        "HUB_HTTP_PORT": "1",
        "HUB_SMTP_PORT": "1",
        "HUB_SECRETS_DIR": str(directory),
        **settings,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "services.ingest.main"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ended.returncode, ended.stderr.strip().splitlines()[-1]


def test_a_wrong_setting_is_named(ingest: Running) -> None:
    code, words = start(ingest, ingest.secrets_dir, HUB_PUBLIC_URL="hub.example")

    assert code == 2
    assert "HUB_PUBLIC_URL is not usable" in words


def test_a_taken_smtp_port_is_named(ingest: Running) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, words = start(ingest, ingest.secrets_dir, HUB_SMTP_PORT=str(taken.getsockname()[1]))

    assert code == 1
    assert "Set HUB_SMTP_PORT to a free one" in words
