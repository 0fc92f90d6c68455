"""Which tickets and complaints events have changed, so that whoever keeps a pool need not look at the others."""

from collections.abc import Iterable

from services.routing.domain.configuration import QueueConfigured
from services.routing.domain.events import Event
from services.routing.domain.state import Pool
from shared.contracts.tickets_complaints import ComplaintEvent


def tickets_changed(pool: Pool, events: Iterable[Event]) -> list[str]:
    """The tickets that may be others than before the events, or gone, in the order of events.

    pool: after the events. Besides the ticket that an event is of, those are what a ticket was merged into, and what
    waits in a queue whose settings changed, as times follow from them; what has left that queue has events of its own.
    """
    changed: dict[str, None] = {}
    for event in events:
        if isinstance(event, QueueConfigured):
            changed.update(dict.fromkeys(sorted(pool.index.waiting_in(event.queue))))
            continue
        for name in (getattr(event, "ticket", None), getattr(event, "into", None)):
            if name is not None:
                changed[name] = None
    return list(changed)


def complaints_changed(events: Iterable[Event]) -> list[str]:
    """The tickets whose complaints may be others than before the events, or over."""
    return list(dict.fromkeys(event.ticket for event in events if isinstance(event, ComplaintEvent)))
