"""Callers who are sent to voicemail, and the messages they leave.

The call is over for the queue when it is sent there. The message is a ticket of its own, of the channel `voicemail`: it
takes little of an agent's room, and nobody holds the line. Where the queue sent its caller there, it waits in the queue
that is named for messages, with the age of the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.contracts.values import Moment

if TYPE_CHECKING:  # the state holds these, so at run time the import goes the other way
    from services.routing.domain.commands import OpenTicket
    from services.routing.domain.state import Pool, Ticket

PHONE, VOICEMAIL = "phone", "voicemail"
WITHIN = timedelta(minutes=15)
"""So long after it was sent to voicemail a call's message keeps the call's age; later it is like any other message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A call that was sent to voicemail. to: where its message waits. queued: from when on its wait counts."""

    to: str
    queued: Moment
    until: Moment


def remember_sent(pool: Pool, ticket: Ticket, to: str, until: datetime, now: datetime) -> None:
    """The call was sent to voicemail; those that were sent there long ago are forgotten."""
    for conversation in list(pool.voicemails):
        if pool.voicemails[conversation].until >= now:
            break
        del pool.voicemails[conversation]
    pool.voicemails.pop(ticket.conversation, None)
    pool.voicemails[ticket.conversation] = Sent(to=to, queued=ticket.queued, until=until)


def sent_before(pool: Pool, command: OpenTicket) -> Sent | None:
    """The call that the message was left in, if the queue sent it to voicemail."""
    sent = pool.voicemails.get(command.conversation) if command.channel == VOICEMAIL else None
    return sent if sent is not None and command.happened <= sent.until else None


def leaves_message(ticket: Ticket, command: OpenTicket) -> bool:
    """Whether the caller, whom nobody answered, left a message instead of waiting on.

    What is left in a call that became part of another ticket ends nothing there.
    """
    is_message = command.channel == VOICEMAIL != ticket.channel and command.conversation == ticket.conversation
    return is_message and ticket.phase in ("waiting", "offered")
