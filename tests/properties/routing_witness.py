"""A second opinion on a pool, made from its events alone, with none of the code that decides."""

from datetime import datetime
from typing import Any

from services.routing.domain.configuration import AgentConfigured, ChannelSettings, PoolConfigured
from services.routing.domain.events import Event
from services.routing.domain.hearing import TicketAnswered, TicketAsked
from services.routing.domain.lanes import LaneKey
from services.routing.domain.state import Agent, Pool, Ticket
from shared.contracts.agents import AgentStatusChanged
from shared.contracts.tickets import TicketAccepted, TicketOffered, TicketOpened
from shared.contracts.tickets_annotations import TicketTagged
from shared.contracts.tickets_consultation import (
    OfConsultation,
    TicketConsultationAccepted,
    TicketConsultationAsked,
    TicketConsultationDeclined,
    TicketConsultationEnded,
)
from shared.contracts.tickets_links import TicketMerged
from shared.contracts.tickets_sla import TargetEvent

_DEFAULTS = {
    "phone": ChannelSettings(units="all"),
    "chat": ChannelSettings(units=2),
    "email": ChannelSettings(units=1, interrupted_by=("phone",)),
    "voicemail": ChannelSettings(units=1, interrupted_by=("phone",)),
}
_NEXT: dict[str, tuple[tuple[str, ...], str]] = {
    "ticket.queued": (("opened", "left", "flown", "reopened", "pending"), "waiting"),
    "ticket.overflowed": (("waiting",), "flown"),
    "ticket.transferred": (("waiting", "offered", "active", "held", "wrapup", "pending"), "left"),
    "ticket.escalated": (("waiting", "offered", "active", "held", "wrapup", "pending"), "left"),
    "ticket.pended": (("active", "held", "wrapup"), "pending"),
    "ticket.reopened": (("resolved",), "reopened"),
    "ticket.prioritised": (("waiting", "offered", "active", "held", "wrapup", "pending"), ""),
    "ticket.closed": (("resolved",), "closed"),
    "ticket.offered": (("waiting",), "offered"),
    "ticket.accepted": (("offered", "waiting"), "active"),
    "ticket.declined": (("offered",), "waiting"),
    "ticket.expired": (("offered",), "waiting"),
    "ticket.round.began": (("waiting",), "waiting"),
    "ticket.callback.requested": (("waiting", "offered"), ""),
    "ticket.wait.told": (("waiting",), ""),
    "ticket.wait.unknown": (("waiting",), ""),
    "ticket.widened": (("waiting", "offered"), ""),
    "ticket.abandoned": (("waiting", "offered"), "abandoned"),
    "ticket.held": (("active",), "held"),
    "ticket.resumed": (("held",), "active"),
    "ticket.wrapup.started": (("active", "held"), "wrapup"),
    "ticket.resolved": (("active", "held", "wrapup"), "resolved"),
    "ticket.merged": (("waiting", "offered", "active", "held", "wrapup", "pending"), "merged"),
}
_BESIDE = ("ticket.wait.told", "ticket.wait.unknown", "ticket.callback.requested")
_CLOCKS: dict[str, tuple[tuple[str, ...], str]] = {
    "ticket.sla.started": (("none", "running", "paused", "over"), "running"),
    "ticket.sla.paused": (("running",), "paused"),
    "ticket.sla.resumed": (("paused", "over"), "running"),
    "ticket.sla.warned": (("running",), "running"),
    "ticket.sla.breached": (("running",), "running"),
    "ticket.sla.met": (("running", "paused"), "over"),
    "ticket.sla.missed": (("running", "paused"), "over"),
    "ticket.sla.lifted": (("running", "paused"), "none"),
}
_WRITTEN = ("ticket.tagged", "ticket.noted", "ticket.linked", "ticket.unlinked")
_CLOSED = ("abandoned", "closed", "merged")
_NOBODY = ("waiting", "left", "flown", "pending", "resolved", "reopened", *_CLOSED)
_WITH_AGENT = ("offered", "active", "held", "wrapup")


