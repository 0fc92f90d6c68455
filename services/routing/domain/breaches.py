"""Targets that are about to be missed, or are: that is told, and tickets are escalated by rule."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.routing.domain.assignment import Draft
from services.routing.domain.clocks import Clock
from services.routing.domain.passing import add_escalation
from services.routing.domain.state import Pool, Ticket
from services.routing.domain.targets import EscalationRule
from shared.contracts.tickets_sla import (
    Target,
    TargetEvent,
    TicketSlaBreached,
    TicketSlaLifted,
    TicketSlaWarned,
)

BY_RULE = "rule"
"""Who escalates a ticket that no person does."""


def tellings(
    ticket: str, target: Target, clock: Clock, until: datetime, last: datetime, agent: str | None = None
) -> Sequence[TargetEvent]:
    """What is to be told of a clock up to a moment, each at its own time, but not before `last`."""
    told: list[TargetEvent] = []
    if clock.state != "running" or clock.breached:
        return told
    if clock.warn_at is not None and clock.warn_at <= until and not clock.warned:
        at = max(last, clock.warn_at)
        told.append(TicketSlaWarned(ticket=ticket, at=at, target=target, due=clock.due, agent=agent))
    if clock.due is not None and clock.due <= until:
        at = max(last, clock.due)
        told.append(TicketSlaBreached(ticket=ticket, at=at, target=target, due=clock.due, agent=agent))
    return told


def tell_breaches(draft: Draft, pool: Pool, due: Iterable[Ticket]) -> None:
    """Tells what the tickets' clocks have come to by now, up to the first that is escalated.

    One that is escalated changes who is free for what, so the others are seen to in the next decision.
    """
    for ticket in due:
        told = _told(pool, ticket, draft.now)
        for event in told:
            draft.add(event)
        why = [reason for event in told if (reason := _escalates(pool, ticket, event)) is not None]
        if why:
            add_escalation(draft, pool, ticket, max(ticket.last, draft.now), by=BY_RULE, reason=" and ".join(why))
            return


def _told(pool: Pool, ticket: Ticket, now: datetime) -> Sequence[TargetEvent]:
    """In the order of time."""
    told: list[TargetEvent] = []
    for target, clock in ticket.clocks.of.items() if ticket.clocks is not None else ():
        happened = tellings(ticket.id, target, clock, now, ticket.last, ticket.agent)
        if happened and pool.queues[clock.queue].targets.seconds(target) is None:
            at = max(ticket.last, now)
            happened = (TicketSlaLifted(ticket=ticket.id, at=at, target=target, reason="withdrawn"),)
        told += happened
    return sorted(told, key=lambda event: event.at)


def _escalates(pool: Pool, ticket: Ticket, event: TargetEvent) -> str | None:
    """The reason for which the rules of its queue escalate it; None if they do not.

    A customer who is with an agent on the line is not taken away.
    """
    match event:
        case TicketSlaWarned():
            rule = EscalationRule(target=event.target, at="warned")
        case TicketSlaBreached():
            rule = EscalationRule(target=event.target, at="breached")
        case _:
            return None
    on_the_line = ticket.agent is not None and ticket.phase != "offered"
    if on_the_line and ticket.clocks is not None and ticket.clocks.live:
        return None
    return f"{rule.target} {rule.at}" if rule in pool.queues[ticket.queue].escalate_on else None
