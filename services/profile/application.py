"""What the profile service does with what it consumes: interactions become timeline, claims become decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from services.profile.domain.identities import Memory, Sighting
from services.profile.domain.linking import STREAM, LinkIdentities
from services.profile.domain.timeline import Content, Entry, entry, erased_identity, name_told
from services.profile.store import Store
from shared.consuming import Record, Rejected
from shared.contracts.codec import Codec
from shared.contracts.envelope import event_id
from shared.contracts.interactions import ContactIdentified, Interaction, Party, SealedInteraction
from shared.keyring import Key, Keyring
from shared.publishing import Outgoing, Publisher
from shared.sealing import SealBroken, unseal
from shared.topics import CUSTOMER_COMMANDS

commands: Codec[LinkIdentities] = Codec(LinkIdentities)
"""How commands of hub.customer-commands.v1 are read and written."""

Keys = Mapping[str, Key]


class TimelineProjection:
    """Puts interactions on the timeline: one insert a batch, and a write for an identity only when it brings news."""

    def __init__(self, keyring: Keyring, store: Store, publisher: Publisher) -> None:
        self._keyring = keyring
        self._store = store
        self._publisher = publisher
        self._memory = Memory()

    async def take(self, records: list[Record[SealedInteraction]]) -> Sequence[Rejected[SealedInteraction]]:
        """Writes the records' entries durably; those whose seal is broken are rejected."""
        hashes = _hashes(records)
        batch = self._open(records, await self._keyring.find(hashes))
        if batch.rejected:  # perhaps only by a key that was destroyed, or made anew, in another process just now
            batch = self._open(records, await self._keyring.find(hashes, anew=True), certain=True)
        await self._store.note_identities(batch.sightings)
        await self._store.insert_entries(batch.entries)
        for sighting in batch.sightings:
            self._memory.remember(sighting)
        if batch.links:
            claimed = [claim for event in batch.links for claim in claims(event)]
            await self._publisher.publish(CUSTOMER_COMMANDS, claimed)
        return batch.rejected

    def _open(self, records: list[Record[SealedInteraction]], keys: Keys, *, certain: bool = False) -> "_Batch":
        batch = _Batch()
        knows = self._memory.knows
        for record in records:
            event, data = record.event, record.event.data
            try:
                made = entry(event, open_content(keys, event, data, certain=certain))
                if isinstance(event, ContactIdentified):
                    batch.sightings += _parties(event, keys, certain=certain)
                    batch.links.append(event)
            except SealBroken as broken:
                batch.rejected.append(Rejected(record, str(broken)))
                continue
            batch.entries.append(made)
            identity, name = made["identity"], name_told(event, made["content"])
            if not knows(identity, name):
                batch.sightings.append(Sighting(identity=identity, hashed=data.identity, name=name))
        return batch


@dataclass(slots=True)
class _Batch:
    """What a batch of records comes to."""

    entries: list[Entry] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    links: list[ContactIdentified[str]] = field(default_factory=list)
    rejected: list[Rejected[SealedInteraction]] = field(default_factory=list)


def _parties(event: ContactIdentified[str], keys: Keys, *, certain: bool) -> list[Sighting]:
    sightings: list[Sighting] = []
    for party in event.data.also:
        content = open_content(keys, event, party, certain=certain)
        identity = erased_identity(party.identity) if content is None else content["identity"]
        name = name_told(event, content or {})
        sightings.append(Sighting(identity=identity, hashed=party.identity, name=name))
    return sightings


def open_content(
    keys: Keys, event: SealedInteraction, sealed: Interaction[str] | Party[str], *, certain: bool = False
) -> Content | None:
    """The content of the event's data or of a further party as it was before sealing; SealBroken if it does not open.

    None: it was erased, because its key was destroyed, or because the event comes from before an erasure though a new
    contact has made a new key. certain: the keys are those of this moment. Then what does not open, of an identity that
    was erased once, counts as erased too: ingest may have sealed it under a key that was just being destroyed.
    """
    key = keys.get(sealed.identity)
    if key is None or (key.erased is not None and not key.is_readable(event.time, event.recordedtime)):
        return None
    try:
        content: Content = orjson.loads(unseal(key.cipher, event.id, sealed.content))
    except SealBroken:
        if certain and key.erased is not None:
            return None
        raise
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
