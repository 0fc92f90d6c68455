"""The metrics service as its own process on real servers, spoken to as its clients do."""

import asyncio
import os
import secrets
import signal
import socket
import sys
from asyncio.subprocess import Process
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from shared.auth import Role, mint
from tests.conftest import Servers
from tests.eventually import eventually

Json = dict[str, Any]


def make_secrets(directory: Path) -> bytes:
    """Writes both secrets of a hub; the key that signs tokens."""
    key = secrets.token_bytes(32)
    (directory / "jwt.key").write_bytes(b64encode(key))
    (directory / "master.key").write_bytes(b64encode(secrets.token_bytes(32)))
    return key


class RunningMetrics:
    """One metrics process; it can be killed and started again on the same namespace."""

    def __init__(self, servers: Servers, namespace: str, directory: Path, key: bytes) -> None:
        self.namespace = namespace
        self._key = key
        self._process: Process | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = directory / f"metrics-{port}.log"
        self._environment = {
            **os.environ,
            "HUB_NAMESPACE": namespace,
            "HUB_KAFKA_BOOTSTRAP": servers.kafka,
            "HUB_MONGO_URL": servers.mongo,
            "HUB_HTTP_PORT": str(port),
            "HUB_SECRETS_DIR": str(directory),
        }

    async def start(self) -> None:
        """Starts the process; it may not consume yet."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.metrics.main", env=self._environment, stderr=log
            )

    async def ready(self) -> None:
        """Waits until it consumes; a member of its groups that was killed delays that by the session timeout."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            await eventually(lambda: self._is_ready(client), within=60, what=f"readiness; see {self._log}")

    async def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        return await self._end(signal.SIGTERM)

    def client(self, role: Role | None = "ops") -> httpx.AsyncClient:
        """An HTTP client with a token of that role, or without one."""
        now = datetime.now(UTC)
        token = mint(self._key, subject="test", role=role, now=now, ttl=timedelta(hours=1)) if role else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20)

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self._log.read_text()[-3000:]
        try:
            return (await client.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()
