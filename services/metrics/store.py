"""The writing side of the metrics database: state, rows and next offset move together, or not at all.

That is one transaction a batch. Its first statement is the fence: it changes each partition's document only if `next`
is still what this owner folded from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, AsyncMongoClient, InsertOne, ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

from services.metrics import documents
from services.metrics.domain.fold import Changes, Event, TicketFold
from services.metrics.domain.quarters import quarter_of
from services.metrics.domain.windows import moment_of
from services.metrics.marks import CAUSES, mark
from services.metrics.partitions import Step, claimed, fence
from shared.mongo import Document

VIEWS = (
    *("progress", "ticket_events", "contact_rows", "ticket_rows"),
    *("counted_interactions", "answer_rows"),
    *("agent_events", "presence_rows"),
)
"""The collections of a generation that follow from the log alone."""

SUMS = (
    *("interaction_minutes", "changed_openings", "changed_quarters", "history", "restatements", "summed_quarters"),
    "history_days",
)
"""Those that follow from the others, and from when and in which order these became known."""

_NAMESPACE_EXISTS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketStep(Step):
    """state: after the batch; changes: what to store."""

    state: TicketFold
    changes: Changes


class KpiStore:
    """The collections of tickets. `session` carries every transaction of this process."""

    def __init__(
        self, client: AsyncMongoClient[Document], database: AsyncDatabase[Document], session: AsyncClientSession
    ) -> None:
        self._client = client
        self._database = database
        self._session = session
        self._partitions = database["progress"]
        self._events = database["ticket_events"]
        self._contacts = database["contact_rows"]
        self._tickets = database["ticket_rows"]
        self._changed = database["changed_quarters"]
        self._openings = database["changed_openings"]

    async def prepare(self) -> None:
        """Creates all collections of a generation, and the indexes of tickets."""
        for name in (*VIEWS, *SUMS):
            try:
                await self._database.create_collection(name, check_exists=False)
            except OperationFailure as error:
                if error.code != _NAMESPACE_EXISTS:
                    raise
        await self._events.create_index([("ticket", ASCENDING)])
        for rows in (self._contacts, self._tickets):
            await rows.create_index([("partition", ASCENDING), ("revision", ASCENDING)])
            await rows.create_index([("quarters", ASCENDING)])
            await rows.create_index([("last", ASCENDING)])
            await rows.create_index([("open", ASCENDING)], partialFilterExpression={"open": True})
        await self._tickets.create_index([("partition", ASCENDING)], partialFilterExpression={"over": False})
        await self._contacts.create_index([("ticket", ASCENDING)])
        for moment in ("opened", "resolved"):
            await self._tickets.create_index([("customer", ASCENDING), ("queue", ASCENDING), (moment, ASCENDING)])
        await self._openings.create_index([("opened", ASCENDING)])

    async def claim_tickets(self, partition: int) -> tuple[int, TicketFold]:
        """A partition's next offset and state, for its new owner."""
        name = f"tickets.{partition}"
        document = await claimed(self._client, self._partitions, self._session, name, {"seen": []})
        # The partition was read before its tickets: if another owner stores in between, `next` is the older one and
        # the fence refuses what is folded on top of the mixture.
        tickets = [ticket async for ticket in self._tickets.find({"partition": partition, "over": False})]
        return document["next"], documents.fold_of(document, tickets, await self._last_contacts(tickets))

    async def events_of(self, tickets: Iterable[str]) -> dict[str, list[Event]]:
        """The events of these tickets that were taken before; an empty list for one that is not known."""
        found: dict[str, list[Event]] = {ticket: [] for ticket in tickets}
        if found:
            async for document in self._events.find({"ticket": {"$in": list(found)}}):
                found[document["ticket"]].append(documents.event_of(document))
        return found

    async def store_tickets(self, steps: Sequence[TicketStep], now: datetime) -> None:
        """Stores a batch of one or more partitions durably; Superseded (and nothing stored) if one is not ours."""
        over_by = quarter_of(moment_of(now))
        async with await self._session.start_transaction():
            told = [(step, {"seen": documents.seen_list(step.state.seen)}) for step in steps]
            await fence(self._partitions, self._session, "tickets", told)
            for collection, writes in (
                (self._events, [write for step in steps for write in _event_writes(step)]),
                (self._contacts, [write for step in steps for write in _contact_writes(step)]),
                (self._tickets, [write for step in steps for write in _ticket_writes(step)]),
                (self._changed, [write for step in steps for write in _quarter_writes(step, over_by)]),
                (self._openings, [write for step in steps for write in _opening_writes(step)]),
            ):
                if writes:
                    await collection.bulk_write(writes, ordered=False, session=self._session)

    async def _last_contacts(self, tickets: Sequence[Document]) -> dict[str, Document]:
        last: dict[str, Document] = {}
        names = [ticket["_id"] for ticket in tickets]
        async for contact in self._contacts.find({"ticket": {"$in": names}}):
            known = last.get(contact["ticket"])
            if known is None or contact["stay"] > known["stay"]:
                last[contact["ticket"]] = contact
        return last


def _event_writes(step: TicketStep) -> Iterable[InsertOne[Document]]:
    for event in step.changes.events:
        yield InsertOne(documents.event_document(event))


def _contact_writes(step: TicketStep) -> Iterable[ReplaceOne[Document]]:
    stored = {"partition": step.partition, "revision": step.next}
    for contact in step.changes.contacts.values():
        document = documents.contact_document(contact)
        yield ReplaceOne({"_id": documents.contact_id(contact)}, stored | document, upsert=True)


def _ticket_writes(step: TicketStep) -> Iterable[ReplaceOne[Document]]:
    for ticket in step.changes.tickets.values():
        known = step.state.open.get(ticket.ticket)
        stored = {
            "partition": step.partition,
            "revision": step.next,
            "place": list(known.last) if known else None,
        }
        yield ReplaceOne({"_id": ticket.ticket}, stored | documents.ticket_document(ticket), upsert=True)


def _opening_writes(step: TicketStep) -> Iterable[InsertOne[Document]]:
    for opening, causes in step.changes.openings:
        yield InsertOne(documents.opening_document(opening, causes[:CAUSES]))


def _quarter_writes(step: TicketStep, running: int) -> Iterable[UpdateOne]:
    """running: the quarter that is not over; what changes before it is late, and its causes are remembered."""
    for quarter, reach in step.changes.quarters.items():
        causes = reach.causes if quarter < running else ()
        yield mark(quarter, step.partition, reach.until, causes, step.next)
