"""A running metrics service, and the log it reads."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.publishing import Publisher
from tests.conftest import Servers, fresh_namespace
from tests.integration.metrics.log import publishing
from tests.integration.running_service import RunningService


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def metrics(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningService]:
    """A metrics process of its own namespace for all tests of a module, which use queues of their own."""
    directory = tmp_path_factory.mktemp("metrics")
    async with fresh_namespace(servers) as namespace:
        running = RunningService("metrics", servers, namespace, directory)
        await running.start()
        yield running
        assert await running.stop() == 0


@pytest.fixture
async def publisher(servers: Servers, metrics: RunningService) -> AsyncIterator[Publisher]:
    """Publishes as routing does, in the namespace of `metrics`."""
    async with publishing(servers, metrics.namespace) as started:
        yield started
