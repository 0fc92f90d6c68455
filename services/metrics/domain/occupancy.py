"""What agents are occupied with, as rates that change at edges: time in each status, with a contact, and without one.

An agent's contacts lie in many rows, and two at once occupy the agent once. So the rows of an agent are gone through in
the order of time, and wherever a rate changes there is an edge. Rates are told of the agent as a whole, and apart for
each pool: of the contacts of that pool, and of the time for which the agent was signed in to it.

    occupied   1 while a contact is handled (talk, hold or wrap-up), in whatever status
    idle       1 while available without any contact
    in_use     units that the contacts take, at most all that the agent has
    capacity   units of the agent while it is occupied or idle
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import ALL, Key, Row
from services.metrics.domain.presence import UNITS, Presence
from services.metrics.domain.rates import Edges

_Rates = dict[tuple[str | None, str], int]
"""By pool (None: the agent as a whole) and name."""


@dataclass(slots=True)
class _Hand:
    """Contacts that go on. units: what they take together; whole: how many of them take all there is."""

    count: int = 0
    units: int = 0
    whole: int = 0

    def change(self, contact: Contact, by: int) -> None:
        self.count += by
        if contact.units is None:
            self.whole += by
        else:
            self.units += by * contact.units

    def in_use(self, capacity: int) -> int:
        return capacity if self.whole else min(self.units, capacity)


@dataclass(slots=True)
class _Agent:
    """What is so at a moment. hands: by pool, None for all together."""

    presence: Presence | None = None
    hands: defaultdict[str | None, _Hand] = field(default_factory=lambda: defaultdict(_Hand))

    def change(self, contact: Contact, by: int) -> None:
        for pool in {None, contact.pool}:
            self.hands[pool].change(contact, by)

    def rates(self) -> _Rates:
        """Every rate that is not 0."""
        presence = self.presence
        capacity = presence.capacity if presence else UNITS
        found: _Rates = {}
        for pool, hand in self.hands.items():
            if hand.count:
                found |= {(pool, "occupied"): 1, (pool, "in_use"): hand.in_use(capacity), (pool, "capacity"): capacity}
        if presence is not None and presence.status != "offline":
            for pool in {None, presence.pool}:
                found[pool, presence.status] = 1
                if presence.status == "available" and not self.hands[None].count:
                    found |= {(pool, "idle"): 1, (pool, "capacity"): capacity}
        return found


def edges_of(agent: str, presences: Iterable[Presence], contacts: Iterable[Contact]) -> Edges:
    """The edges of all rates of the agent. What goes on has no end."""
    turns: defaultdict[int, list[tuple[Presence | Contact, int]]] = defaultdict(list)
    for contact in contacts:
        for _, begins, ends in contact.spans:
            if begins < ends:
                turns[begins].append((contact, 1))
                turns[ends].append((contact, -1))
        if contact.phase is not None:
            turns[contact.since].append((contact, 1))
    for presence in presences:
        if presence.until is None or presence.since < presence.until:
            turns[presence.since].append((presence, 1))
            if presence.until is not None:
                turns[presence.until].append((presence, -1))
    return _edges(agent, turns)


def _edges(agent: str, turns: Mapping[int, list[tuple[Presence | Contact, int]]]) -> Edges:
    found: Edges = {}
    now, rates = _Agent(), _Rates()
    for moment in sorted(turns):
        for row, by in sorted(turns[moment], key=lambda turn: turn[1]):  # what ends before what begins
            if isinstance(row, Contact):
                now.change(row, by)
            else:
                now.presence = row if by > 0 else None
        after = now.rates()
        for pool, name in rates.keys() | after.keys():
            change = after.get((pool, name), 0) - rates.get((pool, name), 0)
            if change:
                for key in _keys(agent, pool):
                    found[key, f"{name}_split", moment] = change
        rates = after
    return found


def _keys(agent: str, pool: str | None) -> tuple[Key, ...]:
    return (ALL, ("agent", agent)) if pool is None else (("pool", pool),)


def by_agent(rows: Iterable[Row]) -> dict[str, tuple[list[Presence], list[Contact]]]:
    """The presences and handled contacts of each agent."""
    found: defaultdict[str, tuple[list[Presence], list[Contact]]] = defaultdict(lambda: ([], []))
    for row in rows:
        if isinstance(row, Presence):
            found[row.agent][0].append(row)
        elif isinstance(row, Contact) and row.agent is not None:
            found[row.agent][1].append(row)
    return dict(found)
