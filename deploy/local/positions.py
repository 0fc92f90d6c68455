"""How far consumers and followers of decisions have come: what a generation of views still has before it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import DeleteGroupsRequest
from pymongo.asynchronous.database import AsyncDatabase

from deploy.local.errors import ServerError
from shared.generations import Sources
from shared.mongo import Document

Place = tuple[str, str, int]
"""A consumer group, its topic and a partition; or a follower, its stream and 0."""

_EMPTY = ("Empty", "Dead")
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """done: up to where, by place. ends: where the logs end. begins: where they begin, which is seldom beyond 0."""

    done: Mapping[Place, int]
    ends: Mapping[Place, int]
    begins: Mapping[Place, int]

    @property
    def total(self) -> int:
        """Records and decisions in all."""
        return sum(end - self.begins[place] for place, end in self.ends.items())

    @property
    def behind(self) -> int:
        """Records and decisions that are not done yet."""
        return self.behind_of(self.ends)

    def behind_of(self, ends: Mapping[Place, int]) -> int:
        """The same of what there was at another moment."""
        return sum(max(0, end - self.done[place]) for place, end in ends.items())


class Logs:
    """Kafka's log and a service's log of decisions, as an administrator looks at them."""

    def __init__(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, own: AsyncDatabase[Document]) -> None:
        self._admin = admin
        self._consumer = consumer
        self._own = own

    async def positions(self, sources: Sources) -> Positions:
        """How far the groups and followers of a generation have come; none is ever beyond the end that it is given."""
        done: dict[Place, int] = {}
        ends: dict[Place, int] = {}
        begins: dict[Place, int] = {}
        for topic, group in sources.consumed:
            partitions = await self._partitions(topic)
            for tp, end in (await self._consumer.end_offsets(partitions)).items():
                ends[group, topic, tp.partition] = end
            for tp, begin in (await self._consumer.beginning_offsets(partitions)).items():
                begins[group, topic, tp.partition] = begin
            committed = await self._admin.list_consumer_group_offsets(group)
            for tp in partitions:
                place = group, topic, tp.partition
                at = committed[tp].offset if tp in committed else -1
                done[place] = min(ends[place], at if at >= 0 else begins[place])
        newest = await self._decisions() if sources.followed else {}
        for wanted, follower in sources.followed:
            followed = await self._followed(follower)
            for stream in newest if wanted is None else (wanted,):
                place = follower, stream, 0
                ends[place], begins[place] = newest.get(stream, 0), 0
                done[place] = min(ends[place], followed.get(stream, 0))
        return Positions(done=done, ends=ends, begins=begins)

    async def wait_until_empty(self, groups: Iterable[str], within: float) -> None:
        """Returns when no consumer is in these groups any more; ServerError after `within` seconds."""
        deadline = asyncio.get_running_loop().time() + within
        while busy := [group for group in groups if not await self._is_empty(group)]:
            if asyncio.get_running_loop().time() > deadline:
                raise ServerError(f"{busy[0]} still has consumers after {within:.0f} s. Run this again in a moment.")
            await asyncio.sleep(_LOOK_SECONDS)

    async def delete(self, sources: Sources) -> None:
        """Deletes the groups' offsets and the followers' marks."""
        for _, group in sources.consumed:
            coordinator = await self._admin.find_coordinator(group)
            await self._admin._send_request(DeleteGroupsRequest([group]), coordinator)  # aiokafka has no public way
        for stream, follower in sources.followed:
            of_stream = {} if stream is None else {"_id.stream": stream}
            await self._own["followed"].delete_many({"_id.follower": follower, **of_stream})

    async def _partitions(self, topic: str) -> list[TopicPartition]:
        [described] = await self._admin.describe_topics([topic])
        return [TopicPartition(topic, partition["partition"]) for partition in described["partitions"]]

    async def _is_empty(self, group: str) -> bool:
        [answer] = await self._admin.describe_consumer_groups([group])
        return all(described[2] in _EMPTY for described in answer.groups)

    async def _decisions(self) -> dict[str, int]:
        """The last decision of each stream, off the index."""
        newest_first = {"$sort": {"_id.stream": -1, "_id.sequence": -1}}
        last = {"$group": {"_id": "$_id.stream", "sequence": {"$first": "$_id.sequence"}}}
        found = await self._own["decisions"].aggregate([newest_first, last])
        return {document["_id"]: document["sequence"] async for document in found}

    async def _followed(self, follower: str) -> dict[str, int]:
        marks = self._own["followed"].find({"_id.follower": follower})
        return {mark["_id"]["stream"]: mark["sequence"] async for mark in marks}


@asynccontextmanager
async def opened(bootstrap: str, own: AsyncDatabase[Document]) -> AsyncIterator[Logs]:
    """The logs, while the context is open; ServerError if Kafka is silent or falls silent."""
    options: dict[str, Any] = {"bootstrap_servers": bootstrap, "request_timeout_ms": 20_000}
    admin, consumer = AIOKafkaAdminClient(**options), AIOKafkaConsumer(**options)
    try:
        await admin.start()
        await consumer.start()
        yield Logs(admin, consumer, own)
    except (KafkaError, OSError) as error:
        raise ServerError(f"Kafka at {bootstrap} does not answer as it should ({error}). Run this again.") from error
    finally:
        await consumer.stop()
        await admin.close()
