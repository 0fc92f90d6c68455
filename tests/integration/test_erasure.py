"""Somebody is erased while ingest and profile run: what is in the log, what comes late, and what is new."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from services.profile.application import TimelineProjection
from services.profile.asking import Asking
from services.profile.domain.rules import Classifier, Rules
from services.profile.matching import Matching
from services.profile.store import Store
from shared.consuming import Record
from shared.contracts.codec import interactions
from shared.contracts.envelope import event_id
from shared.dead_letters import DeadLetter, codec
from shared.keyring import Keyring, keyring_of
from shared.mongo import connect, database
from shared.publishing import Publisher
from shared.sealing import Hasher
from shared.topics import DEAD_LETTERS, INTERACTIONS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.profile.customers import published
from tests.integration.running_service import RunningService
from tests.unit.profile.test_erased import Views

SOURCE = "/plugins/mine"
ANN, BOB = "email:ann@x.org", "email:bob@x.org"


@dataclass
class Hub:
    """Ingest, profile, and whoever erases: a process of its own."""

    ingest: RunningService
    profile: RunningService
    keyring: Keyring
    hasher: Hasher
    channel: httpx.AsyncClient
    timeline: Any
    sent: list[str] = field(default_factory=list)

    async def send(self, own_id: str, identity: str, time: datetime | None = None, text: str = "Hello") -> None:
        await self.send_all(event(own_id, identity, time, text))

    async def send_all(self, *events: dict[str, Any]) -> None:
        self.sent += [event["id"] for event in events]
        answer = await self.channel.post("/v1/events", json=list(events))
        assert answer.status_code == 202, answer.text

    async def erase(self, identity: str) -> datetime:
        """Destroys the key, now."""
        at = datetime.now(UTC)
        await self.keyring.erase([self.hasher.identity(identity)], at)
        return at

    async def send_until_read(self, identity: str, text: str) -> list[str]:
        """Sends messages until one can be read, which is once ingest noticed the erasure; the ids of all of them."""
        sent: list[str] = []

        async def is_read() -> bool:
            sent.append(f"{text}-{len(sent)}")
            await self.send(sent[-1], identity, text=text)
            return await self.timeline.find_one({"content.text": text}) is not None

        await eventually(is_read, what="a new contact being readable")
        return sent

    async def send_until_erased(self, identity: str, time: datetime) -> list[str]:
        """Sends late messages until one is erased, which is once a process noticed the erasure; the ids of all."""
        sent: list[str] = []

        async def is_erased() -> bool:
            sent.append(f"late-{len(sent)}")
            await self.send(sent[-1], identity, time)
            return await self.timeline.find_one({"erased": True}) is not None

        await eventually(is_erased, what="a late event being erased")
        return sent

    def name(self, event: str) -> str:
        """What the message of that event is called here."""
        return next(own_id for own_id in self.sent if event_id(SOURCE, own_id) == event)

    async def entries(self, count: int) -> dict[str, dict[str, Any]]:
        """All entries by their message's own id, once there are so many."""

        async def enough() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = await self.timeline.find({}).to_list()
            return found if len(found) >= count else []

        found = await eventually(enough, what=f"{count} entries on the timeline")
        return {self.name(one["_id"]): one for one in found}

    async def dead_letters(self) -> list[DeadLetter]:
        return [codec.decode(value) for value in await published(self.profile, DEAD_LETTERS)]


@pytest.fixture
async def hub(servers: Servers, namespace: str, tmp_path: Path) -> AsyncIterator[Hub]:
    ingest = RunningService("ingest", servers, namespace, tmp_path / "secrets")
    profile = RunningService("profile", servers, namespace, tmp_path / "secrets")
    async with connect(servers.mongo) as client, ingest.client("channel") as channel:
        try:
            await asyncio.gather(ingest.start(), profile.start())
            keyring = keyring_of(client, namespace, tmp_path / "secrets")
            timeline = database(client, namespace, "profile")["timeline"]
            yield Hub(ingest, profile, keyring, await keyring.hasher(), channel, timeline)
            assert (await ingest.stop(), await profile.stop()) == (0, 0)
        finally:
            for service in (ingest, profile):
                await service.kill()
            for name in ("keys", "ingest", "profile"):
                await client.drop_database(database(client, namespace, name).name)


def event(own_id: str, identity: str, time: datetime | None = None, text: str = "Hello") -> dict[str, Any]:
    given = {
        "specversion": "1.0",
        "id": own_id,
        "source": SOURCE,
        "type": "hub.message.received.v1",
        "data": {
            "channel": "email",
            "direction": "inbound",
            "conversation": "c-1",
            "identity": identity,
            "message": own_id,
            "content": {"text": text},
        },
    }
    return given if time is None else given | {"time": time.isoformat()}


def texts(entries: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    """What of each message can be read."""
    return {own_id: one["content"].get("text") for own_id, one in entries.items()}


async def test_a_late_event_brings_nobody_back_and_a_new_contact_is_read(hub: Hub) -> None:
    before = datetime.now(UTC) - timedelta(hours=1)
    await hub.send("first", ANN)
    assert texts(await hub.entries(1)) == {"first": "Hello"}
    await hub.erase(ANN)
    late = await hub.send_until_erased(ANN, before)

    await hub.send_all(event("late", ANN, before), event("bob", BOB, before))
    seen = texts(await hub.entries(3 + len(late)))
    # The document of the first message is still there: the keyring destroys keys, not documents.
    assert (seen["first"], seen["late"], seen["bob"]) == ("Hello", None, "Hello")

    new = await hub.send_until_read(ANN, "again")
    await hub.send_all(event("later", ANN, before), event("bob again", BOB, before))

    seen = texts(await hub.entries(len(hub.sent)))
    assert (seen["later"], seen["bob again"], seen[new[-1]]) == (None, "Hello", "again")
    assert await hub.dead_letters() == []


async def test_nobody_can_open_what_was_in_the_log(hub: Hub) -> None:
    """Whoever reads the log from its beginning, as a rebuild does, sees none of it."""
    await hub.send_all(event("1", ANN), event("2", BOB), event("3", ANN))
    await hub.erase(ANN)
    new = await hub.send_until_read(ANN, "again")

    views = Views()
    ports = cast("Store", views), Asking(cast("Publisher", views)), Classifier(Rules()), cast("Matching", views)
    projection = TimelineProjection(hub.keyring, *ports)
    log = [interactions.decode(value) for value in await published(hub.profile, INTERACTIONS)]
    rejected = await projection.take([Record(event, "topic", 0, place) for place, event in enumerate(log)])

    seen = texts({hub.name(entry["_id"]): {**entry} for entry in views.entries})
    assert (seen["1"], seen["2"], seen["3"], seen[new[-1]]) == (None, "Hello", None, "again")
    assert rejected == []


async def test_erasing_somebody_who_is_writing_is_no_error_to_anybody(hub: Hub) -> None:
    """Some messages were sealed under keys that were just being destroyed: they are erased, and no dead letters."""
    number = 0
    for _ in range(3):
        erasing = asyncio.create_task(hub.erase(ANN))
        while not erasing.done():
            await hub.send_all(event(f"a-{number}", ANN), event(f"b-{number}", BOB))
            number += 1
        await erasing
        await hub.send_until_read(ANN, f"round {number}")

    entries = await hub.entries(len(hub.sent))

    assert {text for own_id, text in texts(entries).items() if own_id.startswith("b-")} == {"Hello"}
    assert await hub.dead_letters() == []
