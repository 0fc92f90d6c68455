"""Why an offer went to this agent and to no other, and why this ticket came first.

Nothing of this is stored: it is read off the state right before the offer, which the decision log gives back at any
time. The checks are those of the assignment, so they hold for decisions of any age.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.routing.domain.configuration import Policy, QueueRule
from services.routing.domain.languages import is_language
from services.routing.domain.selection import AgentKey, preferred, score
from services.routing.domain.state import Agent, Pool, Ticket
from shared.contracts.tickets import TicketOffered, TicketQueued

Why = Literal["chosen", "offline", "status", "queue", "skill", "language", "capacity", "kept", "asked", "later"]
"""chosen: this one. offline, status: not there, or takes no offers. queue: does not serve it. skill: lacks some.
language: has the skills, but does not speak what is needed.
capacity: no room for the channel beside what is in hand. kept: it waits for another in particular. asked: said no or
nothing in this round. later: could have been asked, but comes after the chosen one in the order.
"""

_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agent of the pool.

    place: in the order of those who could be asked: whom the queue prefers, then by its policy. status: with its
    reason, if it has one. lacks: the skills that it has not, or not well enough, with the level that is needed. spare:
    its free units. in_hand: contacts by channel, offers too.
    """

    agent: str
    why: Why
    place: int | None
    status: str
    lacks: dict[str, int]
    spare: int
    in_hand: dict[str, int]
    idle_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A ticket that comes before the offered one in the order, and why the agent was not offered it."""

    ticket: str
    priority: int
    waits_since: datetime
    score: float
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An offer and the state it was made in.

    by: what chose the queue (`named`, `rule-2`, `default`, `conversation`; None: it is not known). needs: skills with
    the least level. ring: how often the circle of agents was widened. score: the ticket's, in seconds (see selection).
    configuration: how often the pool had been changed then. waiting: tickets that nobody had. passed: of those that
    come before this one, the first 50. candidates: every agent of the pool, those who could be asked first and in
    their order.
    """

    ticket: str
    agent: str
    at: datetime
    pool: str
    queue: str
    by: str | None
    channel: str
    needs: dict[str, int]
    ring: int
    policy: Policy
    priority: int
    waits_since: datetime
    score: float
    configuration: int
    waiting: int
    passed: tuple[Passed, ...]
    candidates: tuple[Candidate, ...]


def explain(pool: Pool, offer: TicketOffered) -> Explanation:
    """The explanation of an offer, in the state right before it."""
    ticket = pool.tickets[offer.ticket]
    waiting = sorted((one for one in pool.tickets.values() if one.phase == "waiting"), key=Ticket.order)
    ahead = waiting[: waiting.index(ticket)]
    chosen = pool.agents[offer.agent]
    return Explanation(
        ticket=ticket.id,
        agent=offer.agent,
        at=offer.at,
        pool=pool.id,
        queue=ticket.queue,
        by=ticket.by,
        channel=ticket.channel,
        needs=dict(sorted(ticket.needs)),
        ring=ticket.ring,
        policy=pool.queues[ticket.queue].policy,
        priority=ticket.priority,
        waits_since=ticket.queued,
        score=score(ticket, offer.at),
        configuration=pool.version,
        waiting=len(waiting),
        passed=tuple(_passed(pool, chosen, one, offer.at) for one in ahead[:_SHOWN]),
        candidates=_candidates(pool, ticket, offer.agent),
    )


def rule_behind(pool: Pool, queued: TicketQueued) -> QueueRule | None:
    """The rule that chose the queue, in the state right before the ticket was queued; None if none did."""
    kind, _, number = (queued.by or "").partition("-")
    if kind != "rule":
        return None
    rules = pool.queues[queued.queue].rules
    return rules[int(number) - 1] if int(number) <= len(rules) else None


def obstacle(pool: Pool, agent: Agent, ticket: Ticket) -> Why | None:
    """Why the agent cannot be offered the ticket; None if it can."""
    if agent.status != "available":
        return "offline" if agent.status == "offline" else "status"
    if ticket.only is None and not agent.serves(ticket.queue, ticket.needs):
        if not agent.serves(ticket.queue, frozenset()):
            return "queue"
        return "language" if all(is_language(need) for need, _ in agent.lacks(ticket.needs)) else "skill"
    if not pool.load(agent).admits(ticket.channel):
        return "capacity"
    if ticket.only not in (None, agent.id):
        return "kept"
    return "asked" if ticket.was_asked(agent.id, agent.returns) else None


def _candidates(pool: Pool, ticket: Ticket, chosen: str) -> tuple[Candidate, ...]:
    obstacles = {agent.id: obstacle(pool, agent, ticket) for agent in pool.agents.values()}
    first = list(preferred(ticket, pool.queues[ticket.queue]))

    def place(agent: Agent) -> tuple[int, AgentKey]:
        before = first.index(agent.id) if agent.id in first else len(first)
        return before, pool.place(agent, ticket, pool.load(agent), agent.idle_since)

    able = sorted((agent for agent in pool.agents.values() if obstacles[agent.id] is None), key=place)
    places = {agent.id: place for place, agent in enumerate(able, 1)}
    others = sorted((agent for agent in pool.agents.values() if agent.id not in places), key=lambda agent: agent.id)
    return tuple(
        Candidate(
            agent=agent.id,
            why="chosen" if agent.id == chosen else obstacles[agent.id] or "later",
            place=places.get(agent.id),
            status=agent.status if agent.reason is None else f"{agent.status} ({agent.reason})",
            lacks=dict(agent.lacks(ticket.needs)),
            spare=pool.load(agent).spare,
            in_hand=dict(Counter(agent.hand.values())),
            idle_since=agent.idle_since,
        )
        for agent in (*able, *others)
    )


def _passed(pool: Pool, agent: Agent, ticket: Ticket, now: datetime) -> Passed:
    return Passed(
        ticket=ticket.id,
        priority=ticket.priority,
        waits_since=ticket.queued,
        score=score(ticket, now),
        why=obstacle(pool, agent, ticket) or "later",
    )
