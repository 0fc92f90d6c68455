"""The writing side of the metrics database: state, figures and next offset move together, or not at all.

For tickets that is one transaction a batch. Its first statement is the fence: it changes each partition's document
only if `next` is still what this owner folded from. For agents the whole state is one document, guarded alike.

    Superseded  (another owner folded further: load again, then fold again)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING, AsyncMongoClient, DeleteOne, ReplaceOne, ReturnDocument, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

from services.metrics import documents
from services.metrics.domain.fold import AgentFold, Changes, TicketFold
from shared.mongo import Document

_NAMESPACE_EXISTS = 48


class Superseded(Exception):
    """Another owner folded further."""

    def __init__(self, partitions: Sequence[int]) -> None:
        super().__init__(f"Another owner folded further in partition {', '.join(map(str, partitions))}; load it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketStep:
    """A partition's state after a batch. was and next: the next offset before and after; changes: what to add."""

    partition: int
    was: int
    next: int
    state: TicketFold
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStep:
    """A partition's state after a batch of agents' events."""

    partition: int
    was: int
    next: int
    state: AgentFold


class KpiStore:
    """Collections `partitions`, `contacts` and `minutes`. `session` carries every transaction of this process."""

    def __init__(
        self, client: AsyncMongoClient[Document], database: AsyncDatabase[Document], session: AsyncClientSession
    ) -> None:
        self._client = client
        self._database = database
        self._session = session
        self._partitions = database["partitions"]
        self._contacts = database["contacts"]
        self._minutes = database["minutes"]

    async def prepare(self) -> None:
        """Creates collections and indexes; minutes are only ever searched by `_id`."""
        for name in ("partitions", "contacts", "minutes", "targets"):
            try:
                await self._database.create_collection(name, check_exists=False)
            except OperationFailure as error:
                if error.code != _NAMESPACE_EXISTS:
                    raise
        await self._contacts.create_index([("partition", ASCENDING)])

    async def claim_tickets(self, partition: int) -> tuple[int, TicketFold]:
        """A partition's next offset and state, for its new owner.

        A transaction that the last owner left open when it was killed would hold the partition for up to a minute, so
        its session is ended first. One that this process lost on the way ends with the next one of its session.
        """
        name = f"tickets.{partition}"
        mine = self._session.session_id["id"]
        document = await self._partitions.find_one({"_id": name})
        if document is None or document["owner"] != mine:
            if document:
                await self._client.admin.command({"killSessions": [{"id": document["owner"]}]})
            document = await self._claim(name, {"owner": mine}, {"seen": [], "waiting": []})
        # The partition was read before its contacts: if another owner stores in between, `next` is the older one and
        # the fence refuses what is folded on top of the mixture.
        contacts = [contact async for contact in self._contacts.find({"partition": partition})]
        return document["next"], documents.ticket_fold_of(document, contacts)

    async def store_tickets(self, steps: Sequence[TicketStep]) -> None:
        """Stores a batch of one or more partitions durably; Superseded (and nothing stored) if one is not ours."""
        async with await self._session.start_transaction():
            moved = await self._partitions.bulk_write(
                [_partition_update(step) for step in steps], session=self._session
            )
            if moved.matched_count != len(steps):
                raise Superseded([step.partition for step in steps])
            if contacts := [write for step in steps for write in _contact_writes(step)]:
                await self._contacts.bulk_write(contacts, ordered=False, session=self._session)
            if minutes := [update for step in steps for update in _minute_updates(step)]:
                await self._minutes.bulk_write(minutes, ordered=False, session=self._session)

    async def claim_agents(self, partition: int) -> tuple[int, AgentFold]:
        """A partition's next offset and state."""
        document = await self._claim(f"agents.{partition}", {}, {"seen": [], "agents": [], "statuses": {}})
        return document["next"], documents.agent_fold_of(document)

    async def store_agents(self, steps: Iterable[AgentStep]) -> None:
        """Stores each partition's state durably; Superseded if one is not ours (others may be stored by then)."""
        for step in steps:
            stored = await self._partitions.update_one(
                {"_id": f"agents.{step.partition}", "next": step.was},
                {"$set": {"next": step.next, **documents.agent_fields(step.state)}},
            )
            if stored.matched_count == 0:
                raise Superseded([step.partition])

    async def _claim(self, name: str, fields: Document, initial: Document) -> Document:
        update: dict[str, Any] = {"$setOnInsert": {"next": 0, **initial}}
        if fields:
            update["$set"] = fields
        document = await self._partitions.find_one_and_update(
            {"_id": name}, update, upsert=True, return_document=ReturnDocument.AFTER
        )
        assert document is not None  # noqa: S101 (an upsert always answers the document)
        return document


def _partition_update(step: TicketStep) -> UpdateOne:
    fields = {"next": step.next, **documents.ticket_fields(step.state)}
    return UpdateOne({"_id": f"tickets.{step.partition}", "next": step.was}, {"$set": fields})


def _contact_writes(step: TicketStep) -> Iterable[ReplaceOne[Document] | DeleteOne]:
    for ticket in step.changes.tickets:
        contact = step.state.contacts.get(ticket)
        if contact is None:
            yield DeleteOne({"_id": ticket})
        else:
            document = {"partition": step.partition, **documents.contact_document(contact)}
            yield ReplaceOne({"_id": ticket}, document, upsert=True)


def _minute_updates(step: TicketStep) -> list[UpdateOne]:
    return documents.minute_updates(step.partition, step.next, step.changes.cells)