class Witness:
    """Follows the events and fails on the first that is not legal."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.holders: dict[str, str] = {}
        self.statuses: dict[str, str] = {}
        self.tags: dict[str, set[str]] = {}
        self.consulted: dict[str, tuple[str, bool]] = {}
        self._heir: tuple[str, str] | None = None
        self._channels: dict[str, str] = {}
        self._conversations: dict[str, str] = {}
        self._last: dict[str, datetime] = {}
        self._capacities: dict[str, ChannelSettings] = dict(_DEFAULTS)
        self._limits: dict[str, dict[str, int]] = {}
        self._units: dict[str | None, int | None] = {None: 8}
        self._asked: set[tuple[str, str]] = set()
        self._clocks: dict[tuple[str, str], str] = {}
        self._breached: set[tuple[str, str]] = set()

    def see(self, event: Event) -> None:
        """Takes the next event in."""
        match event:
            case PoolConfigured():
                self._capacities = {**_DEFAULTS, **event.settings.channels}
                self._units[None] = event.settings.units
            case AgentConfigured():
                self._limits[event.agent] = dict(event.settings.limits)
                self._units[event.agent] = event.settings.units
            case AgentStatusChanged():
                if event.status == "available" != self.statuses.get(event.agent):
                    self._asked = {(ticket, agent) for ticket, agent in self._asked if agent != event.agent}
                self.statuses[event.agent] = event.status
            case TicketOpened():
                assert event.conversation not in self._conversations, "one open ticket a conversation"
                self._conversations[event.conversation] = event.ticket
                self._channels[event.ticket] = event.channel
                self.states[event.ticket] = "opened"
                self._last[event.ticket] = event.at
            case _ if isinstance(event, TargetEvent | TicketAsked | TicketAnswered):
                self._go_beside(event)
            case OfConsultation():
                self._consult(event)
            case _ if event.event in _WRITTEN:
                self._is_written_on(event)
            case _ if event.event in _NEXT:
                self._go_on(event)

    def _go_beside(self, event: TargetEvent | TicketAsked | TicketAnswered) -> None:
        assert self.states[event.ticket] not in _CLOSED, "nothing is told of a ticket that is closed"
        assert event.at >= self._last.get(event.ticket, event.at), "a ticket's events are in order of time"
        self._last[event.ticket] = event.at
        if isinstance(event, TargetEvent):
            self._turn_clock(event)

    def _turn_clock(self, event: TargetEvent) -> None:
        name, clock = event.event, (event.ticket, event.target)
        before, after = _CLOCKS[name]
        known = self._clocks.get(clock, "none")
        assert known in before, f"{name} of a clock that is {known}"
        self._clocks[clock] = after
        if name == "ticket.sla.breached":
            assert clock not in self._breached, "a breach is told once"
            self._breached.add(clock)
        if name == "ticket.sla.missed":
            assert clock in self._breached, "what is missed was breached before"
        if name in ("ticket.sla.met", "ticket.sla.lifted") or (name == "ticket.sla.started" and known == "over"):
            self._breached.discard(clock)

    def _is_written_on(self, event: Any) -> None:  # noqa: ANN401 (any event of a ticket)
        assert self.states[event.ticket] not in _CLOSED, "what is closed stays as it is"
        assert event.at >= self._last[event.ticket], "what is written does not come before what it is about"
        if isinstance(event, TicketTagged):
            tags = self.tags.setdefault(event.ticket, set())
            assert tags.isdisjoint(event.added)
            assert tags.issuperset(event.removed)
            tags.update(event.added)
            tags.difference_update(event.removed)

    def _go_on(self, event: Any) -> None:  # noqa: ANN401, C901 (any event of a ticket, and all that each changes)
        ticket = event.ticket
        assert event.at >= self._last.get(ticket, event.at), "a ticket's events are in order of time"
        self._last[ticket] = event.at
        before, after = _NEXT[event.event]
        assert self.states[ticket] in before, f"{event.event} of a ticket that is {self.states[ticket]}"
        after = after or self.states[ticket]
        assert after in ("active", "held") or ticket not in self.consulted, "it ends before its owner leaves off"
        if _is_the_end(after, event):
            after = "closed"
        before_that = self.states[ticket]
        self.states[ticket] = after
        if event.event in ("ticket.declined", "ticket.expired"):
            self._asked.add((ticket, event.agent))
        elif event.event in (
            "ticket.round.began",
            "ticket.accepted",
            "ticket.transferred",
            "ticket.overflowed",
            "ticket.escalated",
        ) or (event.event == "ticket.queued" and before_that != "left"):
            self._asked = {(other, agent) for other, agent in self._asked if other != ticket}
        if after == "left" and event.agent is not None:
            self._asked.add((ticket, event.agent))
        if isinstance(event, TicketOffered):
            assert (ticket, event.agent) not in self._asked, "nobody is asked twice in a round"
            assert ticket not in self.holders, "a ticket is with one agent at most"
            assert self.statuses[event.agent] == "available"
            self._has_room(event.agent, self._channels[ticket])
            self.holders[ticket] = event.agent
        elif isinstance(event, TicketAccepted) and before_that == "waiting":
            assert ticket not in self.holders, "a ticket is with one agent at most"
            if self._heir != (ticket, event.agent):  # what was in hand as a consultation has its room already
                self._has_room(event.agent, self._channels[ticket])
            self.holders[ticket] = event.agent
        elif after in _NOBODY:
            self.holders.pop(ticket, None)
        elif event.event not in ("ticket.widened", "ticket.prioritised", *_BESIDE):
            assert self.holders[ticket] == event.agent
        if isinstance(event, TicketMerged):
            self._is_merged(event)
        if after in _CLOSED:
            self._conversations = {name: other for name, other in self._conversations.items() if other != ticket}

    def _is_merged(self, event: TicketMerged) -> None:
        assert event.into != event.ticket
        assert self.states[event.into] not in (*_CLOSED, "resolved"), "a ticket becomes part of an open one"
        for conversation, ticket in self._conversations.items():
            if ticket == event.ticket:
                self._conversations[conversation] = event.into

    def _consult(self, event: OfConsultation) -> None:
        ticket, agent = event.ticket, event.agent
        assert event.at >= self._last[ticket]
        self._last[ticket] = event.at
        assert self.states[ticket] in ("active", "held")
        assert self.holders[ticket] == event.owner != agent
        match event:
            case TicketConsultationAsked():
                assert ticket not in self.consulted, "one colleague at a time"
                assert self.statuses[agent] == "available"
                self._has_room(agent, self._channels[ticket])
                self.consulted[ticket] = (agent, False)
            case TicketConsultationAccepted():
                assert self.consulted[ticket] == (agent, False)
                self.consulted[ticket] = (agent, True)
            case TicketConsultationDeclined():
                assert self.consulted.pop(ticket) == (agent, False)
            case TicketConsultationEnded():
                assert self.consulted.pop(ticket)[0] == agent
                self._heir = (ticket, agent) if event.reason == "passed" else None

    def _has_room(self, agent: str, channel: str) -> None:
        hand = [self._channels[ticket] for ticket, holder in self.holders.items() if holder == agent]
        hand += [self._channels[ticket] for ticket, (other, _) in self.consulted.items() if other == agent]
        assert hand.count(channel) < self._limits[agent].get(channel, 1_000), f"{agent} is above the limit of {channel}"
        all_units = self._units.get(agent) or self._units[None] or 0
        in_the_way = [other for other in hand if channel not in self._of(other).interrupted_by]
        wanted = [self._of(one).units for one in (*in_the_way, channel)]
        assert "all" not in wanted or len(wanted) == 1, f"{agent} has a call beside something that cannot wait"
        units = sum(all_units if one == "all" else one for one in wanted)
        assert units <= all_units, f"{agent} has {units} of {all_units} units"

    def _of(self, channel: str) -> ChannelSettings:
        return self._capacities.get(channel, ChannelSettings())

    def was_asked(self, ticket: str, agent: str) -> bool:
        """Whether the agent said no or nothing in this round, or has just passed the ticket on."""
        return (ticket, agent) in self._asked

    def agrees_with(self, pool: Pool) -> None:
        """The pool's state is what the events say."""
        opened = {ticket: state for ticket, state in self.states.items() if state not in _CLOSED}
        assert all(ticket.tags == tuple(sorted(self.tags.get(ticket.id, ()))) for ticket in pool.tickets.values())
        assert pool.index.conversations == self._conversations
        assert {ticket.id: ticket.phase for ticket in pool.tickets.values()} == opened
        holders = {ticket.id: ticket.agent for ticket in pool.tickets.values() if ticket.agent is not None}
        assert holders == self.holders
        assert set(holders) == {ticket for ticket, state in opened.items() if state in _WITH_AGENT}
        hands = {(ticket, agent.id) for agent in pool.agents.values() for ticket in agent.hand}
        asked = {(ticket, agent) for ticket, (agent, _) in self.consulted.items()}
        assert hands == set(self.holders.items()) | asked
        consulted = {one.id: (one.consulted, one.consulting) for one in pool.tickets.values() if one.consulted}
        assert consulted == self.consulted

    def matches_left(self, pool: Pool) -> list[tuple[str, str]]:
        """Every pair of a waiting ticket and an agent it could be offered to now, by looking at all pairs."""
        return [
            (ticket.id, agent.id)
            for ticket in pool.tickets.values()
            for agent in pool.agents.values()
            if ticket.phase == "waiting" and self._fits(agent, ticket)
        ]

    def _serves(self, agent: Agent, ticket: Ticket) -> bool:
        skilled = all(agent.skills.get(skill, 0) >= level for skill, level in ticket.needs)
        return skilled and (agent.queues is None or ticket.queue in agent.queues)

    def _fits(self, agent: Agent, ticket: Ticket) -> bool:
        try:
            self._has_room(agent.id, ticket.channel)
        except AssertionError:
            return False
        return (
            self.statuses.get(agent.id) == "available"
            and (self._serves(agent, ticket) if ticket.only is None else ticket.only == agent.id)
            and (ticket.id, agent.id) not in self._asked
        )


