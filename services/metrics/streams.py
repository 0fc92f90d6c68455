"""Live streams of figures: whoever asks for the same ones listens to one computation."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from hashlib import blake2b

import orjson
import structlog

from services.metrics.domain.changes import Changes, Told, changes, told
from shared.contracts.kpis import Measurement
from shared.ending import end
from shared.mongo import UNREACHABLE
from shared.sse import ServerSentEvent

log = structlog.get_logger()

Measure = Callable[[], Awaitable[Measurement]]

_LOOK_SECONDS = 0.25
_AT_MOST_EVERY = 1.0
_REMEMBERED = 60
"""So many versions of figures are known: who saw an older one last gets all figures anew."""
_KEPT = 20
"""So many of the figures that nobody listens to just now."""


class Streams:
    """The streams that somebody listens to. What nobody listens to is remembered for a while, and not calculated."""

    def __init__(self) -> None:
        self._channels: OrderedDict[Hashable, _Channel] = OrderedDict()

    async def whole(self, figures: Hashable, measure: Measure, seen: str | None) -> AsyncGenerator[ServerSentEvent]:
        """An event `kpis` with all figures whenever they differ. figures: which; seen: the id of the last event."""
        async with self._listening(("whole", figures), lambda: _Channel(measure, _everything, 1)) as channel:
            while True:
                await channel.another_than(seen)
                seen = channel.version
                yield channel.whole()

    async def news(self, figures: Hashable, measure: Measure, seen: str | None) -> AsyncGenerator[ServerSentEvent]:
        """An event `kpis` with all figures, unless what was seen last is known; then `changes`."""
        async with self._listening(("news", figures), lambda: _Channel(measure, told, _REMEMBERED)) as channel:
            while True:
                await channel.another_than(seen)
                event = channel.since(seen)
                seen = channel.version
                yield event

    @asynccontextmanager
    async def _listening(self, name: Hashable, make: "Callable[[], _Channel]") -> "AsyncGenerator[_Channel]":
        if name not in self._channels:
            self._channels[name] = make()
        channel = self._channels[name]
        self._channels.move_to_end(name)
        channel.begin()
        try:
            yield channel
        finally:
            await channel.end()
            for unused in [name for name, one in self._channels.items() if not one.listeners][:-_KEPT]:
                del self._channels[unused]


def _everything(measurement: Measurement) -> Told:
    return {tuple(item.key.items()): item for item in measurement.items}


class _Channel:
    """One computation and what it found. lasting: what of a measurement is compared with the one before. remembered: so
    many versions.

    version: the same for the same figures, in every replica: `as_of` moves on without news.
    """

    def __init__(self, measure: Measure, lasting: Callable[[Measurement], Told], remembered: int) -> None:
        self.listeners = 0
        self.version: str | None = None
        self._measure = measure
        self._lasting = lasting
        self._remembered = remembered
        self._measurement: Measurement | None = None
        self._told: OrderedDict[str, Told] = OrderedDict()
        self._encoded: dict[str | None, orjson.Fragment] = {}
        self._changed = asyncio.Event()
        self._is_current = False
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """One more listens."""
        self.listeners += 1
        if self._task is None:
            self._is_current = False
            self._task = asyncio.create_task(self._keep_measuring())
            self._task.add_done_callback(lambda _: self._tell())

    async def end(self) -> None:
        """One less does; nothing is measured for nobody."""
        self.listeners -= 1
        if not self.listeners and self._task:
            task, self._task = self._task, None
            await end(task)

    async def another_than(self, seen: str | None) -> None:
        """Returns as soon as the figures are not those of the version `seen`."""
        while not self._is_current or self.version == seen:
            if self._task and self._task.done():
                self._task.result()  # what a broken program raised
            await self._changed.wait()

    def whole(self) -> ServerSentEvent:
        """All figures."""
        if None not in self._encoded:
            self._encoded[None] = _encoded(self._measurement)
        return ServerSentEvent(self.version, "kpis", self._encoded[None])

    def since(self, seen: str | None) -> ServerSentEvent:
        """What is other than it was in the version `seen`; all figures if that is not remembered."""
        before = self._told.get(seen or "")
        if before is None or self._measurement is None or self.version is None:
            return self.whole()
        if seen not in self._encoded:
            self._encoded[seen] = _encoded(changes(before, self._measurement, self._told[self.version]))
        return ServerSentEvent(self.version, "changes", self._encoded[seen])

    async def _keep_measuring(self) -> None:
        while True:
            pause = _LOOK_SECONDS
            try:
                measurement = await self._measure()
            except UNREACHABLE as error:
                log.warning("stream_waits", reason=str(error)[:300])
            else:
                if self._take(measurement):
                    pause = _AT_MOST_EVERY
            await asyncio.sleep(pause)

    def _take(self, measurement: Measurement) -> bool:
        """Whether it is news."""
        lasting = self._lasting(measurement)
        is_news = self.version is None or lasting != self._told[self.version]
        if is_news:
            self._remember(measurement, lasting)
        if is_news or not self._is_current:
            self._is_current = True
            self._tell()
        return is_news

    def _remember(self, measurement: Measurement, lasting: Told) -> None:
        self.version = _version(lasting)
        self._measurement = measurement
        self._told[self.version] = lasting
        self._told.move_to_end(self.version)
        if len(self._told) > self._remembered:
            self._told.popitem(last=False)
        self._encoded.clear()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _encoded(data: Measurement | Changes | None) -> orjson.Fragment:
    """Once for all who listen."""
    return orjson.Fragment(orjson.dumps(data, option=orjson.OPT_UTC_Z))


def _version(lasting: Told) -> str:
    return blake2b(repr(tuple(lasting.values())).encode(), digest_size=12).hexdigest()
