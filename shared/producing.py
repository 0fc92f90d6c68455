"""aiokafka's producer, made durable (acks=all, idempotent) and taken anew where it cannot go on."""

import asyncio
from contextlib import AsyncExitStack, suppress

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerClosed
from aiokafka.producer.message_accumulator import BatchBuilder

log = structlog.get_logger()

TIMEOUT_S = 20.0
"""How long Kafka may take for one request."""


class Producer:
    """Sends batches, through one producer of aiokafka's as long as that one is sound."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer = self._make()
        self._failure: KafkaError | None = None
        self._renewing = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()
        self._is_stopped = False

    async def start(self) -> None:
        """Connects; KafkaConnectionError if no broker answers."""
        await self._producer.start()

    async def stop(self) -> None:
        """Sends what is pending and disconnects; from now on everything raises ProducerClosed."""
        self._is_stopped = True
        await self._producer.stop()
        await asyncio.gather(*self._ending)

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        return len(await (await self._sound()).partitions_for(topic))

    def create_batch(self) -> BatchBuilder:
        """A batch to fill."""
        return self._producer.create_batch()

    async def send(self, batch: BatchBuilder, topic: str, partition: int) -> None:
        """Returns when Kafka has the batch. KafkaError if it does not take it; faults that pass are waited out."""
        producer = await self._sound()
        sent = await producer.send_batch(batch, topic, partition=partition)
        try:
            await sent
        except KafkaError as error:
            # The batch has used up sequence numbers that Kafka has not seen, so it would refuse all that follow.
            if producer is self._producer:
                self._failure = error
            raise

    def _make(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=True,
            max_batch_size=1_048_576,
            max_request_size=4_194_304,
            request_timeout_ms=int(TIMEOUT_S * 1000),
            linger_ms=0,
        )

    @property
    def _fault(self) -> str | None:
        """Why the producer cannot go on, as after a failed batch or a fault that aiokafka's sender does not know."""
        if self._failure:
            return f"a batch failed: {self._failure}"
        sender = self._producer._sender.sender_task  # aiokafka says it nowhere else
        if sender is None or not sender.done():
            return None
        return f"the sender ended: {'cancelled' if sender.cancelled() else sender.exception()}"

    async def _sound(self) -> AIOKafkaProducer:
        if not self._fault:
            return self._producer
        async with self._renewing:
            if self._is_stopped:
                raise ProducerClosed
            if fault := self._fault:
                log.warning("producer_renewed", reason=fault[:300])
                await self._renew()
        return self._producer

    async def _renew(self) -> None:
        producer = self._make()
        async with AsyncExitStack() as on_failure:
            on_failure.push_async_callback(producer.stop)
            await producer.start()
            on_failure.pop_all()
        ending = asyncio.create_task(self._end(self._producer))  # what it still carries may take its time
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        self._producer, self._failure = producer, None

    @staticmethod
    async def _end(producer: AIOKafkaProducer) -> None:
        with suppress(KafkaError):
            await producer.stop()
