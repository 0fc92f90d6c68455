"""`hub rebuild …`, called as an administrator does."""

import asyncio
import os
from functools import partial
from pathlib import Path

from typer.testing import CliRunner

from deploy.local.cli import app
from deploy.local.errors import LocalHubError
from tests.integration.running_service import RunningService

_SECONDS = 180


async def hub_rebuild(service: RunningService, data: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and what it says. In a thread, because it runs an event loop of its own."""
    environment = os.environ | {
        "HUB_MONGO_URL": service.servers.mongo,
        "HUB_KAFKA_BOOTSTRAP": service.servers.kafka,
        "HUB_NAMESPACE": service.namespace,
        "HUB_DATA": str(data),
    }
    invoke = partial(CliRunner().invoke, app, ["rebuild", *arguments], env=environment)
    done = await asyncio.wait_for(asyncio.to_thread(invoke), _SECONDS)
    if isinstance(done.exception, LocalHubError):
        return done.exception.exit_code, f"{done.output}{done.exception}"
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output
