"""The sealed side: a checked draft as the CloudEvent that goes to Kafka.

The JSON is written with orjson rather than with the codec, which needs an event object first and takes three times as
long; a test holds both to the same result.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.ingest.domain.draft import Draft
from services.ingest.identities import Normalised
from shared.contracts.envelope import event_id, schema_of
from shared.contracts.interactions import Identification
from shared.contracts.values import to_milliseconds
from shared.keyring import Key
from shared.publishing import Outgoing
from shared.ratings import SURVEY, rating_in
from shared.sealing import Hasher, seal

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID_LENGTH = 36
_PLACED_APART = ("conversation", "identity", "content", "also")
_REFERENCES = {"message": "#message", "in_reply_to": "#message", "post": "#post"}


@dataclass(frozen=True, slots=True)
class Party:
    """An identity of an event: normalised, its keyed hash, and as it was given."""

    normal: Normalised
    hash: str
    given: str


@dataclass(frozen=True, slots=True)
class Ready:
    """An event as it goes to Kafka. event, conversation: its ids (UUIDs). identity: the hash it is sealed under.

    cipher: what seals everything else that comes with the event.
    """

    event: str
    conversation: str
    identity: str
    cipher: AESGCM
    record: Outgoing


class Encoder:
    """Writes events. The hasher makes the ids that say nothing of who or what they stand for."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher
        self.conversation = lru_cache(maxsize=100_000)(self._conversation)

    def event(
        self,
        draft: Draft,
        parties: Sequence[Party],
        keys: Mapping[str, Key],
        now: datetime,
        trace: str | None,
    ) -> Ready:
        """The draft's event. now: when the hub took it in, to the millisecond. trace: the batch's traceparent.

        What came too late, of a person who has been erased, is sealed under a key that nobody keeps.
        """
        time = now if draft.time is None else to_milliseconds(draft.time)
        ciphers = [_cipher(keys.get(party.hash), time, now) for party in parties]
        own_id = event_id(draft.source, draft.id)
        conversation = self.conversation(draft.source, draft.data.conversation)
        event = {
            "specversion": "1.0",
            "id": own_id,
            "source": draft.source,
            "type": draft.type,
            "time": time,
            "recordedtime": now,
            "datacontenttype": "application/json",
            "dataschema": schema_of(draft.type),
            "partitionkey": conversation,
            "correlationid": conversation,
            "data": self._data(draft, own_id, conversation, parties, ciphers),
        }
        if draft.causationid is not None:
            event["causationid"] = draft.causationid
        if draft.traceparent or trace:
            event["traceparent"] = draft.traceparent or trace
        value = orjson.dumps(event, option=orjson.OPT_UTC_Z)
        return Ready(own_id, conversation, parties[0].hash, ciphers[0], Outgoing(conversation, value))

    def _data(
        self, draft: Draft, own_id: str, conversation: str, parties: Sequence[Party], ciphers: Sequence[AESGCM]
    ) -> dict[str, Any]:
        data = draft.data
        kind: Any = type(data)
        facts: dict[str, Any] = {"conversation": conversation}
        named, values = _reader(kind)
        for (name, reference), value in zip(named, values(data), strict=True):
            if value is not None and value != ():
                facts[name] = value if reference is None else self._conversation(draft.source + reference, value)
        if draft.type == SURVEY and "rating" not in facts and (rating := rating_in(data.content)):
            facts["rating"] = rating
        first = parties[0]
        facts["identity"] = first.hash
        facts["content"] = seal(ciphers[0], own_id, _content(data.content, first))
        if isinstance(data, Identification):
            facts["also"] = [
                {"identity": party.hash, "content": seal(cipher, own_id, _content(also.content, party))}
                for also, party, cipher in zip(data.also, parties[1:], ciphers[1:], strict=True)
            ]
        return facts

    def _conversation(self, source: str, given: str) -> str:
        """The hub's id of what `source` calls `given`; a UUID is one already."""
        return (
            given if len(given) == _UUID_LENGTH and _UUID.fullmatch(given) else self._hasher.conversation(source, given)
        )


def _cipher(key: Key | None, time: datetime, recordedtime: datetime) -> AESGCM:
    if key is None or not key.is_readable(time, recordedtime):
        return AESGCM(AESGCM.generate_key(256))
    return key.cipher


@lru_cache
def _reader(dataclass_type: Any) -> tuple[tuple[tuple[str, str | None], ...], Callable[[Any], tuple[Any, ...]]]:  # noqa: ANN401 (a data or content class)
    """Its fields that are copied, each with what it refers to, and how to read all their values at once."""
    names = tuple(field.name for field in fields(dataclass_type) if field.name not in _PLACED_APART)
    return tuple((name, _REFERENCES.get(name)) for name in names), attrgetter(*names)


def _content(content: Any, party: Party) -> bytes:  # noqa: ANN401 (a content class or a JSON object)
    """The JSON that is sealed: the plain identity, then the content's fields that are not None.

    Where the identity was written differently, it is kept as it was given too, and the region that was assumed.
    """
    plain: dict[str, Any] = {"identity": party.normal.identity}
    if isinstance(content, dict):
        plain |= content
    else:
        kind: Any = type(content)
        named, values = _reader(kind)
        for (name, _), value in zip(named, values(content), strict=True):
            if value is not None:
                plain[name] = value.astimezone(UTC) if name == "sent_at" else value
    if party.given != party.normal.identity:
        plain["hub:given_identity"] = party.given
        if party.normal.assumed_region is not None:
            plain["hub:assumed_region"] = party.normal.assumed_region
    return orjson.dumps(plain, option=orjson.OPT_UTC_Z)
