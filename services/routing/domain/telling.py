"""Customers who wait are told how long it will take."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.routing.domain.assignment import Draft
from services.routing.domain.configuration import QueueSettings
from services.routing.domain.events_relief import TicketWaitUnknown
from services.routing.domain.state import Pool, Ticket
from services.routing.domain.tell_wait import filled_in
from services.routing.domain.waits import Waits
from shared.contracts.tickets_relief import TicketWaitTold

NOT_TOLD = frozenset(("email", "social", "web", "voicemail"))
"""Channels of the hub's own on which nobody is told: they cannot be sent to, or nobody is there to read or hear it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOGETHER = timedelta(seconds=5)
"""Who is due within so long is told together, because estimates that are made together cost little."""


def tell_due(queue: QueueSettings, ticket: Ticket) -> datetime | None:
    """When the customer is told next; None if no more. Who is called back does not hold the line to hear it."""
    settings = queue.tell_wait
    if settings is None or ticket.channel in NOT_TOLD or ticket.told >= settings.at_most:
        return None
    if ticket.callback is not None:
        return None
    at = ticket.since_entered(settings.after_s)
    if ticket.told_at is not None:
        at = max(at, ticket.told_at + timedelta(seconds=settings.every_s))
    return _EPOCH - (_EPOCH - at) // _TOGETHER * _TOGETHER


def tell_waits(draft: Draft, pool: Pool, due: Sequence[Ticket]) -> None:
    """Notes what those who are due now are told. Who goes on to another queue just now is not told of this one."""
    told = [ticket for ticket in due if ticket.is_due("tell", draft.now) and not ticket.is_due("overflow", draft.now)]
    if told:
        waits = Waits(pool)
        for ticket in told:
            draft.add(_told(pool, waits, ticket, max(ticket.last, draft.now)))


def _told(pool: Pool, waits: Waits, ticket: Ticket, at: datetime) -> TicketWaitTold | TicketWaitUnknown:
    settings, found = pool.queues[ticket.queue].tell_wait, waits.of(ticket)
    if settings is None or found.p50_s is None or found.p90_s is None:
        return TicketWaitUnknown(ticket=ticket.id, at=at)
    return TicketWaitTold(
        ticket=ticket.id,
        at=at,
        queue=ticket.queue,
        channel=ticket.channel,
        conversation=ticket.conversation,
        position=found.position,
        wait_s=found.p50_s,
        wait_90_s=found.p90_s,
        text=filled_in(settings.text, found.position, found.p50_s),
    )
