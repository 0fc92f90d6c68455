"""What each event of a ticket changes in its pool's state."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, get_args

from services.routing.domain.clocks import Clocks
from services.routing.domain.configuration import LEAST
from services.routing.domain.events import OwnTicketEvent, TicketRoundBegan, TicketWidened
from services.routing.domain.events_relief import TicketWaitUnknown
from services.routing.domain.evolve_annotations import ANNOTATIONS
from services.routing.domain.evolve_complaints import evolve_complaint
from services.routing.domain.evolve_consultation import CONSULTATION
from services.routing.domain.evolve_links import LINKS
from services.routing.domain.evolve_relief import await_callback, tell
from services.routing.domain.hearing import TicketAnswered, TicketAsked
from services.routing.domain.monitoring import evolve_monitoring
from services.routing.domain.overflow import overflow_due
from services.routing.domain.rings import ring_due
from services.routing.domain.selection import due
from services.routing.domain.state import Agent, Phase, Pool, Ticket, Timer
from services.routing.domain.targets import LIVE
from services.routing.domain.telling import tell_due
from services.routing.domain.voicemail import remember_sent
from services.routing.domain.workload import note_arrival, note_handled
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketClosed,
    TicketDeclined,
    TicketEscalated,
    TicketEvent,
    TicketExpired,
    TicketHeld,
    TicketOffered,
    TicketOpened,
    TicketOverflowed,
    TicketPended,
    TicketPrioritised,
    TicketQueued,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketTransferred,
    TicketWrapupStarted,
)
from shared.contracts.tickets_complaints import ComplaintEvent
from shared.contracts.tickets_monitoring import TicketMonitored, TicketMonitoringEnded
from shared.contracts.tickets_relief import TicketCallbackRequested, TicketWaitTold
from shared.contracts.tickets_sla import TargetEvent

_AT_WORK: tuple[Phase, ...] = ("active", "held", "wrapup")


def evolve_ticket(pool: Pool, event: TicketEvent | OwnTicketEvent) -> None:
    """Changes the pool by an event of a ticket."""
    ticket = pool.tickets.get(event.ticket)
    if ticket is not None and ticket.clocks is not None:
        ticket.clocks = ticket.clocks.after(event)
    _CHANGES[type(event)](pool, event)


def _open(pool: Pool, event: TicketOpened) -> None:
    index = pool.index
    needs = frozenset((skill, (event.levels or {}).get(skill, LEAST)) for skill in event.skills)
    pool.tickets[event.ticket] = Ticket(
        id=event.ticket,
        conversation=event.conversation,
        channel=event.channel,
        identity=event.identity,
        queue="",
        asks=needs,
        needs=needs,
        priority=event.priority,
        queued=event.at,
        due=event.at,
        last=event.at,
        customer=event.customer,
        segment=event.segment,
        account_manager=event.account_manager,
        last_agent=event.last_agent,
        language=event.language,
        kind=event.kind or "request",
        hops=pool.taken[event.conversation].hops if event.conversation in pool.taken else 0,
        clocks=Clocks(opened=event.at, live=event.channel in LIVE) if pool.targeted else None,
    )
    index.conversations[event.conversation] = event.ticket
    pool.voicemails.pop(event.conversation, None)


def _queue(pool: Pool, event: TicketQueued) -> None:
    ticket = pool.tickets[event.ticket]
    if ticket.phase != "waiting":  # it comes back: whoever was asked before may be asked again
        ticket.timers.clear()
        ticket.asked.clear()
        ticket.told, ticket.told_at = 0, None
    ticket.phase, ticket.pending_on = "waiting", None
    ticket.queue, ticket.by = event.queue, event.by
    ticket.entered, ticket.queued, ticket.threshold = event.at, event.since or event.at, event.threshold
    ticket.due = due(ticket.queued, event.threshold, ticket.priority, pool.priority_s)
    if event.needs is not None:
        ticket.asks = frozenset(event.needs.items())
    ticket.needs, ticket.ring, ticket.only = ticket.asks, 0, event.kept_for
    _set_timer(ticket, "release", event.kept_until)
    expect_later(pool, ticket)
    note_arrival(pool, event.queue, event.channel, event.at)
    _touched(pool, ticket, event)


def _offer(pool: Pool, event: TicketOffered) -> None:
    ticket = pool.tickets[event.ticket]
    agent = pool.agents[event.agent]
    ticket.phase, ticket.since = "offered", event.at
    ticket.agent = agent.id
    for timer in ("round", "overflow", "tell"):
        ticket.timers.pop(timer, None)
    ticket.timers["answer"] = event.expires
    agent.hand[ticket.id] = ticket.channel
    _touched(pool, ticket, event)
    pool.index.on_agent(agent)


def _accept(pool: Pool, event: TicketAccepted) -> None:
    ticket = pool.tickets[event.ticket]
    if ticket.phase == "waiting":  # nobody was asked
        agent = pool.agents[event.agent]
        ticket.agent = agent.id
        agent.hand[ticket.id] = ticket.channel
        pool.index.on_agent(agent)
    ticket.phase, ticket.owner, ticket.only = "active", event.agent, None
    ticket.since = event.at
    ticket.handling_since = event.at
    ticket.timers.clear()
    ticket.asked.clear()
    _touched(pool, ticket, event)


def _give_back(pool: Pool, event: TicketDeclined | TicketExpired) -> None:
    ticket = pool.tickets[event.ticket]
    if ticket.only == event.agent:
        ticket.only = None
        ticket.timers.pop("release", None)
    ticket.phase = "waiting"
    ticket.agent = None
    ticket.asked[event.agent] = pool.agents[event.agent].returns
    ticket.timers.pop("answer", None)
    ticket.timers["round"] = event.at + timedelta(seconds=pool.answer_s(ticket))
    expect_later(pool, ticket)
    _touched(pool, ticket, event)
    _done(pool, pool.agents[event.agent], ticket, None)


def _widen(pool: Pool, event: TicketWidened) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.needs, ticket.ring, ticket.only = frozenset(event.needs.items()), event.ring, None
    ticket.timers.pop("release", None)
    expect_later(pool, ticket)
    _touched(pool, ticket, event)


def expect_later(pool: Pool, ticket: Ticket) -> None:
    """Sets what happens to a waiting ticket if nobody takes it, as its queue is configured now."""
    queue = pool.queues[ticket.queue]
    _set_timer(ticket, "ring", ring_due(queue, ticket))
    _set_timer(ticket, "overflow", overflow_due(queue, ticket) if ticket.phase == "waiting" else None)
    _set_timer(ticket, "tell", tell_due(queue, ticket) if ticket.phase == "waiting" else None)


def _begin_round(pool: Pool, event: TicketRoundBegan) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.asked.clear()
    ticket.timers.pop("round", None)
    _touched(pool, ticket, event)


def _hold(pool: Pool, event: TicketHeld) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.phase, ticket.last, ticket.since = "held", event.at, event.at


def _resume(pool: Pool, event: TicketResumed) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.phase, ticket.last, ticket.since = "active", event.at, event.at


def _wrap_up(pool: Pool, event: TicketWrapupStarted) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.phase, ticket.since = "wrapup", event.at
    _set_timer(ticket, "wrapup", event.until)
    _touched(pool, ticket, event)


def _reopen(pool: Pool, event: TicketReopened) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.last, ticket.callback = event.at, None


def _leave(pool: Pool, event: TicketTransferred | TicketEscalated) -> None:
    ticket = pool.tickets[event.ticket]
    at_work = ticket.phase in _AT_WORK
    ticket.timers.clear()
    ticket.asked.clear()
    ticket.phase, ticket.agent, ticket.last = "waiting", None, event.at
    if isinstance(event, TicketEscalated):
        ticket.priority = event.priority
    if event.agent is not None:
        agent = pool.agents[event.agent]
        ticket.asked[agent.id] = agent.returns
        ticket.timers["round"] = event.at + timedelta(seconds=pool.answer_s(ticket))
        _done(pool, agent, ticket, event.at if at_work else None)


def _overflow(pool: Pool, event: TicketOverflowed) -> None:
    ticket = pool.tickets[event.ticket]
    if event.voicemail_until is not None:
        remember_sent(pool, ticket, event.to, event.voicemail_until, event.at)
    if event.is_over:
        pool.index.on_ticket_closed(pool.tickets.pop(ticket.id))
        return
    ticket.timers.clear()
    ticket.asked.clear()
    ticket.last = event.at


def _pend(pool: Pool, event: TicketPended) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.phase, ticket.agent, ticket.pending_on = "pending", None, event.on
    _set_timer(ticket, "pending", event.until)
    ticket.timers.pop("wrapup", None)
    _done(pool, pool.agents[event.agent], ticket, event.at)
    _touched(pool, ticket, event)


def _resolve(pool: Pool, event: TicketResolved) -> None:
    if event.reopen_until is None:
        _close(pool, event)
        return
    ticket = pool.tickets[event.ticket]
    ticket.phase, ticket.agent = "resolved", None
    ticket.timers.clear()
    _set_timer(ticket, "close", event.reopen_until)
    _done(pool, pool.agents[event.agent], ticket, event.at)
    _touched(pool, ticket, event)


def _prioritise(pool: Pool, event: TicketPrioritised) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.priority = event.priority
    ticket.due = due(ticket.queued, ticket.threshold, event.priority, pool.priority_s)
    _touched(pool, ticket, event)


def _set_timer(ticket: Ticket, timer: Timer, at: datetime | None) -> None:
    if at is None:
        ticket.timers.pop(timer, None)
    else:
        ticket.timers[timer] = at


def _close(pool: Pool, event: TicketAbandoned | TicketResolved | TicketClosed) -> None:
    index = pool.index
    ticket = pool.tickets.pop(event.ticket)
    index.on_ticket_closed(ticket)
    if ticket.agent is not None:
        agent = pool.agents[ticket.agent]
        _done(pool, agent, ticket, event.at if isinstance(event, TicketResolved) else None)


def _done(pool: Pool, agent: Agent, ticket: Ticket, idle_since: datetime | None) -> None:
    """The agent no longer has the ticket. idle_since: now, if there was work."""
    del agent.hand[ticket.id]
    agent.idle_since = idle_since or agent.idle_since
    if idle_since is not None:
        note_handled(pool, ticket, idle_since)
    pool.index.on_agent(agent)


def _note(pool: Pool, event: TargetEvent | TicketAsked | TicketAnswered) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.last = event.at
    pool.index.on_deadline(ticket)


def _touched(pool: Pool, ticket: Ticket, event: TicketEvent | OwnTicketEvent) -> None:
    ticket.last = event.at
    pool.index.on_ticket(ticket)


_CHANGES: dict[type[Any], Callable[[Pool, Any], None]] = {
    TicketOpened: _open,
    TicketQueued: _queue,
    TicketOffered: _offer,
    TicketAccepted: _accept,
    TicketDeclined: _give_back,
    TicketExpired: _give_back,
    TicketRoundBegan: _begin_round,
    TicketWidened: _widen,
    TicketHeld: _hold,
    TicketResumed: _resume,
    TicketWrapupStarted: _wrap_up,
    TicketTransferred: _leave,
    TicketEscalated: _leave,
    TicketOverflowed: _overflow,
    TicketPrioritised: _prioritise,
    TicketPended: _pend,
    TicketResolved: _resolve,
    TicketReopened: _reopen,
    TicketAbandoned: _close,
    TicketClosed: _close,
    TicketMonitored: evolve_monitoring,
    TicketMonitoringEnded: evolve_monitoring,
    TicketWaitTold: tell,
    TicketCallbackRequested: await_callback,
    TicketWaitUnknown: tell,
    **dict.fromkeys((TicketAsked, TicketAnswered, *get_args(TargetEvent)), _note),
    **ANNOTATIONS,
    **LINKS,
    **CONSULTATION,
    **dict.fromkeys(get_args(ComplaintEvent), evolve_complaint),
}
