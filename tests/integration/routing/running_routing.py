"""The routing service as its own process on real servers, spoken to as its clients do."""

import asyncio
import base64
import os
import secrets
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson

from shared.auth import Role, mint
from tests.conftest import Servers
from tests.eventually import eventually

Json = dict[str, Any]


class RunningRouting:
    """One routing process; it can be killed and started again. `key` signs its tokens."""

    def __init__(self, servers: Servers, namespace: str, directory: Path, key: bytes | None = None) -> None:
        self.namespace = namespace
        self._directory = directory
        self.key = key or secrets.token_bytes(32)
        self._process: Process | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        (directory / "jwt.key").write_bytes(base64.b64encode(self.key))
        (directory / "master.key").write_bytes(base64.b64encode(bytes(32)))
        self._environment = {
            **os.environ,
            "HUB_NAMESPACE": namespace,
            "HUB_KAFKA_BOOTSTRAP": servers.kafka,
            "HUB_MONGO_URL": servers.mongo,
            "HUB_HTTP_PORT": str(port),
            "HUB_SECRETS_DIR": str(directory),
        }

    async def start(self) -> None:
        """Starts the process and waits until it consumes."""
        log = (self._directory / "routing.log").open("ab")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.routing.main", env=self._environment, stderr=log
        )
        log.close()
        async with httpx.AsyncClient(base_url=self.url) as client:
            await eventually(lambda: self._is_ready(client), within=60, what=f"readiness; see {log.name}")

    async def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        return await self._end(signal.SIGTERM)

    def client(self, role: Role, subject: str) -> httpx.AsyncClient:
        """An HTTP client with a token."""
        token = mint(self.key, subject=subject, role=role, now=datetime.now(UTC), ttl=timedelta(hours=1))
        return httpx.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=20)

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, (self._directory / "routing.log").read_text()[-3000:]
        try:
            return (await client.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()


class Stream:
    """Server-sent events as they come: (id, event, data)."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self, event: str, within: float = 20.0) -> tuple[str, Json]:
        """The next event of that kind with its id; others before it are passed over."""
        async with asyncio.timeout(within):
            while True:
                name, kind, data = await self._one()
                if kind == event:
                    return name, data

    async def _one(self) -> tuple[str, str, Json]:
        fields: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                if "data" in fields:
                    return fields["id"], fields["event"], orjson.loads(fields["data"])
                fields = {}
            name, _, value = line.partition(": ")
            fields[name] = value
        raise AssertionError("the stream ended")


@asynccontextmanager
async def stream(client: httpx.AsyncClient, agent: str, last_id: str | None = None) -> AsyncIterator[Stream]:
    """An agent's live stream, from the beginning or after `last_id`."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.stream("GET", f"/v1/agents/{agent}/stream", headers=headers, timeout=60) as response:
        assert response.status_code == 200, await response.aread()
        yield Stream(response)
