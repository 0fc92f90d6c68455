"""Kafka Connect with MongoDB's own sink, the peer for interactions → timeline.

It reads the same topic into a fresh collection with the same index: values as JSON text without a schema, written
unordered in batches of 1,000, majority writes. Its rate counts the documents between its first batch and its last one.
It is measured in two ways: with the promise that the hub gives, and as fast as it goes here.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from rich.console import Console

from deploy.local.download import fetch_jars
from deploy.local.ports import free_ports
from deploy.local.process import ServerProcess
from deploy.local.report import Report
from deploy.local.servers import cache_dir, installed
from shared.mongo import connect

_LOCK = Path(__file__).with_name("connect.lock")
_MAIN = "org.apache.kafka.connect.cli.ConnectStandalone"
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Way:
    """A way to run the sink. strategy: the class that makes a write of a record."""

    tasks: int
    strategy: str


REPEATABLE = Way(1, "ReplaceOneDefaultStrategy")
"""One task, as the hub's consumer is one process; a record that comes twice is one document, as in the hub."""
FASTEST = Way(2, "InsertOneDefaultStrategy")
"""Two tasks; plain inserts, so that a record that comes twice stops the sink."""


async def sink_rate(kafka: str, mongo: str, topic: str, events: int, directory: Path, way: Way) -> float:
    """Documents a second that the sink writes, once it has begun."""
    client = connect(mongo)
    name = f"connect_{uuid.uuid4().hex[:8]}"
    collection = client[name]["timeline"]
    await collection.create_index([("data.identity", 1), ("time", -1), ("_id", -1)])
    async with _running(kafka, mongo, topic, name, directory, way) as process:
        first = began = 0.0
        while True:
            count = await collection.estimated_document_count()
            if count and not first:
                first, began = count, perf_counter()
            if count >= events:
                break
            if not process.running:
                raise RuntimeError(f"Kafka Connect ended with {process.returncode}; see {process.log}.")
            await asyncio.sleep(_POLL)
        rate = (events - first) / (perf_counter() - began)
    await client.drop_database(name)
    await client.close()
    return rate


@asynccontextmanager
async def _running(
    kafka: str, mongo: str, topic: str, name: str, directory: Path, way: Way
) -> AsyncIterator[ServerProcess]:
    command = await asyncio.to_thread(_command, kafka, mongo, topic, name, directory, way)
    process = ServerProcess("Kafka Connect", command, directory / "connect.log")
    process.start()
    try:
        yield process
    finally:
        await asyncio.to_thread(process.stop, 10.0)


def _command(kafka: str, mongo: str, topic: str, name: str, directory: Path, way: Way) -> list[str]:
    """Writes the settings and says how to run the worker with them."""
    directory.mkdir(parents=True, exist_ok=True)
    worker, sink = directory / "worker.properties", directory / "sink.json"
    worker.write_text(_worker(kafka, directory / "offsets"))
    sink.write_text(json.dumps(_sink(mongo, topic, name, way)))
    jars = ":".join(str(jar) for jar in sorted(_jars().glob("*.jar")))
    return [str(installed().java), "-Xmx1g", "-XX:+UseSerialGC", "-cp", jars, _MAIN, str(worker), str(sink)]


def _jars() -> Path:
    """The jars, fetched once per machine."""
    into = cache_dir() / "connect-1.13.0"
    if not into.exists():
        part = into.with_name(f"{into.name}.{uuid.uuid4().hex[:8]}")
        fetch_jars(_LOCK, part, Report(Console()))
        part.rename(into)
    return into


def _worker(kafka: str, offsets: Path) -> str:
    return "\n".join(
        (
            f"bootstrap.servers={kafka}",
            "key.converter=org.apache.kafka.connect.storage.StringConverter",
            "value.converter=org.apache.kafka.connect.storage.StringConverter",
            f"offset.storage.file.filename={offsets}",
            f"listeners=http://127.0.0.1:{free_ports(1)[0]}",
            "consumer.max.poll.records=1000",
            "consumer.fetch.min.bytes=65536",
            "consumer.max.partition.fetch.bytes=4194304",
        )
    )


def _sink(mongo: str, topic: str, name: str, way: Way) -> dict[str, object]:
    strategy = "com.mongodb.kafka.connect.sink.processor.id.strategy.PartialValueStrategy"
    return {
        "name": name,
        "config": {
            "connector.class": "com.mongodb.kafka.connect.MongoSinkConnector",
            "tasks.max": str(way.tasks),
            "topics": topic,
            "connection.uri": f"{mongo}&w=majority&journal=true",
            "database": name,
            "collection": "timeline",
            "document.id.strategy": strategy,
            "document.id.strategy.partial.value.projection.list": "id",
            "document.id.strategy.partial.value.projection.type": "AllowList",
            "writemodel.strategy": f"com.mongodb.kafka.connect.sink.writemodel.strategy.{way.strategy}",
            "bulk.write.ordered": "false",
            "max.batch.size": "1000",
        },
    }
