"""Notes on tickets. They speak of persons, so what is written is sealed before it leaves this process.

It stands nowhere in the clear in Kafka or in routing's database, and is gone with the person's key.

Gone  (the customer was erased: there is no key to seal with)
"""

from collections.abc import AsyncIterator
from uuid import uuid4

import orjson

from services.routing.bodies_annotating import NoteShown
from services.routing.domain.commands_annotating import NoteTicket
from services.routing.store import Store
from services.routing.triage import KeyReader
from shared.contracts.tickets_annotations import TicketNoted
from shared.erasure import ERASED
from shared.keyring import Key
from shared.mongo import Document
from shared.sealing import seal
from shared.unsealing import open_written


class Gone(Exception):
    """The customer was erased."""

    def __init__(self, ticket: str) -> None:
        super().__init__(f"The customer of ticket {ticket} was erased; nothing can be written down about them.")


class Notes:
    """Seals notes and opens them."""

    def __init__(self, store: Store, keys: KeyReader) -> None:
        self._store = store
        self._keys = keys

    async def written(self, ticket: Document, by: str, agent: str | None, text: str) -> NoteTicket:
        """The command that writes a note on a ticket; Gone if nobody could ever read it."""
        key = (await self._keys.find([ticket["identity"]])).get(ticket["identity"])
        if key is None:
            raise Gone(ticket["_id"])
        note = str(uuid4())
        content = seal(key.cipher, note, orjson.dumps({"text": text}))
        return NoteTicket(ticket=ticket["_id"], by=by, agent=agent, note=note, content=content)

    async def of(self, ticket: str) -> list[NoteShown]:
        """All of a ticket's notes, the oldest first."""
        noted = [event async for event in self._noted(ticket)]
        keys = await self._keys.find({event.identity for event in noted}) if noted else {}
        return [_shown(event, keys.get(event.identity)) for event in noted]

    async def _noted(self, ticket: str) -> AsyncIterator[TicketNoted]:
        async for decision in self._store.decisions_on(ticket):
            for _, event in self._store.log.entry(decision).events:
                if isinstance(event, TicketNoted) and event.ticket == ticket:
                    yield event


def _shown(event: TicketNoted, key: Key | None) -> NoteShown:
    content = open_written(key, event.note, event.content, event.at)
    text = ERASED if content is None else str(content["text"])
    return NoteShown(id=event.note, ticket=event.ticket, at=event.at, by=event.by, text=text)
