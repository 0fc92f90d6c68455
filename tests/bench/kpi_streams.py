"""What live figures cost the metrics service while hundreds listen: `python -m tests.bench.kpi_streams`.

100 queues to which ten contacts a second come, and 500 clients of GET /v1/kpis/stream by queue: processor time of the
service's process, with clients and without, of one core. The clients read what comes and do nothing else.
"""

import asyncio
import os
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import perf_counter

import uvloop

from deploy.local.services import service
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketAccepted, TicketEvent, TicketQueued
from shared.ending import end
from shared.publishing import Publisher
from tests.bench.rows import Row, machine_load
from tests.e2e.running_hub import RunningHub, running_hub
from tests.integration.metrics.log import publish_tickets
from tests.oracle.histories import decided

CLIENTS, QUEUES, CONTACTS = 500, 100, 10
_SETTLE_SECONDS, _SECONDS = 5.0, 15.0
_HOST = "127.0.0.1"


def measure_all(kafka: str, mongo: str, directory: Path) -> list[Row]:
    """The rows of both kinds of stream, from a metrics service of its own."""
    namespace = f"b{uuid.uuid4().hex[:8]}"
    with (
        running_hub(directory / "streams", kafka, mongo, namespace, services=[service("metrics")]) as hub,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(_measure(hub, kafka, namespace))


async def _measure(hub: RunningHub, kafka: str, namespace: str) -> list[Row]:
    publisher = Publisher(kafka, namespace)
    await publisher.start()
    coming = asyncio.create_task(_come(publisher))
    try:
        await asyncio.sleep(2 * _SETTLE_SECONDS)
        alone, _, _ = await _spent(hub, [])
        rows = []
        for changes, what in (("true", "changes only"), ("false", "all figures each time")):
            async with _listening(hub, changes) as clients:
                await asyncio.sleep(_SETTLE_SECONDS)
                spent, events, size = await _spent(hub, clients)
            note = (
                f"(a core; {alone:.0%} without clients; {events / CLIENTS:.2f} events a second each, "
                f"{size / 1e6:.1f} MB/s in all; {machine_load()})"
            )
            rows.append(
                Row(
                    name=f"{CLIENTS} listen to live figures of {QUEUES} queues, {what}",
                    value=100 * spent,
                    unit="% of a core",
                    baseline=100.0,
                    ratio=spent,
                    goal=1.0,
                    less_is_better=True,
                    note=note,
                )
            )
        return rows
    finally:
        await end(coming)
        await publisher.stop()


async def _come(publisher: Publisher) -> None:
    """Contacts come, queue after queue, and every other one is accepted at once."""
    numbers = count()
    await publish_tickets(publisher, [event for _ in range(4 * QUEUES) for event in _contact(next(numbers))])
    while True:
        await publish_tickets(publisher, [event for _ in range(CONTACTS) for event in _contact(next(numbers))])
        await asyncio.sleep(1)


def _contact(number: int) -> list[Decided[TicketEvent]]:
    ticket, queue, now = f"t{number}", f"q{number % QUEUES}", datetime.now(UTC)
    events: list[TicketEvent] = [
        TicketQueued(ticket=ticket, at=now, queue=queue, channel="phone", threshold=20.0, short=5.0)
    ]
    if number % 2:
        events.append(TicketAccepted(ticket=ticket, at=now, queue=queue, agent="ann"))
    return [decided(event, ticket, sequence, 0) for sequence, event in enumerate(events, 1)]


class _Client:
    """One who listens. events, size: how many came, and of how many bytes."""

    def __init__(self) -> None:
        self.events = 0
        self.size = 0

    async def listen(self, hub: RunningHub, changes: str) -> None:
        port = hub.url("metrics", "").rpartition(":")[2]
        reader, writer = await asyncio.open_connection(_HOST, port)
        authorization = hub.headers("ops")["Authorization"]
        asked = f"GET /v1/kpis/stream?by=queue&changes={changes} HTTP/1.1"
        writer.write(f"{asked}\r\nHost: hub\r\nAuthorization: {authorization}\r\n\r\n".encode())
        try:
            while found := await reader.read(1 << 20):
                self.events += found.count(b"event: ")
                self.size += len(found)
        finally:
            writer.close()


@asynccontextmanager
async def _listening(hub: RunningHub, changes: str) -> AsyncIterator[list[_Client]]:
    clients = [_Client() for _ in range(CLIENTS)]
    tasks = [asyncio.create_task(client.listen(hub, changes)) for client in clients]
    try:
        yield clients
        if gone := [task for task in tasks if task.done()]:
            raise RuntimeError(f"{len(gone)} streams ended: {gone[0]!r}")
    finally:
        await end(*tasks)


async def _spent(hub: RunningHub, clients: list[_Client]) -> tuple[float, float, float]:
    """Seconds of processor time, events and bytes, each a second."""
    before, events, size, began = await _cpu(hub), _events(clients), _size(clients), perf_counter()
    await asyncio.sleep(_SECONDS)
    seconds = perf_counter() - began
    return (
        (await _cpu(hub) - before) / seconds,
        (_events(clients) - events) / seconds,
        (_size(clients) - size) / seconds,
    )


async def _cpu(hub: RunningHub) -> float:
    """Seconds of processor time that the service says it has used."""
    page = await asyncio.to_thread(hub.http.get, hub.url("metrics", "/metrics"))
    name = "process_cpu_seconds_total "
    return next(float(line.removeprefix(name)) for line in page.text.splitlines() if line.startswith(name))


def _events(clients: list[_Client]) -> int:
    return sum(client.events for client in clients)


def _size(clients: list[_Client]) -> int:
    return sum(client.size for client in clients)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="hub-streams-") as made:
        for row in measure_all(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"], Path(made)):
            print(row)
