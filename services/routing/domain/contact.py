"""The customer's side: a contact begins and ends."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from services.routing.domain.assignment import Draft
from services.routing.domain.callbacks import may_hang_up
from services.routing.domain.closing import answered, reopened, wrap_up
from services.routing.domain.commands import EndContact, OpenTicket
from services.routing.domain.configuration import LEAST, QueueSettings
from services.routing.domain.events import Event
from services.routing.domain.exchange import note_question
from services.routing.domain.languages import language_asked
from services.routing.domain.overflow import flow_over_on_arrival
from services.routing.domain.queueing import Entrance, enter
from services.routing.domain.refusals import Refused, no_queue
from services.routing.domain.rings import keeper
from services.routing.domain.state import Pool, Ticket
from services.routing.domain.times import between
from services.routing.domain.voicemail import VOICEMAIL, leaves_message, sent_before
from shared.contracts.tickets import Kind, TicketAbandoned, TicketOpened


def open_ticket(pool: Pool, command: OpenTicket, now: datetime) -> Sequence[Event] | Refused:
    """Opens a ticket and offers it if somebody is free for it.

    If the conversation has an open ticket, it goes on; a resolved one is reopened.
    """
    queue = pool.queues.get(command.queue)
    if queue is None:
        return no_queue([command.queue])
    draft = Draft(pool, now)
    known = pool.index.conversations.get(command.conversation)
    if known is not None:
        if not leaves_message(pool.tickets[known], command):
            return _hear_again(pool, pool.tickets[known], command, now)
        _abandon(draft, pool, pool.tickets[known], command.happened, VOICEMAIL)
    if sent := sent_before(pool, command):
        command, queue = replace(command, queue=sent.to, by=VOICEMAIL), pool.queues[sent.to]
    ticket = _new_ticket(pool, queue, command, now)
    draft.add(_opened(pool, ticket, command.kind))
    kept_for, at = keeper(pool, ticket), ticket.queued
    entrance = Entrance(
        queue=ticket.queue,
        at=at,
        by=command.by,
        kept_for=kept_for,
        kept_s=queue.prefer_wait_s,
        since=min(sent.queued, at) if sent else command.since,
    )
    gone = command.ended is not None
    waiting = flow_over_on_arrival(draft, pool, enter(draft, pool, ticket, entrance), is_gone=gone)
    if waiting.phase != "waiting":
        return draft.events
    if command.ended is None:
        draft.offer_to_someone(waiting)
    else:
        ended = between(at, command.ended.at, now)
        draft.add(TicketAbandoned(ticket=ticket.id, at=ended, queue=ticket.queue, reason=command.ended.reason))
    return draft.events


def _hear_again(pool: Pool, ticket: Ticket, command: OpenTicket, now: datetime) -> Sequence[Event]:
    if command.ended is not None:
        return ()
    return (*note_question(ticket, command, now), *_go_on(pool, ticket, command, now))


def _go_on(pool: Pool, ticket: Ticket, command: OpenTicket, now: datetime) -> Sequence[Event]:
    if command.happened <= _rests_since(ticket):
        return ()
    at = between(ticket.last, command.happened, now)
    if ticket.phase == "resolved":
        return reopened(pool, ticket, at, now, "customer")
    if ticket.phase == "pending" and ticket.pending_on == "customer":
        return answered(pool, ticket, at, now)
    return ()


def _rests_since(ticket: Ticket) -> datetime:
    """What was written before that does not wake it."""
    paused = ticket.clocks.paused if ticket.clocks is not None else None
    return paused or ticket.last


def end_contact(pool: Pool, command: EndContact, now: datetime) -> Sequence[Event]:
    """Before acceptance the ticket is abandoned; after it the agent's wrap-up begins."""
    known = pool.index.conversations.get(command.conversation)
    if known is None:
        return ()
    ticket, reason = pool.tickets[known], command.ended.reason
    if ticket.conversation != command.conversation:
        return ()  # of a ticket that was merged into it: its own contact goes on
    if ticket.channel == VOICEMAIL or may_hang_up(ticket, command.ended.at):
        return ()
    at = between(ticket.last, command.ended.at, now)
    match ticket.phase:
        case "waiting" | "offered":
            draft = Draft(pool, now)
            _abandon(draft, pool, ticket, at, reason)
            return draft.events
        case "active" | "held":
            return wrap_up(pool, ticket, at, now, reason)
        case "wrapup" | "pending" | "resolved":
            return ()
        case _:
            assert_never(ticket.phase)


def _abandon(draft: Draft, pool: Pool, ticket: Ticket, at: datetime, reason: str) -> None:
    at = between(ticket.last, at, draft.now)
    draft.add(TicketAbandoned(ticket=ticket.id, at=at, queue=ticket.queue, reason=reason, agent=ticket.agent))
    if ticket.agent is not None:
        draft.take_back(ticket, at)
        draft.fill(pool.agents[ticket.agent])


def _new_ticket(pool: Pool, queue: QueueSettings, command: OpenTicket, now: datetime) -> Ticket:
    known = pool.index.roster.skills  # for a skill that nobody has it would wait for ever
    hinted = [skill for skill in command.skills if known[skill]]
    needs = dict.fromkeys(hinted, LEAST) | queue.skills | command.needs
    needs |= language_asked(pool, command.queue, command.language)
    priority = command.priority or queue.priority
    at = min(command.happened, now)
    return Ticket(
        id=command.ticket,
        conversation=command.conversation,
        channel=command.channel,
        identity=command.identity,
        queue=command.queue,
        asks=frozenset(needs.items()),
        needs=frozenset(needs.items()),
        priority=priority,
        queued=at,
        due=at,
        last=at,
        customer=command.customer,
        segment=command.segment,
        account_manager=command.account_manager,
        last_agent=command.last_agent,
        language=command.language,
        kind=command.kind,
        hops=command.came.hops if command.came else 0,
    )


def _opened(pool: Pool, ticket: Ticket, kind: Kind) -> TicketOpened:
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
        kind=None if kind == "request" else kind,
        customer=ticket.customer,
        segment=ticket.segment,
        account_manager=ticket.account_manager,
        last_agent=ticket.last_agent,
        language=ticket.language,
    )
