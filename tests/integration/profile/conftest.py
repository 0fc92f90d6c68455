"""A running profile service, what customers do, and an agent who asks.

All tests here share one process, because starting one takes longer than most tests; each has customers of its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from tests.conftest import Servers, fresh_namespace
from tests.integration.profile.customers import Ingested, ingested
from tests.integration.running_service import RunningService


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is in one test only."""

    surname: str
    email: str
    phone: str
    visitor: str


@asynccontextmanager
async def running_profile(servers: Servers, directory: Path, access: str = "{}") -> AsyncIterator[RunningService]:
    """A profile process in a namespace of its own, with this `access` in its policy."""
    policy = directory / "policy.yaml"
    policy.write_text(f"access: {access}\n")
    async with fresh_namespace(servers) as namespace:
        running = RunningService("profile", servers, namespace, directory, HUB_PROFILE_POLICY=str(policy))
        await running.start()
        yield running
        await running.stop()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared_profile(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningService]:
    """The profile process of all tests here."""
    async with running_profile(servers, tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="package")
async def profile(shared_profile: RunningService) -> RunningService:
    """The profile process, running; a test may end it."""
    await shared_profile.keep_running()
    return shared_profile


@pytest_asyncio.fixture(loop_scope="package")
async def interactions(profile: RunningService) -> AsyncIterator[Ingested]:
    """What customers do."""
    async with ingested(profile) as publishing:
        yield publishing


@pytest_asyncio.fixture(loop_scope="package")
async def agent(profile: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    """An agent's HTTP client."""
    async with profile.client("agent", "ann") as client:
        yield client


@pytest.fixture
def ann() -> Person:
    """Ann, who writes, calls and visits."""
    number = uuid4().int
    own = f"{number % 10**10:010}"
    return Person(
        surname=f"Nr{own}",
        email=f"email:ann.{own}@shop.example",
        phone=f"phone:+49151{number % 10**8:08}",
        visitor=f"webchat:v-{own}",
    )
