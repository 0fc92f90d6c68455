"""What people wrote down about customers, as a fold of the decisions: notes, attributes, and what was erased."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.profile.asking import Asking
from services.profile.domain.attributes import Statement, statements
from services.profile.domain.matching import ATTRIBUTES
from services.profile.domain.timeline import Entry as TimelineEntry
from services.profile.matching import Matching, Told
from services.profile.store import Store
from shared.contracts.customers import CustomerChanged, CustomerErased, CustomerEvent, NoteAdded
from shared.contracts.decided import type_of
from shared.decisions import Entry
from shared.keyring import Keyring
from shared.unsealing import open_written

BY_A_PERSON = "agent"
"""The source of what somebody of the contact centre stated."""

NOTE_CHANNEL = "note"


class PersonalView:
    """Writes notes on the timeline and attributes beside it; deletes what was erased, and its keys."""

    def __init__(self, store: Store, keyring: Keyring, asking: Asking, matching: Matching) -> None:
        self._store = store
        self._keyring = keyring
        self._asking = asking
        self._matching = matching

    async def follow(self, entries: Sequence[Entry[CustomerEvent]]) -> None:
        """Carries the decisions on, durably; once more changes nothing."""
        for entry in entries:
            for _, event in entry.events:
                match event:
                    case NoteAdded():
                        await self._store.insert_entries([await self._note(event, entry)])
                    case CustomerChanged():
                        content = await self._open(event, event.change) or {}
                        made = statements(event.identity, content, event.at, BY_A_PERSON, event.change, event.by)
                        await self._store.note_attributes(made)
                        await self._compare(event, made)
                    case CustomerErased():
                        await self._keyring.erase(event.identities, event.at)
                        await self._store.erase(event.identities, event.at)
                        await self._matching.renew(event.identities)

    async def _compare(self, event: CustomerChanged, made: Iterable[Statement]) -> None:
        if ATTRIBUTES.isdisjoint(one.name for one in made):
            return
        told = Told(identity=event.identity, cause=event.change, at=event.at)
        await self._asking.ask(await self._matching.suggestions([told]))

    async def _note(self, event: NoteAdded, entry: Entry[CustomerEvent]) -> TimelineEntry:
        content = await self._open(event, event.note)
        made: TimelineEntry = {
            "_id": event.note,
            "identity": event.identity,
            "at": event.at,
            "recorded": entry.at,
            "type": type_of(event.event),
            "channel": NOTE_CHANNEL,
            "direction": "internal",
            "conversation": event.conversation or event.note,
            "content": content or {},
            "facts": {"agent": event.by},
        }
        if content is None:
            made["erased"] = True
        return made

    async def _open(self, event: NoteAdded | CustomerChanged, own_id: str) -> dict[str, Any] | None:
        key = (await self._keyring.find([event.identity])).get(event.identity)
        return open_written(key, own_id, event.content, event.at)