def _is_the_end(state: str, event: Any) -> bool:  # noqa: ANN401 (any event of a ticket)
    if state == "flown":
        return event.voicemail_until is not None or event.pool is not None
    return state == "resolved" and event.reopen_until is None


def lookups(pool: Pool) -> dict[str, Any]:
    """What the pool's index finds, in a form that can be compared; empty lanes do not count."""
    index = pool.index
    return {
        "waiting": {key: lane.waiting.keys() for key, lane in index.lanes.items() if len(lane.waiting)},
        "agents": {key: lane.agents for key, lane in index.lanes.items() if len(lane.waiting)},
        "queues": {queue: set(index.waiting_in(queue)) for queue in pool.queues},
        "first": {
            agent.id: index.roster.first_ticket(agent.id, pool.load(agent), lambda _: True)
            for agent in pool.agents.values()
        },
        "deadlines": index.deadlines.keys(),
        "conversations": dict(index.conversations),
        "skills": index.roster.skills,
    }


def ready(pool: Pool) -> dict[LaneKey, Any]:
    """Who the index says has room, in each lane in which somebody waits. Whoever looks brings the lanes up to date."""
    index = pool.index
    return {key: index.roster.ready(lane).keys() for key, lane in index.lanes.items() if len(lane.waiting)}
