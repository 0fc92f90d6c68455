"""State, figures and next offset move together: whoever writes, and wherever it is interrupted."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pymongo.errors import OperationFailure
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from services.metrics.application import TicketFigures
from services.metrics.documents import minute_of_document
from services.metrics.domain.contacts import Contact
from services.metrics.domain.figures import Cells
from services.metrics.domain.fold import TicketFold
from services.metrics.store import KpiStore, Superseded, TicketStep
from shared.mongo import connect, database
from tests.conftest import Servers
from tests.integration.metrics.owning import PARTITIONS, TicketRecord, history, owner, store_of


class _Interruption(CommandListener):
    """Cancels a task after so many further commands of its client, as if the process ended there."""

    def __init__(self) -> None:
        self._left = -1
        self._task: asyncio.Task[Any] | None = None

    def after(self, commands: int, task: asyncio.Task[Any]) -> None:
        self._left, self._task = commands, task

    def started(self, event: CommandStartedEvent) -> None:
        pass

    def succeeded(self, event: CommandSucceededEvent) -> None:  # noqa: ARG002 (pymongo's own protocol)
        if self._left == 0 and self._task:
            self._task.cancel()
        self._left -= 1

    def failed(self, event: CommandFailedEvent) -> None:
        pass


def pure_fold(log: Sequence[TicketRecord]) -> tuple[dict[int, Cells], dict[str, Contact]]:
    """Cells by partition, and open contacts, after the log."""
    cells: dict[int, Cells] = {}
    contacts: dict[str, Contact] = {}
    for partition in range(PARTITIONS):
        state = TicketFold()
        cells[partition] = state.fold(record.event for record in log if record.partition == partition).cells
        contacts |= state.contacts
    return cells, contacts


async def stored(servers: Servers, namespace: str) -> tuple[dict[int, Cells], dict[str, Contact]]:
    """What the database holds, in the same form."""
    cells: dict[int, Cells] = {partition: {} for partition in range(PARTITIONS)}
    contacts: dict[str, Contact] = {}
    async with connect(servers.mongo) as client:
        async for document in database(client, namespace, "metrics")["minutes"].find():
            (_, partition, queue, channel), minute = minute_of_document(document)
            cells[partition] |= {(second, queue, channel): sums for second, sums in minute.seconds.items()}
    async with owner(servers, namespace) as store:
        for partition in range(PARTITIONS):
            contacts |= (await store.claim_tickets(partition))[1].contacts
    return cells, contacts


def in_any_order(cells: dict[int, Cells]) -> dict[int, Cells]:
    for partition in cells.values():
        for figures in partition.values():
            figures.waits.sort()
    return cells


async def test_interrupted_after_any_command_and_begun_anew_it_stores_the_pure_fold(
    servers: Servers, namespace: str
) -> None:
    log = history(260, seed=3)
    async with owner(servers, namespace) as store:
        await store.prepare()
    for number, place in enumerate(range(0, len(log), 20)):
        await _take_with_interruption(servers, namespace, log[place : place + 20], after=number % 14)
    cells, contacts = await stored(servers, namespace)
    expected_cells, expected_contacts = pure_fold(log)
    assert in_any_order(cells) == in_any_order(expected_cells)
    assert contacts == expected_contacts


async def _take_with_interruption(servers: Servers, namespace: str, batch: list[TicketRecord], after: int) -> None:
    interruption = _Interruption()
    async with owner(servers, namespace, interruption) as store:
        taking = asyncio.create_task(_take(store, batch))
        interruption.after(after, taking)
        await asyncio.wait([taking])
    async with owner(servers, namespace) as store:
        await _take(store, batch)  # Kafka delivers again what was not committed


async def _take(store: KpiStore, batch: list[TicketRecord]) -> None:
    await TicketFigures(store).take(batch)


async def test_an_older_owner_cannot_overwrite_a_newer_one(servers: Servers, namespace: str) -> None:
    log = history(60, seed=5)
    async with owner(servers, namespace) as older, owner(servers, namespace) as newer:
        await older.prepare()
        was, state = await older.claim_tickets(0)
        await TicketFigures(newer).take(log)
        changes = state.fold(record.event for record in log if record.partition == 0)
        with pytest.raises((Superseded, OperationFailure)):
            await older.store_tickets([TicketStep(partition=0, was=was, next=9, state=state, changes=changes)])
    assert in_any_order((await stored(servers, namespace))[0]) == in_any_order(pure_fold(log)[0])


async def test_two_owners_who_take_turns_store_the_pure_fold(servers: Servers, namespace: str) -> None:
    log = history(300, seed=9)
    async with owner(servers, namespace) as one, owner(servers, namespace) as other:
        await one.prepare()
        figures = (TicketFigures(one), TicketFigures(other))
        for place in range(0, len(log), 25):
            await figures[place // 25 % 2].take(log[: place + 25])
    assert in_any_order((await stored(servers, namespace))[0]) == in_any_order(pure_fold(log)[0])


async def test_a_transaction_that_a_killed_owner_left_open_does_not_hold_up_the_next_one(
    servers: Servers, namespace: str
) -> None:
    log = history(60, seed=6)
    async with connect(servers.mongo) as client, client.start_session() as session:
        left_open = store_of(client, namespace, session)
        await left_open.prepare()
        await left_open.claim_tickets(0)
        await session.start_transaction()
        partitions = database(client, namespace, "metrics")["partitions"]
        await partitions.update_one({"_id": "tickets.0"}, {"$set": {"next": 5}}, session=session)
        async with owner(servers, namespace) as next_owner, asyncio.timeout(10):
            await TicketFigures(next_owner).take(log)
        with pytest.raises(OperationFailure):
            await session.commit_transaction()
    assert in_any_order((await stored(servers, namespace))[0]) == in_any_order(pure_fold(log)[0])
