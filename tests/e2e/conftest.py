"""One hub for the tests that only use it; tests that break one start their own."""

import uuid
from collections.abc import Iterator

import pytest

from tests.conftest import Servers
from tests.e2e.channels import TWILIO_TOKEN
from tests.e2e.running_hub import RunningHub, running_hub


@pytest.fixture(scope="package")
def hub(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_TWILIO_AUTH_TOKEN", TWILIO_TOKEN)
        patch.setenv("HUB_CHAT_GRACE_SECONDS", "0.3")
        directory, namespace = tmp_path_factory.mktemp("hub"), f"e{uuid.uuid4().hex[:10]}"
        with running_hub(directory, servers.kafka, servers.mongo, namespace) as one:
            yield one
