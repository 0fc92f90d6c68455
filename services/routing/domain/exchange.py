"""What is said on the conversation of an open ticket: customers ask again, agents answer."""

from collections.abc import Sequence
from datetime import datetime

from services.routing.domain.answer_command import AnswerContact
from services.routing.domain.commands import OpenTicket
from services.routing.domain.hearing import TicketAnswered, TicketAsked
from services.routing.domain.state import Pool, Ticket
from services.routing.domain.times import between


def note_question(ticket: Ticket, command: OpenTicket, now: datetime) -> Sequence[TicketAsked]:
    """The customer wrote again. What is older than the last answer is answered."""
    clocks, asked = ticket.clocks, min(command.happened, now)
    if clocks is None or not command.message or asked <= (clocks.answered or clocks.opened):
        return ()
    return (TicketAsked(ticket=ticket.id, at=between(ticket.last, asked, now), asked=asked),)


def note_answer(pool: Pool, command: AnswerContact, now: datetime) -> Sequence[TicketAnswered]:
    """An agent wrote to the customer. What is older than the ticket, or than a later answer, changes nothing."""
    ticket = pool.tickets.get(pool.index.conversations.get(command.conversation, ""))
    if ticket is None or ticket.clocks is None:
        return ()
    clocks, answered = ticket.clocks, min(command.answered, now)
    if answered < clocks.opened or (clocks.answered is not None and answered <= clocks.answered):
        return ()
    return (TicketAnswered(ticket=ticket.id, at=between(ticket.last, answered, now), answered=answered),)
