"""One hub for the tests that only use it; tests that break one start their own."""

import uuid
from collections.abc import Iterator

import pytest

from tests.conftest import Servers
from tests.e2e.running_hub import RunningHub, running_hub


@pytest.fixture(scope="session")
def hub(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running_hub(tmp_path_factory.mktemp("hub"), servers.kafka, servers.mongo, f"e{uuid.uuid4().hex[:10]}") as one:
        yield one
