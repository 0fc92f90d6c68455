"""The customer's side: a contact begins and ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from services.routing.domain.assignment import Draft
from services.routing.domain.commands import EndContact, OpenTicket
from services.routing.domain.configuration import LEAST, QueueSettings
from services.routing.domain.events import Event
from services.routing.domain.refusals import Refused, no_queue
from services.routing.domain.rings import keeper
from services.routing.domain.selection import due
from services.routing.domain.state import Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.tickets import TicketAbandoned, TicketOpened, TicketQueued, TicketWrapupStarted


def open_ticket(pool: Pool, command: OpenTicket, now: datetime) -> Sequence[Event] | Refused:
    """Opens a ticket, unless the conversation has an open one, and offers it if somebody is free for it."""
    queue = pool.queues.get(command.queue)
    if queue is None:
        return no_queue([command.queue])
    if command.conversation in pool.index.conversations:
        return ()
    ticket = _new_ticket(pool, queue, command, now)
    kept_for = ticket.only = keeper(pool, ticket)
    at = ticket.queued
    draft = Draft(pool, now)
    draft.add(_opened(pool, ticket))
    draft.add(
        TicketQueued(
            ticket=ticket.id,
            at=at,
            queue=ticket.queue,
            channel=ticket.channel,
            threshold=queue.threshold_s,
            short=queue.short_s,
            by=command.by,
            kept_for=kept_for,
            kept_until=at + timedelta(seconds=queue.prefer_wait_s) if kept_for else None,
        )
    )
    if command.ended is None:
        draft.offer_to_someone(ticket)
    else:
        ended = between(at, command.ended.at, now)
        draft.add(TicketAbandoned(ticket=ticket.id, at=ended, queue=ticket.queue, reason=command.ended.reason))
    return draft.events


def end_contact(pool: Pool, command: EndContact, now: datetime) -> Sequence[Event]:
    """Before acceptance the ticket is abandoned; after it the agent's wrap-up begins."""
    known = pool.index.conversations.get(command.conversation)
    if known is None:
        return ()
    ticket, reason = pool.tickets[known], command.ended.reason
    at = between(ticket.last, command.ended.at, now)
    if ticket.phase == "waiting" or ticket.agent is None:
        return (TicketAbandoned(ticket=ticket.id, at=at, queue=ticket.queue, reason=reason),)
    match ticket.phase:
        case "offered":
            draft = Draft(pool, now)
            draft.add(TicketAbandoned(ticket=ticket.id, at=at, queue=ticket.queue, reason=reason, agent=ticket.agent))
            draft.take_back(ticket)
            draft.fill(pool.agents[ticket.agent])
            return draft.events
        case "active" | "held":
            return (
                TicketWrapupStarted(ticket=ticket.id, at=at, queue=ticket.queue, agent=ticket.agent, reason=reason),
            )
        case "wrapup":
            return ()
        case _:
            assert_never(ticket.phase)


def _new_ticket(pool: Pool, queue: QueueSettings, command: OpenTicket, now: datetime) -> Ticket:
    hinted = pool.index.skills.intersection(command.skills)  # for one that nobody has it would wait for ever
    needs = dict.fromkeys(hinted, LEAST) | queue.skills
    priority = command.priority or queue.priority
    at = min(command.happened, now)
    return Ticket(
        id=command.ticket,
        conversation=command.conversation,
        channel=command.channel,
        identity=command.identity,
        queue=command.queue,
        needs=frozenset(needs.items()),
        priority=priority,
        queued=at,
        due=due(at, queue.threshold_s, priority, pool.priority_s),
        last=at,
        customer=command.customer,
        segment=command.segment,
        account_manager=command.account_manager,
        last_agent=command.last_agent,
    )


def _opened(pool: Pool, ticket: Ticket) -> TicketOpened:
    return TicketOpened(
        ticket=ticket.id,
        at=ticket.queued,
        pool=pool.id,
        conversation=ticket.conversation,
        channel=ticket.channel,
        identity=ticket.identity,
        skills=tuple(sorted(skill for skill, _ in ticket.needs)),
        levels={skill: level for skill, level in sorted(ticket.needs) if level > LEAST} or None,
        priority=ticket.priority,
        customer=ticket.customer,
        segment=ticket.segment,
        account_manager=ticket.account_manager,
        last_agent=ticket.last_agent,
    )
