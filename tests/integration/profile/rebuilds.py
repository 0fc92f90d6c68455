"""A profile service with a life behind it, and an administrator who builds its views anew."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
from pymongo import AsyncMongoClient

from services.profile.asking import commands
from services.profile.decisions import decision_log
from services.profile.domain.commands import (
    AddNote,
    ChangeCustomer,
    CustomerCommand,
    DeclareShared,
    EraseCustomer,
    ForbidLink,
    LinkIdentities,
    Part,
    SplitIdentities,
)
from services.profile.domain.linking import STREAM
from services.profile.store import VIEWS
from shared.contracts.customers import Side
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent, TicketOpened, TicketQueued, TicketResolved
from shared.generations import Generations, Pointer, views_database
from shared.keyring import Keyring, keyring_of
from shared.mongo import Document, connect, database
from shared.publishing import Outgoing, Publisher
from shared.sealing import Hasher, seal
from shared.topics import CUSTOMER_COMMANDS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.hub_rebuild import hub_rebuild
from tests.integration.profile.customers import Ingested, ingested
from tests.integration.running_service import RunningService
from tests.oracle.histories import decided
from tests.sealed_events import MOMENT, conversation_id, identified, message
from tests.timeline_events import called, left, said

PEOPLE = 12
_AGENT = Side(kind="email", standing="strong")


def mail(person: int) -> str:
    return f"email:person{person}@shop.example"


def phone(person: int) -> str:
    return f"phone:+4915112345{person:03}"


@dataclass
class Hub:
    """The service, its views and an administrator's terminal."""

    profile: RunningService
    client: AsyncMongoClient[Document]
    interactions: Ingested
    publisher: Publisher
    keyring: Keyring
    hasher: Hasher
    agent: httpx.AsyncClient
    data: Path

    @property
    def namespace(self) -> str:
        return self.profile.namespace

    @property
    def pointer(self) -> Pointer:
        return Pointer(database(self.client, self.namespace, "profile"))

    async def generations(self) -> Generations:
        return await self.pointer.read()

    async def run(self, *arguments: str) -> tuple[int, str]:
        """`hub rebuild …`: exit code and what it says."""
        return await hub_rebuild(self.profile, self.data, *arguments)

    async def command(self, wanted: CustomerCommand) -> None:
        """Has it decided; the views show it a moment later."""
        await self.publisher.publish(CUSTOMER_COMMANDS, [Outgoing(STREAM, commands.encode(wanted))])
        log = database(self.client, self.namespace, "profile")["decisions"]
        await eventually(lambda: log.find_one({"outcomes.command": wanted.id}), what="the decision")

    async def sealed(self, identity: str, own_id: str, content: dict[str, Any]) -> str:
        """Content under the identity's key."""
        hashed = self.hasher.identity(identity)
        key = (await self.keyring.ensure([hashed]))[hashed]
        return seal(key.cipher, own_id, orjson.dumps(content))

    async def contents(self, generation: int) -> dict[str, dict[str, Document]]:
        """Every document of a generation, by view."""
        own = views_database(self.client, self.namespace, "profile", generation)
        return {view: {str(one["_id"]): one async for one in own[view].find()} for view in VIEWS}

    async def settled(self, generation: int, entries: int) -> dict[str, dict[str, Document]]:
        """The same once so many events are on its timeline and it has every decision."""
        own = views_database(self.client, self.namespace, "profile", generation)
        log = decision_log(database(self.client, self.namespace, "profile"))

        async def is_settled() -> bool:
            sources = (await self.generations()).sources.get(generation)
            if sources is None or await own["timeline"].count_documents({"decided": {"$exists": False}}) < entries:
                return False
            taken = await log.decisions.count_documents({})
            return all([await log.followed(stream or STREAM, name) == taken for stream, name in sources.followed])

        await eventually(is_settled, within=60, what=f"generation {generation} having everything")
        return await self.contents(generation)


@asynccontextmanager
async def running_hub(servers: Servers, namespace: str, directory: Path) -> AsyncIterator[Hub]:
    """A profile service and everything to work with it; its databases are deleted afterwards."""
    profile = RunningService("profile", servers, namespace, directory / "secrets")
    async with (
        connect(servers.mongo) as client,
        profile.client("supervisor", "sue") as agent,
        ingested(profile) as told,
    ):
        publisher = Publisher(servers.kafka, namespace)
        await publisher.start()
        keyring = keyring_of(client, namespace, directory / "secrets")
        try:
            await profile.start()
            yield Hub(profile, client, told, publisher, keyring, await keyring.hasher(), agent, directory)
            assert await profile.stop() == 0
        finally:
            await profile.kill()
            await publisher.stop()
            for name in await client.list_database_names():
                if name.startswith(f"{namespace}_"):
                    await client.drop_database(name)


