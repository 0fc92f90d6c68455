"""A service as its own process on real servers, spoken to as its clients do."""

import asyncio
import os
import signal
import ssl
import sys
from asyncio.subprocess import Process
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import LOCALHOST, free_ports
from deploy.local.secret_files import make_secrets
from shared.auth import Role, mint, now_utc
from shared.secrets import read_secrets
from tests.conftest import Servers
from tests.eventually import eventually

Json = dict[str, Any]

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of a service, which speaks plain HTTP: httpx would read every authority's certificate for each client."""


class RunningService:
    """One process of a service; it can be killed and started again on the same namespace.

    directory: its secrets and its log. Processes with the same one trust each other's tokens. settings: variables of
    its environment (HUB_…).
    """

    def __init__(self, name: str, servers: Servers, namespace: str, directory: Path, **settings: str) -> None:
        self.servers = servers
        self.namespace = namespace
        self.directory = directory
        make_secrets(directory)
        self.secrets = read_secrets(directory)
        port, smtp_port = free_ports(2)
        self.url = f"http://{LOCALHOST}:{port}"
        self._module = f"services.{name}.main"
        self.log = directory / f"{name}-{port}.log"
        self._process: Process | None = None
        self._environment = {
            **os.environ,
            "HUB_NAMESPACE": namespace,
            "HUB_KAFKA_BOOTSTRAP": servers.kafka,
            "HUB_MONGO_URL": servers.mongo,
            "HUB_HTTP_PORT": str(port),
            "HUB_SMTP_PORT": str(smtp_port),
            "HUB_SECRETS_DIR": str(directory),
            **settings,
        }

    @property
    def is_running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Starts the process and waits until it consumes."""
        await self.begin()
        await self.ready()

    async def keep_running(self) -> None:
        """Starts the process if a test before ended it."""
        if not self.is_running:
            await self.start()

    async def begin(self) -> None:
        """Starts the process; it may not consume yet."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._module, env=self._environment, stderr=log
            )

    async def ready(self) -> None:
        """Waits until it consumes; a member of its groups that was killed delays that by the session timeout."""
        async with httpx.AsyncClient(base_url=self.url, verify=NO_CERTIFICATES) as client:
            await eventually(lambda: self._is_ready(client), within=60, what=f"readiness; see {self.log}")

    async def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        return await self._end(signal.SIGTERM)

    def client(self, role: Role | None, subject: str = "test") -> httpx.AsyncClient:
        """An HTTP client with a token of that role, or without one."""
        headers = {}
        if role is not None:
            token = mint(self.secrets.jwt, subject=subject, role=role, now=now_utc(), ttl=timedelta(hours=1))
            headers["Authorization"] = f"Bearer {token}"
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20, verify=NO_CERTIFICATES)

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self.log.read_text()[-3000:]
        try:
            return (await client.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()
