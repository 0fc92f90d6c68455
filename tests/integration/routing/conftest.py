"""One routing service for all tests here, and a contact centre (a pool) of its own for each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.publishing import Publisher
from tests.conftest import Servers, fresh_namespace
from tests.integration.routing.centre import Centre
from tests.integration.routing.customers import Customers
from tests.integration.running_service import RunningService


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared_routing(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningService]:
    """A routing process in a namespace of its own, stopped at the end."""
    directory: Path = tmp_path_factory.mktemp("routing")
    async with fresh_namespace(servers) as namespace:
        running = RunningService("routing", servers, namespace, directory)
        await running.start()
        yield running
        assert await running.stop() == 0


@pytest_asyncio.fixture(loop_scope="package")
async def routing(shared_routing: RunningService) -> RunningService:
    """The routing process, running; a test may end it."""
    await shared_routing.keep_running()
    return shared_routing


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def publisher(servers: Servers, shared_routing: RunningService) -> AsyncIterator[Publisher]:
    """Puts anything into Kafka."""
    publisher = Publisher(servers.kafka, shared_routing.namespace)
    await publisher.start()
    yield publisher
    await publisher.stop()


@pytest_asyncio.fixture(loop_scope="package")
async def centre(routing: RunningService, publisher: Publisher) -> AsyncIterator[Centre]:
    """A pool with a queue for calls (2 s to answer), one for the rest (60 s), and two agents; its supervisor asks."""
    async with Centre.found(routing, Customers(publisher)) as centre:
        yield centre
