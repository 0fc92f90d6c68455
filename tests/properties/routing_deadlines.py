"""What stands in an event as a deadline is over by then: a second opinion on timers."""

from datetime import datetime
from typing import Any

from shared.contracts.tickets import TicketOffered, TicketPended, TicketResolved, TicketWrapupStarted
from tests.properties.routing_witness import Witness


class DeadlinesWitness:
    """Remembers until when each ticket may be what it is; `witness` knows what that is."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._until: dict[str, tuple[str, datetime | None]] = {}

    def see(self, event: Any) -> None:  # noqa: ANN401 (any event)
        """Takes the next event in; the witness has seen it."""
        match event:
            case TicketOffered():
                until: datetime | None = event.expires
            case TicketWrapupStarted() | TicketPended():
                until = event.until
            case TicketResolved():
                until = event.reopen_until
            case _:
                return
        self._until[event.ticket] = (self._witness.states[event.ticket], until)

    def overdue(self, now: datetime) -> list[tuple[str, str]]:
        """Tickets that should be something else by now, with what they are."""
        return [
            (ticket, state)
            for ticket, (state, until) in self._until.items()
            if until is not None and until <= now and self._witness.states[ticket] == state != "closed"
        ]
