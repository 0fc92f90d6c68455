"""One ingest process for all of these tests; they stay apart by the ids and addresses they use."""

import uuid
from collections.abc import Iterator

import pytest

from tests.conftest import Servers
from tests.integration.ingest.running import TWILIO_TOKEN, Running, running


@pytest.fixture(scope="package")
def ingest(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Ingest with Twilio set up, a region for bare phone numbers, and a short grace time for chats."""
    settings = {
        "HUB_TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
        "HUB_PUBLIC_URL": "https://hub.example",
        "HUB_DEFAULT_REGION": "DE",
        "HUB_CHAT_GRACE_SECONDS": "4",
    }
    with running(servers, f"t{uuid.uuid4().hex[:10]}", tmp_path_factory.mktemp("ingest"), **settings) as process:
        yield process
