"""A lane is what waiting tickets have in common for agents: whoever may be asked for one of them may be for each.

A ticket stands in the lane of those who serve every queue, and in the lane of those who serve its own; one that is kept
for an agent stands in a lane of that agent's alone.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from services.routing.domain.configuration import Policy
from services.routing.domain.ordering import Ranking
from services.routing.domain.selection import AgentKey, Needs, TicketKey


class LaneKey(NamedTuple):
    """queue: None in the lanes of agents who serve every queue. only: the one agent it is reserved for."""

    queue: str | None
    channel: str
    needs: Needs
    policy: Policy
    only: str | None


Line = list[tuple[TicketKey, "Lane"]]
"""Lanes in which somebody waits, each with its first ticket, in the order of those."""


@dataclass(slots=True)
class Access:
    """What lets agents see a lane: they serve every queue, or a certain one, or tickets are kept for this very agent.

    agents: who has it. lanes: what they see. lines: those of the lanes in which somebody waits, by channel. news: the
    moment when an agent last changed in what matters to lanes, the latest at the end.
    """

    agents: set[str] = field(default_factory=set)
    lanes: set[Lane] = field(default_factory=set)
    lines: defaultdict[str, Line] = field(default_factory=lambda: defaultdict(list))
    news: dict[str, int] = field(default_factory=dict)


class Lane:
    """waiting: tickets in their order. agents: those who have the access and meet the needs. ready: those of them with
    room, in their order, as it was at the moment `seen` (see roster). uses: how many kinds of tickets wait here.
    """

    __slots__ = ("_first", "_line", "access", "agents", "key", "ready", "seen", "uses", "waiting")

    def __init__(self, key: LaneKey, access: Access, agents: set[str]) -> None:
        self.key = key
        self.access = access
        self.agents = agents
        self.waiting: Ranking[TicketKey] = Ranking()
        self.ready: Ranking[AgentKey] = Ranking()
        self.seen = 0
        self.uses = 0
        self._line = access.lines[key.channel]
        self._first: TicketKey | None = None

    def put(self, ticket: str, key: TicketKey) -> None:
        """The ticket waits here, or its place in the order is another one."""
        self.waiting.put(ticket, key)
        if self._first is None or key < self._first or ticket == self._first[-1]:
            self._move()

    def put_new(self, keys: dict[str, TicketKey]) -> None:
        """The tickets wait here now."""
        self.waiting.put_new(keys)
        self._move()

    def drop(self, ticket: str) -> None:
        """The ticket does not wait here any more."""
        self.waiting.drop(ticket)
        if self._first is not None and ticket == self._first[-1]:
            self._move()

    def _move(self) -> None:
        """Goes to the place in the line where its first ticket belongs; costs O(log n), and a shift of the line."""
        if self._first is not None:
            del self._line[bisect_left(self._line, (self._first,))]
        head = self.waiting.first()
        self._first = None if head is None else head[0]
        if self._first is not None:
            insort(self._line, (self._first, self))
