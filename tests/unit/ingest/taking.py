"""Ingest's acceptance with its real parts but for Kafka and MongoDB, so that a test sees the records it would write."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import settings

from services.ingest.application import Acceptance, Accepted
from services.ingest.domain.draft import Draft
from services.ingest.identities import Identities
from services.ingest.sealed import Ready
from shared.contracts.codec import interactions
from shared.keyring import Key
from shared.publishing import Outgoing
from shared.sealing import Hasher, unseal
from shared.topics import Topic

unhurried = settings(deadline=None)
"""For properties: how long an example takes says nothing about it on a busy machine."""

NOW = datetime(2026, 11, 21, 10, 0, 0, 123_000, tzinfo=UTC)


@dataclass
class KeysInMemory:
    """A keyring of this test alone. tombstones: of those who were erased and have no new key."""

    keys: dict[str, Key] = field(default_factory=dict)
    tombstones: dict[str, datetime] = field(default_factory=dict)

    async def ensure_at(self, moments: Mapping[str, datetime]) -> dict[str, Key]:
        for name, moment in moments.items():
            erased = self.tombstones.get(name)
            if erased is None or erased < moment:
                self.keys.setdefault(name, Key(AESGCM(os.urandom(32)), erased))
        return self.keys


@dataclass
class Records:
    """What would have gone to Kafka."""

    published: list[Outgoing] = field(default_factory=list)

    async def publish(self, _: Topic, records: Iterable[Outgoing]) -> None:
        self.published += records


class Taking:
    """Takes drafts and shows what became of them."""

    def __init__(self, default_region: str | None = None, now: datetime = NOW) -> None:
        self.keys = KeysInMemory()
        self.records = Records()
        self.hasher = Hasher(b"k" * 32)
        self._acceptance = Acceptance(
            self.records,  # type: ignore[arg-type]  # a stand-in for Kafka, in tests only
            self.keys,  # type: ignore[arg-type]  # a stand-in for MongoDB, in tests only
            self.hasher,
            Identities(default_region),
            lambda: now,
        )

    async def accept(self, *drafts: Draft) -> list[Accepted]:
        return await self._acceptance.accept(drafts)

    async def prepare(self, *drafts: Draft) -> list[Ready]:
        return await self._acceptance.prepare(drafts)

    async def accept_of_erased(self, draft: Draft, hashed: str) -> None:
        await self._acceptance.accept_of_erased(draft, hashed)

    async def event(self, draft: Draft) -> tuple[Any, dict[str, Any]]:
        """The event that the draft became, as the codec reads it, and its content unsealed."""
        await self.accept(draft)
        event: Any = interactions.decode(self.records.published[-1].value)
        return event, self.opened(event.id, event.data)

    def opened(self, event_id: str, party: Any) -> dict[str, Any]:  # noqa: ANN401 (an event's data or a Party)
        """The content of an event's data or of a further party, unsealed."""
        content: dict[str, Any] = orjson.loads(unseal(self.keys.keys[party.identity].cipher, event_id, party.content))
        return content
