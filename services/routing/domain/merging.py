"""A ticket becomes part of another: it is closed, and what is said on its conversations goes to the other from then on.

A call is with an agent or waits for one until it is over, so it cannot become part of something else before.
"""

from collections.abc import Sequence

from services.routing.domain.annotating import is_own
from services.routing.domain.assignment import Draft
from services.routing.domain.commands import Asked
from services.routing.domain.commands_merging import MergeTicket
from services.routing.domain.consulting import end_consultation
from services.routing.domain.events import Event
from services.routing.domain.refusals import Refused, not_open, not_theirs, same_ticket, wrong_phase
from services.routing.domain.state import Phase, Pool, Ticket
from services.routing.domain.times import between
from services.routing.domain.voicemail import PHONE
from shared.contracts.tickets_links import TicketMerged

_GOES_ON: tuple[Phase, ...] = ("waiting", "offered", "active", "held")
_OPEN: tuple[Phase, ...] = (*_GOES_ON, "wrapup", "pending")


def merge(pool: Pool, command: MergeTicket, asked: Asked) -> Sequence[Event] | Refused:
    """The ticket is closed; whoever had it or was asked gets the next."""
    ticket, into = pool.tickets.get(command.ticket), pool.tickets.get(command.into)
    if ticket is None or into is None:
        return not_open(command.ticket if ticket is None else command.into)
    if ticket.conversation in pool.taken:
        came_from = pool.taken[ticket.conversation].pool
        detail = f"{ticket.id} came from pool {came_from}, so it cannot be merged. Link it."
        return Refused(word="from_another_pool", detail=detail)
    if refused := _refuse(ticket, into, command):
        return refused
    draft = Draft(pool, asked.now)
    at = between(ticket.last, asked.at, asked.now)
    end_consultation(draft, pool, ticket, at)
    draft.add(
        TicketMerged(
            ticket=ticket.id,
            at=at,
            queue=ticket.queue,
            into=into.id,
            by=command.by,
            agent=ticket.agent,
            forced=True if command.forced else None,
        )
    )
    draft.take_back(ticket, at)
    if ticket.agent is not None:
        draft.fill(pool.agents[ticket.agent])
    return draft.events


def _refuse(ticket: Ticket, into: Ticket, command: MergeTicket) -> Refused | None:
    if ticket.id == into.id:
        return same_ticket(ticket.id)
    if command.agent is not None and not is_own(ticket, command.agent):
        return not_theirs(ticket, command.agent)
    for one in (ticket, into):
        if one.phase not in _OPEN:
            return wrong_phase(one, _OPEN)
    if ticket.channel == PHONE and ticket.phase in _GOES_ON:
        return Refused(word="call_goes_on", detail=f"{ticket.id} is a call that goes on. Merge it when it is over.")
    return None
