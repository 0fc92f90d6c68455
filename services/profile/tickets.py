"""Tickets become part of the timeline: an entry for each of their events, and one document of what they come to.

The entries are only ever inserted, by the ids that publishing again repeats, and a ticket's document is folded from all
of them. So whatever comes twice, late or out of order, both end up the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pymongo import ReplaceOne, UpdateMany
from pymongo.errors import BulkWriteError

from services.profile.domain.tickets import NOTHING, UNPLACED, Origin, origin_of, ticket_document, ticket_entry
from services.profile.domain.timeline import Content, Entry
from services.profile.store import Store
from shared.consuming import Record, Rejected
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from shared.contracts.tickets_annotations import TicketNoted
from shared.keyring import Keyring
from shared.mongo import only_duplicates
from shared.unsealing import Keys, open_written

TicketRecord = Record[Decided[TicketEvent]]


class TicketProjection:
    """Puts tickets among the interactions."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    async def take(self, records: list[TicketRecord]) -> Sequence[Rejected[Decided[TicketEvent]]]:
        """Writes the entries, then the tickets that they change, durably."""
        events = [record.event for record in records]
        tickets = sorted({event.data.ticket for event in events})
        opened = {event.data.ticket: origin for event in events if (origin := origin_of(event)) is not None}
        origins = await self._origins(tickets) | opened
        noted = {event.data.identity for event in events if isinstance(event.data, TicketNoted)}
        keys = await self._keyring.find(noted) if noted else {}
        entries = [
            ticket_entry(event, origins.get(event.data.ticket, Origin()), _content(event, keys)) for event in events
        ]
        await self._store.insert_entries(list({entry["_id"]: entry for entry in entries}.values()))
        await self._store.erase_again({hashed: key.erased for hashed, key in keys.items()})
        await self._place(opened)
        await self._fold(tickets)
        return ()

    async def _origins(self, tickets: list[str]) -> dict[str, Origin]:
        known = self._store.tickets.find(
            {"_id": {"$in": tickets}, "identity": {"$ne": UNPLACED}}, {"identity": 1, "channel": 1, "conversation": 1}
        )
        return {
            ticket["_id"]: Origin(
                identity=ticket["identity"], channel=ticket["channel"], conversation=ticket["conversation"]
            )
            async for ticket in known
        }

    async def _place(self, opened: Mapping[str, Origin]) -> None:
        """Gives those their place that came before the event that opened their ticket."""
        placing = [
            UpdateMany({"ref": ticket, "channel": Origin().channel}, {"$set": _placed(origin)})
            for ticket, origin in opened.items()
        ]
        if placing:
            await self._store.timeline.bulk_write(placing, ordered=False)

    async def _fold(self, tickets: list[str]) -> None:
        """A ticket's events only become more, so what was folded from more of them is never replaced by less."""
        events: dict[str, list[Entry]] = {}
        async for document in self._store.timeline.find({"ref": {"$in": tickets}, "decided": {"$exists": True}}):
            events.setdefault(document["ref"], []).append(cast("Entry", document))
        documents = [ticket_document(of_one) for of_one in events.values()]
        replacing = [
            ReplaceOne({"_id": document["_id"], "events": {"$lte": document["events"]}}, document, upsert=True)
            for document in documents
        ]
        try:
            await self._store.tickets.bulk_write(replacing, ordered=False)
        except BulkWriteError as error:
            if not only_duplicates(error):
                raise


def _content(event: Decided[TicketEvent], keys: Keys) -> Content | None:
    data = event.data
    if not isinstance(data, TicketNoted):
        return NOTHING
    return open_written(keys.get(data.identity), data.note, data.content, data.at)


def _placed(origin: Origin) -> dict[str, Any]:
    return {"identity": origin.identity, "channel": origin.channel, "conversation": origin.conversation}
