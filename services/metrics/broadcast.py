"""Publishes the figures to hub.kpis.v1 as they change, by one replica: the owner of the tickets' partition 0."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from pymongo.errors import PyMongoError

from services.metrics.domain.kpis import Choice
from services.metrics.domain.windows import WINDOWS
from services.metrics.live import Live
from shared.contracts.codec import kpis
from shared.contracts.envelope import event_id, schema_of
from shared.contracts.kpis import AnyWindow, KpisMeasured, Measurement
from shared.contracts.values import to_milliseconds
from shared.publishing import NotPublished, Outgoing, Publisher
from shared.topics import KPIS

log = structlog.get_logger()

_EVERY_SECONDS = 1.0
_SOURCE = "/metrics/kpis"


class Broadcast:
    """owner: whether this process is the one that publishes, just now."""

    def __init__(
        self, live: Callable[[], Live], publisher: Publisher, owner: Callable[[], bool], clock: Callable[[], datetime]
    ) -> None:
        self._live = live
        self._publisher = publisher
        self._owner = owner
        self._clock = clock
        self._last: dict[AnyWindow, Measurement] = {}

    async def run(self) -> None:
        """Publishes what changed, for ever; a server that does not answer is asked again."""
        while True:
            try:
                if self._owner():
                    await self.publish_changes()
            except (PyMongoError, NotPublished) as error:
                log.warning("figures_not_published", reason=str(error)[:300])
            await asyncio.sleep(_EVERY_SECONDS)

    async def publish_changes(self) -> None:
        """Publishes each window whose figures differ from what was published last."""
        changed: dict[AnyWindow, Measurement] = {}
        records: list[Outgoing] = []
        for window in WINDOWS:
            measurement = await self._live().measure(window, ("all", "queue", "channel"), Choice.of())
            if self._is_news(measurement):
                changed[window] = measurement
                records.append(self._record(measurement))
            await asyncio.sleep(0)  # who asks for figures meanwhile waits for one window, not for all
        if changed:
            await self._publisher.publish(KPIS, records)
            self._last |= changed

    def _is_news(self, measurement: Measurement) -> bool:
        last = self._last.get(measurement.window)
        return last is None or (last.items != measurement.items and last.as_of != measurement.as_of)

    def _record(self, measurement: Measurement) -> Outgoing:
        event = KpisMeasured(
            id=event_id(_SOURCE, f"{measurement.window} {measurement.as_of.isoformat()}"),
            source=_SOURCE,
            time=measurement.as_of,
            recordedtime=to_milliseconds(self._clock()),
            dataschema=schema_of("hub.kpis.measured.v1"),
            partitionkey=measurement.window,
            correlationid=measurement.window,
            data=measurement,
        )
        return Outgoing(measurement.window, kpis.encode(event))
