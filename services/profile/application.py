"""What the profile service does with what it consumes: interactions become timeline, claims become decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Field

from services.profile.domain.claims import claim_id
from services.profile.domain.identities import ERASED, Memory, Sighting
from services.profile.domain.linking import STREAM, CustomerCommand, LinkIdentities
from services.profile.domain.rules import Classifier
from services.profile.domain.timeline import Content, Entry, entry, name_told
from services.profile.store import Store
from shared.consuming import Record, Rejected
from shared.contracts.codec import Codec
from shared.contracts.customers import Side
from shared.contracts.interactions import ContactIdentified, SealedInteraction
from shared.keyring import Keyring
from shared.publishing import Outgoing, Publisher
from shared.sealing import SealBroken, unseal
from shared.topics import CUSTOMER_COMMANDS

commands: Codec[CustomerCommand] = Codec(Annotated[CustomerCommand, Field(discriminator="command")])
"""How commands of hub.customer-commands.v1 are read and written."""

Ciphers = Mapping[str, AESGCM]


class TimelineProjection:
    """Puts interactions on the timeline: one insert a batch, and a write for an identity only when it brings news."""

    def __init__(self, keyring: Keyring, store: Store, publisher: Publisher, classifier: Classifier) -> None:
        self._keyring = keyring
        self._classifier = classifier
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
            await self._publisher.publish(CUSTOMER_COMMANDS, batch.links)
        return batch.rejected

    def _open(self, records: list[Record[SealedInteraction]], ciphers: Ciphers) -> "_Batch":
        batch = _Batch()
        knows = self._memory.knows
        for record in records:
            event, data = record.event, record.event.data
            try:
                content = open_content(ciphers, data.identity, event.id, data.content)
                parties = _parties(event, ciphers) if isinstance(event, ContactIdentified) else ()
            except SealBroken as broken:
                batch.rejected.append(Rejected(record, str(broken)))
                continue
            identity, name = _told(event, content)
            if isinstance(event, ContactIdentified):
                batch.sightings += parties
                batch.links += [self._claim(event, identity, party) for party in parties]
            batch.entries.append(entry(event, content))
            if not knows(data.identity, name):
                batch.sightings.append(Sighting(hashed=data.identity, identity=identity, name=name))
        return batch

    def _claim(self, event: ContactIdentified[str], identity: str | None, party: Sighting) -> Outgoing:
        """The command that asks to link the event's identity with one that it names; its id follows from both."""
        command = LinkIdentities(
            id=claim_id(event.id, party.hashed),
            first=event.data.identity,
            second=party.hashed,
            of=self._side(identity),
            of_second=self._side(party.identity),
            evidence=event.data.evidence,
            cause=event.id,
            at=event.time,
        )
        return Outgoing(STREAM, commands.encode(command))

    def _side(self, identity: str | None) -> Side:
        return Side(kind=ERASED, standing="blocked") if identity is None else self._classifier.side(identity)


@dataclass(slots=True)
class _Batch:
    """What a batch of records comes to."""

    entries: list[Entry] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    links: list[Outgoing] = field(default_factory=list)
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


def _hashes(records: Sequence[Record[SealedInteraction]]) -> set[str]:
    hashes = {record.event.data.identity for record in records}
    for record in records:
        if isinstance(record.event, ContactIdentified):
            hashes.update(party.identity for party in record.event.data.also)
    return hashes
