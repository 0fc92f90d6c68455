"""Draft → event: check, normalise, seal, publish. Nothing is promised before Kafka has it (acks=all).

Refused       (some draft cannot be taken; none was)
NotPublished  (Kafka did not take them; none is promised, and a repeat is harmless since ids are derived)
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from services.ingest.domain.draft import Complaint, Draft
from services.ingest.domain.json_limits import unkeepable
from services.ingest.domain.moments import wrong_time
from services.ingest.identities import Identities, Normalised, WrongIdentity
from services.ingest.plain import Refused, free_json, is_custom
from services.ingest.sealed import Encoder, Party, Ready
from shared.contracts.interactions import Identification, Interaction
from shared.contracts.values import to_milliseconds
from shared.keyring import Keyring
from shared.publishing import Publisher
from shared.sealing import Hasher
from shared.topics import INTERACTIONS, Topic
from shared.tracing import current_traceparent

MAX_RECORD = 950_000
"""Bytes of one event in Kafka, whose own limit is about a million."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a draft became. id: its source's own id. event, conversation: the hub's ids (UUIDs)."""

    id: str
    event: str
    conversation: str


class Acceptance:
    """Takes drafts in, for one namespace."""

    def __init__(
        self,
        publisher: Publisher,
        keyring: Keyring,
        hasher: Hasher,
        identities: Identities,
        now: Callable[[], datetime],
    ) -> None:
        self._publisher = publisher
        self._keyring = keyring
        self._hasher = hasher
        self._identities = identities
        self._now = now
        self._encoder = Encoder(hasher)
        self._party = lru_cache(maxsize=100_000)(self._new_party)

    async def accept(self, drafts: Sequence[Draft]) -> list[Accepted]:
        """Publishes the drafts to hub.interactions.v1; they are durable when this returns."""
        ready = await self.prepare(drafts)
        await self.publish(INTERACTIONS, ready)
        return [Accepted(draft.id, one.event, one.conversation) for draft, one in zip(drafts, ready, strict=True)]

    async def accept_of_erased(self, draft: Draft, hashed: str) -> None:
        """Publishes what the hub itself has to say of a person of whom only the hash is left; nobody can open it.

        Facts matter all the same: a chat that ends unheard of would keep its ticket open.
        """
        party = Party(Normalised(""), hashed, "")
        ready = self._encoder.event(draft, [party], {}, to_milliseconds(self._now()), current_traceparent())
        await self.publish(INTERACTIONS, [ready])

    async def publish(self, topic: Topic, ready: Iterable[Ready]) -> None:
        """Publishes prepared events; those of one conversation keep their order."""
        await self._publisher.publish(topic, [one.record for one in ready])

    async def prepare(self, drafts: Sequence[Draft]) -> list[Ready]:
        """The drafts as events, checked, and sealed under keys that are durable; Refused if any cannot be taken.

        A draft of an erased person that happened before the erasure is taken like any other, but nobody can open it.
        """
        now = to_milliseconds(self._now())
        complaints: list[Complaint] = []
        parties = [self._check(index, draft, now, complaints) for index, draft in enumerate(drafts)]
        if complaints:
            raise Refused(complaints)
        keys = await self._keyring.ensure_at(_moments(drafts, parties, now))
        trace = current_traceparent()
        ready = [
            self._encoder.event(draft, of_one, keys, now, trace) for draft, of_one in zip(drafts, parties, strict=True)
        ]
        for index, one in enumerate(ready):
            if len(one.record.value) > MAX_RECORD:
                reason = f"makes a record of {len(one.record.value)} bytes; at most {MAX_RECORD} are taken"
                complaints.append(Complaint(index, "data", reason))
        if complaints:
            raise Refused(complaints)
        return ready

    def conversation(self, source: str, given: str) -> str:
        """The hub's id of the conversation that `source` calls `given`; a UUID is one already."""
        return self._encoder.conversation(source, given)

    def _check(self, index: int, draft: Draft, now: datetime, complaints: list[Complaint]) -> Sequence[Party]:
        """The draft's identities, the one it came through first; what is wrong with it is added to the complaints."""
        data = draft.data
        if draft.time is not None and (reason := wrong_time(draft.time, now)):
            complaints.append(Complaint(index, "time", reason))
        free = free_json(draft)
        if free is not None and (reason := _unkeepable(draft, free)):
            complaints.append(Complaint(index, "data.content", reason))
        parties: list[Party] = []
        for number, identity in enumerate(_identities(data)):
            try:
                parties.append(self._party(identity))
            except WrongIdentity as wrong:
                field = f"data.also.{number - 1}.identity" if number else "data.identity"
                complaints.append(Complaint(index, field, wrong.reason))
        return parties

    def _new_party(self, given: str) -> Party:
        normal = self._identities.normal(given)
        return Party(normal, self._hasher.identity(normal.identity), given)


def _moments(drafts: Sequence[Draft], parties: Sequence[Sequence[Party]], now: datetime) -> dict[str, datetime]:
    """For each identity, by its hash, the last moment of its events; what lies ahead of the hub's clock is now."""
    moments: dict[str, datetime] = {}
    for draft, of_one in zip(drafts, parties, strict=True):
        moment = now if draft.time is None or draft.time > now else draft.time
        for party in of_one:
            if party.hash not in moments or moments[party.hash] < moment:
                moments[party.hash] = moment
    return moments


def _identities(data: Interaction[Any]) -> tuple[str, ...]:
    if isinstance(data, Identification):
        return (data.identity, *(party.identity for party in data.also))
    return (data.identity,)


def _unkeepable(draft: Draft, free: dict[str, object]) -> str | None:
    if is_custom(draft) and "identity" in free:
        return "has a field identity, which is the hub's own; name it differently"
    return unkeepable(free)
