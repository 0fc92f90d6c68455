"""The writing side of agents: their events and presences and the next offset move together, or not at all.

agent_events   {_id: "stream sequence number", agent, event}: each event that tells a status, as its record was
presence_rows  {_id: "stream sequence number", partition, revision, size, …}: every presence there was

The _id of a presence is that of the event that began it. size: how many quarters of an hour it is long, as the least
power of 4 that is not less, so that those of any time are found by an index; null while it lasts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, AsyncMongoClient, InsertOne, ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.metrics.domain.agents import AgentChanges, AgentFold, Event
from services.metrics.domain.ordering import place_of
from services.metrics.domain.quarters import quarter_of
from services.metrics.domain.windows import moment_of
from services.metrics.marks import mark
from services.metrics.partitions import Step, claimed, fence
from services.metrics.presence_documents import place_id, presence_document, presence_of
from shared.contracts import codec
from shared.mongo import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStep(Step):
    """state: after the batch; changes: what to store."""

    state: AgentFold
    changes: AgentChanges


class AgentStore:
    """Collections of a generation. `session` carries every transaction of agents in this process."""

    def __init__(
        self, client: AsyncMongoClient[Document], database: AsyncDatabase[Document], session: AsyncClientSession
    ) -> None:
        self._client = client
        self._session = session
        self._partitions = database["progress"]
        self._events = database["agent_events"]
        self._presences = database["presence_rows"]
        self._changed = database["changed_quarters"]

    async def prepare(self) -> None:
        """Creates indexes."""
        await self._events.create_index([("agent", ASCENDING)])
        await self._presences.create_index([("partition", ASCENDING), ("revision", ASCENDING)])
        await self._presences.create_index([("size", ASCENDING), ("since", ASCENDING)])
        await self._presences.create_index([("until", ASCENDING)])
        await self._presences.create_index([("agent", ASCENDING)])

    async def claim(self, partition: int) -> tuple[int, AgentFold]:
        """A partition's next offset and state, for its new owner."""
        name = f"agents.{partition}"
        # A partition of before presences were kept is taken from its beginning.
        await self._partitions.delete_one({"_id": name, "owner": {"$exists": False}})
        document = await claimed(self._client, self._partitions, self._session, name, {"statuses": {}})
        # The partition was read before its presences: what another owner stores in between, the fence refuses.
        lasting = self._presences.find({"partition": partition, "size": None})
        last = [presence_of(found) async for found in lasting]
        return document["next"], AgentFold(last={presence.agent: presence for presence in last})

    async def events_of(self, out_of_place: Sequence[Event]) -> dict[str, list[Event]]:
        """All events that were taken of the agents of these events, unless it is one that was taken."""
        if not out_of_place:
            return {}
        names = {place_id(place_of(event)): event.data.agent for event in out_of_place}
        async for known in self._events.find({"_id": {"$in": list(names)}}, {"_id": 1}):
            del names[known["_id"]]
        found: dict[str, list[Event]] = {agent: [] for agent in names.values()}
        if found:
            async for document in self._events.find({"agent": {"$in": list(found)}}):
                found[document["agent"]].append(codec.agents.decode(document["event"]))
        return found

    async def store(self, steps: Sequence[AgentStep], now: datetime) -> None:
        """Stores a batch of one or more partitions durably; Superseded (and nothing stored) if one is not ours."""
        running = quarter_of(moment_of(now))
        async with await self._session.start_transaction():
            told = [(step, {"statuses": step.state.statuses()}) for step in steps]
            await fence(self._partitions, self._session, "agents", told)
            for collection, writes in (
                (self._events, [write for step in steps for write in _event_writes(step)]),
                (self._presences, [write for step in steps for write in _presence_writes(step)]),
                (self._changed, [write for step in steps for write in _quarter_writes(step, running)]),
            ):
                if writes:
                    await collection.bulk_write(writes, ordered=False, session=self._session)


def _event_writes(step: AgentStep) -> Iterable[InsertOne[Document]]:
    for event in step.changes.events:
        yield InsertOne(
            {"_id": place_id(place_of(event)), "agent": event.data.agent, "event": codec.agents.encode(event)}
        )


def _presence_writes(step: AgentStep) -> Iterable[ReplaceOne[Document]]:
    stored = {"partition": step.partition, "revision": step.next}
    for presence in step.changes.presences.values():
        yield ReplaceOne({"_id": place_id(presence.place)}, stored | presence_document(presence), upsert=True)


def _quarter_writes(step: AgentStep, running: int) -> Iterable[UpdateOne]:
    by = f"agents.{step.partition}"
    for quarter, reach in step.changes.quarters.items():
        causes = reach.causes if quarter < running else ()
        yield mark(quarter, by, reach.until, causes, step.next)
