"""Tells of deviations: enters them in the book, hands them to the webhooks' outbox, and publishes them to hub.kpis.v1.

Each step may be repeated: ids follow from the deviation. Only when all are done is it forgotten as untold.
"""

from collections.abc import Callable
from datetime import datetime

from services.metrics.alerting.book import AlertBook
from services.metrics.alerting.deliveries import Deliveries, Delivery
from services.metrics.alerting.states import AlertStates
from services.metrics.alerting.watching import SOURCE
from services.metrics.alerting.webhooks import Webhooks
from shared.contracts.codec import kpis
from shared.contracts.envelope import event_id, schema_of
from shared.contracts.kpi_deviations import Deviation, KpisDeviated
from shared.contracts.values import to_milliseconds
from shared.publishing import Outgoing, Publisher
from shared.topics import KPIS


class Telling:
    """handed_over: called when there is something for webhooks."""

    def __init__(
        self,
        states: AlertStates,
        book: AlertBook,
        webhooks: Webhooks,
        deliveries: Deliveries,
        publisher: Publisher,
        clock: Callable[[], datetime],
        handed_over: Callable[[], None],
    ) -> None:
        self._states = states
        self._book = book
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._publisher = publisher
        self._clock = clock
        self._handed_over = handed_over

    async def tell(self) -> None:
        """Tells all that was not told yet."""
        untold = await self._states.untold()
        if not untold:
            return
        webhooks = [str(webhook["_id"]) for webhook in await self._webhooks.all()]
        for key, deviation in untold:
            await self._tell(key, deviation, webhooks)

    async def _tell(self, key: str, deviation: Deviation, webhooks: list[str]) -> None:
        event = _event(deviation)
        body, created = kpis.encode(event), to_milliseconds(self._clock())
        await self._book.enter(deviation)
        await self._deliveries.add(
            Delivery(webhook=webhook, event=event.id, alert=deviation.alert, body=body.decode(), created=created)
            for webhook in webhooks
        )
        self._handed_over()
        await self._publisher.publish(KPIS, [Outgoing(deviation.alert, body)])
        await self._states.told(key, [deviation])


def _event(deviation: Deviation) -> KpisDeviated:
    return KpisDeviated(
        id=event_id(SOURCE, f"{deviation.alert} {deviation.number}"),
        source=SOURCE,
        time=deviation.at,
        recordedtime=deviation.at,
        dataschema=schema_of("hub.kpis.deviated.v1"),
        partitionkey=deviation.alert,
        correlationid=deviation.alert,
        data=deviation,
    )
