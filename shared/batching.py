"""The way into one partition of Kafka: whatever waits for it at the same time goes in one batch.

aiokafka's own queue lets one batch wait for a partition, and of many who come at once it turns most away after a moment
(docs/decisions/0025).
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from aiokafka.errors import KafkaTimeoutError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.producing import Producer

Headers = list[tuple[str, bytes]]


class Keyed(Protocol):
    """A record, before it has a partition."""

    @property
    def key(self) -> str: ...
    @property
    def value(self) -> bytes: ...


@dataclass(slots=True, eq=False)
class _Waiting:
    """What one publish has for the partition, and how much of it is in a batch."""

    records: Sequence[Keyed]
    acknowledged: asyncio.Future[None]
    loaded: int = 0

    @property
    def is_loaded(self) -> bool:
        return self.loaded == len(self.records)

    def load(self, batch: BatchBuilder, headers: Headers) -> bool:
        """Puts what is left of it into the batch, as far as there is room; whether any found some."""
        loaded, append = self.loaded, batch.append
        for record in islice(self.records, loaded, None):
            if append(key=record.key.encode(), value=record.value, timestamp=None, headers=headers) is None:
                break
            loaded += 1
        found_room, self.loaded = loaded > self.loaded, loaded
        return found_room

    def settle(self, error: BaseException | None) -> None:
        """Tells whoever waits, unless it has given up."""
        if self.acknowledged.done():
            return
        if error:
            self.acknowledged.set_exception(error)
        else:
            self.acknowledged.set_result(None)


class PartitionQueue:
    """Records on their way to one partition, in the order in which they came.

    One batch is on its way at a time. What comes meanwhile waits and goes in the next, as much of it as a batch holds.
    A batch that fails fails those who have records in it, and nobody else.
    """

    def __init__(self, producer: Producer, topic: str, partition: int, headers: Headers, patience_s: float) -> None:
        """patience_s: who waits behind a batch that Kafka has not taken for so long gets KafkaTimeoutError."""
        self._producer = producer
        self._topic = topic
        self._partition = partition
        self._headers = headers
        self._patience_s = patience_s
        self._waiting: deque[_Waiting] = deque()
        self._on_their_way: list[_Waiting] = []
        self._sending: asyncio.Task[None] | None = None

    def put(self, records: Sequence[Keyed]) -> asyncio.Future[None]:
        """Done when Kafka has all the records (one at least), or with its error.

        Cancelled, it takes back those that are not on their way yet.
        """
        waiting = _Waiting(records, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._sending is None:
            self._send_next()
        return waiting.acknowledged

    async def drain(self) -> None:
        """Returns when nothing waits and nothing is on its way."""
        while self._sending is not None:
            await asyncio.wait([self._sending])

    def _send_next(self) -> None:
        self._sending = asyncio.create_task(self._send())
        self._sending.add_done_callback(self._settle)
        self._have_patience()

    async def _send(self) -> None:
        batch = self._producer.create_batch()
        self._load(batch)
        if self._on_their_way:  # or else all who waited have given up
            await self._producer.send(batch, self._topic, self._partition)

    def _load(self, batch: BatchBuilder) -> None:
        while self._waiting:
            first = self._waiting[0]
            if not first.acknowledged.done():
                self._on_their_way.append(first)
                if not first.load(batch, self._headers):
                    self._on_their_way.pop()
                if not first.is_loaded:
                    return
            self._waiting.popleft()

    def _settle(self, sending: asyncio.Task[None]) -> None:
        self._patience.cancel()
        self._sending = None
        if sending.cancelled():  # the loop ends, and whoever waits on it
            return
        error = sending.exception()
        for waiting in self._on_their_way:
            if error or waiting.is_loaded:
                waiting.settle(error)
        self._on_their_way = []
        if self._waiting:
            self._send_next()

    def _have_patience(self) -> None:
        self._patience = asyncio.get_running_loop().call_later(self._patience_s, self._turn_away)

    def _turn_away(self) -> None:
        for waiting in self._waiting:
            waiting.settle(KafkaTimeoutError())
        self._waiting.clear()
        self._have_patience()
