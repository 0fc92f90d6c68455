"""State, figures and next offset move together: whoever writes, and wherever it is interrupted."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from services.metrics.application import TicketFigures
from services.metrics.documents import event_document
from services.metrics.partitions import Superseded
from services.metrics.store import KpiStore, TicketStep
from shared.auth import now_utc
from shared.mongo import Document, connect, database
from tests.conftest import Servers
from tests.integration.metrics.owning import PARTITIONS, Interruption, TicketRecord, history, owner, store_of
from tests.unit.metrics.stored import Stored

Rows = dict[str, Document]


def pure_fold(log: Sequence[TicketRecord]) -> Rows:
    """Every row and event after the log, as documents."""
    rows: Rows = {}
    for partition in range(PARTITIONS):
        folded = Stored()
        for record in log:
            if record.partition == partition:
                folded.take([record.event])
        rows |= {f"contact_rows {name}": document for name, document in folded.contacts.items()}
        rows |= {f"ticket_rows {name}": document for name, document in folded.tickets.items()}
        rows |= {
            f"ticket_events {document['_id']}": document
            for events in folded.events.values()
            for document in map(event_document, events)
        }
    return rows


async def stored(servers: Servers, namespace: str) -> Rows:
    """What the database holds, in the same form."""
    rows: Rows = {}
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        for name in ("contact_rows", "ticket_rows", "ticket_events"):
            async for document in own[name].find():
                rows[f"{name} {document['_id']}"] = document
    return rows


def same(found: Rows, expected: Rows) -> bool:
    """Whether they hold the same; where a row was stored from is not part of that."""
    return _comparable(found) == _comparable(expected)


def _comparable(rows: Rows) -> Rows:
    apart = ("_id", "partition", "revision", "place")
    return {
        name: {field: _plain(value) for field, value in row.items() if field not in apart} for name, row in rows.items()
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 (a document's value)
    return [list(one) if isinstance(one, tuple) else one for one in value] if isinstance(value, list) else value


async def test_interrupted_after_any_command_and_begun_anew_it_stores_the_pure_fold(
    servers: Servers, namespace: str
) -> None:
    log = history(260, seed=3)
    async with owner(servers, namespace) as store:
        await store.prepare()
    for number, place in enumerate(range(0, len(log), 20)):
        await _take_with_interruption(servers, namespace, log[place : place + 20], after=number % 14)
    assert same(await stored(servers, namespace), pure_fold(log))


async def _take_with_interruption(servers: Servers, namespace: str, batch: list[TicketRecord], after: int) -> None:
    interruption = Interruption()
    async with owner(servers, namespace, interruption) as store:
        taking = asyncio.create_task(_take(store, batch))
        interruption.after(after, taking)
        await asyncio.wait([taking])
    async with owner(servers, namespace) as store:
        await _take(store, batch)  # Kafka delivers again what was not committed


async def _take(store: KpiStore, batch: list[TicketRecord]) -> None:
    await TicketFigures(store, now_utc).take(batch)


async def test_an_older_owner_cannot_overwrite_a_newer_one(servers: Servers, namespace: str) -> None:
    log = history(60, seed=5)
    async with owner(servers, namespace) as older, owner(servers, namespace) as newer:
        await older.prepare()
        was, state = await older.claim_tickets(0)
        await TicketFigures(newer, now_utc).take(log)
        changes = state.fold([record.event for record in log if record.partition == 0], {})
        step = TicketStep(partition=0, was=was, next=9, recorded=now_utc(), state=state, changes=changes)
        with pytest.raises((Superseded, OperationFailure)):
            await older.store_tickets([step], now_utc())
    assert same(await stored(servers, namespace), pure_fold(log))


async def test_two_owners_who_take_turns_store_the_pure_fold(servers: Servers, namespace: str) -> None:
    log = history(300, seed=9)
    async with owner(servers, namespace) as one, owner(servers, namespace) as other:
        await one.prepare()
        figures = (TicketFigures(one, now_utc), TicketFigures(other, now_utc))
        for place in range(0, len(log), 25):
            await figures[place // 25 % 2].take(log[: place + 25])
    assert same(await stored(servers, namespace), pure_fold(log))


async def test_a_transaction_that_a_killed_owner_left_open_does_not_hold_up_the_next_one(
    servers: Servers, namespace: str
) -> None:
    log = history(60, seed=6)
    async with connect(servers.mongo) as client, client.start_session() as session:
        left_open = store_of(client, namespace, session)
        await left_open.prepare()
        await left_open.claim_tickets(0)
        await session.start_transaction()
        partitions = database(client, namespace, "metrics")["progress"]
        await partitions.update_one({"_id": "tickets.0"}, {"$set": {"next": 5}}, session=session)
        async with owner(servers, namespace) as next_owner, asyncio.timeout(10):
            await TicketFigures(next_owner, now_utc).take(log)
        with pytest.raises(OperationFailure):
            await session.commit_transaction()
    assert same(await stored(servers, namespace), pure_fold(log))
