"""The references describe the services' apps as their composition roots make them, on real servers."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import free_ports
from deploy.local.secret_files import make_secrets
from deploy.reference import DOCS
from deploy.reference.flows import SERVICES
from shared.mongo import connect, database
from shared.settings import Settings
from tests.conftest import Servers


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_has_the_api_that_its_reference_describes(
    service: str, servers: Servers, namespace: str, tmp_path: Path
) -> None:
    make_secrets(tmp_path)
    main = importlib.import_module(f"services.{service}.main")
    try:
        async with main.compose(_settings(service, servers, namespace, tmp_path)) as parts:
            described = parts.app.openapi()
    finally:
        async with connect(servers.mongo) as client:
            for name in (service, "keys"):
                await client.drop_database(database(client, namespace, name).name)

    assert described == json.loads((DOCS / f"api/{service}.openapi.json").read_bytes()), "run make docs"


def _settings(service: str, servers: Servers, namespace: str, secrets: Path) -> Settings:
    http_port, smtp_port = free_ports(2)
    given: dict[str, Any] = {
        "namespace": namespace,
        "kafka_bootstrap": servers.kafka,
        "mongo_url": servers.mongo,
        "secrets_dir": secrets,
        "http_port": http_port,
        "smtp_port": smtp_port,
    }
    module = importlib.import_module(f"services.{service}.settings")
    kind: type[Settings] = next(
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Settings) and value is not Settings
    )
    return kind(**given)
