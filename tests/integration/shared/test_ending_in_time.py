"""A service that is told to end while Kafka is gone ends all the same, and its log says what it waited for."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from deploy.local.kafka import EmbeddedKafka
from deploy.local.topics import make_topics
from shared.bounded_ending import GAVE_UP
from tests.conftest import Servers
from tests.integration.ingest.test_plugin_events import event
from tests.integration.running_service import RunningService


async def test_a_service_with_events_that_kafka_never_takes_ends_in_time(
    servers: Servers, namespace: str, tmp_path: Path
) -> None:
    kafka = EmbeddedKafka(tmp_path / "kafka")
    ingest = RunningService("ingest", replace(servers, kafka=kafka.bootstrap), namespace, tmp_path)
    try:
        await asyncio.to_thread(kafka.start)
        await asyncio.to_thread(make_topics, kafka.bootstrap, namespace)
        await ingest.start()
        async with ingest.client("channel") as client:
            assert (await client.post("/v1/events", json=event())).status_code == 202
            kafka.kill()
            with pytest.raises(httpx.ReadTimeout):
                await client.post("/v1/events", json=event(), timeout=2)

        code = await asyncio.wait_for(ingest.stop(), 120)

        assert code == GAVE_UP
        told = [json.loads(line) for line in ingest.log.read_text().splitlines() if "service_not_ended" in line]
        assert [one["step"] for one in told] == ["closing clients"]
        assert "PartitionQueue._send" in told[0]["waiting"]
    finally:
        if ingest.is_running:
            await ingest.kill()
        kafka.kill()
