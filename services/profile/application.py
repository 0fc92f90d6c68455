"""What the profile service does with what it consumes: interactions become timeline, claims become decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.profile.domain.identities import Memory, Sighting
from services.profile.domain.linking import STREAM, LinkIdentities
from services.profile.domain.timeline import Content, Entry, entry, name_told
from services.profile.store import Store
from shared.consuming import Record, Rejected
from shared.contracts.codec import Codec
from shared.contracts.envelope import event_id
from shared.contracts.interactions import ContactIdentified, SealedInteraction
from shared.keyring import Keyring
from shared.publishing import Outgoing, Publisher
from shared.sealing import SealBroken, unseal
from shared.topics import CUSTOMER_COMMANDS

commands: Codec[LinkIdentities] = Codec(LinkIdentities)
"""How commands of hub.customer-commands.v1 are read and written."""

Ciphers = Mapping[str, AESGCM]


class TimelineProjection:
    """Puts interactions on the timeline: one insert a batch, and a write for an identity only when it brings news."""

    def __init__(self, keyring: Keyring, store: Store, publisher: Publisher) -> None:
        self._keyring = keyring
        self._store = store
        self._publisher = publisher
        self._memory = Memory()

    async def take(self, records: list[Record[SealedInteraction]]) -> Sequence[Rejected[SealedInteraction]]:
        """Writes the records' entries durably; those whose seal is broken are rejected."""
        batch = self._open(records, await self._keyring.find(_hashes(records)))
        await self._store.note_identities(batch.sightings)
        await self._store.insert_entries(batch.entries)
        for sighting in batch.sightings:
            self._memory.remember(sighting)
        if batch.links:
            claimed = [claim for event in batch.links for claim in claims(event)]
            await self._publisher.publish(CUSTOMER_COMMANDS, claimed)
        return batch.rejected

    def _open(self, records: list[Record[SealedInteraction]], ciphers: Ciphers) -> "_Batch":
        batch = _Batch()
        knows = self._memory.knows
        for record in records:
            event, data = record.event, record.event.data
            try:
                content = open_content(ciphers, data.identity, event.id, data.content)
                if isinstance(event, ContactIdentified):
                    batch.sightings += _parties(event, ciphers)
                    batch.links.append(event)
            except SealBroken as broken:
                batch.rejected.append(Rejected(record, str(broken)))
                continue
            identity, name = _told(event, content)
            batch.entries.append(entry(event, content))
            if not knows(data.identity, name):
                batch.sightings.append(Sighting(hashed=data.identity, identity=identity, name=name))
        return batch


@dataclass(slots=True)
class _Batch:
    """What a batch of records comes to."""

    entries: list[Entry] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    links: list[ContactIdentified[str]] = field(default_factory=list)
    rejected: list[Rejected[SealedInteraction]] = field(default_factory=list)


def _parties(event: ContactIdentified[str], ciphers: Ciphers) -> list[Sighting]:
    sightings: list[Sighting] = []
    for party in event.data.also:
        identity, name = _told(event, open_content(ciphers, party.identity, event.id, party.content))
        sightings.append(Sighting(hashed=party.identity, identity=identity, name=name))
    return sightings


def _told(event: SealedInteraction, content: Content | None) -> tuple[str | None, str | None]:
    """The plain identity, which is taken out of the content, and the person's name, where they are told."""
    return (None, None) if content is None else (content.pop("identity"), name_told(event, content))


def open_content(ciphers: Ciphers, hashed: str, event: str, sealed: str) -> Content | None:
    """The content as it was before sealing, with the plain `identity`; None if its key was destroyed; SealBroken."""
    cipher = ciphers.get(hashed)
    if cipher is None:
        return None
    content: Content = orjson.loads(unseal(cipher, event, sealed))
    return content


def claims(event: ContactIdentified[str]) -> list[Outgoing]:
    """The commands that ask to link the identities of `event`; their ids follow from it."""
    return [
        Outgoing(
            STREAM,
            commands.encode(
                LinkIdentities(
                    id=event_id(f"/identifications/{event.id}", party.identity),
                    first=event.data.identity,
                    second=party.identity,
                    evidence=event.data.evidence,
                    cause=event.id,
                    at=event.time,
                )
            ),
        )
        for party in event.data.also
    ]


def _hashes(records: Sequence[Record[SealedInteraction]]) -> set[str]:
    hashes = {record.event.data.identity for record in records}
    for record in records:
        if isinstance(record.event, ContactIdentified):
            hashes.update(party.identity for party in record.event.data.also)
    return hashes
