"""People write on tickets, which changes nothing in their course.

A ticket is an agent's own from when it accepts it until another agent is asked or has it, so also while it waits for
somebody outside or is resolved. Who is consulted on it writes on it too.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.routing.domain.commands import Asked
from services.routing.domain.commands_annotating import (
    AnnotatingCommand,
    LinkTicket,
    NoteTicket,
    TagTicket,
    UnlinkTicket,
)
from services.routing.domain.events import Event
from services.routing.domain.refusals import Refused, not_open, not_theirs, same_ticket
from services.routing.domain.state import Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.tickets_annotations import TicketNoted, TicketTagged
from shared.contracts.tickets_links import TicketLinked, TicketUnlinked

MOST_TAGS = 50
MOST_LINKS = 50


def annotate(pool: Pool, command: AnnotatingCommand, asked: Asked) -> Sequence[Event] | Refused:
    """Nothing happens where it is so already."""
    ticket = pool.tickets.get(command.ticket)
    if ticket is None:
        return not_open(command.ticket)
    if command.agent is not None and not (is_own(ticket, command.agent) or _is_consulted(ticket, command.agent)):
        return not_theirs(ticket, command.agent)
    at = between(ticket.last, asked.at, asked.now)
    match command:
        case TagTicket():
            return _tag(command, ticket, at)
        case NoteTicket():
            return (_noted(command, ticket, at),)
        case LinkTicket():
            return _link(command, ticket, at)
        case UnlinkTicket():
            return _unlink(command, ticket, at)
        case _:
            assert_never(command)


def is_own(ticket: Ticket, agent: str) -> bool:
    """Whether the agent has the ticket, or had it last and nobody has it now."""
    return ticket.owner == agent and ticket.agent in (None, agent)


def _is_consulted(ticket: Ticket, agent: str) -> bool:
    return ticket.consulting and ticket.consulted == agent


def _tag(command: TagTicket, ticket: Ticket, at: datetime) -> Sequence[Event] | Refused:
    added = set(command.add).difference(ticket.tags)
    removed = set(command.remove).intersection(ticket.tags)
    if len(ticket.tags) + len(added) - len(removed) > MOST_TAGS:
        return _too_many_tags()
    if not added and not removed:
        return ()
    tagged = TicketTagged(
        ticket=ticket.id, at=at, added=tuple(sorted(added)), removed=tuple(sorted(removed)), by=command.by
    )
    return (tagged,)


def _noted(command: NoteTicket, ticket: Ticket, at: datetime) -> TicketNoted:
    return TicketNoted(
        ticket=ticket.id, at=at, note=command.note, identity=ticket.identity, by=command.by, content=command.content
    )


def _link(command: LinkTicket, ticket: Ticket, at: datetime) -> Sequence[Event] | Refused:
    links = ticket.links or {}
    if command.to == ticket.id:
        return same_ticket(ticket.id)
    if links.get(command.to) == command.relation:
        return ()
    if command.to not in links and len(links) >= MOST_LINKS:
        return Refused(word="too_many_links", detail=f"A ticket has at most {MOST_LINKS} links. Remove some of them.")
    return (TicketLinked(ticket=ticket.id, at=at, to=command.to, relation=command.relation, by=command.by),)


def _unlink(command: UnlinkTicket, ticket: Ticket, at: datetime) -> Sequence[Event]:
    if command.to not in (ticket.links or {}):
        return ()
    return (TicketUnlinked(ticket=ticket.id, at=at, to=command.to, by=command.by),)


def _too_many_tags() -> Refused:
    return Refused(word="too_many_tags", detail=f"A ticket has at most {MOST_TAGS} tags. Remove some of them.")
