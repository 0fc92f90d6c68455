"""Stores as processes have them, and records as Kafka hands them over."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from services.metrics.store import KpiStore
from shared.consuming import Record
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from shared.mongo import Document, database
from shared.publishing import partition_of
from tests.conftest import Servers
from tests.oracle.histories import START, steps_of, ticket_log

PARTITIONS = 3

TicketRecord = Record[Decided[TicketEvent]]


class Interruption(CommandListener):
    """Cancels a task after so many further commands of its client, as if the process ended there."""

    def __init__(self) -> None:
        self._left = -1
        self._task: asyncio.Task[Any] | None = None

    def after(self, commands: int, task: asyncio.Task[Any]) -> None:
        """Begins to count."""
        self._left, self._task = commands, task

    def started(self, event: CommandStartedEvent) -> None:
        pass

    def succeeded(self, event: CommandSucceededEvent) -> None:  # noqa: ARG002 (pymongo's own protocol)
        if self._left == 0 and self._task:
            self._task.cancel()
        self._left -= 1

    def failed(self, event: CommandFailedEvent) -> None:
        pass


@asynccontextmanager
async def owner(servers: Servers, namespace: str, listener: CommandListener | None = None) -> AsyncIterator[KpiStore]:
    """A process's store, with a client and a session of its own."""
    listeners = [listener] if listener else []
    async with (
        AsyncMongoClient[Document](servers.mongo, tz_aware=True, w="majority", event_listeners=listeners) as client,
        client.start_session() as session,
    ):
        yield store_of(client, namespace, session)


def store_of(client: AsyncMongoClient[Document], namespace: str, session: AsyncClientSession) -> KpiStore:
    return KpiStore(client, database(client, namespace, "metrics"), session)


def history(count: int, seed: int, start: datetime = START) -> list[TicketRecord]:
    """A history of `count` decisions as it stands in Kafka, with some published again."""
    return as_records(ticket_log(steps_of(Random(seed), count, tickets=15, pace=2_000), start))


def as_records(log: Iterable[Decided[TicketEvent]]) -> list[TicketRecord]:
    """The events with their places in Kafka."""
    ends = [0] * PARTITIONS
    found: list[TicketRecord] = []
    for event in log:
        partition = partition_of(event.partitionkey, PARTITIONS)
        found.append(Record(event, "tickets", partition, ends[partition]))
        ends[partition] += 1
    return found
