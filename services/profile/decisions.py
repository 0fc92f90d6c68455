"""Deciding who is one person: in the one process that has the command partition, and what follows from a decision."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

import structlog
from pydantic import Field
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from services.profile.asking import Asking
from services.profile.customers_view import CustomersView
from services.profile.domain.claims import Limits
from services.profile.domain.commands import CustomerCommand, TellKnown
from services.profile.domain.kept import KeptClaims
from services.profile.domain.known import Known
from services.profile.domain.linking import STREAM, Asked, Linking
from services.profile.matching import Matching
from services.profile.personal_view import PersonalView
from services.profile.store import Store
from shared.consuming import Record, Rejected
from shared.contracts.codec import customers
from shared.contracts.customers import CustomerEvent
from shared.contracts.values import to_milliseconds
from shared.decided_publishing import decided_records
from shared.deciding import Commanded, DecisionMaker
from shared.decisions import DecisionLog, Entry
from shared.ending import end
from shared.following import Follower
from shared.keyring import Keyring
from shared.mongo import Document
from shared.publishing import Publisher
from shared.topics import CUSTOMERS

log = structlog.get_logger()

Log = DecisionLog[Known, CustomerEvent]
Follow = Callable[[Sequence[Entry[CustomerEvent]]], Awaitable[None]]
Maker = DecisionMaker[Known, Asked, CustomerEvent]
SOURCE = f"/decisions/{STREAM}"
_EVENT: Any = Annotated[CustomerEvent, Field(discriminator="event")]
_PAUSE = 0.5
_GIVING_WAY = 1.0
"""Seconds between two tellings while commands wait."""

VIEW = "customers"
PERSONAL = "personal"
"""The followers that write the views, by their names in the log's marks."""


def maker_of(log: Log, publisher: Publisher, limits: Limits, clock: Callable[[], datetime]) -> Maker:
    """The decision maker of the stream `identities`: its decisions are published. Each generation of the views follows
    them besides.
    """

    async def publish(entries: Sequence[Entry[CustomerEvent]]) -> None:
        for entry in entries:
            await publisher.publish(CUSTOMERS, decided_records(entry, customers, _key, SOURCE))

    return DecisionMaker(
        stream=STREAM,
        service="profile",
        decider=Linking(limits),
        decisions=log,
        followers=(Follower(name="published", follow=publish),),
        clock=clock,
    )


def view_followers(store: Store, keyring: Keyring, asking: Asking, matching: Matching) -> dict[str, Follow]:
    """What carries the decisions on to the views of one generation, by name."""
    personal = PersonalView(store, keyring, asking, matching)
    return {VIEW: CustomersView(store).follow, PERSONAL: personal.follow}


def decision_log(database: AsyncDatabase[Document]) -> Log:
    """The log of these decisions."""
    return DecisionLog(database, KeptClaims(), _EVENT)


def _key(event: CustomerEvent) -> str:
    return event.identity


class IdentityDecisions:
    """Decides the commands of the one partition, while this process has it, and tells what has changed for others."""

    def __init__(self, maker: Maker, clock: Callable[[], datetime]) -> None:
        self._maker = maker
        self._clock = clock
        self._ready: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._decided = asyncio.Event()
        self._is_deciding = False

    async def on_assigned(self, partitions: set[int]) -> None:
        """Begins to fold the log where the partition came here; the commands wait for it."""
        if partitions and self._ready is None:
            self._ready = asyncio.create_task(self._start())
            self._telling = asyncio.create_task(self._keep_telling(self._ready))

    async def on_revoked(self, _: set[int]) -> None:
        """Decides nothing more: another process may have the partition now."""
        await self.stop()

    async def stop(self) -> None:
        """Stops the decision maker and its followers where they are."""
        await end(*(task for task in (self._telling, self._ready) if task))
        self._telling = self._ready = None
        await self._maker.stop()

    async def take(self, records: list[Record[CustomerCommand]]) -> Sequence[Rejected[CustomerCommand]]:
        """Decides the commands in their order; returns when that is durable."""
        if self._ready:
            await asyncio.shield(self._ready)
        commands: list[Commanded[Asked]] = [
            Commanded(id=record.event.id, command=record.event, offset=record.offset) for record in records
        ]
        self._is_deciding = True
        try:
            await self._maker.decide(commands)
        finally:
            self._is_deciding = False
        self._decided.set()
        if self._telling and self._telling.done() and not self._telling.cancelled():
            self._telling.result()  # what a broken program raised
        return ()

    def add(self, follower: Follower[CustomerEvent]) -> None:
        """One more follower, in whichever process decides."""
        self._maker.add(follower)

    async def remove(self, name: str) -> None:
        """Without that follower."""
        await self._maker.remove(name)

    def failed(self) -> dict[str, BaseException]:
        """Followers that ended by a fault, by name."""
        return self._maker.failed()

    async def _keep_telling(self, ready: asyncio.Task[None]) -> None:
        """Tells whom identities belong to, as that changes. It gives way to commands that wait: a storm of claims moves
        the same identities again and again.
        """
        await asyncio.shield(ready)
        while True:
            self._decided.clear()
            try:
                await self._maker.recover()
                if not self._maker.state.untold:
                    await self._decided.wait()
                    continue
                asked = TellKnown(at=to_milliseconds(self._clock()))
                await self._maker.decide([Commanded(id=f"tell/{uuid4()}", command=asked, offset=None)])
            except PyMongoError as error:
                log.warning("telling_delayed", reason=f"{type(error).__name__}: {error}"[:300])
                await asyncio.sleep(_PAUSE)
            if self._is_deciding:
                await asyncio.sleep(_GIVING_WAY)

    async def _start(self) -> None:
        while True:
            try:
                await self._maker.start()
            except PyMongoError as error:
                log.warning("decisions_delayed", reason=f"{type(error).__name__}: {error}"[:300])
                await self._maker.stop()
                await asyncio.sleep(_PAUSE)
            else:
                return
