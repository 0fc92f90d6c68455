"""The topics that a generation of views is written from: each in a consumer group of the generation's own.

A generation that is not current takes its records in small batches and gives way to the current one, so that whoever is
answered from that never waits long.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from shared.consuming import Consumption, Intake
from shared.dead_letters import DeadLetters
from shared.generations import named
from shared.keeping import Keeping, give_way
from shared.keyring import Keyring
from shared.publishing import Publisher
from shared.service import kafka_broker
from shared.settings import Settings

B = TypeVar("B")
T = TypeVar("T")

_MOST_RECORDS = 1_000
"""Of a generation that is not current in one batch, so that a live event never waits long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consuming:
    """What consumptions are made with, whichever generation they are of."""

    settings: Settings
    publisher: Publisher
    keyring: Keyring


class GenerationConsumptions:
    """The consumptions of one generation, on a broker of their own.

    keeping: what keeps it; the generations there have `waiting`, which is this one's.
    """

    def __init__(self, consuming: Consuming, keeping: Callable[[], Keeping[Any]], number: int) -> None:
        self.all: list[Consumption[Any]] = []
        self._consuming = consuming
        self._keeping = keeping
        self._number = number
        self._broker: KafkaBroker | None = None

    @property
    def consumed(self) -> tuple[tuple[str, str], ...]:
        """The topic and the consumer group of each."""
        return tuple((one.intake.topic, one.intake.group) for one in self.all)

    def add(self, intake: Intake[Any]) -> Consumption[Any]:
        """One more, before they begin."""
        own = replace(intake, group=named(intake.group, self._number), take=self.politely(intake.take))
        if not self.is_current():
            own = replace(own, max_records=min(own.max_records, _MOST_RECORDS))
        letters = DeadLetters(self._consuming.publisher, self._consuming.keyring, self.has_served)
        consumption = Consumption(own, letters)
        self.all.append(consumption)
        return consumption

    async def begin(self) -> None:
        """Takes records, from where each was."""
        self._broker = kafka_broker(self._consuming.settings)
        for consumption in self.all:
            consumption.subscribe(self._broker)
        await self._broker.start()

    async def end(self) -> None:
        """Takes no more."""
        for consumption in self.all:
            await consumption.stop()
        if self._broker:
            with suppress(KafkaError):  # a client that ended by a fault tells it once more
                await self._broker.stop()

    def failure(self) -> BaseException | None:
        """Why one of them cannot go on."""
        return next((one.failure for one in self.all if one.failure), None)

    def waiting(self) -> int:
        """How many records of this process they have not taken yet."""
        return sum(consumption.waiting() for consumption in self.all)

    def politely(self, act: Callable[[B], Awaitable[T]]) -> Callable[[B], Awaitable[T]]:
        """The same act, before which the generation gives way to the current one."""
        return partial(self._after_the_current, act)

    def is_current(self) -> bool:
        """Whether the generation is answered from."""
        return self._keeping().is_current(self._number)

    def has_served(self) -> bool:
        """Whether the generation was answered from at any time."""
        return self._keeping().has_served(self._number)

    async def _after_the_current(self, act: Callable[[B], Awaitable[T]], batch: B) -> T:
        await give_way(lambda: not self.is_current() and self._keeping().current.waiting() > 0)
        return await act(batch)