def contacts(first: int, number: int, *, label: str = "m") -> list[Any]:
    """So many messages of these people, from many conversations."""
    return [
        message(
            f"{label}-{one}",
            mail(one % PEOPLE),
            f"Question {one}",
            name=f"Person {one % PEOPLE}",
            conversation=f"{label}-{one // 3}",
            at=MOMENT + timedelta(seconds=one),
        )
        for one in range(first, first + number)
    ]


async def live_a_life(hub: Hub) -> int:
    """Messages, edits, receipts, calls, tickets, merges, splits, notes, what is known, an erasure and a new contact.

    How many interactions and notes the timeline has then.
    """
    events: Sequence[Any] = [
        *contacts(0, 120),
        *(said(kind, "edited", mail(1), f"as {kind}") for kind in ("received", "edited", "deleted")),
        *(said(kind, "sent", mail(2), direction="outbound") for kind in ("sent", "delivered", "read")),
        *(called(kind, phone(3)) for kind in ("call.answered", "call.held", "call.ended")),
        left(mail(4)),
        *(identified(f"i-{one}", mail(one), [phone(one)], attributes={"city": f"City {one}"}) for one in range(PEOPLE)),
    ]
    await hub.interactions.publish(*events)
    await hub.interactions.publish_tickets(*_ticket(hub, "T-1", mail(1)), *_ticket(hub, "T-2", mail(9)))
    hashed = [hub.hasher.identity(mail(person)) for person in range(PEOPLE)]
    phones = [hub.hasher.identity(phone(person)) for person in range(PEOPLE)]
    log = database(hub.client, hub.namespace, "profile")["claims"]

    async def linked() -> bool:
        return await log.count_documents({"outcome": "linked"}) >= PEOPLE

    await eventually(linked, within=60, what="the people being linked")
    now: Callable[[], dict[str, Any]] = partial(dict, at=MOMENT + timedelta(hours=1), by="sue")
    await hub.command(
        LinkIdentities(
            id=str(uuid4()),
            first=hashed[4],
            second=hashed[5],
            evidence="agent",
            cause="/requests/sue",
            of=_AGENT,
            of_second=_AGENT,
            sure=True,
            **now(),
        )
    )
    await hub.command(SplitIdentities(id=str(uuid4()), identities=(phones[4],), reason="a mistake", **now()))
    await hub.command(ForbidLink(id=str(uuid4()), first=hashed[6], second=hashed[7], **now()))
    await hub.command(DeclareShared(id=str(uuid4()), identity=phones[8], **now()))
    for person in (1, 9):
        note, change = str(uuid4()), str(uuid4())
        text = await hub.sealed(mail(person), note, {"text": "Likes to be called in the evening"})
        await hub.command(AddNote(id=note, identity=hashed[person], content=text, **now()))
        city = await hub.sealed(mail(person), change, {"attributes": {"city": "Elsewhere"}})
        parts = (Part(identity=hashed[person], content=city),)
        await hub.command(ChangeCustomer(id=change, parts=parts, **now()))
    await hub.settled(1, len(events) + 2)
    await erase(hub, 9)
    after = MOMENT + timedelta(days=2)
    new = [message("again", mail(9), "I am somebody new", name="Somebody New", at=after, recorded=after)]
    await hub.interactions.publish(*new)
    return len(events) + 2 + len(new)


async def erase(hub: Hub, person: int, hours: int = 24) -> None:
    """Everything about this person has to go."""
    identities = tuple(hub.hasher.identity(one) for one in (mail(person), phone(person)))
    wanted = EraseCustomer(id=str(uuid4()), at=MOMENT + timedelta(hours=hours), identities=identities, by="sue")
    await hub.command(wanted)

    async def is_gone() -> bool:
        return await hub.keyring.find(identities) == {}

    await eventually(is_gone, what="everybody having noticed that the keys are destroyed")


def _ticket(hub: Hub, ticket: str, identity: str) -> list[Decided[TicketEvent]]:
    known: dict[str, Any] = {"ticket": ticket, "queue": "sales"}
    events: list[TicketEvent] = [
        TicketOpened(
            ticket=ticket,
            at=MOMENT,
            pool="main",
            conversation=conversation_id(ticket),
            channel="email",
            identity=hub.hasher.identity(identity),
            priority=3,
        ),
        TicketQueued(**known, at=MOMENT, channel="email", threshold=20.0, short=5.0),
        TicketResolved(**known, at=MOMENT + timedelta(minutes=9), agent="ann"),
    ]
    return [decided(event, f"pool/{ticket}", sequence, 0) for sequence, event in enumerate(events, 1)]
