"""The fold of one partition of hub.agents.v1: presences of agents, whatever comes twice, late or in another order.

    events ──► is it the next one of its agent? ──► the last presence ends, another begins
                └─► else: is it known? ──► no: the agent's events are read back, and its presences are made anew

The last presence of every agent is at hand, also of those who are offline, so an agent who was never heard of is known
to be new. Which events there are decides, and not when each of them came.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.metrics.domain.fold import Reach
from services.metrics.domain.footprint import ENDLESS
from services.metrics.domain.ordering import Place, in_order, place_of
from services.metrics.domain.presence import Presence, begun, presences
from services.metrics.domain.quarters import quarter_of
from shared.contracts.agents import AgentEvent, AgentSkillsChanged, AgentStatus
from shared.contracts.decided import Decided

STATUSES: tuple[AgentStatus, ...] = ("available", "busy", "break", "not_responding")
"""The statuses of agents who are signed in."""

Event = Decided[AgentEvent]
Stored = Mapping[str, Sequence[Event]]
"""Events by agent, as far as they were taken before."""


def by_status(statuses: Iterable[AgentStatus]) -> dict[AgentStatus, int]:
    """How many are in each status of those who are signed in; a status without anybody is 0."""
    counted = Counter(statuses)
    return {status: counted[status] for status in STATUSES}


@dataclass(slots=True, kw_only=True)
class AgentChanges:
    """What folding some events changed. events: those that are new. presences: by the event that began each. quarters:
    those in which agents are otherwise now, by where they begin.
    """

    events: list[Event] = field(default_factory=list)
    presences: dict[Place, Presence] = field(default_factory=dict)
    quarters: dict[int, Reach] = field(default_factory=dict)

    def differs(self, since: int, until: int | None, causes: Sequence[str]) -> None:
        """Something else is so from then until then."""
        last = quarter_of(ENDLESS if until is None else max(until, since + 1))
        reach = self.quarters.setdefault(quarter_of(since + 1), Reach(until=last))
        reach.until = max(reach.until, last)
        reach.causes += causes


@dataclass(slots=True, kw_only=True)
class AgentFold:
    """last: the last presence of each agent that was ever heard of."""

    last: dict[str, Presence] = field(default_factory=dict)

    def statuses(self) -> dict[AgentStatus, int]:
        """How many agents are in each status."""
        return by_status(presence.status for presence in self.last.values())

    def out_of_place(self, events: Iterable[Event]) -> list[Event]:
        """Those that do not come next in their agent's order. Which of them are known must be looked up."""
        last = {agent: presence.place for agent, presence in self.last.items()}
        found: list[Event] = []
        for event in _telling(events):
            agent, place = event.data.agent, place_of(event)
            if _comes_next(place, last.get(agent)):
                last[agent] = place
            else:
                found.append(event)
        return found

    def fold(self, events: Sequence[Event], stored: Stored) -> AgentChanges:
        """Takes the state past the events, in place. stored: all events of the agents that have an event out of place
        which is not known.
        """
        changes = AgentChanges()
        anew: dict[str, list[Event]] = {}
        for event in _telling(events):
            agent = event.data.agent
            if agent in stored:
                anew.setdefault(agent, []).append(event)
            elif _comes_next(place_of(event), self.last[agent].place if agent in self.last else None):
                self._go_on(event, changes)
        for agent, new in anew.items():
            self._fold_anew(agent, stored[agent], new, changes)
        return changes

    def _go_on(self, event: Event, changes: AgentChanges) -> None:
        agent = event.data.agent
        before = self.last.get(agent)
        presence = begun(before, event)
        if presence is None:
            return
        for one in (before, presence):
            if one is not None:
                changes.presences[one.place] = one
        changes.events.append(event)
        changes.differs(presence.since, None, [event.id])
        self.last[agent] = presence

    def _fold_anew(self, agent: str, stored: Sequence[Event], new: Sequence[Event], changes: AgentChanges) -> None:
        known = {place_of(event): event for event in stored}
        fresh = {place: event for event in new if (place := place_of(event)) not in known}
        if not fresh:
            return
        before = {one.place: one for one in presences(in_order(known.values()))}
        after = presences(in_order([*known.values(), *fresh.values()]))
        ids = [event.id for event in fresh.values()]
        for one in after:
            was = before.get(one.place)
            if was != one:
                changes.presences[one.place] = one
                _note(was, one, ids, changes)
        changes.events += fresh.values()
        self.last[agent] = after[-1]


def _note(was: Presence | None, one: Presence, ids: Sequence[str], changes: AgentChanges) -> None:
    """Marks when it differs from what it was: where only its end has moved, from the one end to the other."""
    if was is None:
        changes.differs(one.since, one.until, ids)
        return
    ends = [end for end in (was.until, one.until) if end is not None]
    has_moved_its_end = replace(was, until=one.until) == one
    since = min(ends) if has_moved_its_end else min(was.since, one.since)
    changes.differs(since, max(ends) if len(ends) == 2 else None, ids)


def _telling(events: Iterable[Event]) -> Iterable[Event]:
    """Those that tell a status."""
    return (event for event in events if not isinstance(event.data, AgentSkillsChanged))


def _comes_next(place: Place, last: Place | None) -> bool:
    return last is None or (place[0] == last[0] and place > last)
