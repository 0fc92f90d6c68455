"""What the profile service does with what it consumes: interactions become timeline, claims become decisions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from services.profile.asking import Asking
from services.profile.domain.attributes import Statement, statements
from services.profile.domain.claims import claim_id
from services.profile.domain.commands import DescribeCustomer, LinkIdentities
from services.profile.domain.facts import facts_in
from services.profile.domain.identities import Memory, Sighting
from services.profile.domain.likeness import THRESHOLD
from services.profile.domain.matching import ATTRIBUTES
from services.profile.domain.rules import Classifier
from services.profile.domain.timeline import Content, Entry, entry, name_told
from services.profile.matching import Matching, Told
from services.profile.store import Store
from shared.consuming import Record, Rejected
from shared.contracts.envelope import event_id
from shared.contracts.interactions import ContactIdentified, SealedInteraction
from shared.keyring import Keyring
from shared.sealing import SealBroken
from shared.unsealing import Keys, open_content


class TimelineProjection:
    """Puts interactions on the timeline: one insert a batch, and a write for an identity only when it brings news."""

    def __init__(
        self,
        keyring: Keyring,
        store: Store,
        asking: Asking,
        classifier: Classifier,
        matching: Matching,
    ) -> None:
        self._keyring = keyring
        self._classifier = classifier
        self._store = store
        self._asking = asking
        self._matching = matching
        self._memory = Memory()

    async def take(self, records: list[Record[SealedInteraction]]) -> Sequence[Rejected[SealedInteraction]]:
        """Writes the records' entries durably; those whose seal is broken are rejected."""
        hashes = _hashes(records)
        keys = await self._keyring.find(hashes)
        batch = self._open(records, keys)
        if batch.rejected:  # perhaps only by a key that was destroyed, or made anew, in another process just now
            keys = await self._keyring.find(hashes, anew=True)
            batch = self._open(records, keys, certain=True)
        await self._store.note_identities(batch.sightings)
        await self._store.note_attributes(batch.statements)
        await self._store.insert_entries(batch.entries)
        await self._store.erase_again({hashed: key.erased for hashed, key in keys.items()})
        suggested = await self._matching.suggestions(batch.told) if batch.told else []
        await self._asking.ask([*batch.links, *batch.descriptions, *suggested])
        for sighting in batch.sightings:  # not before all that follows from them is done: a retry has to do it again
            self._memory.remember(sighting)
        return batch.rejected

    def _open(self, records: list[Record[SealedInteraction]], keys: Keys, *, certain: bool = False) -> "_Batch":
        batch = _Batch()
        knows = self._memory.knows
        for record in records:
            event, data = record.event, record.event.data
            try:
                content = open_content(keys, event, data, certain=certain)
                parties = _parties(event, keys, certain=certain) if isinstance(event, ContactIdentified) else ()
            except SealBroken as broken:
                batch.rejected.append(Rejected(record, str(broken)))
                continue
            identity, name = _told(event, content)
            if isinstance(event, ContactIdentified):
                batch.sightings += [sighting for sighting, _ in parties]
                batch.links += [self._claim(event, identity, sighting) for sighting, _ in parties]
                contents = [(data.identity, content or {}), *_contents(parties)]
                batch.statements += _statements(event, contents)
                batch.descriptions += _descriptions(event, contents)
                batch.told += _news(event, contents)
            batch.entries.append(entry(event, content))
            after = keys[data.identity].erased if content is not None else None
            if after is not None or not knows(data.identity, name):
                batch.sightings.append(Sighting(hashed=data.identity, identity=identity, name=name, after=after))
                if name and not isinstance(event, ContactIdentified):
                    batch.told.append(Told(identity=data.identity, cause=event.id, at=event.time, attributes=False))
        return batch

    def _claim(self, event: ContactIdentified[str], identity: str | None, party: Sighting) -> LinkIdentities:
        """The command that asks to link the event's identity with one that it names; its id follows from both."""
        return LinkIdentities(
            id=claim_id(event.id, party.hashed),
            first=event.data.identity,
            second=party.hashed,
            of=self._classifier.side(identity),
            of_second=self._classifier.side(party.identity),
            evidence=event.data.evidence,
            cause=event.id,
            at=event.time,
            sure=event.data.evidence in self._classifier.rules.sure,
            score=THRESHOLD if event.data.evidence in self._classifier.rules.suggestive else None,
        )


@dataclass(slots=True)
class _Batch:
    """What a batch of records comes to."""

    entries: list[Entry] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    links: list[LinkIdentities] = field(default_factory=list)
    descriptions: list[DescribeCustomer] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    rejected: list[Rejected[SealedInteraction]] = field(default_factory=list)


Known = tuple[Sighting, Content]
"""A further party of an identification: its sight, and the content that it was told with."""


def _parties(event: ContactIdentified[str], keys: Keys, *, certain: bool) -> list[Known]:
    parties: list[Known] = []
    for party in event.data.also:
        content = open_content(keys, event, party, certain=certain)
        identity, name = _told(event, content)
        after = keys[party.identity].erased if content is not None else None
        parties.append((Sighting(hashed=party.identity, identity=identity, name=name, after=after), content or {}))
    return parties


def _contents(parties: Iterable[Known]) -> Iterator[tuple[str, Content]]:
    return ((sighting.hashed, content) for sighting, content in parties)


def _statements(event: ContactIdentified[str], told: Iterable[tuple[str, Content]]) -> Iterator[Statement]:
    for hashed, content in told:
        yield from statements(hashed, content, event.time, event.data.evidence, event.id)


def _descriptions(event: ContactIdentified[str], told: Iterable[tuple[str, Content]]) -> Iterator[DescribeCustomer]:
    """The commands that ask to keep the facts that others may know; their ids follow from event and identity."""
    for hashed, content in told:
        if facts := facts_in(content.get("attributes") or {}):
            yield DescribeCustomer(
                id=event_id(f"/descriptions/{event.id}", hashed),
                identity=hashed,
                at=event.time,
                recorded=event.recordedtime,
                cause=event.id,
                facts=facts,
            )


def _news(event: ContactIdentified[str], told: Iterable[tuple[str, Content]]) -> Iterator[Told]:
    """What the identification tells that identities are compared by."""
    claimed = frozenset((event.data.identity, *(party.identity for party in event.data.also)))
    for hashed, content in told:
        attributes = not ATTRIBUTES.isdisjoint(content.get("attributes") or ())
        if attributes or content.get("name"):
            yield Told(identity=hashed, cause=event.id, at=event.time, attributes=attributes, claimed=claimed)


def _told(event: SealedInteraction, content: Content | None) -> tuple[str | None, str | None]:
    """The plain identity, which is taken out of the content, and the person's name, where they are told."""
    return (None, None) if content is None else (content.pop("identity"), name_told(event, content))


def _hashes(records: Sequence[Record[SealedInteraction]]) -> set[str]:
    hashes = {record.event.data.identity for record in records}
    for record in records:
        if isinstance(record.event, ContactIdentified):
            hashes.update(party.identity for party in record.event.data.also)
    return hashes
